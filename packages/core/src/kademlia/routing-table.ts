// Routing tables (§2.4): for each node, k-buckets by the length of the prefix shared with the node.
//
// Bucket i holds contacts that share exactly i leading bits with the node; the last bucket holds all
// that share more. When the last bucket is full it splits, because its range contains the node's own
// key; every other bucket keeps k contacts for good. So a node knows k contacts of the far half of
// the network, k of the next quarter, and everybody in its own neighbourhood.
import { assert } from '../keyspace/assert.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import { Diversity } from './diversity.ts';
import { enlarge, IntArena } from './int-arena.ts';
import { KBuckets } from './k-bucket.ts';

/** What `observe` did with a contact: `full` when its bucket has no room, or none for its address group, and, by seniority, also when it may be in it. */
export type Observation = 'added' | 'seen' | 'full';

const NO_TABLE = -1;

// The head of a directory: how many buckets there are in 9 bits, and which of the first 23 are full in
// the others, so that most messages of strangers, who find no room, touch no bucket.
const COUNT_BITS = 9;
const COUNT_MASK = 511;
const FLAGGED_MAX = 23;

/** The routing tables of a population of nodes. */
export class RoutingTables {
  readonly buckets: KBuckets;
  readonly #context: Context;
  readonly #arena: IntArena;
  // Where the directory of a node lies in the arena: its head, and behind it the handles of its buckets.
  #offsets: Int32Array;
  #classes: Uint8Array;
  readonly #ordersBySight: boolean;
  readonly #diversity: Diversity;
  #sorts = true;
  #except = -1;
  #target = -1;
  readonly #scratch: Float64Array;
  readonly #contacts: Int32Array;
  readonly #prefixes: Float64Array;

  /** `bucketsPerNode` is a hint for the first allocation, about log2(N / k) + 1. */
  constructor(context: Context, capacity: number, bucketsPerNode = 2) {
    const { k, replacementCacheMax, bucketPolicy } = context.profile;
    this.#context = context;
    this.#diversity = new Diversity(context);
    this.#scratch = new Float64Array(k);
    this.#contacts = new Int32Array(k);
    this.#prefixes = new Float64Array(k);
    this.#ordersBySight = bucketPolicy === 'least-recently-seen';
    this.buckets = new KBuckets({
      k,
      replacementCacheMax,
      keepsTimes: this.#ordersBySight,
      capacity: Math.ceil(capacity * bucketsPerNode),
    });
    this.#arena = new IntArena(Math.ceil(capacity) * IntArena.size(bucketsPerNode > 8 ? 1 : 0));
    this.#offsets = new Int32Array(Math.max(1, capacity)).fill(NO_TABLE);
    this.#classes = new Uint8Array(Math.max(1, capacity));
  }

  /** Gives `node` an empty table of one bucket. */
  create(node: number): void {
    if (node >= this.#offsets.length) this.#grow(node);
    assert(this.#offsets[node] === NO_TABLE, 'a node has one routing table');
    const offset = this.#arena.allocate(0);
    this.#arena.values[offset] = 1;
    this.#arena.values[offset + 1] = this.buckets.create();
    this.#offsets[node] = offset;
    this.#classes[node] = 0;
  }

  /** Forgets all contacts of `node`, as a restart without a snapshot does. */
  clear(node: number): void {
    for (let i = 0; i < this.bucketCount(node); i++) this.buckets.destroy(this.bucket(node, i));
    this.#arena.free(this.#offsets[node]!, this.#classes[node]!);
    this.#offsets[node] = NO_TABLE;
    this.create(node);
  }

  /** How many buckets the node's table has now. */
  bucketCount(node: number): number {
    return this.#arena.values[this.#offsets[node]!]! & COUNT_MASK;
  }

  /** Bucket `index` of the node, a handle of `buckets`. */
  bucket(node: number, index: number): number {
    return this.#arena.values[this.#offsets[node]! + 1 + index]!;
  }

  /** The index of the bucket whose range holds `contact`. */
  bucketIndex(node: number, contact: KeyHandle): number {
    const shared = this.#context.keys.commonPrefixLength(this.#context.self.key(node), contact);
    return Math.min(shared, this.bucketCount(node) - 1);
  }

  contains(node: number, contact: KeyHandle): boolean {
    return this.buckets.indexOf(this.bucket(node, this.bucketIndex(node, contact)), contact) >= 0;
  }

  /** Whether `observe` would add the contact, or could by splitting; as far as its address group goes, too. */
  hasRoom(node: number, contact: KeyHandle): boolean {
    const index = this.bucketIndex(node, contact);
    if (index < this.bucketCount(node) - 1 && this.#isFull(node, index)) return false;
    return !this.#diversity.isOn || this.#admits(node, this.bucket(node, index), contact);
  }

  /** Whether the directory says that bucket `index` is full: what `observe` goes by. */
  isMarkedFull(node: number, index: number): boolean {
    return this.#isFull(node, index);
  }

  /** How many contacts the node knows. */
  size(node: number): number {
    let total = 0;
    for (let i = 0; i < this.bucketCount(node); i++)
      total += this.buckets.size(this.bucket(node, i));
    return total;
  }

  /** Names all contacts of all nodes, and those that wait for a place. */
  eachContact(visit: (contact: KeyHandle) => void): void {
    this.buckets.eachContact(visit);
  }

  /** All contacts of the node, bucket by bucket. */
  contacts(node: number): KeyHandle[] {
    const contacts: KeyHandle[] = [];
    for (let i = 0; i < this.bucketCount(node); i++) {
      const bucket = this.bucket(node, i);
      for (let j = 0; j < this.buckets.size(bucket); j++)
        contacts.push(this.buckets.contact(bucket, j));
    }
    return contacts;
  }

  /** Notes a sign of life of `contact`: moves it to the tail of its bucket, or adds it where there is room (§2.2). */
  observe(node: number, contact: KeyHandle, now: number): Observation {
    const self = this.#context.self.key(node);
    if (contact === self) return 'seen';
    const shared = this.#context.keys.commonPrefixLength(self, contact);
    for (;;) {
      const last = this.bucketCount(node) - 1;
      const index = shared < last ? shared : last;
      // By seniority nothing can change here, whether the contact is in the bucket or not.
      if (!this.#ordersBySight && index < last && this.#isFull(node, index)) return 'full';
      const bucket = this.bucket(node, index);
      const position = this.buckets.indexOf(bucket, contact);
      if (position >= 0) {
        if (this.#ordersBySight) this.buckets.touch(bucket, position, now);
        return 'seen';
      }
      if (!this.buckets.isFull(bucket)) {
        if (this.#diversity.isOn && !this.#admits(node, bucket, contact)) return 'full';
        this.buckets.append(bucket, contact, now);
        this.#flag(node, index);
        this.#context.trace?.step('table.added', now, { node: self, peer: contact, count: index });
        return 'added';
      }
      if (index < last || last + 1 === this.#context.keys.keyBits) return 'full';
      this.#split(node, now);
    }
  }

  /** Whether the address group of a contact leaves room for it. */
  #admits(node: number, bucket: number, contact: KeyHandle): boolean {
    const handles = [bucket];
    for (let i = 0; i < this.bucketCount(node); i++)
      if (this.bucket(node, i) !== bucket) handles.push(this.bucket(node, i));
    return this.#diversity.admits(contact, this.buckets, handles);
  }

  /** Puts a contact that it does not have into a table that is being restored, without a word to the trace. */
  restore(node: number, contact: KeyHandle, now: number): void {
    const last = this.bucketCount(node) - 1;
    const shared = this.#context.keys.commonPrefixLength(this.#context.self.key(node), contact);
    const index = Math.min(shared, last);
    const bucket = this.bucket(node, index);
    if (!this.buckets.isFull(bucket)) {
      this.buckets.append(bucket, contact, now);
      this.#flag(node, index);
    } else if (shared >= last) {
      this.#split(node, now, false);
      this.restore(node, contact, now);
    }
  }

  /** Takes a contact that does not answer out, also of the replacement cache, and lets the newest replacement in. */
  remove(node: number, contact: KeyHandle, now: number): boolean {
    const index = this.bucketIndex(node, contact);
    const bucket = this.bucket(node, index);
    const position = this.buckets.indexOf(bucket, contact);
    if (position < 0) {
      this.buckets.dropReplacement(bucket, contact);
      return false;
    }
    this.buckets.removeAt(bucket, position);
    this.#flag(node, index);
    const self = this.#context.self.key(node);
    this.#context.trace?.step('table.removed', now, { node: self, peer: contact, count: index });
    let replacement = this.buckets.takeReplacement(bucket);
    // Of a crowded address group nobody is let in; the next newest is tried.
    while (replacement >= 0 && this.observe(node, replacement, now) === 'full')
      replacement = this.buckets.takeReplacement(bucket);
    return true;
  }

  /** The `count` contacts of the node that are closest to `target`, nearest first, into `out`; returns how many there are. */
  closest(node: number, target: KeyHandle, count: number, out: Int32Array): number {
    this.#sorts = true;
    this.#except = -1;
    return this.#collect(node, target, count, out);
  }

  /**
   * The k closest without `except`, or as many as `out` has room for, in no particular order: whole
   * buckets are copied without computing a distance.
   */
  closestUnordered(node: number, target: KeyHandle, except: KeyHandle, out: Int32Array): number {
    this.#sorts = false;
    this.#except = except;
    return this.#collect(node, target, Math.min(this.buckets.k, out.length), out);
  }

  /**
   * Visits buckets in order of distance, so that only the last one needs sorting.
   *
   * With i the bucket of the target and x = self XOR target: bucket i comes first; of the buckets
   * beyond i, those with a set bit in x come next in ascending order and the others after them in
   * descending order; then the buckets before i, descending, each farther than the one before.
   */
  #collect(node: number, target: KeyHandle, count: number, out: Int32Array): number {
    const { keys, self } = this.#context;
    this.#target = target;
    const own = self.key(node);
    const last = this.bucketCount(node) - 1;
    const shared = keys.commonPrefixLength(own, target);
    const home = shared < last ? shared : last;
    let found = this.#append(this.bucket(node, home), 0, count, out);
    for (let i = home + 1; i <= last && found < count; i++) {
      if (i === last || keys.bit(own, i) !== keys.bit(target, i)) {
        found = this.#append(this.bucket(node, i), found, count, out);
      }
    }
    for (let i = last - 1; i > home && found < count; i--) {
      if (keys.bit(own, i) === keys.bit(target, i)) {
        found = this.#append(this.bucket(node, i), found, count, out);
      }
    }
    for (let i = home - 1; i >= 0 && found < count; i--) {
      found = this.#append(this.bucket(node, i), found, count, out);
    }
    return found;
  }

  /** Puts the closest contacts of one bucket behind the `found` closer ones, up to `count` in all. */
  #append(bucket: number, found: number, count: number, out: Int32Array): number {
    const { keys } = this.#context;
    const target = this.#target;
    const cells = this.buckets.cells;
    const start = this.buckets.firstCell(bucket);
    const end = start + this.buckets.size(bucket);
    const room = count - found;
    if (!this.#sorts && end - start <= room) {
      let next = found;
      for (let i = start; i < end; i++) if (cells[i] !== this.#except) out[next++] = cells[i]!;
      return next;
    }
    const size = end - start;
    const contacts = this.#contacts;
    const prefixes = this.#prefixes;
    for (let i = 0; i < size; i++) contacts[i] = cells[start + i]!;
    keys.distancePrefixes(target, contacts, size, prefixes);
    const distances = this.#scratch;
    let length = 0;
    for (let i = 0; i < size; i++) {
      const contact = contacts[i]!;
      if (contact === this.#except) continue;
      const distance = prefixes[i]!;
      if (length === room) {
        const farthest = distances[room - 1]!;
        if (distance > farthest) continue;
        if (
          distance === farthest &&
          keys.compareDistance(target, contact, out[found + room - 1]!) > 0
        )
          continue;
      }
      let at = length < room ? length++ : room - 1;
      while (
        at > 0 &&
        (distance < distances[at - 1]! ||
          (distance === distances[at - 1]! &&
            keys.compareDistance(target, contact, out[found + at - 1]!) < 0))
      ) {
        distances[at] = distances[at - 1]!;
        out[found + at] = out[found + at - 1]!;
        at--;
      }
      distances[at] = distance;
      out[found + at] = contact;
    }
    return found + length;
  }

  /** Splits the last bucket: contacts that share one more bit move to a new last bucket (§2.4). */
  #split(node: number, now: number, report = true): void {
    const { keys, self } = this.#context;
    const own = self.key(node);
    const index = this.bucketCount(node) - 1;
    const near = this.buckets.create();
    const far = this.bucket(node, index);
    for (let i = 0; i < this.buckets.size(far);) {
      const contact = this.buckets.contact(far, i);
      if (keys.commonPrefixLength(own, contact) > index) {
        this.buckets.move(far, i, near);
      } else i++;
    }
    this.buckets.markRefreshed(near, this.buckets.refreshedAt(far));
    this.#addBucket(node, near);
    this.#flag(node, index);
    this.#flag(node, index + 1);
    if (report) this.#context.trace?.step('table.split', now, { node: own, count: index });
  }

  #addBucket(node: number, bucket: number): void {
    const count = this.bucketCount(node);
    const sizeClass = this.#classes[node]!;
    if (count + 1 === IntArena.size(sizeClass)) {
      const from = this.#offsets[node]!;
      const to = this.#arena.allocate(sizeClass + 1);
      this.#arena.values.copyWithin(to, from, from + count + 1);
      this.#arena.free(from, sizeClass);
      this.#offsets[node] = to;
      this.#classes[node] = sizeClass + 1;
    }
    this.#arena.values[this.#offsets[node]! + 1 + count] = bucket;
    this.#arena.values[this.#offsets[node]!]!++;
  }

  #isFull(node: number, index: number): boolean {
    if (index >= FLAGGED_MAX) return this.buckets.isFull(this.bucket(node, index));
    return ((this.#arena.values[this.#offsets[node]!]! >>> (COUNT_BITS + index)) & 1) === 1;
  }

  /** Notes in the directory whether bucket `index`, which has changed, is full. */
  #flag(node: number, index: number): void {
    if (index >= FLAGGED_MAX) return;
    const flag = 1 << (COUNT_BITS + index);
    const head = this.#arena.values[this.#offsets[node]!]!;
    const isFull = this.buckets.isFull(this.bucket(node, index));
    this.#arena.values[this.#offsets[node]!] = isFull ? head | flag : head & ~flag;
  }

  #grow(node: number): void {
    const capacity = Math.max(node + 1, this.#offsets.length * 2);
    const known = this.#offsets.length;
    this.#offsets = enlarge(this.#offsets, capacity).fill(NO_TABLE, known);
    this.#classes = enlarge(this.#classes, capacity);
  }
}
