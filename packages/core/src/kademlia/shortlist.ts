// Shortlists (§2.3): what a lookup knows, sorted by distance to its target.
//
//   nearest ◀────────────────────────────────────────────▶ farthest
//   queried  queried  waiting  heard  unreachable  heard  heard …
//
// In memory a list is stored farthest first: what a lookup hears is closer and closer, so new entries go
// near the end of the array and move few others.
//
// Every contact is in exactly one of four states (the names are go-libp2p-kad-dht's). Contacts leave
// only over the far end of a full list, and for good: the entries before them are closer, and a list
// remembers whom it heard of. So no node is asked twice.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { enlarge, grown } from './int-arena.ts';

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
  /** Entries that a list can hold: those that it keeps, and as many that turned out to be unreachable. */
  readonly capacity: number;
  /** Entries that a list keeps besides: with 3k, it survives two dead contacts for each live one. */
  readonly #kept: number;
  readonly #keys: KeyTable;
  #entries: Int32Array;
  #distances: Float64Array;
  #lengths: Uint16Array;
  #targets: Int32Array;
  #seen: Int32Array = new Int32Array(4 * SEEN_SLOTS);
  #seenCounts: Uint16Array = new Uint16Array(4);
  readonly #one: Int32Array = new Int32Array(1);
  #unreachable: Uint16Array = new Uint16Array(4);

  constructor(keys: KeyTable, k: number) {
    this.#keys = keys;
    this.capacity = 6 * k;
    this.#kept = 3 * k;
    this.#entries = new Int32Array(4 * this.capacity);
    this.#distances = new Float64Array(4 * this.capacity);
    this.#lengths = new Uint16Array(4);
    this.#targets = new Int32Array(4);
  }

  /** Makes `list` an empty list for `target`, into which `origin` never enters. */
  reset(list: number, target: KeyHandle, origin: KeyHandle): void {
    while (list >= this.#lengths.length) this.#grow();
    this.#lengths[list] = 0;
    this.#targets[list] = target;
    this.#seenCounts[list] = 0;
    this.#unreachable[list] = 0;
    this.#seen.fill(0, list * SEEN_SLOTS, (list + 1) * SEEN_SLOTS);
    this.#one[0] = origin;
    this.unseen(list, this.#one, 1, this.#one);
  }

  length(list: number): number {
    return this.#lengths[list]!;
  }

  contact(list: number, index: number): KeyHandle {
    return this.#entries[this.#at(list, index)]! >>> CONTACT_SHIFT;
  }

  state(list: number, index: number): number {
    return this.#entries[this.#at(list, index)]! & 3;
  }

  setState(list: number, index: number, state: number): void {
    const at = this.#at(list, index);
    this.#entries[at] = (this.#entries[at]! & ~3) | state;
    if (state === UNREACHABLE) this.#unreachable[list]!++;
  }

  /** How many answers lie between the origin and this contact: 1 for those that the origin knew. */
  hop(list: number, index: number): number {
    return (this.#entries[this.#at(list, index)]! >>> HOP_SHIFT) & HOP_MAX;
  }

  /** Whether the `count` closest reachable contacts have all answered, or all there are. */
  haveAnswered(list: number, count: number): boolean {
    const entries = this.#entries;
    const start = list * this.capacity;
    let answered = 0;
    for (let at = start + this.#lengths[list]! - 1; at >= start && answered < count; at--) {
      const state = entries[at]! & 3;
      if (state === HEARD || state === WAITING) return false;
      if (state === QUERIED) answered++;
    }
    return true;
  }

  /** The first 53 bits of the distance to the target. */
  distance(list: number, index: number): number {
    return this.#distances[this.#at(list, index)]!;
  }

  /** Adds a contact as heard; false when it is known already, or too far away to matter. */
  insert(list: number, contact: KeyHandle, hop: number): boolean {
    this.#one[0] = contact;
    return (
      this.unseen(list, this.#one, 1, this.#one) === 1 && this.insertUnseen(list, contact, hop)
    );
  }

  /** Adds one of the contacts that `unseen` returned; false when it is too far away to matter. */
  insertUnseen(list: number, contact: KeyHandle, hop: number): boolean {
    const entries = this.#entries;
    const distances = this.#distances;
    const target = this.#targets[list]!;
    const distance = this.#keys.distancePrefix(contact, target);
    const start = list * this.capacity;
    const length = this.#lengths[list]!;
    const end = start + length;
    const isFull = length >= Math.min(this.#kept + this.#unreachable[list]!, this.capacity);
    if (isFull && distance > distances[start]!) return false;
    let at = this.#firstNotFarther(start, end, distance);
    for (; at < end && distances[at] === distance; at++) {
      const other = entries[at]! >>> CONTACT_SHIFT;
      if (other === contact) return false;
      if (this.#keys.compareDistance(target, other, contact) < 0) break;
    }
    if (!isFull) {
      for (let i = end; i > at; i--) {
        entries[i] = entries[i - 1]!;
        distances[i] = distances[i - 1]!;
      }
      this.#lengths[list] = length + 1;
    } else if (at === start) return false;
    else {
      at--;
      for (let i = start; i < at; i++) {
        entries[i] = entries[i + 1]!;
        distances[i] = distances[i + 1]!;
      }
    }
    entries[at] = (contact << CONTACT_SHIFT) | (Math.min(hop, HOP_MAX) << HOP_SHIFT) | HEARD;
    distances[at] = distance;
    return true;
  }

  /**
   * The contacts that the list has not heard of before, into `out`; returns how many, and notes that they
   * are heard now. A small hash set for each list: most contacts in answers are old news, and this
   * tells without computing a distance. A set that is three quarters full takes no more, and the list
   * itself finds what it does not know.
   */
  unseen(list: number, contacts: Int32Array, count: number, out: Int32Array): number {
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
      out[found++] = contact;
    }
    this.#seenCounts[list] = noted;
    return found;
  }

  /** The position of a contact; -1 when it fell off the far end or was never heard of. */
  find(list: number, contact: KeyHandle): number {
    const distance = this.#keys.distancePrefix(contact, this.#targets[list]!);
    const start = list * this.capacity;
    const end = start + this.#lengths[list]!;
    let at = this.#firstNotFarther(start, end, distance);
    for (; at < end && this.#distances[at] === distance; at++) {
      if (this.#entries[at]! >>> CONTACT_SHIFT === contact) return end - 1 - at;
    }
    return -1;
  }

  /** Where the entry at position `index`, counted from the nearest, lies in the arrays. */
  #at(list: number, index: number): number {
    return list * this.capacity + this.#lengths[list]! - 1 - index;
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
    const lists = grown(this.#lengths.length);
    this.#entries = enlarge(this.#entries, lists * this.capacity);
    this.#distances = enlarge(this.#distances, lists * this.capacity);
    this.#lengths = enlarge(this.#lengths, lists);
    this.#targets = enlarge(this.#targets, lists);
    this.#seen = enlarge(this.#seen, lists * SEEN_SLOTS);
    this.#seenCounts = enlarge(this.#seenCounts, lists);
    this.#unreachable = enlarge(this.#unreachable, lists);
  }
}
