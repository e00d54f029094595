// The records of a NetVis file, and how a trace keeps them: whole, so that no field can be lost.

/** A record: `time`, `loggerID`, `level`, `event`, and what the event needs. */
export type NetVisRecord = Readonly<Record<string, unknown>>;

/** How a NetVis file is laid out: a JSON list, a record a line, or the older object of nodes and messages. */
export type NetVisShape = 'array' | 'ndjson' | 'object';

/** What a trace remembers of the NetVis file it was read from, in `meta.extra.netvis`. */
export interface NetVisOrigin {
  readonly shape: NetVisShape;
  /** For each event its position in the file, where that was not in order of time. */
  readonly order?: readonly number[];
  /** The whole document, for the older shape. */
  readonly document?: NetVisRecord;
}

/** The data of an event that was read from a NetVis file. */
export interface NetVisData {
  /** The record as it was read; an object except in odd files. */
  readonly netvis: unknown;
}

/** The name of the record that leads an export of ours. */
export const HEADER_EVENT = 'kadscopeTrace';
/** Version of our fields in NetVis files. */
export const HEADER_FORMAT = 1;

/** Whether the data of an event is a NetVis record that was kept whole. */
export function isNetVisData(data: unknown): data is NetVisData {
  return isRecord(data) && Object.hasOwn(data, 'netvis') && Object.keys(data).length === 1;
}

/** The NetVis record behind the data of an event; `null` when there is none. */
export function recordOf(data: unknown): NetVisRecord | null {
  return isNetVisData(data) && isRecord(data.netvis) ? data.netvis : null;
}

/** What a NetVis message says: its `contents`, text or object; `undefined` where there are none. */
export function contentsOf(data: unknown): unknown {
  const message = recordOf(data)?.['message'];
  return isRecord(message) ? message['contents'] : message;
}

export function isRecord(value: unknown): value is NetVisRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
