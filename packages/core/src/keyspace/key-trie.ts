// The binary trie of a set of keys (Maymounkov & Mazières 2002, Fig. 1), without nodes or pointers.
//
// Sorted, the keys of every subtree lie side by side, so a subtree is a range of ranks, its two halves
// meet at the first key with the next bit set, and the bits that all its keys share are those that its
// first and its last key share.
//
//   rank     0     1     2     3     4
//   key     0010  0110  0111  1010  1101
//           └── 0 ───────────┘└── 1 ───┘
//                 └── 011 ──┘
import { assert } from './assert.ts';
import type { KeyHandle, KeyTable } from './key-table.ts';

/** A subtree that holds enough keys: those of rank `low` to `high - 1`, and no others, begin with its prefix. */
export interface Region {
  /** Bits of the prefix; it is the beginning of any of the keys. */
  readonly prefixLength: number;
  readonly low: number;
  readonly high: number;
}

/** What a walk through a subtree fills. */
interface Walk {
  readonly target: KeyHandle;
  readonly out: Int32Array;
  readonly count: number;
  found: number;
}

/**
 * An immutable set of keys in ascending order, four bytes each. It takes no references to them: whoever
 * uses it holds the handles for as long.
 */
export class KeyTrie {
  readonly #keys: KeyTable;
  readonly #sorted: Int32Array;
  /** The subtrees that a walk has still to visit, kept because walks are many and short. */
  readonly #stack: Int32Array;

  /** `sorted` are different handles of `keys`, ascending by key; the trie owns the array now. See `from`. */
  constructor(keys: KeyTable, sorted: Int32Array) {
    this.#keys = keys;
    this.#sorted = sorted;
    // A walk leaves at most one range waiting at each depth, and a range takes two numbers.
    this.#stack = new Int32Array(2 * (keys.keyBits + 2));
  }

  /** The trie of some keys, which may come in any order and more than once. */
  static from(keys: KeyTable, handles: Iterable<KeyHandle>): KeyTrie {
    return new KeyTrie(keys, sortedKeys(keys, handles));
  }

  /** How many keys there are. */
  get size(): number {
    return this.#sorted.length;
  }

  /** The key of a rank from 0 to `size - 1`. */
  at(rank: number): KeyHandle {
    assert(rank >= 0 && rank < this.size, `there is no rank ${rank} among ${this.size} keys`);
    return this.#sorted[rank]!;
  }

  /** The rank of a key; -1 when it is not in the set. */
  rank(key: KeyHandle): number {
    const rank = this.#firstNotBefore(key, this.#keys.keyBits);
    return this.#sorted[rank] === key ? rank : -1;
  }

  /** The keys of rank `low` to `high - 1`, ascending, as a new array; all of them by default. */
  slice(low = 0, high: number = this.size): Int32Array {
    return this.#sorted.slice(low, high);
  }

  /** All keys, ascending. */
  [Symbol.iterator](): IterableIterator<KeyHandle> {
    return this.#sorted.values();
  }

  /**
   * The `count` keys that are closest to `target`, nearest first, into `out`; returns how many there
   * were. The target may be any key of the table; if it is in the set, it is the first.
   * Takes O(log size + count) steps for random keys.
   */
  closest(target: KeyHandle, count: number, out: Int32Array): number {
    const walk: Walk = { target, out, count: Math.min(count, this.size), found: 0 };
    let high = this.#firstNotBefore(target, this.#keys.keyBits);
    let low = high;
    // Around the target's own place the subtrees grow by one sibling at a time, which lies wholly on
    // one side: its keys all differ from the target in the same bit.
    while (walk.found < walk.count) {
      const left = this.#shared(target, low - 1);
      const right = this.#shared(target, high);
      if (left > right) {
        const end = low;
        low = this.#endOfRun(walk, low - 1, -1) + 1;
        this.#walk(walk, low, end);
      } else {
        const start = high;
        high = this.#endOfRun(walk, high, 1);
        this.#walk(walk, start, high);
      }
    }
    return walk.found;
  }

  /** The ranks `[low, high)` of the keys that begin with the first `prefixLength` bits of `key`. */
  range(key: KeyHandle, prefixLength: number): readonly [low: number, high: number] {
    const low = this.#firstNotBefore(key, prefixLength);
    return [low, this.#firstAfter(key, prefixLength, low)];
  }

  /** How many keys begin with the first `prefixLength` bits of `key`. */
  countWithPrefix(key: KeyHandle, prefixLength: number): number {
    const [low, high] = this.range(key, prefixLength);
    return high - low;
  }

  /**
   * Divides the keyspace into the longest prefixes of which each holds at least `minimum` keys, in
   * ascending order. A region is divided only when both halves hold enough, because the regions cover
   * everything; with fewer keys than `minimum` it is all one region. The sweeping provider of
   * go-libp2p-kad-dht serves such regions with `minimum` = k = 20: whatever is in a region is closer to
   * a key of it than what is outside, so the k closest nodes to the key are all there.
   */
  regions(minimum: number): Region[] {
    assert(minimum >= 1, `a region holds at least one key, not ${minimum}`);
    const regions: Region[] = [];
    const waiting: Region[] = [{ prefixLength: 0, low: 0, high: this.size }];
    for (let region = waiting.pop(); region !== undefined; region = waiting.pop()) {
      const { prefixLength, low, high } = region;
      const middle = high - low >= 2 * minimum ? this.#firstWithBit(low, high, prefixLength) : high;
      if (middle - low < minimum || high - middle < minimum) {
        regions.push(region);
        continue;
      }
      waiting.push({ prefixLength: prefixLength + 1, low: middle, high });
      waiting.push({ prefixLength: prefixLength + 1, low, high: middle });
    }
    return regions;
  }

  /** Appends the nearest keys of one subtree, until the walk has what it wants. */
  #walk(walk: Walk, low: number, high: number): void {
    const stack = this.#stack;
    stack[0] = low;
    stack[1] = high;
    for (let top = 2; top > 0 && walk.found < walk.count;) {
      const to = stack[--top]!;
      const from = stack[--top]!;
      if (to - from === 1) {
        walk.out[walk.found++] = this.#sorted[from]!;
        continue;
      }
      const depth = this.#keys.commonPrefixLength(this.#sorted[from]!, this.#sorted[to - 1]!);
      const middle = this.#firstWithBit(from, to, depth);
      const isLowNear = this.#keys.bit(walk.target, depth) === 0;
      stack[top++] = isLowNear ? middle : from;
      stack[top++] = isLowNear ? to : middle;
      stack[top++] = isLowNear ? from : middle;
      stack[top++] = isLowNear ? middle : to;
    }
  }

  /** The first rank from `start` in the given direction whose key shares less with the target: doubling steps, then bisection. */
  #endOfRun(walk: Walk, start: number, direction: -1 | 1): number {
    const shared = this.#shared(walk.target, start);
    let inside = start;
    let step = 1;
    while (this.#shared(walk.target, inside + direction * step) === shared) {
      inside += direction * step;
      step *= 2;
    }
    // The end is within `step`: it is after `inside`, and not after `inside + direction * step`.
    let within = 0;
    while (step - within > 1) {
      const middle = (within + step) >>> 1;
      if (this.#shared(walk.target, inside + direction * middle) === shared) within = middle;
      else step = middle;
    }
    return inside + direction * step;
  }

  /** How many leading bits the key of a rank shares with the target; -1 where there is no key. */
  #shared(target: KeyHandle, rank: number): number {
    if (rank < 0 || rank >= this.#sorted.length) return -1;
    return this.#keys.commonPrefixLength(target, this.#sorted[rank]!);
  }

  /** The first rank whose key does not come before all keys with this prefix. */
  #firstNotBefore(key: KeyHandle, prefixLength: number): number {
    let from = 0;
    let to = this.#sorted.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const other = this.#sorted[middle]!;
      const shared = this.#keys.commonPrefixLength(other, key);
      if (shared < prefixLength && this.#keys.bit(other, shared) === 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** The first rank whose key comes after all keys with this prefix; `low` is the first that may have it. */
  #firstAfter(key: KeyHandle, prefixLength: number, low: number): number {
    let from = low;
    let to = this.#sorted.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      const shared = this.#keys.commonPrefixLength(this.#sorted[middle]!, key);
      if (shared >= prefixLength) from = middle + 1;
      else to = middle;
    }
    return from;
  }

  /** The first rank of `low` to `high - 1` whose key has bit `depth` set; they share all bits before. */
  #firstWithBit(low: number, high: number, depth: number): number {
    let from = low;
    let to = high;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if (this.#keys.bit(this.#sorted[middle]!, depth) === 0) from = middle + 1;
      else to = middle;
    }
    return from;
  }
}

/** Orders two keys of a table as big-endian numbers: negative when `a` is the smaller one. */
function compareKeys(keys: KeyTable, a: KeyHandle, b: KeyHandle): number {
  if (a === b) return 0;
  const shared = keys.commonPrefixLength(a, b);
  return keys.bit(a, shared) - keys.bit(b, shared);
}

function sortedKeys(keys: KeyTable, handles: Iterable<KeyHandle>): Int32Array {
  return Int32Array.from(new Set(handles)).toSorted((a, b) => compareKeys(keys, a, b));
}

/** Changes wait until they are so many at least, and until they are one in so many keys. */
const MERGE_MIN = 1_024;
const MERGE_SHARE = 8;

/**
 * A set of keys that changes, such as what a crawler has discovered, of which tries are made now and
 * then. Changes wait in small sets and are merged into the sorted array when a trie is asked for or
 * when they are an eighth of it, so that a change costs the copying of some eight keys.
 */
export class KeyTrieBuilder {
  readonly #keys: KeyTable;
  #trie: KeyTrie;
  readonly #added = new Set<KeyHandle>();
  readonly #removed = new Set<KeyHandle>();

  /** Begins with the keys of `trie`; without one, with none. */
  constructor(keys: KeyTable, trie: KeyTrie = new KeyTrie(keys, new Int32Array(0))) {
    this.#keys = keys;
    this.#trie = trie;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#trie.size + this.#added.size - this.#removed.size;
  }

  /** Whether a key is there now. */
  has(key: KeyHandle): boolean {
    return this.#added.has(key) || (this.#trie.rank(key) >= 0 && !this.#removed.has(key));
  }

  /** Adds a key; false when it is there already. */
  insert(key: KeyHandle): boolean {
    if (this.has(key)) return false;
    if (!this.#removed.delete(key)) this.#added.add(key);
    this.#mergeIfLarge();
    return true;
  }

  /** Removes a key; false when it is not there. */
  remove(key: KeyHandle): boolean {
    if (!this.has(key)) return false;
    if (!this.#added.delete(key)) this.#removed.add(key);
    this.#mergeIfLarge();
    return true;
  }

  /** The trie of the keys that are there now; the same one until they change. */
  build(): KeyTrie {
    if (this.#added.size + this.#removed.size > 0) this.#merge();
    return this.#trie;
  }

  #mergeIfLarge(): void {
    const changes = this.#added.size + this.#removed.size;
    if (changes >= MERGE_MIN && changes * MERGE_SHARE >= this.#trie.size) this.#merge();
  }

  #merge(): void {
    const { size } = this.#trie;
    const old = this.#trie.slice();
    const removed = Int32Array.from(this.#removed, (key) => this.#trie.rank(key)).toSorted();
    const merged = new Int32Array(this.size);
    let length = 0;
    let from = 0;
    let skipped = 0;
    const copy = (to: number): void => {
      merged.set(old.subarray(from, to), length);
      length += to - from;
    };
    const copyKept = (end: number): void => {
      for (; skipped < removed.length && removed[skipped]! < end; skipped++) {
        copy(removed[skipped]!);
        from = removed[skipped]! + 1;
      }
      copy(end);
      from = end;
    };
    for (const key of sortedKeys(this.#keys, this.#added)) {
      copyKept(this.#trie.range(key, this.#keys.keyBits)[0]);
      merged[length++] = key;
    }
    copyKept(size);
    this.#trie = new KeyTrie(this.#keys, merged);
    this.#added.clear();
    this.#removed.clear();
  }
}
