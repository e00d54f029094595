// A point of the trace and the state of the network there: forwards, backwards and at once anywhere.
import { RecordNames, ReplayState } from './state.ts';
import type { StateSnapshot, TraceState } from './state.ts';
import type { Trace } from './trace.ts';

/** Events between snapshots at first: replaying so many takes a few milliseconds. */
const SPACING = 65536;
/**
 * Snapshots kept at most. One of 1,000 nodes with 300 contacts each has 1.2 MB, so 80 MB; a longer
 * trace doubles the spacing instead.
 */
const SNAPSHOTS_MAX = 64;

/** A position in a trace that may still grow. */
export class Cursor {
  readonly trace: Trace;
  readonly #records = new RecordNames();
  readonly #state: ReplayState;
  /** Runs ahead of the cursor and makes snapshots; there while there is something to prepare. */
  #scout: ReplayState | null = null;
  #snapshots: StateSnapshot[];
  #spacing = SPACING;

  constructor(trace: Trace) {
    this.trace = trace;
    this.#state = new ReplayState(trace, this.#records, true);
    this.#snapshots = [this.#state.snapshot()];
  }

  /** How many events have been applied: the next one to happen is event `index`. */
  get index(): number {
    return this.#state.index;
  }

  /** The network after `index` events. Always the same object; its content moves with the cursor. */
  get state(): TraceState {
    return this.#state;
  }

  /**
   * Makes snapshots of the next `events` events (some 10 ms for as many as are left out), so that later a
   * first jump over them is as fast as a second one. True when there is nothing left to prepare. For
   * hosts: call it after each batch while a trace is loading, or in idle moments; the cursor stays put.
   */
  prepare(events: number = SPACING): boolean {
    const last = this.#snapshots.at(-1)!;
    // Less than one spacing is left: replaying it is what every seek may do.
    if (this.trace.length - last.index < this.#spacing) {
      this.#scout = null;
      return true;
    }
    this.#scout ??= new ReplayState(this.trace, this.#records, false);
    if (this.#scout.index < last.index) this.#scout.restore(last);
    this.#run(this.#scout, Math.min(this.#scout.index + events, this.trace.length));
    return false;
  }

  /** Goes to the point after `index` events, or to the nearest end of the trace. */
  seek(index: number): void {
    const target = Math.max(0, Math.min(Math.trunc(index), this.trace.length));
    const state = this.#state;
    const snapshot = this.#snapshotBefore(target);
    if (target < state.index) {
      const isUndoable = target >= state.undoableFrom;
      if (isUndoable && state.index - target <= target - snapshot.index) state.undoTo(target);
      else state.restore(snapshot);
    } else if (snapshot.index > state.index) {
      state.restore(snapshot);
    }
    this.#run(this.#state, target);
  }

  /** Goes to the point at which everything up to and including time `ms` has happened. */
  seekTime(ms: number): void {
    let low = 0;
    let high = this.trace.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.trace.time(middle) <= ms) low = middle + 1;
      else high = middle;
    }
    this.seek(low);
  }

  /** Applies one event; false at the end of the trace. */
  next(): boolean {
    if (this.index >= this.trace.length) return false;
    this.#run(this.#state, this.index + 1);
    return true;
  }

  /** Takes back one event; false at the beginning. */
  previous(): boolean {
    if (this.index === 0) return false;
    if (this.index > this.#state.undoableFrom) this.#state.undoTo(this.index - 1);
    else this.seek(this.index - 1);
    return true;
  }

  /** Applies events up to `target`, and takes a snapshot where the next one is due. */
  #run(state: ReplayState, target: number): void {
    while (state.index < target) {
      const boundary = this.#snapshots.at(-1)!.index + this.#spacing;
      // A state that is beyond the boundary already has come there by a snapshot of the other.
      state.applyTo(Math.min(target, boundary));
      if (state.index === boundary) this.#keep(state.snapshot());
    }
  }

  #keep(snapshot: StateSnapshot): void {
    this.#snapshots.push(snapshot);
    if (this.#snapshots.length <= SNAPSHOTS_MAX) return;
    this.#spacing *= 2;
    this.#snapshots = this.#snapshots.filter(({ index }) => index % this.#spacing === 0);
  }

  #snapshotBefore(target: number): StateSnapshot {
    const last = this.#snapshots.at(-1)!;
    if (last.index <= target) return last;
    return this.#snapshots[Math.floor(target / this.#spacing)]!;
  }
}
