// Our own fields in a NetVis file, so that a trace of ours comes back whole: a leading record describes
// the trace and its nodes, and every record has a `kadscope` object with the columns that NetVis has no
// field for. Columns that say nothing are left out. NetVis itself skips what it does not know.
import { keyFromHex, keyToHex } from '../keyspace/key.ts';
import { EVENT_TYPES, MESSAGE_KINDS } from './event.ts';
import type { MessageKind, TraceEvent } from './event.ts';
import { toJson } from './json-text.ts';
import { isRecord } from './netvis-record.ts';
import type { NetVisRecord } from './netvis-record.ts';
import { emptyRow } from './sink.ts';
import type { Row } from './sink.ts';
import { STEP_IDS } from './steps.ts';
import type { StepId } from './steps.ts';
import type { NodeInfo, Trace, TraceMeta } from './trace.ts';

/** Columns that are written as they are, under their own name. */
const PLAIN_COLUMNS = [
  'rpc',
  'lookup',
  'operation',
  'bytes',
  'hop',
  'count',
  'node',
  'peer',
] as const;
const INT32_MAX = 2147483647;
const CODE_OF: ReadonlyMap<unknown, number> = new Map(
  EVENT_TYPES.map((type, code) => [type, code]),
);
const SOURCES: readonly TraceMeta['source'][] = ['simulation', 'node', 'netvis', 'file'];

/** What the `kadscope` object of a record says; references are to the `event` numbers of other records. */
export interface OwnFields {
  readonly row: Row;
  readonly cause: number;
  readonly message: number;
  readonly key: string | null;
}

/** The `kadscope` object of an event as JSON; `key` is its key in hexadecimal. */
export function encodeOwn(event: TraceEvent, key: string | undefined): string {
  const { index } = event;
  // Written by hand: there is one for each event, and most of it is numbers and words of ours.
  let text = `{"event":${index}`;
  if (event.step !== null) text += `,"step":"${event.step}"`;
  if (event.cause >= 0) text += `,"cause":${event.cause}`;
  if (event.message >= 0 && event.message !== index) text += `,"message":${event.message}`;
  if (event.kind !== 'other') text += `,"kind":"${event.kind}"`;
  if (event.isResponse) text += ',"isResponse":true';
  for (const name of PLAIN_COLUMNS) if (event[name] >= 0) text += `,"${name}":${event[name]}`;
  if (key !== undefined) text += `,"key":"${key}"`;
  if (event.detail !== null) text += `,"detail":${toJson(event.detail)}`;
  const data = toJson(event.data);
  return data === undefined ? `${text}}` : `${text},"data":${data}}`;
}

/** Whether a record has a `kadscope` object of ours. */
export function isOwnRecord(record: unknown): record is NetVisRecord {
  if (!isRecord(record) || !CODE_OF.has(record['event'])) return false;
  const own = record['kadscope'];
  return isRecord(own) && isIndex(own['event']);
}

/** The row behind the `kadscope` object of one of our own records. */
export function decodeOwn(record: NetVisRecord): OwnFields {
  const own = record['kadscope'] as NetVisRecord;
  const type = CODE_OF.get(record['event'])!;
  const row = emptyRow();
  row.type = type;
  row.step = STEP_IDS.indexOf(own['step'] as StepId);
  row.kind = Math.max(0, MESSAGE_KINDS.indexOf(own['kind'] as MessageKind));
  row.isResponse = own['isResponse'] === true ? 1 : 0;
  for (const name of PLAIN_COLUMNS) row[name] = numberOf(own[name]);
  row.detail = typeof own['detail'] === 'string' ? own['detail'] : null;
  row.data = own['data'];
  const key = typeof own['key'] === 'string' && isHex(own['key']) ? own['key'] : null;
  const isSent = EVENT_TYPES[type] === 'messageSent';
  const event = eventNumber(record);
  const message = isSent ? event : numberOf(own['message']);
  return { row, cause: numberOf(own['cause']), message, key };
}

/** The number by which other records of ours refer to this one. */
export function eventNumber(record: NetVisRecord): number {
  return numberOf((record['kadscope'] as NetVisRecord)['event']);
}

/** What the leading record says of the trace. */
export function encodeTrace(trace: Trace, format: number): NetVisRecord {
  const nodes = trace.nodes.map(encodeNode);
  return {
    format,
    meta: encodeMeta(trace.meta),
    nodes,
    ...(trace.notes.length > 0 && { notes: trace.notes }),
  };
}

/** A trace without events, as its leading record describes it. */
export interface OwnTrace {
  readonly meta: TraceMeta;
  readonly nodes: readonly NodeInfo[];
  readonly notes: readonly string[];
}

/** Reads what `encodeTrace` wrote; `null` when it was somebody else. */
export function decodeTrace(value: unknown, format: number): OwnTrace | null {
  if (!isRecord(value) || value['format'] !== format || !Array.isArray(value['nodes'])) return null;
  const meta = decodeMeta(value['meta']);
  if (meta === null) return null;
  const notes = Array.isArray(value['notes']) ? value['notes'].map(String) : [];
  return { meta, nodes: value['nodes'].map(decodeNode), notes };
}

/** Meta data as JSON: 64-bit time as text. */
export function encodeMeta(meta: TraceMeta): NetVisRecord {
  return { ...meta, epochNs: String(meta.epochNs) };
}

export function decodeMeta(value: unknown): TraceMeta | null {
  if (!isRecord(value) || typeof value['epochNs'] !== 'string' || !/^-?\d+$/.test(value['epochNs']))
    return null;
  const source = SOURCES.find((one) => one === value['source']) ?? 'file';
  return {
    ...value,
    title: typeof value['title'] === 'string' ? value['title'] : '',
    source,
    epochNs: BigInt(value['epochNs']),
  };
}

/** A node as JSON: its key in hexadecimal. */
export function encodeNode(node: NodeInfo): NetVisRecord {
  const { key, ...rest } = node;
  return key === undefined ? rest : { ...rest, key: keyToHex(key) };
}

export function decodeNode(value: unknown): NodeInfo {
  if (!isRecord(value)) return { id: String(value) };
  const { key, label } = value;
  return {
    id: String(value['id']),
    ...(typeof label === 'string' && { label }),
    ...(typeof key === 'string' && isHex(key) && { key: keyFromHex(key) }),
    ...(Object.hasOwn(value, 'data') && { data: value['data'] }),
  };
}

function isHex(text: string): boolean {
  return /^(?:[0-9a-f]{2})+$/i.test(text);
}

function isIndex(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

function numberOf(value: unknown): number {
  return isIndex(value) && value <= INT32_MAX ? value : -1;
}
