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
    this.#wasSeen(list, origin);
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

  /** The first 53 bits of the distance to the target. */
  distance(list: number, index: number): number {
    return this.#distances[this.#at(list, index)]!;
  }

  /** Adds a contact as heard; false when it is known already, or too far away to matter. */
  insert(list: number, contact: KeyHandle, hop: number): boolean {
    if (this.#wasSeen(list, contact)) return false;
    const target = this.#targets[list]!;
    const distance = this.#keys.distancePrefix(contact, target);
    const start = list * this.capacity;
    const length = this.#lengths[list]!;
    const end = start + length;
    let at = this.#firstNotFarther(start, end, distance);
    for (; at < end && this.#distances[at] === distance; at++) {
      const other = this.#entries[at]! >>> CONTACT_SHIFT;
      if (other === contact) return false;
      if (this.#keys.compareDistance(target, other, contact) < 0) break;
    }
    if (length < Math.min(this.#kept + this.#unreachable[list]!, this.capacity)) {
      this.#move(at, end, 1);
      this.#lengths[list] = length + 1;
    } else if (at-- === start) return false;
    else this.#move(start + 1, at + 1, -1);
    this.#entries[at] = (contact << CONTACT_SHIFT) | (Math.min(hop, HOP_MAX) << HOP_SHIFT) | HEARD;
    this.#distances[at] = distance;
    return true;
  }

  /**
   * Whether the contact was heard before, and notes that it has been: a small hash set for each list.
   * Six of seven contacts in answers are old news; this tells without computing a distance. A set that
   * is three quarters full takes no more, and the list itself finds what it does not know.
   */
  #wasSeen(list: number, contact: KeyHandle): boolean {
    const start = list * SEEN_SLOTS;
    let slot = Math.imul(contact, 0x9e3779b1) >>> SEEN_SHIFT;
    for (;;) {
      const other = this.#seen[start + slot]!;
      if (other === contact + 1) return true;
      if (other === 0) break;
      slot = (slot + 1) & (SEEN_SLOTS - 1);
    }
    if (this.#seenCounts[list]! < SEEN_MAX) {
      this.#seen[start + slot] = contact + 1;
      this.#seenCounts[list]!++;
    }
    return false;
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
    let low = start;
    let high = end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#distances[middle]! > distance) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Moves entries `from` to `to - 1` by one place, up or down. */
  #move(from: number, to: number, by: 1 | -1): void {
    if (by === 1) {
      for (let i = to; i > from; i--) {
        this.#entries[i] = this.#entries[i - 1]!;
        this.#distances[i] = this.#distances[i - 1]!;
      }
    } else {
      for (let i = from; i < to; i++) {
        this.#entries[i - 1] = this.#entries[i]!;
        this.#distances[i - 1] = this.#distances[i]!;
      }
    }
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
