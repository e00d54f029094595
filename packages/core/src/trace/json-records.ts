// From a text to the JSON in it: one value, or one record a line. What is in the records, others know.
import { positionAt, TraceFormatError } from './format-error.ts';
import { findJsonError } from './json-error.ts';
import { isRecord } from './netvis-record.ts';

/** The JSON of a file, parsed but not understood yet. */
export type JsonText =
  | { readonly shape: 'value'; readonly value: unknown }
  | { readonly shape: 'lines'; readonly records: readonly unknown[] };

const BYTE_ORDER_MARK = '\uFEFF';

/** Throws a `TraceFormatError` with line and column when the text is neither. */
export function parseJsonText(text: string): JsonText {
  const body = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  if (body.trim() === '') throw new TraceFormatError('the file is empty', { line: 1, column: 1 });
  try {
    return { shape: 'value', value: JSON.parse(body) };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return { shape: 'lines', records: parseLines(body) };
  }
}

/** One record a line; when not even the first line is JSON, the error is that of the whole text. */
function parseLines(text: string): unknown[] {
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
  return records;
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
