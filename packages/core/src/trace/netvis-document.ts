// From the text of a NetVis file to its records: a JSON list, one record a line, or the older object.
import { positionAt, TraceFormatError } from './format-error.ts';
import { findJsonError } from './json-error.ts';
import { isRecord } from './netvis-record.ts';
import type { NetVisRecord, NetVisShape } from './netvis-record.ts';

/** A NetVis file, parsed but not understood yet. */
export interface NetVisDocument {
  readonly shape: NetVisShape;
  /** The records in the order of the file; empty for the older shape. */
  readonly records: readonly unknown[];
  /** The object of the older shape. */
  readonly document: NetVisRecord | null;
}

const EXPECTED =
  'a NetVis trace is a list of records, one record a line, or an object with "nodes" and "messages"';
const BYTE_ORDER_MARK = '\uFEFF';

/** Throws a `TraceFormatError` with line and column when the text is no NetVis file. */
export function parseNetVisText(text: string): NetVisDocument {
  const body = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (body.trim() === '') throw new TraceFormatError('the file is empty', { line: 1, column: 1 });
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return parseLines(body);
  }
  return documentOf(value);
}

/** A value that was parsed already. */
export function documentOf(value: unknown): NetVisDocument {
  if (Array.isArray(value)) return { shape: 'array', records: value, document: null };
  if (isRecord(value)) {
    if ('event' in value) return { shape: 'ndjson', records: [value], document: null };
    if ('nodes' in value || 'messages' in value)
      return { shape: 'object', records: [], document: value };
  }
  throw new TraceFormatError(`this is JSON, but no trace: ${EXPECTED}`, { line: 1, column: 1 });
}

/** One record a line; when not even the first line is JSON, the error is that of the whole text. */
function parseLines(text: string): NetVisDocument {
  const lines = text.split('\n');
  const records: unknown[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line === '') continue;
    try {
      records.push(JSON.parse(line));
    } catch {
      if (records.length === 0) throw syntaxError(text);
      throw syntaxErrorInLine(lines[i]!, i + 1);
    }
    // A first line that is a list or a bare value means a broken list, not one record a line.
    if (records.length === 1 && !isRecord(records[0])) throw syntaxError(text);
  }
  return { shape: 'ndjson', records, document: null };
}

function syntaxError(text: string): TraceFormatError {
  const error = findJsonError(text);
  if (error === null) return new TraceFormatError('this cannot be read as JSON');
  return new TraceFormatError(error.problem, positionAt(text, error.offset));
}

function syntaxErrorInLine(line: string, number: number): TraceFormatError {
  const text = line.endsWith('\r') ? line.slice(0, -1) : line;
  const error = findJsonError(text);
  const column = (error?.offset ?? 0) + 1;
  const problem = error?.problem ?? 'this line cannot be read as JSON';
  return new TraceFormatError(problem, { line: number, column });
}
