// Provider records: which nodes said that they have the content of a key, and until when.
//
// The providers of a key are a chain, oldest announcement first; the records of all chains share arrays.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { grownArray, grownCapacity, Places } from './place.ts';
import { OWN, Quotas, UNKNOWN_GROUP } from './quota.ts';
import type { NodeKeys, QuotaLimits, Refusal, StoreCounts } from './quota.ts';

/** What goes with an announcement. */
export interface ProviderTerms {
  readonly expiresAt: number;
  /** When it came: what has expired by then makes room. */
  readonly now: number;
  /** The group of addresses from which it came; see `QuotaLimits.perGroup`. */
  readonly group?: number;
}

/** A provider record in plain data, as a host keeps it on a disk. */
export interface ProviderSnapshot {
  /** The point of the keyspace under which the record lies, and the key of the provider. */
  readonly point: Key;
  readonly provider: Key;
  readonly expiresAt: number;
  readonly group: number;
}

/**
 * 262,144 provider records: 32 MB where each has a key of its own. 1,024 of one key, from which an answer
 * takes a sample: libtorrent holds 500 peers of each of 2,000 torrents, rust-libp2p 20 providers of each
 * of 1,024 keys, hyperdht 65,536 records; Go and js-libp2p have no limit. 4,096 from one provider are its
 * share of two million keys in a network of 10,000, and twice that from one /24: a sixty-fourth and a
 * thirty-second part of the whole.
 */
export const PROVIDER_LIMITS: QuotaLimits = {
  perNode: 262_144,
  perKey: 1_024,
  perSource: 4_096,
  perGroup: 8_192,
};

/** What a provider store may work with besides keys. */
export interface ProviderStoreOptions {
  /** The nodes' own keys: without them a full node refuses instead of giving up far keys. */
  readonly self?: NodeKeys;
  /** 32 random bits for a node: without them an answer that is too small takes the oldest providers. */
  readonly random?: (node: number) => number;
  /** Told of each record that the store drops unasked, whose keys are good for this call only. It leaves the store alone. */
  readonly dropped?: (node: number, record: DroppedProvider) => void;
}

/** A record that the store gave up. */
export interface DroppedProvider {
  readonly key: KeyHandle;
  readonly provider: KeyHandle;
  readonly why: 'expired' | 'evicted';
  readonly now: number;
}

/** The provider records of a population of nodes. Holds a reference to the key and the provider of each. */
export class ProviderStore {
  readonly #keys: KeyTable;
  readonly #places: Places;
  readonly #quotas: Quotas;
  readonly #options: ProviderStoreOptions;
  /** The first record of each place. */
  #first: Int32Array = new Int32Array(0);
  #providers: Int32Array = new Int32Array(0);
  #groups: Int32Array = new Int32Array(0);
  #expiries: Float64Array = new Float64Array(0);
  /** The record of the same key that was announced next, -1 after the last; chains the free ones, too. */
  #next: Int32Array = new Int32Array(0);
  #free = -1;
  #length = 0;
  #refusal: Refusal | null = null;

  /** A number as `limits` bounds the records of one node, and leaves the other limits as they are. */
  constructor(
    keys: KeyTable,
    limits: QuotaLimits | number = PROVIDER_LIMITS,
    options: ProviderStoreOptions = {},
  ) {
    this.#keys = keys;
    this.#places = new Places(keys);
    this.#options = options;
    this.#quotas = new Quotas({
      keys,
      places: this.#places,
      limits: typeof limits === 'number' ? { ...PROVIDER_LIMITS, perNode: limits } : limits,
      self: options.self ?? null,
      list: (place, each) => this.#list(place, each),
    });
  }

  /** Keys with at least one provider, summed over all nodes. */
  get size(): number {
    return this.#places.size;
  }

  /** Why the last `add` was refused; `null` when it was not. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  /**
   * Adds a provider, or renews it, which is never refused; false when a quota refuses it. The node that
   * announces itself at itself is not bounded by its key. A number as `terms` is the time of expiry.
   */
  add(node: number, key: KeyHandle, provider: KeyHandle, terms: ProviderTerms | number): boolean {
    const { expiresAt, now, group = UNKNOWN_GROUP } = asTerms(terms);
    if (now >= this.deadline(node)) this.sweep(node, now);
    this.#refusal = null;
    let place = this.#places.find(node, key);
    let last = this.#search(place, provider);
    if (last >= 0 && this.#providers[last] === provider) {
      this.#renew(place, last, expiresAt, group);
      return true;
    }
    const source = this.#accountOf(node, provider);
    const verdict = this.#quotas.judge(node, place, { key, source, group });
    if (verdict === 'evict') {
      this.#evict(this.#quotas.farthest(node), now);
      // A provider of the same key may have been what gave way to the node itself.
      place = this.#places.find(node, key);
      last = this.#search(place, provider);
    } else if (verdict !== 'room') {
      this.#refusal = verdict;
      return false;
    }
    if (place < 0) place = this.#open(node, key);
    this.#append(place, last, provider, { expiresAt, now, group });
    return true;
  }

  /**
   * The live providers of a key at a node into `out`; returns how many. When there are more than fit, they
   * are a uniform choice, so that those who came first do not get all the requests, and whoever filled
   * half of the quota of the key fills half of the answers and no more (reservoir sampling, Vitter 1985).
   */
  get(node: number, key: KeyHandle, now: number, out: Int32Array): number {
    const place = this.#places.find(node, key);
    if (place < 0) return 0;
    const { random } = this.#options;
    let live = 0;
    for (let record = this.#first[place]!; record >= 0; record = this.#next[record]!) {
      if (this.#expiries[record]! <= now) continue;
      if (live < out.length) out[live] = this.#providers[record]!;
      else if (random === undefined) break;
      else {
        const at = Math.floor((random(node) / 4294967296) * (live + 1));
        if (at < out.length) out[at] = this.#providers[record]!;
      }
      live++;
    }
    return Math.min(live, out.length);
  }

  /** Removes the providers of a key whose time is over, and returns them. */
  expire(node: number, key: KeyHandle, now: number): KeyHandle[] {
    const expired: KeyHandle[] = [];
    const place = this.#places.find(node, key);
    if (place >= 0) this.#clear(place, now, (provider) => expired.push(provider));
    return expired;
  }

  /** When to call `sweep` for a node next: the first expiry, or later where that would be too often. */
  deadline(node: number): number {
    const head = this.#places.head(node);
    return head < 0 ? Number.POSITIVE_INFINITY : this.#places.deadline(head);
  }

  /** Drops all expired records of a node. */
  sweep(node: number, now: number): void {
    const { dropped } = this.#options;
    this.#places.sweep(node, now, (place) => {
      const key = this.#places.key(place);
      this.#clear(place, now, (provider) =>
        dropped?.(node, { key, provider, why: 'expired', now }),
      );
    });
  }

  /** Removes all records of a node, as a restart without a disk does. */
  forget(node: number): void {
    this.#quotas.forget(node);
    for (let place = this.#places.first(node), after; place >= 0; place = after) {
      after = this.#places.next(place);
      this.#clear(place, Number.POSITIVE_INFINITY, () => {});
    }
  }

  /** What a node holds and has turned away, and its limits. */
  counts(node: number): StoreCounts {
    return this.#quotas.counts(node);
  }

  /**
   * The records of a node, in plain data, key by key in the order in which they came. Take as many as fit
   * a turn: the store may change meanwhile, and what is taken later is what it holds then.
   */
  *snapshot(node: number): Generator<ProviderSnapshot, void, undefined> {
    for (const key of this.#places.keysOf(node)) {
      const place = this.#places.find(node, key);
      if (place >= 0) yield* this.#recordsOf(place);
    }
  }

  /** Puts records back that have not expired, as far as the quotas allow; returns how many. */
  restore(node: number, snapshot: Iterable<ProviderSnapshot>, now: number): number {
    let count = 0;
    for (const { point, provider, expiresAt, group } of snapshot) {
      if (expiresAt <= now) continue;
      const key = this.#keys.intern(point);
      const from = this.#keys.intern(provider);
      if (this.add(node, key, from, { expiresAt, now, group })) count++;
      this.#keys.release(from);
      this.#keys.release(key);
    }
    return count;
  }

  #recordsOf(place: number): ProviderSnapshot[] {
    const point = this.#keys.key(this.#places.key(place));
    const records: ProviderSnapshot[] = [];
    for (let record = this.#first[place]!; record >= 0; record = this.#next[record]!) {
      records.push({
        point,
        provider: this.#keys.key(this.#providers[record]!),
        expiresAt: this.#expiries[record]!,
        group: this.#groups[record]!,
      });
    }
    return records;
  }

  /** The record of a provider at a place, or else the last one there; -1 where there is none, or no place. */
  #search(place: number, provider: KeyHandle): number {
    let record = place < 0 ? -1 : this.#first[place]!;
    if (record < 0) return -1;
    while (this.#providers[record] !== provider && this.#next[record]! >= 0)
      record = this.#next[record]!;
    return record;
  }

  #renew(place: number, record: number, expiresAt: number, group: number): void {
    this.#expiries[record] = expiresAt;
    this.#places.expects(place, expiresAt);
    const before = this.#groups[record]!;
    if (group === before || group === UNKNOWN_GROUP) return;
    const isOwn = this.#accountOf(this.#places.node(place), this.#providers[record]!) === OWN;
    if (isOwn || this.#quotas.moves(this.#places.node(place), before, group))
      this.#groups[record] = group;
  }

  #open(node: number, key: KeyHandle): number {
    const place = this.#places.add(node, key);
    if (place >= this.#first.length) this.#first = grownArray(this.#first, this.#places.capacity);
    this.#first[place] = -1;
    return place;
  }

  /** A new record behind the last one of a place; -1 when it is the first. */
  #append(place: number, last: number, provider: KeyHandle, terms: ProviderTerms): void {
    const { expiresAt, group = UNKNOWN_GROUP } = terms;
    const record = this.#take();
    this.#providers[record] = provider;
    this.#groups[record] = group;
    this.#expiries[record] = expiresAt;
    this.#next[record] = -1;
    if (last < 0) this.#first[place] = record;
    else this.#next[last] = record;
    this.#keys.retain(provider);
    this.#quotas.added(place, this.#accountOf(this.#places.node(place), provider), group);
    this.#places.expects(place, expiresAt);
  }

  /** Gives up the record of a place that would expire first, but not the node's own. */
  #evict(place: number, now: number): void {
    const node = this.#places.node(place);
    let victim = -1;
    let beforeVictim = -1;
    for (let record = this.#first[place]!, before = -1; record >= 0; record = this.#next[record]!) {
      const isSooner = victim < 0 || this.#expiries[record]! < this.#expiries[victim]!;
      if (isSooner && this.#accountOf(node, this.#providers[record]!) !== OWN) {
        victim = record;
        beforeVictim = before;
      }
      before = record;
    }
    const [key, provider] = [this.#places.key(place), this.#providers[victim]!];
    this.#options.dropped?.(node, { key, provider, why: 'evicted', now });
    this.#remove(place, beforeVictim, victim);
    if (this.#first[place]! < 0) this.#places.remove(place);
  }

  /** Removes what has expired at a place, and the place if nothing is left; names each provider first. */
  #clear(place: number, now: number, name: (provider: KeyHandle) => void): void {
    let earliest = Number.POSITIVE_INFINITY;
    let before = -1;
    for (let record = this.#first[place]!, after; record >= 0; record = after) {
      after = this.#next[record]!;
      if (this.#expiries[record]! <= now) {
        name(this.#providers[record]!);
        this.#remove(place, before, record);
      } else {
        earliest = Math.min(earliest, this.#expiries[record]!);
        before = record;
      }
    }
    this.#places.setDeadline(place, earliest);
    if (this.#first[place]! < 0) this.#places.remove(place);
  }

  #remove(place: number, before: number, record: number): void {
    const provider = this.#providers[record]!;
    const source = this.#accountOf(this.#places.node(place), provider);
    if (before < 0) this.#first[place] = this.#next[record]!;
    else this.#next[before] = this.#next[record]!;
    this.#quotas.removed(place, source, this.#groups[record]!);
    this.#keys.release(provider);
    this.#next[record] = this.#free;
    this.#free = record;
  }

  /** Who answers for a record: the node itself for its own, else the provider. */
  #accountOf(node: number, provider: KeyHandle): KeyHandle {
    return this.#options.self?.key(node) === provider ? OWN : provider;
  }

  #list(place: number, each: (source: KeyHandle, group: number) => void): void {
    const node = this.#places.node(place);
    for (let record = this.#first[place]!; record >= 0; record = this.#next[record]!)
      each(this.#accountOf(node, this.#providers[record]!), this.#groups[record]!);
  }

  #take(): number {
    const free = this.#free;
    if (free >= 0) {
      this.#free = this.#next[free]!;
      return free;
    }
    if (this.#length === this.#next.length) {
      const capacity = grownCapacity(this.#length);
      this.#providers = grownArray(this.#providers, capacity);
      this.#groups = grownArray(this.#groups, capacity);
      this.#expiries = grownArray(this.#expiries, capacity);
      this.#next = grownArray(this.#next, capacity);
    }
    return this.#length++;
  }
}

function asTerms(terms: ProviderTerms | number): ProviderTerms {
  return typeof terms === 'number' ? { expiresAt: terms, now: Number.NEGATIVE_INFINITY } : terms;
}
