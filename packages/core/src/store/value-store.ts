// Value records: who stored what at which node, and until when.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { grownArray, Places } from './place.ts';
import { OWN, Quotas, UNKNOWN_GROUP } from './quota.ts';
import type { NodeKeys, QuotaLimits, Refusal, StoreCounts } from './quota.ts';

/** A value and its key, as they travel. Never changed once made. */
export interface ValueRecord {
  /** The key as the application writes it, before it is hashed into the keyspace. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A record as a node holds it. */
export interface StoredValue {
  readonly record: ValueRecord;
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** A stored value in plain data, as a host keeps it on a disk. */
export interface ValueSnapshot extends StoredValue {
  /** The point of the keyspace under which the value lies. */
  readonly point: Key;
  /** The key of the node that sent it; `null` for a value of the node itself. */
  readonly source: Key | null;
}

/**
 * 16,384 values, of up to 16 KiB each. rust-libp2p holds 1,024 records, libtorrent 700 items, and both
 * then refuse the keys that they are responsible for as well; Go has no limit. 64 from one source, since
 * a valid value costs a key pair and nothing more; a publisher of 100,000 names has 200 at each of 10,000
 * nodes that hold them twenty times, so raise this where such are welcome.
 */
export const VALUE_LIMITS: QuotaLimits = {
  perNode: 16_384,
  perKey: 1,
  perSource: 64,
  perGroup: Number.POSITIVE_INFINITY,
};

/** What a value store may work with besides keys. */
export interface ValueStoreOptions {
  /** The nodes' own keys: without them a full node refuses instead of giving up far values. */
  readonly self?: NodeKeys;
  /** Told of each value that the store drops unasked, whose key is good for this call only. It leaves the store alone. */
  readonly dropped?: (node: number, record: DroppedValue) => void;
}

/** A value that the store gave up. */
export interface DroppedValue {
  readonly key: KeyHandle;
  readonly why: 'expired' | 'evicted';
  readonly now: number;
}

/** The value records of a population of nodes. Holds a reference to the key of each, and to its source. */
export class ValueStore {
  readonly #keys: KeyTable;
  readonly #places: Places;
  readonly #quotas: Quotas;
  readonly #dropped: ValueStoreOptions['dropped'];
  /** What lies at each place, when it was stored, and who brought it; when it expires is the place's deadline. */
  readonly #records: (ValueRecord | null)[] = [];
  #storedAt: Float64Array = new Float64Array(0);
  #sources: Int32Array = new Int32Array(0);
  #refusal: Refusal | null = null;

  /** A number as `limits` bounds the values of one node, and leaves the other limits as they are. */
  constructor(
    keys: KeyTable,
    limits: QuotaLimits | number = VALUE_LIMITS,
    options: ValueStoreOptions = {},
  ) {
    this.#keys = keys;
    this.#places = new Places(keys);
    this.#dropped = options.dropped;
    this.#quotas = new Quotas({
      keys,
      places: this.#places,
      limits: typeof limits === 'number' ? { ...VALUE_LIMITS, perNode: limits } : limits,
      self: options.self ?? null,
      list: (place, each) => each(this.#sources[place]!, UNKNOWN_GROUP),
    });
  }

  /** Records held by all nodes together. */
  get size(): number {
    return this.#places.size;
  }

  /** Why the last `put` was refused; `null` when it was not. */
  get refusal(): Refusal | null {
    return this.#refusal;
  }

  get(node: number, key: KeyHandle, now: number): StoredValue | null {
    const place = this.#places.find(node, key);
    return place < 0 || this.#places.deadline(place) <= now ? null : this.#at(place);
  }

  /**
   * Stores a value that `source` sent, or replaces the one held; false when a quota refuses it. A value
   * that is replaced stays on the account of whoever brought its key, so that nobody gets rid of his own
   * by sending those of others, unless the node itself puts it: then it is its own for good.
   */
  put(node: number, key: KeyHandle, stored: StoredValue, source: KeyHandle = OWN): boolean {
    if (stored.storedAt >= this.deadline(node)) this.sweep(node, stored.storedAt);
    this.#refusal = null;
    let place = this.#places.find(node, key);
    if (place < 0) {
      const verdict = this.#quotas.judge(node, place, { key, source, group: UNKNOWN_GROUP });
      if (verdict === 'evict') this.#drop(this.#quotas.farthest(node), 'evicted', stored.storedAt);
      else if (verdict !== 'room') {
        this.#refusal = verdict;
        return false;
      }
      place = this.#add(node, key, source);
    } else if (source === OWN) this.#charge(place, OWN);
    this.#records[place] = stored.record;
    this.#storedAt[place] = stored.storedAt;
    this.#places.setDeadline(place, Number.POSITIVE_INFINITY);
    this.#places.expects(place, stored.expiresAt);
    return true;
  }

  /** Removes the record if its time is over; true when it was removed. */
  expire(node: number, key: KeyHandle, now: number): boolean {
    const place = this.#places.find(node, key);
    if (place < 0 || this.#places.deadline(place) > now) return false;
    this.#remove(place);
    return true;
  }

  /** When to call `sweep` for a node next: the first expiry, or later where that would be too often. */
  deadline(node: number): number {
    const head = this.#places.head(node);
    return head < 0 ? Number.POSITIVE_INFINITY : this.#places.deadline(head);
  }

  /** Drops all expired records of a node. */
  sweep(node: number, now: number): void {
    this.#places.sweep(node, now, (place) => this.#drop(place, 'expired', now));
  }

  /** Removes all records of a node, as a restart without a disk does. */
  forget(node: number): void {
    this.#quotas.forget(node);
    for (let place = this.#places.first(node), after; place >= 0; place = after) {
      after = this.#places.next(place);
      this.#remove(place);
    }
  }

  /** What a node holds and has turned away, and its limits. */
  counts(node: number): StoreCounts {
    return this.#quotas.counts(node);
  }

  /**
   * The records of a node, in plain data, in the order in which their keys came. Take as many as fit a
   * turn: the store may change meanwhile, and what is taken later is what it holds then.
   */
  *snapshot(node: number): Generator<ValueSnapshot, void, undefined> {
    for (const key of this.#places.keysOf(node)) {
      const place = this.#places.find(node, key);
      if (place < 0) continue;
      const source = this.#sources[place]!;
      yield {
        ...this.#at(place),
        point: this.#keys.key(key),
        source: source === OWN ? null : this.#keys.key(source),
      };
    }
  }

  /** Puts records back that have not expired, as far as the quotas allow; returns how many. */
  restore(node: number, snapshot: Iterable<ValueSnapshot>, now: number): number {
    let count = 0;
    for (const { point, source, ...stored } of snapshot) {
      if (stored.expiresAt <= now) continue;
      const key = this.#keys.intern(point);
      const from = source === null ? OWN : this.#keys.intern(source);
      if (this.put(node, key, stored, from)) count++;
      this.#keys.release(key);
      if (from !== OWN) this.#keys.release(from);
    }
    return count;
  }

  #at(place: number): StoredValue {
    return {
      record: this.#records[place]!,
      storedAt: this.#storedAt[place]!,
      expiresAt: this.#places.deadline(place),
    };
  }

  #add(node: number, key: KeyHandle, source: KeyHandle): number {
    const place = this.#places.add(node, key);
    if (place >= this.#sources.length) {
      this.#sources = grownArray(this.#sources, this.#places.capacity);
      this.#storedAt = grownArray(this.#storedAt, this.#places.capacity);
    }
    this.#sources[place] = source;
    if (source !== OWN) this.#keys.retain(source);
    this.#quotas.added(place, source, UNKNOWN_GROUP);
    return place;
  }

  /** Puts a record on another account. */
  #charge(place: number, source: KeyHandle): void {
    const before = this.#sources[place]!;
    if (before === source) return;
    this.#quotas.removed(place, before, UNKNOWN_GROUP);
    if (source !== OWN) this.#keys.retain(source);
    if (before !== OWN) this.#keys.release(before);
    this.#sources[place] = source;
    this.#quotas.added(place, source, UNKNOWN_GROUP);
  }

  #drop(place: number, why: DroppedValue['why'], now: number): void {
    this.#dropped?.(this.#places.node(place), { key: this.#places.key(place), why, now });
    this.#remove(place);
  }

  #remove(place: number): void {
    const source = this.#sources[place]!;
    this.#records[place] = null;
    this.#quotas.removed(place, source, UNKNOWN_GROUP);
    if (source !== OWN) this.#keys.release(source);
    this.#places.remove(place);
  }
}
