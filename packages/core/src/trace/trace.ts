// A trace in memory: columns, the tables they refer to, and the indices that views need.
import type { Key } from '../keyspace/key.ts';
import { CHUNK_ROWS, ChunkedColumns } from './columns.ts';
import type { ColumnName, Columns } from './columns.ts';
import { EVENT_TYPES, MESSAGE_KINDS } from './event.ts';
import type { EventType, TraceEvent } from './event.ts';
import { emptyRow } from './sink.ts';
import type { Row, RowSink } from './sink.ts';
import { STEP_IDS } from './steps.ts';
import { TraceIndex } from './trace-index.ts';
import type { LookupInfo, OperationInfo } from './trace-index.ts';

/** A node of a trace. */
export interface NodeInfo {
  /** The name by which files and people know it: a peer id, a NetVis name, or the hexadecimal key. */
  readonly id: string;
  /** A second, readable name, where there is one. */
  readonly label?: string;
  /** Its point of the keyspace; absent in traces of networks without one. */
  readonly key?: Key;
  /** Fields of a foreign format that have no place here. */
  readonly data?: unknown;
}

/** What a trace says about itself. */
export interface TraceMeta {
  readonly title: string;
  readonly source: 'simulation' | 'node' | 'netvis' | 'file';
  /** Nanoseconds since 1970-01-01T00:00Z at which time zero of the trace lies; 0 in virtual time. */
  readonly epochNs: bigint;
  readonly keyBits?: number;
  readonly profile?: string;
  readonly k?: number;
  readonly alpha?: number;
  readonly beta?: number;
  readonly seed?: number;
  /** Anything else that a file carried. */
  readonly extra?: Readonly<Record<string, unknown>>;
}

/** Events in order of time, and everything they mention. Append-only. */
export class Trace implements RowSink {
  readonly meta: TraceMeta;
  readonly nodes: NodeInfo[] = [];
  readonly keys: Key[] = [];
  readonly words: string[] = [];
  readonly attachments: unknown[] = [];
  /** What was odd in a file that was read: one sentence each. */
  readonly notes: string[] = [];
  readonly #columns = new ChunkedColumns();
  readonly #index = new TraceIndex();
  readonly #wordIndex = new Map<string, number>();

  constructor(meta: TraceMeta) {
    this.meta = meta;
  }

  /** How many events there are. */
  get length(): number {
    return this.#columns.length;
  }

  /** Time of the last event in milliseconds since the epoch of the trace; 0 when empty. */
  get endMs(): number {
    return this.length === 0 ? 0 : this.time(this.length - 1);
  }

  /** All lookups in the order in which they started. */
  get lookups(): readonly LookupInfo[] {
    return this.#index.lookups;
  }

  /** All operations in the order in which they started. */
  get operations(): readonly OperationInfo[] {
    return this.#index.operations;
  }

  lookup(id: number): LookupInfo | undefined {
    return this.#index.lookup(id);
  }

  operation(id: number): OperationInfo | undefined {
    return this.#index.operation(id);
  }

  /** The indices of all `messageSent` events, ascending; `messageCount` of them are valid. */
  get messages(): Int32Array {
    return this.#index.messages;
  }

  get messageCount(): number {
    return this.#index.messageCount;
  }

  /** The longest time in milliseconds that any message took to arrive or to be dropped. */
  get longestFlightMs(): number {
    return this.#index.longestFlightMs;
  }

  /** A numeric column at one event. */
  get(column: ColumnName, index: number): number {
    return this.#columns.get(column, index);
  }

  /** Milliseconds since the epoch of the trace, with fraction. */
  time(index: number): number {
    return this.#columns.get('timeMs', index) + this.#columns.get('timeNs', index) / 1e6;
  }

  type(index: number): EventType {
    return EVENT_TYPES[this.#columns.get('type', index)]!;
  }

  /** The event as an object. Throws a `RangeError` outside the trace. */
  event(index: number): TraceEvent {
    if (!(index >= 0 && index < this.length)) {
      throw new RangeError(`the trace has events 0 to ${this.length - 1}, not ${index}`);
    }
    const chunk = this.#columns.chunk(index);
    const row = index % CHUNK_ROWS;
    const detail = chunk.detail[row]!;
    const data = chunk.data[row]!;
    return {
      index,
      timeMs: chunk.timeMs[row]!,
      timeNs: chunk.timeNs[row]!,
      type: this.type(index),
      step: STEP_IDS[chunk.step[row]!] ?? null,
      node: chunk.node[row]!,
      peer: chunk.peer[row]!,
      cause: chunk.cause[row]!,
      message: chunk.message[row]!,
      kind: MESSAGE_KINDS[chunk.kind[row]!] ?? 'other',
      isResponse: chunk.isResponse[row] === 1,
      rpc: chunk.rpc[row]!,
      lookup: chunk.lookup[row]!,
      operation: chunk.operation[row]!,
      key: chunk.key[row]!,
      bytes: chunk.bytes[row]!,
      hop: chunk.hop[row]!,
      count: chunk.count[row]!,
      detail: detail < 0 ? null : this.words[detail]!,
      data: data < 0 ? undefined : this.attachments[data],
    };
  }

  /** The first event at or after `timeMs`; `length` when there is none. */
  firstAtOrAfter(timeMs: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.time(middle) < timeMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Adds a node; its index is its position in `nodes`. */
  addNode(node: NodeInfo): number {
    return this.nodes.push(node) - 1;
  }

  addKey(key: Key): number {
    return this.keys.push(key) - 1;
  }

  /** Appends an event. Times never go back: throws a `RangeError` when one would. */
  append(row: Row): number {
    const last = this.length - 1;
    if (last >= 0 && isBefore(row, this.get('timeMs', last), this.get('timeNs', last))) {
      throw new RangeError(`event ${last + 1} lies before the one it follows`);
    }
    const index = this.#columns.extend();
    this.#write(this.#columns.chunk(index), index & 0xffff, row);
    if (row.type === MESSAGE_SENT) this.#columns.set('message', index, index);
    this.#index.add(this.#columns, index, row.detail);
    return index;
  }

  /** The numeric columns of events `from` to `to - 1`, copied. */
  slice(from: number, to: number): Columns {
    return this.#columns.slice(from, to);
  }

  /**
   * The columns of the chunk that holds event `index`, for loops over many events: event `i` of the
   * chunk is at position `i % CHUNK_ROWS`. Not to be written to.
   */
  chunk(index: number): Columns {
    return this.#columns.chunk(index);
  }

  /** Appends whole columns whose references already fit this trace's tables. */
  appendColumns(columns: Columns): void {
    const from = this.length;
    this.#columns.append(columns);
    for (let index = from; index < this.length; index++) {
      // Ends of flights are found anew: a slice of another trace may point past its own last row.
      this.#columns.set('end', index, -1);
    }
    for (let index = from; index < this.length; index++) {
      const detail = this.get('detail', index);
      this.#index.add(this.#columns, index, detail < 0 ? null : this.words[detail]!);
    }
  }

  /** The index of a word, made known when it is new. */
  word(text: string): number {
    let index = this.#wordIndex.get(text);
    if (index === undefined) {
      index = this.words.push(text) - 1;
      this.#wordIndex.set(text, index);
    }
    return index;
  }

  #write(chunk: Columns, at: number, row: Row): void {
    chunk.timeMs[at] = row.timeMs;
    chunk.timeNs[at] = row.timeNs;
    chunk.type[at] = row.type;
    chunk.step[at] = row.step;
    chunk.node[at] = row.node;
    chunk.peer[at] = row.peer;
    chunk.cause[at] = row.cause;
    chunk.message[at] = row.message;
    chunk.kind[at] = row.kind;
    chunk.isResponse[at] = row.isResponse;
    chunk.rpc[at] = row.rpc;
    chunk.lookup[at] = row.lookup;
    chunk.operation[at] = row.operation;
    chunk.key[at] = row.key;
    chunk.bytes[at] = row.bytes;
    chunk.hop[at] = row.hop;
    chunk.count[at] = row.count;
    chunk.detail[at] = row.detail === null ? -1 : this.word(row.detail);
    chunk.data[at] = row.data === undefined ? -1 : this.attachments.push(row.data) - 1;
    chunk.end[at] = -1;
  }
}

const MESSAGE_SENT = EVENT_TYPES.indexOf('messageSent');

function isBefore(row: Row, timeMs: number, timeNs: number): boolean {
  return row.timeMs < timeMs || (row.timeMs === timeMs && row.timeNs < timeNs);
}

/** A row that says only when, what and where; for importers and tests. */
export function simpleRow(timeMs: number, type: EventType, node: number): Row {
  return { ...emptyRow(), timeMs, type: EVENT_TYPES.indexOf(type), node };
}

/** Event `index` as the row that was appended; for sinks that take a trace apart. */
export function rowOf(trace: Trace, index: number): Row {
  const chunk = trace.chunk(index);
  const at = index % CHUNK_ROWS;
  const detail = chunk.detail[at]!;
  const data = chunk.data[at]!;
  const row = emptyRow();
  row.timeMs = chunk.timeMs[at]!;
  row.timeNs = chunk.timeNs[at]!;
  row.type = chunk.type[at]!;
  row.step = chunk.step[at]!;
  row.node = chunk.node[at]!;
  row.peer = chunk.peer[at]!;
  row.cause = chunk.cause[at]!;
  row.message = chunk.message[at]!;
  row.kind = chunk.kind[at]!;
  row.isResponse = chunk.isResponse[at]!;
  row.rpc = chunk.rpc[at]!;
  row.lookup = chunk.lookup[at]!;
  row.operation = chunk.operation[at]!;
  row.key = chunk.key[at]!;
  row.bytes = chunk.bytes[at]!;
  row.hop = chunk.hop[at]!;
  row.count = chunk.count[at]!;
  row.detail = detail < 0 ? null : trace.words[detail]!;
  row.data = data < 0 ? undefined : trace.attachments[data];
  return row;
}
