// Rates: what may happen so often a second, and somewhat more at once.
//
// The generic cell rate algorithm (ITU-T I.371, annex A): a token bucket that remembers one number, the
// time at which everything admitted so far will have been paid for at the steady rate.
//
//   now ────────┤ paid for ├───────────────── now + burst
//               admitted until here    the next fits if it ends before this
//
// Whoever comes too often is refused, never banned: on a network where senders can be forged, a ban is a
// weapon. Time is an argument; nothing is allocated by a call.
import { assert } from '../keyspace/assert.ts';
import { KeyedHash } from './budget-hash.ts';
import { enlarge, grown } from './int-arena.ts';

/** So many units a second in the long run, and `burst` at once after a rest. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** How much of a budget is used. */
export interface Usage {
  readonly used: number;
  readonly limit: number;
  /** How often it was refused so far. */
  readonly refused: number;
}

/** Slots that one source may lie in: associative enough, and one or two lines of the processor's cache. */
const WAYS = 4;

/** One bucket for each node of a population: for its upload in bytes, for the requests that it answers. */
export class RateLimiter {
  readonly #buckets: Buckets;
  readonly #refused = new Refusals();

  constructor(rate: Rate, capacity = 1) {
    this.#buckets = new Buckets(rate, capacity);
  }

  /** Takes `cost` units if the node has them left. What is more than a burst is never admitted. */
  admit(node: number, cost: number, now: number): boolean {
    this.#buckets.reserve(node);
    if (this.#buckets.take(node, cost, now)) return true;
    this.#refused.count(node);
    return false;
  }

  /** Units used of a burst. */
  usage(node: number, now: number): Usage {
    const { burst } = this.#buckets.rate;
    return { used: this.#buckets.owed(node, now), limit: burst, refused: this.#refused.of(node) };
  }

  /** Gives a node that starts anew its whole budget. */
  forget(node: number): void {
    this.#buckets.clear(node);
    this.#refused.forget(node);
  }
}

/**
 * One bucket for each source that asks a node, in a table that never grows. A source that owes nothing
 * needs no slot, as it is no different from one never seen. Where all slots that a newcomer may lie in
 * are taken, the one that owes least is forgiven: so an honest source is never refused for what others
 * do, and whoever fills the table with forged senders meets the node's own budget next.
 *
 * A source is a whole number below 2^53: an IPv4 address; the first 56 bits of an IPv6 address without
 * the three that all have in common; the handle of a contact. A group is that of a /24 or of a /48.
 */
export class SourceLimiter {
  readonly #buckets: Buckets;
  readonly #hash: KeyedHash;
  readonly #tags: Int32Array;
  readonly #refused = new Refusals();

  /** `slots` is a power of two; 12 bytes each. `random` gives 32 bits at a time, which nobody else knows. */
  constructor(rate: Rate, slots: number, random: () => number) {
    assert(slots >= WAYS && (slots & (slots - 1)) === 0, 'slots are a power of two, at least 4');
    this.#buckets = new Buckets(rate, slots);
    this.#hash = new KeyedHash(random(), random());
    this.#tags = new Int32Array(slots);
  }

  /** Takes `cost` units of what `node` has for `source` if there are any left. */
  admit(node: number, source: number, cost: number, now: number): boolean {
    if (this.#buckets.take(this.#slotOf(node, source), cost, now)) return true;
    this.#refused.count(node);
    return false;
  }

  /** Sources of all nodes that owe something, how many there is room for, and the refusals of one node. */
  usage(node: number, now: number): Usage {
    const limit = this.#tags.length;
    return { used: this.#buckets.inUse(now), limit, refused: this.#refused.of(node) };
  }

  /** Forgets the refusals of a node; what its sources owe, they pay within a burst. */
  forget(node: number): void {
    this.#refused.forget(node);
  }

  #slotOf(node: number, source: number): number {
    const tag = this.#hash.hash(node, source | 0, Math.floor(source / 4294967296));
    const first = (WAYS * tag) & (this.#tags.length - 1);
    let least = first;
    for (let slot = first; slot < first + WAYS; slot++) {
      if (this.#tags[slot] === tag) return slot;
      if (this.#buckets.paidAt(slot) < this.#buckets.paidAt(least)) least = slot;
    }
    this.#tags[least] = tag;
    this.#buckets.clear(least);
    return least;
  }
}

/** How often each node has refused something; only those that did take memory. */
export class Refusals {
  readonly #counts = new Map<number, number>();

  count(node: number): void {
    this.#counts.set(node, this.of(node) + 1);
  }

  of(node: number): number {
    return this.#counts.get(node) ?? 0;
  }

  forget(node: number): void {
    this.#counts.delete(node);
  }
}

/** Buckets of one rate: eight bytes each. */
class Buckets {
  readonly rate: Rate;
  readonly #msPerUnit: number;
  readonly #burstMs: number;
  #paidAt: Float64Array;

  constructor(rate: Rate, count: number) {
    assert(rate.perSecond > 0 && rate.burst > 0, 'a rate admits something');
    this.rate = rate;
    this.#msPerUnit = 1000 / rate.perSecond;
    // Half a unit more, so that sums of thirds of a millisecond cannot cost a whole one.
    this.#burstMs = this.#msPerUnit === 0 ? 0 : (rate.burst + 0.5) * this.#msPerUnit;
    this.#paidAt = new Float64Array(Math.max(1, count));
  }

  reserve(bucket: number): void {
    const { length } = this.#paidAt;
    if (bucket >= length) this.#paidAt = enlarge(this.#paidAt, Math.max(bucket + 1, grown(length)));
  }

  take(bucket: number, cost: number, now: number): boolean {
    // A clock that was set back must not refuse for as long as it was ahead: nobody owes more than a burst.
    const paidAt = Math.min(Math.max(this.#paidAt[bucket]!, now), now + this.#burstMs);
    const next = paidAt + cost * this.#msPerUnit;
    const fits = next <= now + this.#burstMs;
    this.#paidAt[bucket] = fits ? next : paidAt;
    return fits;
  }

  paidAt(bucket: number): number {
    return this.#paidAt[bucket]!;
  }

  clear(bucket: number): void {
    if (bucket < this.#paidAt.length) this.#paidAt[bucket] = 0;
  }

  owed(bucket: number, now: number): number {
    const ahead = (this.#paidAt[bucket] ?? 0) - now;
    return ahead <= 0 ? 0 : Math.min(ahead / this.#msPerUnit, this.rate.burst);
  }

  inUse(now: number): number {
    let count = 0;
    for (const paidAt of this.#paidAt) if (paidAt > now) count++;
    return count;
  }
}
