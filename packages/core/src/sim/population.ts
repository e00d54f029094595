// The ids of a simulated network, sorted, so that a node's number is its rank and every bucket of every
// node is one contiguous range of ranks.
import { assert } from '../keyspace/assert.ts';
import { compareDistance } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import { KeyTable } from '../keyspace/key-table.ts';
import type { Rng } from '../keyspace/rng.ts';
import type { Kademlia } from '../kademlia/kademlia.ts';

/** `count` different random keys in ascending order, as handles 0 to `count - 1` of a new table. */
export function createPopulation(count: number, keyBits: number, rng: Rng): KeyTable {
  const keys = new KeyTable(keyBits, count + 64);
  const prefixBytes = Math.min(6, keyBits / 8);
  const prefixes = distinctPrefixes(count, prefixBytes, rng);
  for (const prefix of prefixes) {
    const key: Key = rng.bytes(keyBits / 8);
    let rest = prefix;
    for (let i = prefixBytes - 1; i >= 0; i--) {
      key[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    keys.intern(key);
  }
  return keys;
}

/** A table of the first `count` keys of `keys` and of some `others` that are not among them, in ascending order. */
export function mergePopulations(
  keys: KeyTable,
  count: number,
  others: readonly Key[],
): { readonly keys: KeyTable; readonly isOther: Uint8Array } {
  const merged = new KeyTable(keys.keyBits, count + others.length + 64);
  const isOther = new Uint8Array(count + others.length);
  const zero = new Uint8Array(keys.keyBytes);
  const sorted = others.toSorted((a, b) => compareDistance(zero, a, b));
  let node = 0;
  for (let rank = 0, next = 0; rank < isOther.length; rank++) {
    const own = node < count ? keys.key(node) : null;
    const other = sorted[next];
    if (own !== null && (other === undefined || compareDistance(zero, own, other) < 0)) {
      merged.intern(own);
      node++;
    } else {
      isOther[merged.intern(other!)] = 1;
      next++;
    }
  }
  assert(merged.size === isOther.length, 'nodes have different keys');
  return { keys: merged, isOther };
}

function distinctPrefixes(count: number, bytes: number, rng: Rng): Float64Array {
  let range = 1;
  for (let i = 0; i < bytes; i++) range *= 256;
  if (count > range)
    throw new RangeError(`a keyspace of ${bytes * 8} bits has no room for ${count} nodes`);
  const seen = new Set<number>();
  const prefixes = new Float64Array(count);
  while (seen.size < count) {
    const prefix = Math.floor(
      ((rng.uint32() * 2097152 + (rng.uint32() >>> 11)) / 9007199254740992) * range,
    );
    if (seen.has(prefix)) continue;
    prefixes[seen.size] = prefix;
    seen.add(prefix);
  }
  return prefixes.toSorted();
}

/** Sorted keys and the questions that need global knowledge. */
export class Oracle {
  readonly #keys: KeyTable;
  readonly #nodes: number;
  readonly #counts: (node: number) => boolean;

  /** `counts` says which nodes are there at the moment. */
  constructor(keys: KeyTable, nodes: number, counts: (node: number) => boolean) {
    this.#keys = keys;
    this.#nodes = nodes;
    this.#counts = counts;
  }

  /** The `count` nodes that are truly closest to `target`, nearest first, without `except`. */
  closest(target: number, count: number, except = -1): number[] {
    const found: number[] = [];
    const ranges: number[] = [0, this.#nodes, 0];
    while (ranges.length > 0 && found.length < count) {
      const depth = ranges.pop()!;
      const high = ranges.pop()!;
      const low = ranges.pop()!;
      if (high - low === 1) {
        if (low !== except && this.#counts(low)) found.push(low);
        continue;
      }
      const middle = firstWithBit(this.#keys, low, high, depth);
      const near = this.#keys.bit(target, depth) === 0;
      if (near) pushRange(ranges, middle, high, depth + 1);
      pushRange(ranges, low, middle, depth + 1);
      if (!near) pushRange(ranges, middle, high, depth + 1);
    }
    return found;
  }
}

function pushRange(ranges: number[], low: number, high: number, depth: number): void {
  if (high > low) ranges.push(low, high, depth);
}

/** The first rank of `low` to `high - 1` whose key has bit `depth` set; they share all bits before. */
function firstWithBit(keys: KeyTable, low: number, high: number, depth: number): number {
  let from = low;
  let to = high;
  while (from < to) {
    const middle = (from + to) >>> 1;
    if (keys.bit(middle, depth) === 0) from = middle + 1;
    else to = middle;
  }
  return from;
}

/** Fills routing tables as long-lived nodes have them: of each bucket's range, all nodes or k random ones. */
export class TableSampler {
  readonly #engine: Kademlia;
  readonly #keys: KeyTable;
  readonly #present: Int32Array;
  readonly #rng: Rng;
  readonly #k: number;
  readonly #chosen: Int32Array;

  /** `present` are the nodes to know, ascending. */
  constructor(parts: {
    engine: Kademlia;
    keys: KeyTable;
    present: Int32Array;
    rng: Rng;
    k: number;
  }) {
    this.#engine = parts.engine;
    this.#keys = parts.keys;
    this.#present = parts.present;
    this.#rng = parts.rng;
    this.#k = parts.k;
    this.#chosen = new Int32Array(parts.k);
  }

  /** Fills the table of `node`. */
  fill(node: number): void {
    let low = 0;
    let high = this.#present.length;
    for (let depth = 0; high - low > 1 && depth < this.#keys.keyBits; depth++) {
      const middle = this.#firstWithBit(low, high, depth);
      if (this.#keys.bit(node, depth) === 0) {
        this.#fillFrom(node, middle, high);
        high = middle;
      } else {
        this.#fillFrom(node, low, middle);
        low = middle;
      }
    }
    // What is left is the node itself, or the neighbour of a node that is not among those to know.
    if (high - low === 1 && this.#present[low] !== node) this.#fillFrom(node, low, high);
  }

  /** Up to k of the nodes in one range, without repetition. */
  #fillFrom(node: number, low: number, high: number): void {
    const size = high - low;
    const { tables } = this.#engine;
    if (size <= this.#k) {
      for (let i = low; i < high; i++) tables.restore(node, this.#present[i]!, 0);
      return;
    }
    // Floyd's algorithm: k distinct values of a range with k draws.
    const chosen = this.#chosen;
    for (let i = 0; i < this.#k; i++) {
      const bound = size - this.#k + i;
      const drawn = this.#rng.below(bound + 1);
      chosen[i] = isAmong(chosen, i, drawn) ? bound : drawn;
    }
    for (let i = 0; i < this.#k; i++) tables.restore(node, this.#present[low + chosen[i]!]!, 0);
  }

  #firstWithBit(low: number, high: number, depth: number): number {
    let from = low;
    let to = high;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#keys.bit(this.#present[middle]!, depth) === 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

function isAmong(values: Int32Array, count: number, value: number): boolean {
  for (let i = 0; i < count; i++) if (values[i] === value) return true;
  return false;
}
