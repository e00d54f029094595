// Shortlists (§2.3): what a lookup knows, sorted by distance to its target.
//
//   nearest ◀────────────────────────────────────────────▶ farthest
//   queried  queried  waiting  heard  unreachable  heard  heard …
//
// In memory a list is stored farthest first: what a lookup hears is closer and closer, so new entries go
// near the end of the array and move few others.
//
// Every contact is in exactly one of four states (the names are go-libp2p-kad-dht's). Contacts leave
// only over the far end of a full list: the entries before them are closer. A list remembers whom it
// heard of, so no node is asked twice; and it keeps some of those that fell off, who count again when
// a closer one turns out to be unreachable.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { enlarge, grown } from './int-arena.ts';
import { MESSAGE_CONTACTS_MAX } from './message.ts';

/** The states of a contact in a shortlist. */
export const HEARD = 0;
export const WAITING = 1;
export const QUERIED = 2;
export const UNREACHABLE = 3;

/** Depth up to which hops are counted; no lookup comes near. */
const HOP_MAX = 15;

// An entry is one integer: 26 bits of contact, 4 of hop, 2 of state.
const HOP_SHIFT = 2;
const CONTACT_SHIFT = 6;

// The set of contacts heard: 512 slots, hashed by the top 9 bits of a product; 0 is empty.
const SEEN_SLOTS = 512;
const SEEN_SHIFT = 23;
const SEEN_MAX = 384;

/** The shortlists of all running lookups. A list is an integer and takes 3.5 KB with k = 20. */
export class Shortlists {
  /** Entries that count in a list at most: those that it keeps, and as many that turned out to be unreachable. */
  readonly capacity: number;
  /** Entries that a list has room for: what exceeds its limit is dropped now and then, many at once. */
  readonly #stride: number;
  /** Entries that a list keeps besides: with 3k, it survives two dead contacts for each live one. */
  readonly #kept: number;
  readonly #keys: KeyTable;
  #entries: Int32Array;
  #distances: Float64Array;
  #stored: Uint16Array;
  #targets: Int32Array;
  #seen: Int32Array = new Int32Array(4 * SEEN_SLOTS);
  #seenCounts: Uint16Array = new Uint16Array(4);
  readonly #one: Int32Array = new Int32Array(1);
  readonly #fresh: Float64Array = new Float64Array(MESSAGE_CONTACTS_MAX);
  #unreachable: Uint16Array = new Uint16Array(4);

  constructor(keys: KeyTable, k: number) {
    this.#keys = keys;
    this.capacity = 6 * k;
    this.#stride = 7 * k;
    this.#kept = 3 * k;
    this.#entries = new Int32Array(4 * this.#stride);
    this.#distances = new Float64Array(4 * this.#stride);
    this.#stored = new Uint16Array(4);
    this.#targets = new Int32Array(4);
  }

  /** Makes `list` an empty list for `target`, into which `origin` never enters. */
  reset(list: number, target: KeyHandle, origin: KeyHandle): void {
    while (list >= this.#stored.length) this.#grow();
    this.#stored[list] = 0;
    this.#targets[list] = target;
    this.#seenCounts[list] = 0;
    this.#unreachable[list] = 0;
    this.#seen.fill(0, list * SEEN_SLOTS, (list + 1) * SEEN_SLOTS);
    this.#one[0] = origin;
    this.#unseen(list, this.#one, 1);
  }

  length(list: number): number {
    const stored = this.#stored[list]!;
    const limit = this.#limit(list);
    return stored < limit ? stored : limit;
  }

  /** Names all contacts that a list remembers, those that fell off included. */
  eachContact(list: number, visit: (contact: KeyHandle) => void): void {
    const start = list * this.#stride;
    for (let at = start; at < start + this.#stored[list]!; at++)
      visit(this.#entries[at]! >>> CONTACT_SHIFT);
  }

  target(list: number): KeyHandle {
    return this.#targets[list]!;
  }

  contact(list: number, index: number): KeyHandle {
    return this.#entries[this.#at(list, index)]! >>> CONTACT_SHIFT;
  }

  state(list: number, index: number): number {
    return this.#entries[this.#at(list, index)]! & 3;
  }

  setState(list: number, index: number, state: number): void {
    const at = this.#at(list, index);
    if ((this.#entries[at]! & 3) === UNREACHABLE) this.#unreachable[list]!--;
    if (state === UNREACHABLE) this.#unreachable[list]!++;
    this.#entries[at] = (this.#entries[at]! & ~3) | state;
  }

  /** How many answers lie between the origin and this contact: 1 for those that the origin knew. */
  hop(list: number, index: number): number {
    return (this.#entries[this.#at(list, index)]! >>> HOP_SHIFT) & HOP_MAX;
  }

  /** Whether the `count` closest reachable contacts have all answered, or all there are. */
  haveAnswered(list: number, count: number): boolean {
    const entries = this.#entries;
    const last = list * this.#stride + this.#stored[list]! - 1;
    const first = last - this.length(list);
    let answered = 0;
    for (let at = last; at > first && answered < count; at--) {
      const state = entries[at]! & 3;
      if (state === HEARD || state === WAITING) return false;
      if (state === QUERIED) answered++;
    }
    return true;
  }

  /** The closest contacts that answered, nearest first, into `out`; returns how many, up to its length. */
  answered(list: number, out: Int32Array): number {
    let found = 0;
    for (let i = 0; i < this.length(list) && found < out.length; i++) {
      if (this.state(list, i) === QUERIED) out[found++] = this.contact(list, i);
    }
    return found;
  }

  /** The distance of the `count`-th closest contact that answered; -1 when fewer did. */
  answeredDistance(list: number, count: number): number {
    let answered = 0;
    for (let i = 0; i < this.length(list); i++) {
      if (this.state(list, i) === QUERIED && ++answered === count) return this.distance(list, i);
    }
    return -1;
  }

  /** The hop of the nearest contact that answered; 0 when none did. */
  depth(list: number): number {
    for (let i = 0; i < this.length(list); i++) {
      if (this.state(list, i) === QUERIED) return this.hop(list, i);
    }
    return 0;
  }

  /** The first 53 bits of the distance to the target. */
  distance(list: number, index: number): number {
    return this.#distances[this.#at(list, index)]!;
  }

  /** Adds a contact as heard; false when it is known already, or too far away to matter. */
  insert(list: number, contact: KeyHandle, hop: number): boolean {
    this.#one[0] = contact;
    return this.insertAll(list, this.#one, 1, hop) === 1;
  }

  /**
   * Adds those of some contacts as heard that are not known already, nor too far away to matter. Writes
   * them to the front of `contacts`, and returns how many they are.
   */
  insertAll(list: number, contacts: Int32Array, count: number, hop: number): number {
    const distances = this.#fresh;
    const found = this.#unseen(list, contacts, count);
    this.#keys.distancePrefixes(this.#targets[list]!, contacts, found, distances);
    let inserted = 0;
    for (let i = 0; i < found; i++) {
      const contact = contacts[i]!;
      if (this.#insert(list, contact, distances[i]!, hop)) contacts[inserted++] = contact;
    }
    return inserted;
  }

  /** Adds a contact that was not heard of before; false when it is too far away to matter. */
  #insert(list: number, contact: KeyHandle, distance: number, hop: number): boolean {
    const entries = this.#entries;
    const distances = this.#distances;
    if (this.#stored[list] === this.#stride) this.#compact(list);
    const start = list * this.#stride;
    const end = start + this.#stored[list]!;
    const first = end - this.#limit(list);
    if (first >= start && distance > distances[first]!) return false;
    let at = end;
    for (; at > start && distances[at - 1]! <= distance; at--) {
      if (distances[at - 1]! < distance) continue;
      const other = entries[at - 1]! >>> CONTACT_SHIFT;
      if (other === contact) return false;
      if (this.#keys.compareDistance(this.#targets[list]!, other, contact) > 0) break;
    }
    if (at <= first) return false;
    for (let i = end; i > at; i--) {
      entries[i] = entries[i - 1]!;
      distances[i] = distances[i - 1]!;
    }
    entries[at] = (contact << CONTACT_SHIFT) | (Math.min(hop, HOP_MAX) << HOP_SHIFT) | HEARD;
    distances[at] = distance;
    this.#stored[list]!++;
    return true;
  }

  /**
   * The position of a contact; -1 when it is forgotten or was never heard of. It may lie beyond the length
   * of the list: who was asked and fell off is waited for all the same, in case that it counts again.
   */
  find(list: number, contact: KeyHandle): number {
    const distance = this.#keys.distancePrefix(contact, this.#targets[list]!);
    const start = list * this.#stride;
    const last = start + this.#stored[list]! - 1;
    let at = this.#firstNotFarther(start, last + 1, distance);
    for (; at <= last && this.#distances[at] === distance; at++) {
      if (this.#entries[at]! >>> CONTACT_SHIFT === contact) return last - at;
    }
    return -1;
  }

  /**
   * Moves the contacts that the list has not heard of before to the front; returns how many, and notes
   * that they are heard now. A small hash set for each list: most contacts in answers are old news, and
   * this tells without computing a distance. A set that is three quarters full takes no more, and the
   * list itself finds what it does not know.
   */
  #unseen(list: number, contacts: Int32Array, count: number): number {
    const seen = this.#seen;
    const start = list * SEEN_SLOTS;
    let noted = this.#seenCounts[list]!;
    let found = 0;
    for (let i = 0; i < count; i++) {
      const contact = contacts[i]!;
      let slot = Math.imul(contact, 0x9e3779b1) >>> SEEN_SHIFT;
      let other = seen[start + slot]!;
      while (other !== contact + 1 && other !== 0) {
        slot = (slot + 1) & (SEEN_SLOTS - 1);
        other = seen[start + slot]!;
      }
      if (other !== 0) continue;
      if (noted < SEEN_MAX) {
        seen[start + slot] = contact + 1;
        noted++;
      }
      contacts[found++] = contact;
    }
    this.#seenCounts[list] = noted;
    return found;
  }

  /** How many entries count: what a list keeps, and as many as turned out to be unreachable. */
  #limit(list: number): number {
    const limit = this.#kept + this.#unreachable[list]!;
    return limit < this.capacity ? limit : this.capacity;
  }

  /** Drops the entries beyond the limit, which nobody asks for. */
  #compact(list: number): void {
    const start = list * this.#stride;
    const stored = this.#stored[list]!;
    const limit = this.#limit(list);
    this.#entries.copyWithin(start, start + stored - limit, start + stored);
    this.#distances.copyWithin(start, start + stored - limit, start + stored);
    this.#stored[list] = limit;
  }

  /** Where the entry at position `index`, counted from the nearest, lies in the arrays. */
  #at(list: number, index: number): number {
    return list * this.#stride + this.#stored[list]! - 1 - index;
  }

  #firstNotFarther(start: number, end: number, distance: number): number {
    const distances = this.#distances;
    let low = start;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (distances[middle]! > distance) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #grow(): void {
    const lists = grown(this.#stored.length);
    this.#entries = enlarge(this.#entries, lists * this.#stride);
    this.#distances = enlarge(this.#distances, lists * this.#stride);
    this.#stored = enlarge(this.#stored, lists);
    this.#targets = enlarge(this.#targets, lists);
    this.#seen = enlarge(this.#seen, lists * SEEN_SLOTS);
    this.#seenCounts = enlarge(this.#seenCounts, lists);
    this.#unreachable = enlarge(this.#unreachable, lists);
  }
}
