// Which lookup the ruler shows when nobody has chosen one.
//
// Many lookups overlap in a busy network, and a view that jumped to each new one could not be read. So
// the trace itself picks: the first lookup, then the first that starts a moment after that one is over,
// and so on. The choice depends on the trace alone, hence the same at a moment whichever way it is
// reached, and the same for everybody who opens the link.
import type { LookupInfo, Trace } from '@kadscope/core/trace';
import { positionOf } from './stepping.ts';

/** How long a finished lookup stays in view before the next one may replace it. */
const LINGER_MS = 250;

/** One that waits for dead nodes is over, for this purpose, after so long. Less than the simulation runs ahead. */
const PATIENCE_MS = 1600;

/** A lookup with fewer events (its origin knew nobody, or the answer) shows nothing and is passed over. */
const EVENTS_MIN = 40;

/** The chain of featured lookups of a trace that may grow. */
export class FeaturedLookups {
  readonly #trace: Trace;
  readonly #chain: LookupInfo[] = [];
  #next = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** The featured lookup when `cursor` events are applied; before the first one starts, the first. */
  at(cursor: number): LookupInfo | null {
    this.#extend();
    return (
      this.#chain[Math.max(0, positionOf(this.#chain, cursor - 1))] ??
      this.#trace.lookups[0] ??
      null
    );
  }

  #extend(): void {
    const { lookups } = this.#trace;
    for (; this.#next < lookups.length; this.#next++) {
      const candidate = lookups[this.#next]!;
      // What is not over yet may still grow: the choice waits until it cannot change any more.
      if (!this.#isOver(candidate)) return;
      const last = this.#chain.at(-1);
      const isFree =
        last === undefined || this.#startMs(candidate) >= this.#overMs(last) + LINGER_MS;
      if (isFree && candidate.events.length >= EVENTS_MIN) this.#chain.push(candidate);
    }
  }

  #isOver(lookup: LookupInfo): boolean {
    return lookup.endEvent >= 0 || this.#trace.endMs >= this.#startMs(lookup) + PATIENCE_MS;
  }

  #overMs(lookup: LookupInfo): number {
    const patience = this.#startMs(lookup) + PATIENCE_MS;
    return lookup.endEvent < 0 ? patience : Math.min(patience, this.#trace.time(lookup.endEvent));
  }

  #startMs(lookup: LookupInfo): number {
    return this.#trace.time(lookup.startEvent);
  }
}
