// Reads NetVis files (https://github.com/dborzov/netvis): lists, one record a line, and the older object.
//
// Nothing is dropped: each event keeps its record, what no vocabulary knows becomes an `unknown` event,
// and what is odd is noted with the number of the record. Only text that is not JSON, or JSON that is
// not a trace, is an error; then there is no trace at all.
import { keyFromHex } from '../keyspace/key.ts';
import {
  compareInstants,
  instantFromNs,
  instantSince,
  instantToNs,
  parseInstant,
} from './instant.ts';
import type { Instant } from './instant.ts';
import { parseJsonText } from './json-records.ts';
import type { JsonText } from './json-records.ts';
import { documentOf, documentOfText } from './netvis-document.ts';
import type { NetVisDocument } from './netvis-document.ts';
import { NetVisEvents } from './netvis-events.ts';
import { readLegacy } from './netvis-legacy.ts';
import { findAliases, NetVisNames } from './netvis-names.ts';
import { decodeOwn, decodeTrace, eventNumber, isOwnRecord } from './netvis-own.ts';
import type { OwnTrace } from './netvis-own.ts';
import { HEADER_EVENT, HEADER_FORMAT, isRecord } from './netvis-record.ts';
import type { NetVisOrigin, NetVisRecord } from './netvis-record.ts';
import { Notes } from './notes.ts';
import type { Row } from './sink.ts';
import { Trace } from './trace.ts';
import type { TraceMeta } from './trace.ts';

/** How names and messages are told apart. */
export interface NetVisReadOptions {
  /**
   * `smart` (the default) tells a node's name from its id, and messages by both ends and their
   * request_id. `strict` does as NetVis does: every name is a node, every request_id one message.
   */
  readonly mode?: 'smart' | 'strict';
  /** What the trace is called when the file does not say. */
  readonly title?: string;
}

/** Fields that our own records have; others must be kept. */
const OWN_RECORD_FIELDS: ReadonlySet<string> = new Set([
  'time',
  'loggerID',
  'level',
  'event',
  'name',
  'sourceNode',
  'destinationNode',
  'connectingNode',
  'dialedNode',
  'message',
  'text',
  'kadscope',
]);

/** A record with its time and its place in the file. */
interface Entry {
  readonly record: unknown;
  readonly position: number;
  readonly instant: Instant;
}

/** Throws a `TraceFormatError` when the text is no NetVis file. */
export function readNetVis(text: string, options: NetVisReadOptions = {}): Trace {
  return readNetVisJson(parseJsonText(text), options);
}

/** The same for a text whose JSON was parsed already. */
export function readNetVisJson(json: JsonText, options: NetVisReadOptions = {}): Trace {
  return readDocument(documentOfText(json), options);
}

/** The same for a value that was parsed already. */
export function readNetVisValue(value: unknown, options: NetVisReadOptions = {}): Trace {
  return readDocument(documentOf(value), options);
}

function readDocument(document: NetVisDocument, options: NetVisReadOptions): Trace {
  const notes = new Notes();
  const legacy = document.document === null ? null : readLegacy(document.document, notes);
  const records = legacy?.records ?? document.records;
  const headerAt = records.findIndex(
    (record) => isRecord(record) && record['event'] === HEADER_EVENT,
  );
  const header =
    headerAt < 0
      ? null
      : decodeTrace((records[headerAt] as NetVisRecord)['kadscope'], HEADER_FORMAT);
  const inFile = timedEntries(records, header === null ? -1 : headerAt, notes);
  const sorted = inFile.toSorted((a, b) => compareInstants(a.instant, b.instant));
  const isSorted = sorted.every((entry, i) => entry === inFile[i]);
  if (!isSorted)
    notes.addPlain('The records were not in order of time; they are shown in order of time.');
  const order = isSorted ? {} : { order: sorted.map(({ position }) => position) };
  const origin: NetVisOrigin = {
    shape: document.shape,
    ...order,
    ...(document.document !== null && { document: document.document }),
  };
  const title = legacy?.title ?? options.title ?? 'NetVis trace';
  const trace = new Trace(header?.meta ?? metaOf(title, sorted, origin));
  for (const node of header?.nodes ?? legacy?.nodes ?? []) trace.addNode(node);
  fillTrace(trace, { inFile, sorted, header, mode: options.mode ?? 'smart', notes });
  trace.notes.push(...(header?.notes ?? []), ...notes.list());
  return trace;
}

/** Time zero is the whole millisecond of the first event, so that no fraction is left over. */
function metaOf(title: string, sorted: readonly Entry[], origin: NetVisOrigin): TraceMeta {
  const epoch: Instant = { ms: sorted[0]?.instant.ms ?? 0, ns: 0 };
  return { title, source: 'netvis', epochNs: instantToNs(epoch), extra: { netvis: origin } };
}

/** The records with their times; one without a time happens with the record before it. */
function timedEntries(records: readonly unknown[], skip: number, notes: Notes): Entry[] {
  const instants = records.map((record) =>
    isRecord(record) ? parseInstant(record['time']) : null,
  );
  let last = instants.find((instant, i) => instant !== null && i !== skip) ?? { ms: 0, ns: 0 };
  const entries: Entry[] = [];
  records.forEach((record, position) => {
    if (position === skip) return;
    const instant = instants[position]!;
    if (instant !== null) last = instant;
    else if (isRecord(record)) {
      const problem = record['time'] === undefined ? 'there is no time' : 'the time cannot be read';
      notes.add(position + 1, `${problem}; the event is placed with the record before it`);
    }
    entries.push({ record, position, instant: last });
  });
  return entries;
}

interface FillOrder {
  readonly inFile: readonly Entry[];
  readonly sorted: readonly Entry[];
  readonly header: OwnTrace | null;
  readonly mode: 'smart' | 'strict';
  readonly notes: Notes;
}

function fillTrace(trace: Trace, order: FillOrder): void {
  const { inFile, sorted, mode, notes } = order;
  const isOwn = (record: unknown): record is NetVisRecord =>
    order.header !== null && isOwnRecord(record);
  const foreign = inFile.map(({ record }) => record).filter((record) => !isOwn(record));
  const names = new NetVisNames(trace, mode === 'smart' ? findAliases(foreign, notes) : new Map());
  const events = new NetVisEvents({ trace, names, mode, notes });
  // Nodes are numbered in the order in which the file mentions them, which is NetVis's order too.
  for (const record of foreign) events.mention(record);
  const own = new OwnRows(trace);
  const epoch = instantFromNs(trace.meta.epochNs);
  for (const { record, position, instant } of sorted) {
    const since = instantSince(epoch, instant);
    const row = isOwn(record) ? own.row(record) : events.row(record, position + 1);
    row.timeMs = since.ms;
    row.timeNs = since.ns;
    const index = trace.append(row);
    if (isOwn(record)) own.appended(record, index);
  }
}

/** Rows of our own exports, whose references are by number and must be found again. */
class OwnRows {
  readonly #trace: Trace;
  readonly #indexOf = new Map<number, number>();
  readonly #keyOf = new Map<string, number>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  row(record: NetVisRecord): Row {
    const fields = decodeOwn(record);
    const row = fields.row;
    row.cause = this.#indexOf.get(fields.cause) ?? -1;
    row.message = this.#indexOf.get(fields.message) ?? -1;
    row.key = fields.key === null ? -1 : this.#keyIndex(fields.key);
    if (row.node >= this.#trace.nodes.length) row.node = -1;
    if (row.peer >= this.#trace.nodes.length) row.peer = -1;
    // Somebody has added fields to our record: keep it whole.
    if (Object.keys(record).some((name) => !OWN_RECORD_FIELDS.has(name)))
      row.data = { netvis: record };
    return row;
  }

  appended(record: NetVisRecord, index: number): void {
    this.#indexOf.set(eventNumber(record), index);
  }

  #keyIndex(hex: string): number {
    let index = this.#keyOf.get(hex);
    if (index === undefined) {
      index = this.#trace.addKey(keyFromHex(hex));
      this.#keyOf.set(hex, index);
    }
    return index;
  }
}
