// Many small integer arrays in one: segments of 8, 16, 32 … values, without an object each.

const SMALLEST = 8;

/** Segments of 32-bit integers, addressed by their offset in `values`. */
export class IntArena {
  values: Int32Array;
  #length = 0;
  readonly #free: number[][] = [];

  constructor(capacity: number) {
    this.values = new Int32Array(Math.max(SMALLEST, capacity));
  }

  /** The size in values of a segment of class `sizeClass`. */
  static size(sizeClass: number): number {
    return SMALLEST << sizeClass;
  }

  /** A segment of `IntArena.size(sizeClass)` values of undefined content. */
  allocate(sizeClass: number): number {
    const free = this.#free[sizeClass]?.pop();
    if (free !== undefined) return free;
    const offset = this.#length;
    this.#length += SMALLEST << sizeClass;
    if (this.#length > this.values.length) {
      this.values = enlarge(this.values, Math.max(this.#length, grown(this.values.length)));
    }
    return offset;
  }

  free(offset: number, sizeClass: number): void {
    (this.#free[sizeClass] ??= []).push(offset);
  }
}

/** The next capacity of a pool: half as much again, so that a large pool wastes little. */
export function grown(capacity: number): number {
  return Math.ceil(capacity * 1.5) + 16;
}

type IntegerArray =
  | Int32Array
  | Uint32Array
  | Uint16Array
  | Uint8Array
  | Float32Array
  | Float64Array;

/** A copy of `from` with room for `capacity` values; the new ones are zero. */
export function enlarge<T extends IntegerArray>(from: T, capacity: number): T {
  const larger = new (from.constructor as new (length: number) => T)(capacity);
  larger.set(from);
  return larger;
}
