// Which lookup the ruler shows when nobody has chosen one.
//
// Many lookups overlap in a busy network, and a view that jumped to each new one could not be read. So
// the trace itself picks: the first lookup, then the first that starts a moment after that one ended,
// and so on. The choice depends on the trace alone, hence the same at a moment whichever way it is
// reached, and the same for everybody who opens the link.
import type { LookupInfo, Trace } from '@kadscope/core/trace';
import { positionOf } from './stepping.ts';

/** How long a finished lookup stays in view before the next one may replace it. */
const LINGER_MS = 400;

/** A lookup with fewer events (it knew no contact) shows nothing and is passed over. */
const EVENTS_MIN = 4;

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
    return this.#chain[Math.max(0, positionOf(this.#chain, cursor - 1))] ?? null;
  }

  #extend(): void {
    const { lookups } = this.#trace;
    while (this.#next < lookups.length) {
      const last = this.#chain.at(-1);
      if (last !== undefined && last.endEvent < 0) return;
      const candidate = lookups[this.#next]!;
      if (last === undefined || this.#startsAfter(candidate, last)) {
        if (candidate.endEvent < 0) return;
        if (candidate.events.length >= EVENTS_MIN) this.#chain.push(candidate);
      }
      this.#next++;
    }
  }

  #startsAfter(candidate: LookupInfo, last: LookupInfo): boolean {
    return this.#trace.time(candidate.startEvent) >= this.#trace.time(last.endEvent) + LINGER_MS;
  }
}
