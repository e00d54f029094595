// One of the traces that are merged: its events one after the other, in terms of the merged trace.
import { EVENT_TYPES } from './event.ts';
import { formatInstant, instantAfter } from './instant.ts';
import type { Instant } from './instant.ts';
import type { MergeRename } from './merge-ids.ts';
import { isNetVisData, isRecord } from './netvis-record.ts';
import type { Row } from './sink.ts';
import { STEP_IDS } from './steps.ts';
import { rowOf } from './trace.ts';
import type { Trace } from './trace.ts';

/** How a trace is expressed in terms of the merged one. */
export interface MergePlace {
  /** From the epoch of the merged trace to that of this one. */
  readonly shift: Instant;
  /** Whether the clock was corrected. */
  readonly isShifted: boolean;
  /** The epoch of the merged trace. */
  readonly epoch: Instant;
  readonly nodeOf: Int32Array;
  readonly keyOf: Int32Array;
  readonly rename: MergeRename;
}

const TABLE_RESTORED = EVENT_TYPES.indexOf('tableRestored');
const PROVIDER_FOUND = STEP_IDS.indexOf('provider.found');

/** A trace that is being read to its end. */
export class MergeSource {
  readonly trace: Trace;
  readonly #place: MergePlace;
  /** For each event so far its index in the merged trace. */
  readonly #indexOf: Int32Array;
  /** Requests that turned out to be those of another file. */
  readonly #adopted = new Map<number, number>();
  #at = 0;
  #timeMs = 0;
  #timeNs = 0;

  constructor(trace: Trace, place: MergePlace) {
    this.trace = trace;
    this.#place = place;
    this.#indexOf = new Int32Array(trace.length).fill(-1);
    this.#readTime();
  }

  get isAtEnd(): boolean {
    return this.#at >= this.trace.length;
  }

  /** Whether the next event lies before the next one of `other`. */
  isBefore(other: MergeSource): boolean {
    return (
      this.#timeMs < other.#timeMs ||
      (this.#timeMs === other.#timeMs && this.#timeNs < other.#timeNs)
    );
  }

  /** The next event, which will be event `index` of the merged trace. */
  row(index: number): Row {
    const { nodeOf, keyOf, rename } = this.#place;
    const row = rowOf(this.trace, this.#at);
    row.timeMs = this.#timeMs;
    row.timeNs = this.#timeNs;
    row.node = nodeOf[row.node] ?? -1;
    row.peer = nodeOf[row.peer] ?? -1;
    row.key = keyOf[row.key] ?? -1;
    row.cause = this.#indexOf[row.cause] ?? -1;
    row.message = row.message === this.#at ? index : (this.#indexOf[row.message] ?? -1);
    row.rpc = rename.rpc(row.rpc);
    row.rpc = this.#adopted.get(row.rpc) ?? row.rpc;
    row.lookup = rename.lookup(row.lookup);
    row.operation = rename.operation(row.operation);
    row.data = this.#dataOf(row);
    return row;
  }

  /** Goes on: the event that `row` gave has become event `index` of the merged trace. */
  advance(index: number): void {
    this.#indexOf[this.#at++] = index;
    if (!this.isAtEnd) this.#readTime();
  }

  /** From here on, request `rpc` of the merged trace is request `known`. */
  adoptRequest(rpc: number, known: number): void {
    if (rpc >= 0 && rpc !== known) this.#adopted.set(rpc, known);
  }

  #readTime(): void {
    if (this.isAtEnd) return;
    const { shift } = this.#place;
    const since = instantAfter(
      shift,
      this.trace.get('timeMs', this.#at),
      this.trace.get('timeNs', this.#at),
    );
    this.#timeMs = since.ms;
    this.#timeNs = since.ns;
  }

  /** Data that names nodes by number, and NetVis records whose clock was corrected. */
  #dataOf(row: Row): unknown {
    const { data } = row;
    if (row.type === TABLE_RESTORED && (Array.isArray(data) || data instanceof Int32Array)) {
      return Array.from(data as ArrayLike<unknown>, (node) => this.#nodeOf(node));
    }
    if (row.step === PROVIDER_FOUND && isRecord(data) && Object.hasOwn(data, 'from')) {
      return { ...data, from: this.#nodeOf(data['from']) };
    }
    if (!this.#place.isShifted || !isNetVisData(data) || !isRecord(data.netvis)) return data;
    // Written again, the record must say when it happened on the common clock.
    const at = instantAfter(this.#place.epoch, row.timeMs, row.timeNs);
    return { netvis: { ...data.netvis, time: formatInstant(at) } };
  }

  #nodeOf(node: unknown): unknown {
    return typeof node === 'number' ? (this.#place.nodeOf[node] ?? node) : node;
  }
}
