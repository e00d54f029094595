// Many small sets of integers, each a sorted array: what nodes know, hold and are connected to.
//
// Sorted, because then a set has one representation only: however a state was reached, forwards,
// backwards or from a snapshot, it is the same array.

const NOTHING = new Int32Array(0);
const FIRST_CAPACITY = 8;

/** All sets of a `SortedSets` in one piece. */
export interface SetsSnapshot {
  readonly sizes: Int32Array;
  readonly values: Int32Array;
}

/** Sets of integers, numbered from zero; sets that were never added to are empty. */
export class SortedSets {
  #sets: Int32Array[] = [];
  #sizes: Int32Array = new Int32Array(0);

  /** The members of a set in ascending order: a view that is valid until the sets change. */
  of(set: number): Int32Array {
    const size = this.size(set);
    return size === 0 ? NOTHING : this.#sets[set]!.subarray(0, size);
  }

  size(set: number): number {
    return set >= 0 && set < this.#sizes.length ? this.#sizes[set]! : 0;
  }

  has(set: number, value: number): boolean {
    const size = this.size(set);
    if (size === 0) return false;
    const at = lowerBound(this.#sets[set]!, size, value);
    return at < size && this.#sets[set]![at] === value;
  }

  /** Adds a member; false when it was one already. */
  add(set: number, value: number): boolean {
    this.#reach(set);
    const size = this.#sizes[set]!;
    let values = this.#sets[set]!;
    const at = lowerBound(values, size, value);
    if (at < size && values[at] === value) return false;
    if (size === values.length) {
      const larger = new Int32Array(Math.max(FIRST_CAPACITY, size * 2));
      larger.set(values);
      this.#sets[set] = larger;
      values = larger;
    }
    values.copyWithin(at + 1, at, size);
    values[at] = value;
    this.#sizes[set] = size + 1;
    return true;
  }

  /** Removes a member; false when it was none. */
  remove(set: number, value: number): boolean {
    const size = this.size(set);
    if (size === 0) return false;
    const values = this.#sets[set]!;
    const at = lowerBound(values, size, value);
    if (at === size || values[at] !== value) return false;
    values.copyWithin(at, at + 1, size);
    this.#sizes[set] = size - 1;
    return true;
  }

  /** A copy of everything. */
  snapshot(): SetsSnapshot {
    const sizes = this.#sizes.slice(0, this.#sets.length);
    const values = new Int32Array(sizes.reduce((sum, size) => sum + size, 0));
    let at = 0;
    for (let set = 0; set < sizes.length; set++) {
      values.set(this.of(set), at);
      at += sizes[set]!;
    }
    return { sizes, values };
  }

  /** Goes back to a snapshot. */
  restore(snapshot: SetsSnapshot): void {
    const count = snapshot.sizes.length;
    if (count > 0) this.#reach(count - 1);
    this.#sizes.fill(0);
    let at = 0;
    for (let set = 0; set < count; set++) {
      const size = snapshot.sizes[set]!;
      if (size === 0) continue;
      if (this.#sets[set]!.length < size) this.#sets[set] = new Int32Array(size * 2);
      this.#sets[set]!.set(snapshot.values.subarray(at, at + size));
      this.#sizes[set] = size;
      at += size;
    }
  }

  #reach(set: number): void {
    while (this.#sets.length <= set) this.#sets.push(NOTHING);
    if (set < this.#sizes.length) return;
    const larger = new Int32Array(Math.max(FIRST_CAPACITY, (set + 1) * 2));
    larger.set(this.#sizes);
    this.#sizes = larger;
  }
}

function lowerBound(values: Int32Array, size: number, value: number): number {
  // Nodes are mostly learned in no order, but appending at the end is common enough to be worth a look.
  if (size === 0 || values[size - 1]! < value) return size;
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
