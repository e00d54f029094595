// k-buckets (§2.2): lists of at most k contacts, least recently seen first.
//
//        head                                        tail
//       ┌──────┬──────┬──────┬─ ─ ─┬──────┐
//       │ oldest sign of life      │ newest│  + replacement cache (newcomers, newest last)
//       └──────┴──────┴──────┴─ ─ ─┴──────┘
//
// A population of a million nodes has twenty million buckets, so a bucket is an integer, and its
// contacts are k neighbouring cells of one array.
import { assert } from '../keyspace/assert.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { enlarge, grown } from './int-arena.ts';

const MINUTE_MS = 60_000;
const NO_CACHE = -1;

/** All k-buckets of a population. Bytes a bucket: 4k + 10, and 2k more where times are kept. */
export class KBuckets {
  readonly k: number;
  readonly #cacheMax: number;
  readonly #keepsTimes: boolean;
  readonly #stride: number;
  // The size of a bucket and behind it its contacts, so that asking a bucket touches one place in memory.
  #cells: Int32Array;
  #seen: Uint16Array;
  #refreshed: Uint32Array;
  #cacheOf: Int32Array;
  #probing: Uint8Array;
  readonly #caches: KeyHandle[][] = [];
  readonly #freeCaches: number[] = [];
  readonly #free: number[] = [];
  #length = 0;

  constructor(options: {
    k: number;
    replacementCacheMax: number;
    keepsTimes: boolean;
    capacity: number;
  }) {
    assert(options.k >= 1 && options.k <= 255, 'a bucket holds 1 to 255 contacts');
    this.k = options.k;
    this.#stride = options.k + 1;
    this.#cacheMax = options.replacementCacheMax;
    this.#keepsTimes = options.keepsTimes;
    const capacity = Math.max(16, options.capacity);
    this.#cells = new Int32Array(capacity * this.#stride);
    this.#seen = new Uint16Array(this.#keepsTimes ? capacity * this.k : 0);
    this.#refreshed = new Uint32Array(capacity);
    this.#cacheOf = new Int32Array(capacity).fill(NO_CACHE);
    this.#probing = new Uint8Array(capacity);
  }

  /** A new, empty bucket. */
  create(): number {
    let bucket = this.#free.pop();
    if (bucket === undefined) {
      if (this.#length === this.#refreshed.length) this.#grow();
      bucket = this.#length++;
    }
    this.#cells[bucket * this.#stride] = 0;
    this.#refreshed[bucket] = 0;
    this.#cacheOf[bucket] = NO_CACHE;
    this.#probing[bucket] = 0;
    return bucket;
  }

  /** Gives a bucket back; its number will be used again. */
  destroy(bucket: number): void {
    this.#cells[bucket * this.#stride] = 0;
    this.#dropCache(bucket);
    this.#free.push(bucket);
  }

  /** Buckets that were created and not destroyed. */
  get inUse(): number {
    return this.#length - this.#free.length;
  }

  /** Names all contacts of all buckets, replacements included. */
  eachContact(visit: (contact: KeyHandle) => void): void {
    for (let bucket = 0; bucket < this.#length; bucket++)
      for (let i = 0; i < this.size(bucket); i++) visit(this.contact(bucket, i));
    for (const cache of this.#caches) cache.forEach(visit);
  }

  size(bucket: number): number {
    return this.#cells[bucket * this.#stride]!;
  }

  isFull(bucket: number): boolean {
    return this.#cells[bucket * this.#stride] === this.k;
  }

  /** The contact at `index`, 0 being the least recently seen. */
  contact(bucket: number, index: number): KeyHandle {
    return this.#cells[this.firstCell(bucket) + index]!;
  }

  /** The cells of all buckets; the contacts of one start at `firstCell`. For hot loops. */
  get cells(): Int32Array {
    return this.#cells;
  }

  /** Where the contacts of a bucket start in `cells`. */
  firstCell(bucket: number): number {
    return bucket * this.#stride + 1;
  }

  indexOf(bucket: number, contact: KeyHandle): number {
    const cells = this.#cells;
    const start = this.firstCell(bucket);
    const end = start + cells[start - 1]!;
    for (let i = start; i < end; i++) if (cells[i] === contact) return i - start;
    return -1;
  }

  /** Appends a contact that is not in the bucket yet, which has room. */
  append(bucket: number, contact: KeyHandle, now: number): void {
    const size = this.size(bucket);
    assert(size < this.k, 'a full bucket takes no contact');
    const start = this.firstCell(bucket);
    this.#cells[start + size] = contact;
    if (this.#keepsTimes) this.#seen[bucket * this.k + size] = minuteOf(now);
    this.#cells[start - 1] = size + 1;
  }

  /** Moves the contact at `index` to the tail of another bucket, which has room; it stays as old as it is. */
  move(bucket: number, index: number, to: number): void {
    const contact = this.contact(bucket, index);
    const seen = this.#keepsTimes ? this.#seen[bucket * this.k + index]! : 0;
    this.removeAt(bucket, index);
    this.append(to, contact, seen * MINUTE_MS);
  }

  /** Moves the contact at `index` to the tail: it gave a sign of life (§2.2). */
  touch(bucket: number, index: number, now: number): void {
    const start = this.firstCell(bucket);
    const last = this.size(bucket) - 1;
    const contact = this.#cells[start + index]!;
    this.#cells.copyWithin(start + index, start + index + 1, start + last + 1);
    this.#cells[start + last] = contact;
    if (!this.#keepsTimes) return;
    const first = bucket * this.k;
    this.#seen.copyWithin(first + index, first + index + 1, first + last + 1);
    this.#seen[first + last] = minuteOf(now);
  }

  /** Takes the contact at `index` out. */
  removeAt(bucket: number, index: number): void {
    this.touch(bucket, index, 0);
    this.#cells[bucket * this.#stride]!--;
  }

  /** Milliseconds since the least recently seen contact gave a sign of life, in whole minutes; wraps after 45 days. */
  silenceMs(bucket: number, now: number): number {
    if (!this.#keepsTimes || this.size(bucket) === 0) return 0;
    return ((minuteOf(now) - this.#seen[bucket * this.k]!) & 0xffff) * MINUTE_MS;
  }

  /** The minute, modulo 65,536, of the last sign of life of the contact at `index`; 0 where times are not kept. */
  seenMinute(bucket: number, index: number): number {
    return this.#keepsTimes ? this.#seen[bucket * this.k + index]! : 0;
  }

  /** When a key of the bucket's range was last looked up, in milliseconds with a resolution of a second. */
  refreshedAt(bucket: number): number {
    return this.#refreshed[bucket]! * 1000;
  }

  markRefreshed(bucket: number, now: number): void {
    this.#refreshed[bucket] = Math.floor(now / 1000);
  }

  /** Whether a ping to the least recently seen contact is on its way. */
  isProbing(bucket: number): boolean {
    return this.#probing[bucket] === 1;
  }

  setProbing(bucket: number, probing: boolean): void {
    this.#probing[bucket] = probing ? 1 : 0;
  }

  /** Remembers a newcomer of a full bucket; the newest stays longest. */
  cache(bucket: number, contact: KeyHandle): void {
    if (this.#cacheMax === 0) return;
    let handle = this.#cacheOf[bucket]!;
    if (handle === NO_CACHE) {
      handle = this.#freeCaches.pop() ?? this.#caches.push([]) - 1;
      this.#cacheOf[bucket] = handle;
    }
    const cache = this.#caches[handle]!;
    const known = cache.indexOf(contact);
    if (known >= 0) cache.splice(known, 1);
    else if (cache.length === this.#cacheMax) cache.shift();
    cache.push(contact);
  }

  /** Takes the newest newcomer out of the replacement cache; -1 when there is none. */
  takeReplacement(bucket: number): KeyHandle {
    const handle = this.#cacheOf[bucket]!;
    return handle === NO_CACHE ? -1 : (this.#caches[handle]!.pop() ?? -1);
  }

  /** Forgets a newcomer. */
  dropReplacement(bucket: number, contact: KeyHandle): void {
    const handle = this.#cacheOf[bucket]!;
    if (handle === NO_CACHE) return;
    const known = this.#caches[handle]!.indexOf(contact);
    if (known >= 0) this.#caches[handle]!.splice(known, 1);
  }

  /** The replacement cache, newest last; for views and tests. */
  replacements(bucket: number): readonly KeyHandle[] {
    const handle = this.#cacheOf[bucket]!;
    return handle === NO_CACHE ? [] : this.#caches[handle]!;
  }

  #dropCache(bucket: number): void {
    const handle = this.#cacheOf[bucket]!;
    if (handle === NO_CACHE) return;
    this.#caches[handle] = [];
    this.#freeCaches.push(handle);
    this.#cacheOf[bucket] = NO_CACHE;
  }

  #grow(): void {
    const capacity = grown(this.#refreshed.length);
    this.#cells = enlarge(this.#cells, capacity * this.#stride);
    if (this.#keepsTimes) this.#seen = enlarge(this.#seen, capacity * this.k);
    this.#refreshed = enlarge(this.#refreshed, capacity);
    this.#cacheOf = enlarge(this.#cacheOf, capacity);
    this.#probing = enlarge(this.#probing, capacity);
  }
}

function minuteOf(now: number): number {
  return Math.floor(now / MINUTE_MS) & 0xffff;
}
