// Second opinions: a lookup that found too sparse a neighbourhood was led astray, and takes another path.
//
// Nodes that collude name only one another. Whoever asks one of them first hears of nodes that are closer
// to the target than all that others know of, asks only these from then on, and ends among them. But if a
// fifth of a network colludes, the closest k of them lie five times as far from the target as the
// closest k nodes: the size of the network gives them away. The lookup is then taken once more from contacts of the
// origin that were not asked, on a path disjoint from the first. It costs one lookup in ten a second
// path for nothing, and is why a lookup can begin with five requests instead of ten.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import type { LookupPool } from './lookup-pool.ts';
import type { Neighbourhoods } from './neighbourhoods.ts';
import { HEARD } from './shortlist.ts';
import type { Shortlists } from './shortlist.ts';

/** Distances are 53 bits of the keyspace. */
const KEYSPACE = 9007199254740992;

/** A neighbourhood is sparse when the k-th closest node lies this much farther away than the average one does. */
const SPARSE = 1.3;

/** Contacts from which a second path begins, and paths that are taken at most. */
const WITNESSES = 8;
const ROUNDS_MAX = 1;

/** Chooses from whom a lookup begins once more when it would end in a sparse neighbourhood. */
export class Witnesses {
  readonly #parts: WitnessParts;

  constructor(parts: WitnessParts) {
    this.#parts = parts;
  }

  /** Contacts of the origin that were not asked, nearest first; none when there is no doubt, or no hope. */
  call(lookup: number, now: number): KeyHandle[] {
    const { pool, shortlists } = this.#parts;
    if (pool.opinions[lookup]! >= ROUNDS_MAX || !this.#isSparse(lookup, now)) return [];
    const called: KeyHandle[] = [];
    // Those that the node knew at first: whoever has answered since may be in its table by now. The nearest
    // of them have been asked, before anybody closer was known, or are the witnesses of before.
    const first = pool.seedsAsked[lookup]! + pool.opinions[lookup]! * WITNESSES;
    for (const seed of pool.seedsFrom(lookup, first)) {
      if (called.length === WITNESSES) break;
      const position = shortlists.find(lookup, seed);
      if (position < 0 || shortlists.state(lookup, position) === HEARD) called.push(seed);
    }
    pool.opinions[lookup]!++;
    return called;
  }

  #isSparse(lookup: number, now: number): boolean {
    const { shortlists, pool, context, neighbourhoods } = this.#parts;
    const { k } = context.profile;
    const farthest = shortlists.answeredDistance(lookup, k);
    if (farthest < 0) return false;
    const nodes = neighbourhoods.networkSize(pool.nodes[lookup]!, now);
    return farthest * nodes > SPARSE * k * KEYSPACE;
  }
}

/** The parts of an engine that witnesses are called with. */
export interface WitnessParts {
  readonly context: Context;
  readonly shortlists: Shortlists;
  readonly pool: LookupPool;
  readonly neighbourhoods: Neighbourhoods;
}
