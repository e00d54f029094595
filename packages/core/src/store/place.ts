// Where records lie in a population: one place for each node and key that has any.
//
//   head of node 7 ──> place (7, a) ──> place (7, c) ──> place (7, b) ──> back to the head
//
// A place is an integer. The places of a node form a ring that begins and ends at the node's head, which
// is an entry like the others, without a key; so a node can forget, sweep or list its records without a
// look at those of others, and a node that holds nothing takes no memory at all. Entries are found by
// open addressing, in cells of four bytes.
import { assert } from '../keyspace/assert.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { mix } from '../keyspace/rng.ts';

/** A node with at most so many records loses each of them the moment it expires. */
const SWEPT_ON_TIME_MAX = 1_024;

/**
 * The records of a fuller node are looked through at most once a minute: 262,144 take milliseconds. Go
 * sweeps provider records once an hour and values once a day; an expired record is never served anyway.
 */
const SWEEP_INTERVAL_MS = 60_000;

/** The key of a node's head: no key. */
const NO_KEY: KeyHandle = -1;

// An entry is ten integers, the last two of which are a double. They lie side by side, so that whoever
// touches one of them has the others at hand.
const NODE = 0;
const KEY = 1;
const NEXT = 2;
const PREVIOUS = 3;
const HEAD = 4;
const RECORDS = 5;
const OWN = 6;
const RANK = 7;
const INTEGERS = 10;
const DEADLINE = 4;
const DOUBLES = INTEGERS / 2;

/** The places of a population. Holds a reference to the key of each. Memory: 48 to 76 bytes a place. */
export class Places {
  readonly #keys: KeyTable;
  #cells: Int32Array = new Int32Array(16).fill(-1);
  #doubles: Float64Array = new Float64Array(8 * DOUBLES);
  /** The same memory as integers. */
  #integers: Int32Array = new Int32Array(this.#doubles.buffer);
  /** The first of the free entries, which `NEXT` chains; -1 when there is none. */
  #free = -1;
  #length = 0;
  #entries = 0;
  #heads = 0;

  constructor(keys: KeyTable) {
    this.#keys = keys;
  }

  /** How many places there are, over all nodes. */
  get size(): number {
    return this.#entries - this.#heads;
  }

  /** Every place is a number below this one. */
  get capacity(): number {
    return this.#doubles.length / DOUBLES;
  }

  /** The place of a key at a node, or -1 when no record lies there. */
  find(node: number, key: KeyHandle): number {
    const mask = this.#cells.length - 1;
    for (let cell = mix(node, key, 0) & mask; ; cell = (cell + 1) & mask) {
      const entry = this.#cells[cell]!;
      if (entry === -1) return -1;
      if (this.#get(entry, NODE) === node && this.#get(entry, KEY) === key) return entry;
    }
  }

  /** The head of a node, or -1 when it holds nothing. It counts the records of all its places. */
  head(node: number): number {
    return this.find(node, NO_KEY);
  }

  /** A new place, the last one of its node, for a key that has none there. */
  add(node: number, key: KeyHandle): number {
    assert(key >= 0, 'records lie under keys');
    let head = this.head(node);
    if (head < 0) {
      head = this.#take(node, NO_KEY);
      this.#link(head, head);
      this.#heads++;
    }
    const place = this.#take(node, key);
    this.#set(place, HEAD, head);
    this.#link(this.#get(head, PREVIOUS), place);
    this.#link(place, head);
    this.#keys.retain(key);
    return place;
  }

  /** Removes an empty place, and with the last one of a node its head. */
  remove(place: number): void {
    assert(this.records(place) === 0 && this.own(place) === 0, 'a place is empty before it goes');
    const head = this.#get(place, HEAD);
    this.#link(this.#get(place, PREVIOUS), this.#get(place, NEXT));
    this.#keys.release(this.#get(place, KEY));
    this.#give(place);
    if (this.#get(head, NEXT) !== head) return;
    this.#give(head);
    this.#heads--;
  }

  /** The first place of a node, -1 when it holds nothing: places keep the order in which they were added. */
  first(node: number): number {
    const head = this.head(node);
    return head < 0 ? -1 : this.#get(head, NEXT);
  }

  /** The place of the same node that was added next, -1 after the last. */
  next(place: number): number {
    const next = this.#get(place, NEXT);
    return next === this.#get(place, HEAD) ? -1 : next;
  }

  /** The keys of a node's places, which outlast changes; whoever uses one looks for its place again. */
  keysOf(node: number): KeyHandle[] {
    const keys: KeyHandle[] = [];
    for (let place = this.first(node); place >= 0; place = this.next(place))
      keys.push(this.key(place));
    return keys;
  }

  node(place: number): number {
    return this.#get(place, NODE);
  }

  key(place: number): KeyHandle {
    return this.#get(place, KEY);
  }

  /** Records at a place; of a head, those of the node. */
  records(place: number): number {
    return this.#get(place, RECORDS);
  }

  /** Those of the records that are the node's own. */
  own(place: number): number {
    return this.#get(place, OWN);
  }

  /** Those of the records that others brought. */
  foreign(place: number): number {
    return this.#get(place, RECORDS) - this.#get(place, OWN);
  }

  /** Counts one record more (+1) or less (-1) at a place and at its node. */
  count(place: number, change: 1 | -1, isOwn: boolean): void {
    this.#add(place, change, isOwn);
    this.#add(this.#get(place, HEAD), change, isOwn);
  }

  /** Where a heap keeps the place, -1 when none does: a place is in one heap at most. */
  rank(place: number): number {
    return this.#get(place, RANK);
  }

  setRank(place: number, rank: number): void {
    this.#set(place, RANK, rank);
  }

  /** No record of a place expires before; of a head, when to look through the node's records next. */
  deadline(place: number): number {
    return this.#doubles[DOUBLES * place + DEADLINE]!;
  }

  /** Notes when the first record of a place expires, after a look at all of them. */
  setDeadline(place: number, deadline: number): void {
    this.#doubles[DOUBLES * place + DEADLINE] = deadline;
  }

  /** Notes that a record of a place expires at a time. */
  expects(place: number, expiresAt: number): void {
    const head = this.#get(place, HEAD);
    if (expiresAt < this.deadline(place)) this.setDeadline(place, expiresAt);
    if (expiresAt < this.deadline(head)) this.setDeadline(head, expiresAt);
  }

  /** Calls `clear` for the places of a node with records that may have expired; it may remove the place. */
  sweep(node: number, now: number, clear: (place: number) => void): void {
    let earliest = Number.POSITIVE_INFINITY;
    for (let place = this.first(node), next; place >= 0; place = next) {
      next = this.next(place);
      if (this.deadline(place) <= now) clear(place);
      const isThere = this.#get(place, NODE) === node;
      if (isThere && this.deadline(place) < earliest) earliest = this.deadline(place);
    }
    const head = this.head(node);
    if (head < 0) return;
    const isFull = this.records(head) > SWEPT_ON_TIME_MAX;
    this.setDeadline(head, isFull ? Math.max(earliest, now + SWEEP_INTERVAL_MS) : earliest);
  }

  #get(entry: number, field: number): number {
    return this.#integers[INTEGERS * entry + field]!;
  }

  #set(entry: number, field: number, value: number): void {
    this.#integers[INTEGERS * entry + field] = value;
  }

  #add(entry: number, change: number, isOwn: boolean): void {
    this.#set(entry, RECORDS, this.#get(entry, RECORDS) + change);
    if (isOwn) this.#set(entry, OWN, this.#get(entry, OWN) + change);
  }

  #link(before: number, after: number): void {
    this.#set(before, NEXT, after);
    this.#set(after, PREVIOUS, before);
  }

  #take(node: number, key: KeyHandle): number {
    if (2 * (this.#entries + 1) > this.#cells.length) this.#rehash();
    let entry = this.#free;
    if (entry >= 0) this.#free = this.#get(entry, NEXT);
    else {
      if (this.#length === this.capacity) this.#grow();
      entry = this.#length++;
    }
    this.#entries++;
    this.#set(entry, NODE, node);
    this.#set(entry, KEY, key);
    this.#set(entry, RANK, -1);
    this.setDeadline(entry, Number.POSITIVE_INFINITY);
    this.#occupy(entry);
    return entry;
  }

  /** Frees an entry, whose counts have come back to zero by now. */
  #give(entry: number): void {
    this.#vacate(entry);
    this.#entries--;
    this.#set(entry, NODE, -1);
    this.#set(entry, NEXT, this.#free);
    this.#free = entry;
  }

  #occupy(entry: number): void {
    const mask = this.#cells.length - 1;
    let cell = this.#home(entry);
    while (this.#cells[cell] !== -1) cell = (cell + 1) & mask;
    this.#cells[cell] = entry;
  }

  /** Empties the cell of an entry and moves those behind it up, so that no search ends early at the gap. */
  #vacate(entry: number): void {
    const mask = this.#cells.length - 1;
    let gap = this.#home(entry);
    while (this.#cells[gap] !== entry) gap = (gap + 1) & mask;
    for (let cell = (gap + 1) & mask; this.#cells[cell] !== -1; cell = (cell + 1) & mask) {
      const other = this.#cells[cell]!;
      const wayFromHome = (cell - this.#home(other)) & mask;
      if (wayFromHome < ((cell - gap) & mask)) continue;
      this.#cells[gap] = other;
      gap = cell;
    }
    this.#cells[gap] = -1;
  }

  #home(entry: number): number {
    return mix(this.#get(entry, NODE), this.#get(entry, KEY), 0) & (this.#cells.length - 1);
  }

  #rehash(): void {
    const old = this.#cells;
    this.#cells = new Int32Array(2 * old.length).fill(-1);
    for (const entry of old) if (entry !== -1) this.#occupy(entry);
  }

  #grow(): void {
    this.#doubles = grownArray(this.#doubles, DOUBLES * grownCapacity(this.capacity));
    this.#integers = new Int32Array(this.#doubles.buffer);
  }
}

/** The next capacity of an array that is full: half as much again, so that a large one wastes little. */
export function grownCapacity(capacity: number): number {
  return Math.ceil(capacity * 1.5) + 16;
}

/** A copy with room for `capacity` numbers; the new ones are zero. */
export function grownArray<T extends Int32Array | Float64Array>(from: T, capacity: number): T {
  const larger = new (from.constructor as new (length: number) => T)(capacity);
  larger.set(from);
  return larger;
}
