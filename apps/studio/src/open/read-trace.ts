// From the bytes of a file to a trace: told by content, not by name.
//
// NetVis (a list, one record a line, the older object), logs of other programs, the same compressed with
// gzip, and Arrow. Runs in a worker, so that a large file does not stop the page; works on the page as well.
import { readTraceText, TraceFormatError } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';

/** What is known of a file that cannot be read. */
export interface FileProblem {
  readonly file: string;
  /** What is wrong, in one sentence. */
  readonly problem: string;
  readonly line: number | null;
  readonly column: number | null;
  /** The lines around the place; empty when there is none. */
  readonly excerpt: readonly ExcerptLine[];
}

export interface ExcerptLine {
  readonly number: number;
  readonly text: string;
  /** Where in `text` the problem is, from 0; -1 on other lines. */
  readonly mark: number;
}

/** Thrown by `readTrace`, and by nothing else. */
export class FileError extends Error {
  readonly details: FileProblem;

  constructor(details: FileProblem) {
    super(details.problem);
    this.name = 'FileError';
    this.details = details;
  }
}

/** How far reading has come. */
export interface ReadProgress {
  readonly phase: 'reading' | 'understanding';
  readonly bytes: number;
  readonly totalBytes: number;
}

/** A text of JavaScript has at most 2^29 - 24 characters in Chromium; this also bounds what gzip may grow to. */
const TEXT_BYTES_MAX: number = 480 * 1024 * 1024;

/** Reads a file. Throws a `FileError` that says what is wrong and where. */
export async function readTrace(
  name: string,
  file: Blob,
  onProgress: (progress: ReadProgress) => void,
): Promise<Trace> {
  const start = new Uint8Array(await file.slice(0, 8).arrayBuffer());
  if (startsWith(start, ARROW)) return readArrowFile(name, file);
  const text = await readText(name, file, startsWith(start, GZIP), onProgress);
  onProgress({ phase: 'understanding', bytes: file.size, totalBytes: file.size });
  try {
    return readTraceText(text, { title: name }).trace;
  } catch (error) {
    if (!(error instanceof TraceFormatError)) throw error;
    const { problem, line, column } = error;
    throw new FileError({
      file: name,
      problem,
      line,
      column,
      excerpt: excerptOf(text, line, column),
    });
  }
}

const GZIP = [0x1f, 0x8b];
/** `ARROW1` in files; a stream begins with the continuation marker instead. */
const ARROW = [0x41, 0x52, 0x52, 0x4f, 0x57, 0x31];

function startsWith(bytes: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte);
}

async function readArrowFile(name: string, file: Blob): Promise<Trace> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const { readArrow } = await import('kadscope/arrow');
  try {
    return readArrow(bytes);
  } catch (error) {
    throw simpleProblem(
      name,
      error instanceof Error ? error.message : 'this is not a trace in Arrow',
    );
  }
}

async function readText(
  name: string,
  file: Blob,
  isGzip: boolean,
  onProgress: (progress: ReadProgress) => void,
): Promise<string> {
  let bytes = 0;
  let inflated = 0;
  const count = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      bytes += chunk.length;
      onProgress({ phase: 'reading', bytes, totalBytes: file.size });
      controller.enqueue(chunk);
    },
  });
  const counted = file.stream().pipeThrough(count);
  const plain = isGzip ? counted.pipeThrough(new DecompressionStream('gzip')) : counted;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const reader = plain.getReader();
  const parts: string[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      inflated += value.length;
      if (inflated > TEXT_BYTES_MAX) throw simpleProblem(name, TOO_LARGE);
      parts.push(decoder.decode(value, { stream: true }));
    }
    parts.push(decoder.decode());
  } catch (error) {
    if (error instanceof FileError) throw error;
    throw simpleProblem(name, isGzip ? 'this gzip file is damaged or cut off' : notATrace(name));
  }
  return parts.join('');
}

const TOO_LARGE = `this file has more than ${TEXT_BYTES_MAX / 1024 / 1024} MiB of text; cut it, or convert it to Arrow with 'npx kadscope trace convert'`;

function notATrace(name: string): string {
  return `${name} is neither JSON nor Arrow; choose a NetVis or Arrow file`;
}

function simpleProblem(file: string, problem: string): FileError {
  return new FileError({ file, problem, line: null, column: null, excerpt: [] });
}

/** Lines around the place, and how much of a long line is shown. */
const AROUND = 2;
const WIDTH = 96;

function excerptOf(text: string, line: number | null, column: number | null): ExcerptLine[] {
  if (line === null || column === null) return [];
  const lines = text.split('\n', line + AROUND);
  const from = Math.max(0, line - 1 - AROUND);
  // A long line is shown from a little before the place.
  const cut = Math.max(0, column - 1 - WIDTH / 2);
  return lines.slice(from).map((whole, i) => {
    const number = from + i + 1;
    const isPlace = number === line;
    const shown = whole
      .replaceAll('\t', ' ')
      .slice(isPlace ? cut : 0)
      .slice(0, WIDTH);
    return { number, text: shown.trimEnd(), mark: isPlace ? column - 1 - cut : -1 };
  });
}
