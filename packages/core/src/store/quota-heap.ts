// Which of a node's places is the farthest from its own key: a binary heap.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { grownArray, grownCapacity } from './place.ts';
import type { Places } from './place.ts';

/** Places of one node, the one whose key is farthest from an origin on top. Each knows its rank. */
export class FarthestPlaces {
  readonly #keys: KeyTable;
  readonly #places: Places;
  readonly #origin: KeyHandle;
  #heap: Int32Array = new Int32Array(16);
  #length = 0;

  constructor(keys: KeyTable, places: Places, origin: KeyHandle) {
    this.#keys = keys;
    this.#places = places;
    this.#origin = origin;
  }

  /** The farthest place, -1 when there is none. */
  get top(): number {
    return this.#length === 0 ? -1 : this.#heap[0]!;
  }

  add(place: number): void {
    if (this.#length === this.#heap.length)
      this.#heap = grownArray(this.#heap, grownCapacity(this.#length));
    this.#rise(this.#length++, place);
  }

  remove(place: number): void {
    const rank = this.#places.rank(place);
    this.#places.setRank(place, -1);
    const last = this.#heap[--this.#length]!;
    if (last === place) return;
    // The last one takes the place's rank, from where it can be too far in or too far out.
    this.#sink(rank, last);
    this.#rise(this.#places.rank(last), last);
  }

  /** Dissolves the heap: no place has a rank any more. */
  clear(): void {
    for (let rank = 0; rank < this.#length; rank++) this.#places.setRank(this.#heap[rank]!, -1);
    this.#length = 0;
  }

  #rise(start: number, place: number): void {
    let rank = start;
    while (rank > 0) {
      const parent = (rank - 1) >>> 1;
      if (!this.#isFarther(place, this.#heap[parent]!)) break;
      this.#set(rank, this.#heap[parent]!);
      rank = parent;
    }
    this.#set(rank, place);
  }

  #sink(start: number, place: number): void {
    let rank = start;
    for (let child = 2 * rank + 1; child < this.#length; child = 2 * rank + 1) {
      const hasSibling = child + 1 < this.#length;
      if (hasSibling && this.#isFarther(this.#heap[child + 1]!, this.#heap[child]!)) child++;
      if (!this.#isFarther(this.#heap[child]!, place)) break;
      this.#set(rank, this.#heap[child]!);
      rank = child;
    }
    this.#set(rank, place);
  }

  #set(rank: number, place: number): void {
    this.#heap[rank] = place;
    this.#places.setRank(place, rank);
  }

  #isFarther(a: number, b: number): boolean {
    const [keyOfA, keyOfB] = [this.#places.key(a), this.#places.key(b)];
    return this.#keys.compareDistance(this.#origin, keyOfA, keyOfB) > 0;
  }
}
