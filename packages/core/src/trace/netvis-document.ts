// From the JSON of a NetVis file to its records: a list, one record a line, or the older object.
import { TraceFormatError } from './format-error.ts';
import type { JsonText } from './json-records.ts';
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

/** Throws a `TraceFormatError` with line and column when the JSON is no NetVis file. */
export function documentOfText(json: JsonText): NetVisDocument {
  return json.shape === 'value'
    ? documentOf(json.value)
    : { shape: 'ndjson', records: json.records, document: null };
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
