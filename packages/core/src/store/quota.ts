// Quotas: what one node holds for others at most, and what has to go when it is full.
//
// Four limits bound the records of a node: in all, of one key, from one source and from one group of
// addresses. A record that breaks one of the last three is refused and the old ones stay: where nearer or
// newer ones win, whoever makes up identities pushes the honest ones out (rust-libp2p PR 5536). When the
// node itself is full, the key farthest from its own gives way to a nearer one, because others are more
// responsible for it; but the half of the room that is nearest never gives way to what is farther:
//
//   own key ├── nearest half: stays ──┼── gives way to nearer ones, farthest first ──┤ full
//
// Keys cost nothing, so whoever makes up near ones can still push others towards the far end, but only
// with as many sources, in as many groups, as it takes to fill the node. A node's own records count, but
// nobody drives them out and no source answers for them.
//
// Below the smallest limit nothing can be broken, so only a node that holds as many records as that keeps
// books: of a population of a million, those few that somebody floods.
import { assert } from '../keyspace/assert.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import type { Places } from './place.ts';
import { FarthestPlaces } from './quota-heap.ts';

/** What one node holds at most; numbers of records. */
export interface QuotaLimits {
  readonly perNode: number;
  readonly perKey: number;
  /** From one source: the provider that announces itself, the node that stores a value. */
  readonly perSource: number;
  /** From one group of sources that are probably one: a /24 of IPv4, a /48 of IPv6. */
  readonly perGroup: number;
}

/** Why a record is refused: which limit it would break. */
export type Refusal = 'node-full' | 'key-full' | 'source-full' | 'group-full';

/** The source of a node's own records. */
export const OWN: KeyHandle = -1;

/** The group of a source whose address nobody knows. It has no limit of its own. */
export const UNKNOWN_GROUP = -1;

/** Who answers for a record, and under which key it lies. */
export interface Account {
  readonly key: KeyHandle;
  readonly source: KeyHandle;
  readonly group: number;
}

/** The keys of nodes: eviction goes by the distance to them. */
export interface NodeKeys {
  key(node: number): KeyHandle;
}

/** What a node holds of one sort of records, and what it has turned away since it began. */
export interface StoreCounts {
  readonly held: number;
  /** Those of the records held that are the node's own. */
  readonly own: number;
  readonly refused: Readonly<Record<Refusal, number>>;
  readonly evicted: number;
  readonly limits: QuotaLimits;
}

/** The parts that quotas work with. */
export interface QuotaParts {
  readonly keys: KeyTable;
  readonly places: Places;
  readonly limits: QuotaLimits;
  /** Without the keys of the nodes nothing is evicted: a full node refuses. */
  readonly self: NodeKeys | null;
  /** Calls `each` for every record at a place: how a store shows what it holds. */
  readonly list: (place: number, each: (source: KeyHandle, group: number) => void) => void;
}

/** The books of one node that holds many records. */
interface Books {
  readonly sources: Map<KeyHandle, number>;
  readonly groups: Map<number, number>;
  readonly farthest: FarthestPlaces | null;
}

/** What became of the records that a node was offered. */
interface Tally {
  readonly refused: Record<Refusal, number>;
  evicted: number;
}

/** Holds the nodes of a population to their limits. A store asks before it adds, and reports what it did. */
export class Quotas {
  readonly #parts: QuotaParts;
  /** A node with fewer records breaks no limit but that of a key. */
  readonly #crowd: number;
  readonly #books = new Map<number, Books>();
  readonly #tallies = new Map<number, Tally>();

  constructor(parts: QuotaParts) {
    const { perNode, perKey, perSource, perGroup } = parts.limits;
    this.#parts = parts;
    this.#crowd = Math.min(perNode, perSource, perGroup);
    assert(Math.min(this.#crowd, perKey) >= 0, 'a limit is not negative');
  }

  /** Whether there is room for a new record; `place` is that of its key, or -1. Counts what it refuses. */
  judge(node: number, place: number, account: Account): 'room' | 'evict' | Refusal {
    const verdict = this.#verdict(node, place, account);
    if (verdict === 'room') return verdict;
    const tally = this.#tallies.get(node) ?? newTally();
    this.#tallies.set(node, tally);
    if (verdict === 'evict') tally.evicted++;
    else tally.refused[verdict]++;
    return verdict;
  }

  /** The place of which a record has to go after the verdict 'evict'. */
  farthest(node: number): number {
    const place = this.#books.get(node)?.farthest?.top ?? -1;
    assert(place >= 0, 'what gives way is there');
    return place;
  }

  /** Whether the record of a source may go to another group, where its address lies now; if so, it has gone. */
  moves(node: number, from: number, to: number): boolean {
    const books = this.#books.get(node);
    if (books === undefined) return true;
    if ((books.groups.get(to) ?? 0) >= this.#parts.limits.perGroup) return false;
    change(books.groups, from, -1);
    change(books.groups, to, 1);
    return true;
  }

  /** A record was added at a place. */
  added(place: number, source: KeyHandle, group: number): void {
    const { places } = this.#parts;
    places.count(place, 1, source === OWN);
    const books = this.#books.get(places.node(place));
    if (books === undefined || source === OWN) return;
    enter(books, source, group);
    if (places.rank(place) < 0) books.farthest?.add(place);
  }

  /** A record was removed from a place, which is still there. */
  removed(place: number, source: KeyHandle, group: number): void {
    const { places } = this.#parts;
    const node = places.node(place);
    places.count(place, -1, source === OWN);
    const books = this.#books.get(node);
    if (books === undefined) return;
    if (source !== OWN) {
      change(books.sources, source, -1);
      change(books.groups, group, -1);
      if (places.foreign(place) === 0) books.farthest?.remove(place);
    }
    // At half the number, so that a node at the edge does not open its books again and again.
    if (2 * places.records(places.head(node)) < this.#crowd) this.#close(node);
  }

  /** A node forgets everything. */
  forget(node: number): void {
    this.#close(node);
    this.#tallies.delete(node);
  }

  /** What a node holds and what it has turned away. */
  counts(node: number): StoreCounts {
    const { places, limits } = this.#parts;
    const head = places.head(node);
    const { refused, evicted } = this.#tallies.get(node) ?? newTally();
    return {
      held: head < 0 ? 0 : places.records(head),
      own: head < 0 ? 0 : places.own(head),
      refused: { ...refused },
      evicted,
      limits,
    };
  }

  #verdict(node: number, place: number, account: Account): 'room' | 'evict' | Refusal {
    const { places, limits } = this.#parts;
    const { source, group } = account;
    const isForeign = source !== OWN;
    if (isForeign && place >= 0 && places.foreign(place) >= limits.perKey) return 'key-full';
    const head = places.head(node);
    const held = head < 0 ? 0 : places.records(head);
    if (held < this.#crowd) return 'room';
    const books = this.#booksOf(node);
    if (isForeign && (books.sources.get(source) ?? 0) >= limits.perSource) return 'source-full';
    if (isForeign && (books.groups.get(group) ?? 0) >= limits.perGroup) return 'group-full';
    if (held < limits.perNode) return 'room';
    const victim = books.farthest?.top ?? -1;
    // Own records can therefore fill what is left beside the nearest half, and no more.
    if (victim < 0 || places.foreign(head) <= limits.perNode / 2) return 'node-full';
    return !isForeign || this.#isNearer(node, account.key, victim) ? 'evict' : 'node-full';
  }

  #isNearer(node: number, key: KeyHandle, victim: number): boolean {
    const { keys, places, self } = this.#parts;
    return keys.compareDistance(self!.key(node), key, places.key(victim)) < 0;
  }

  #booksOf(node: number): Books {
    const known = this.#books.get(node);
    if (known !== undefined) return known;
    const { keys, places, self, list } = this.#parts;
    const farthest = self === null ? null : new FarthestPlaces(keys, places, self.key(node));
    const books: Books = { sources: new Map(), groups: new Map(), farthest };
    this.#books.set(node, books);
    for (let place = places.first(node); place >= 0; place = places.next(place)) {
      list(place, (source, group) => {
        if (source !== OWN) enter(books, source, group);
      });
      if (places.foreign(place) > 0) farthest?.add(place);
    }
    return books;
  }

  #close(node: number): void {
    this.#books.get(node)?.farthest?.clear();
    this.#books.delete(node);
  }
}

function enter(books: Books, source: KeyHandle, group: number): void {
  change(books.sources, source, 1);
  change(books.groups, group, 1);
}

/** Counts up or down; what comes to nothing is not remembered, and nor are unknown groups. */
function change(counts: Map<number, number>, id: number, by: 1 | -1): void {
  if (id === UNKNOWN_GROUP) return;
  const count = (counts.get(id) ?? 0) + by;
  if (count === 0) counts.delete(id);
  else counts.set(id, count);
}

function newTally(): Tally {
  const refused = { 'node-full': 0, 'key-full': 0, 'source-full': 0, 'group-full': 0 };
  return { refused, evicted: 0 };
}
