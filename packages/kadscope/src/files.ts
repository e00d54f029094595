// Trace files on disk: which format, compressed or not, and what to say when one cannot be read.
import { createWriteStream } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants } from 'node:buffer';
import { createGzip, gunzipSync, gzipSync } from 'node:zlib';
import { mergeTraces, netVisPieces, readTraceText, TraceFormatError } from '@kadscope/core/trace';
import type { LogFormat, Trace } from '@kadscope/core/trace';
import { CommandError, systemCode, UsageError } from './errors.ts';
import { isArrow, readArrow, writeArrow } from './formats/arrow.ts';
import { readWhole } from './input-file.ts';
import { writeWhole } from './output-file.ts';

/** The formats in which traces are written. */
export type WrittenFormat = 'netvis' | 'ndjson' | 'arrow';

/** The formats in which traces are read, by what is in the file: ours, and the logs of other programs. */
export type TraceFormat = WrittenFormat | LogFormat;

/** A trace and the file it came from. */
export interface TraceFile {
  readonly trace: Trace;
  readonly format: TraceFormat;
  readonly isCompressed: boolean;
  readonly bytes: number;
}

const FORMAT_OF_EXTENSION: Readonly<Record<string, WrittenFormat>> = {
  json: 'netvis',
  netvis: 'netvis',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  arrow: 'arrow',
};
/** Text handed to the disk at once. */
const PIECE_CHARACTERS = 65_536;
/** Size of a file at most: what Node reads at once. */
const FILE_BYTES_MAX = 2_147_483_647;
/** Unpacked size of a compressed file at most: what one array of bytes can hold on every platform. */
const UNPACKED_BYTES_MAX = 4_294_967_295;

/** The format that the name of a file to be written asks for. Throws a `UsageError` for other names. */
export function formatOfName(path: string): { format: WrittenFormat; isCompressed: boolean } {
  const isCompressed = path.endsWith('.gz');
  const name = isCompressed ? path.slice(0, -'.gz'.length) : path;
  const format = FORMAT_OF_EXTENSION[name.slice(name.lastIndexOf('.') + 1).toLowerCase()];
  if (format !== undefined) return { format, isCompressed };
  const known = Object.keys(FORMAT_OF_EXTENSION).map((extension) => `.${extension}`);
  throw new UsageError(
    `${path}: name the file ${known.join(', ')}, and .gz behind it to compress it`,
    { file: path },
  );
}

/** Reads a trace in any format, recognised by its content. */
export async function readTraceFile(
  path: string,
  mode: 'smart' | 'strict' = 'smart',
): Promise<TraceFile> {
  const bytes = await readWhole(path, FILE_BYTES_MAX);
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const content = isCompressed ? unpack(bytes, path) : bytes;
  try {
    const read = readContent(content, path, mode);
    return { ...read, isCompressed, bytes: bytes.length };
  } catch (error) {
    if (error instanceof TraceFormatError) throw formatError(error, path);
    throw error;
  }
}

function readContent(
  content: Uint8Array,
  path: string,
  mode: 'smart' | 'strict',
): Pick<TraceFile, 'trace' | 'format'> {
  if (isArrow(content)) return { trace: readArrow(content), format: 'arrow' };
  const { trace, format } = readTraceText(decode(content, path), { mode, title: basename(path) });
  return { trace, format: format === 'netvis' && isLines(content, trace) ? 'ndjson' : format };
}

/** How several files are read as one trace. */
export interface MergeFileOptions {
  readonly mode?: 'smart' | 'strict';
  /** What to add to the times of a file, in nanoseconds, by the path under which it is read. */
  readonly offsetsNs?: ReadonlyMap<string, bigint>;
}

/** Reads one or more files as one trace; says also what each of them is. */
export async function readTraceFiles(
  paths: readonly string[],
  options: MergeFileOptions = {},
): Promise<{ readonly trace: Trace; readonly files: readonly TraceFile[] }> {
  const files: TraceFile[] = [];
  for (const path of paths) files.push(await readTraceFile(path, options.mode));
  const offsetsNs = paths.map((path) => options.offsetsNs?.get(path) ?? 0n);
  try {
    const trace = mergeTraces(
      files.map((file) => file.trace),
      { offsetsNs },
    );
    return { trace, files };
  } catch (error) {
    if (error instanceof TraceFormatError) throw new CommandError(error.message, error.code);
    throw error;
  }
}

/** Writes a trace in the format that the name asks for; the file appears only when it is whole. */
export async function writeTraceFile(trace: Trace, path: string): Promise<void> {
  const { format, isCompressed } = formatOfName(path);
  await writeWhole(path, async (partial) => {
    if (format === 'arrow') {
      const bytes = writeArrow(trace);
      await writeFile(partial, isCompressed ? gzipSync(bytes) : bytes);
      return;
    }
    const shape = format === 'ndjson' ? 'ndjson' : 'array';
    const pieces = Readable.from(joined(netVisPieces(trace, { shape })));
    const target = createWriteStream(partial);
    await (isCompressed ? pipeline(pieces, createGzip(), target) : pipeline(pieces, target));
  });
}

/** What to know of a file that was written, one sentence each. */
export async function sizeWarnings(path: string): Promise<string[]> {
  const { format, isCompressed } = formatOfName(path);
  if (format === 'arrow' || isCompressed) return [];
  const { size } = await stat(path);
  if (size <= constants.MAX_STRING_LENGTH) return [];
  return [
    `JSON of ${Math.floor(size / 1e6)} MB cannot be read back at once; write the trace as .arrow as well to keep it.`,
  ];
}

/** Fewer and larger pieces: one call for each record would cost more than the record. */
function* joined(pieces: Iterable<string>): Generator<string> {
  let text = '';
  for (const piece of pieces) {
    text += piece;
    if (text.length < PIECE_CHARACTERS) continue;
    yield text;
    text = '';
  }
  yield text;
}

function unpack(bytes: Uint8Array, path: string): Uint8Array {
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch (error) {
    const isTooLarge = systemCode(error) === 'ERR_BUFFER_TOO_LARGE';
    const problem = isTooLarge
      ? 'the unpacked file would be larger than 4 GB; split it into parts'
      : 'the compressed file is damaged or cut off; get it again';
    throw new CommandError(`${path}: ${problem}`, 'ERR_TRACE_FORMAT', { file: path });
  }
}

function decode(bytes: Uint8Array, path: string): string {
  if (bytes.length > constants.MAX_STRING_LENGTH) {
    const megabytes = Math.floor(constants.MAX_STRING_LENGTH / 1e6);
    throw new CommandError(
      `${path}: JSON of more than ${megabytes} MB cannot be read at once; split it into parts`,
      'ERR_TRACE_FORMAT',
      { file: path },
    );
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new CommandError(
      `${path}: this is neither JSON in UTF-8 nor Arrow; name a trace file`,
      'ERR_TRACE_FORMAT',
      { file: path },
    );
  }
}

function formatError(error: TraceFormatError, path: string): CommandError {
  const position = {
    ...(error.line !== null && { line: error.line }),
    ...(error.column !== null && { column: error.column }),
  };
  const separator = error.line === null ? ': ' : ', ';
  return new CommandError(`${path}${separator}${error.message}`, error.code, {
    file: path,
    ...position,
  });
}

/** One record a line begins with an object, as does the older format, which the trace remembers. */
function isLines(content: Uint8Array, trace: Trace): boolean {
  if (!/^\uFEFF?\s*\{/.test(new TextDecoder().decode(content.subarray(0, 64)))) return false;
  const origin = trace.meta.extra?.['netvis'];
  const isObject = typeof origin === 'object' && origin !== null;
  return !(isObject && 'shape' in origin && origin.shape === 'object');
}
