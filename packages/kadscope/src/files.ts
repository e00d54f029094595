// Trace files on disk: which format, compressed or not, and what to say when one cannot be read.
import { createWriteStream } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants } from 'node:buffer';
import { createGzip, gunzipSync, gzipSync } from 'node:zlib';
import { netVisPieces, readNetVis, TraceFormatError } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { CommandError, fileError, systemCode, UsageError } from './errors.ts';
import { isArrow, readArrow, writeArrow } from './formats/arrow.ts';

/** The formats of trace files, by what is in them. */
export type TraceFormat = 'netvis' | 'ndjson' | 'arrow';

/** A trace and the file it came from. */
export interface TraceFile {
  readonly trace: Trace;
  readonly format: TraceFormat;
  readonly isCompressed: boolean;
  readonly bytes: number;
}

const FORMAT_OF_EXTENSION: Readonly<Record<string, TraceFormat>> = {
  json: 'netvis',
  netvis: 'netvis',
  ndjson: 'ndjson',
  jsonl: 'ndjson',
  arrow: 'arrow',
};
/** Text handed to the disk at once. */
const PIECE_CHARACTERS = 65_536;
/** Unpacked size of a compressed file at most: what one array of bytes can hold on every platform. */
const UNPACKED_BYTES_MAX = 4_294_967_295;

/** The format that the name of a file to be written asks for. Throws a `UsageError` for other names. */
export function formatOfName(path: string): { format: TraceFormat; isCompressed: boolean } {
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
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw fileError(error, path);
  }
  const isCompressed = bytes[0] === 0x1f && bytes[1] === 0x8b;
  const content = isCompressed ? unpack(bytes, path) : bytes;
  try {
    const isTable = isArrow(content);
    const trace = isTable
      ? readArrow(content)
      : readNetVis(decode(content, path), { mode, title: basename(path) });
    const format = isTable ? 'arrow' : isLines(content, trace) ? 'ndjson' : 'netvis';
    return { trace, format, isCompressed, bytes: bytes.length };
  } catch (error) {
    if (error instanceof TraceFormatError) throw formatError(error, path);
    throw error;
  }
}

/** Writes a trace in the format that the name asks for; the file appears only when it is whole. */
export async function writeTraceFile(trace: Trace, path: string): Promise<void> {
  const { format, isCompressed } = formatOfName(path);
  const partial = `${path}.partial`;
  try {
    if (format === 'arrow') {
      const bytes = writeArrow(trace);
      await writeFile(partial, isCompressed ? gzipSync(bytes) : bytes);
    } else {
      const pieces = Readable.from(
        joined(netVisPieces(trace, { shape: format === 'ndjson' ? 'ndjson' : 'array' })),
      );
      const target = createWriteStream(partial);
      await (isCompressed ? pipeline(pieces, createGzip(), target) : pipeline(pieces, target));
    }
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw systemCode(error) === null ? error : fileError(error, path);
  }
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
