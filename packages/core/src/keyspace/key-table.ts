// Keys on hot paths: integers instead of byte arrays.
//
// A `KeyTable` interns keys of one keyspace and hands out handles. The words of a key lie in flat typed
// arrays, and distances are compared on a prefix of 53 bits held as an exact double (32 + 21 bits); the
// whole key is looked at only on a tie, which happens once in 2^53 comparisons of random keys.
import { assert } from './assert.ts';
import type { Key } from './key.ts';
import { mix } from './rng.ts';

/** An integer that stands for a key of one `KeyTable`; equal keys have equal handles. */
export type KeyHandle = number;

const LOW_BITS = 21;
const LOW_SCALE = 2097152;

/** Words at the head of a key that are also kept apart, so that hot comparisons touch little memory. */
const HEAD_WORDS = 2;

/** Interned keys with reference counts. Memory: 60 to 76 bytes a key of 256 bits. */
export class KeyTable {
  readonly keyBytes: number;
  readonly keyBits: number;
  readonly #wordsPerKey: number;
  #words: Uint32Array;
  #heads: Uint32Array;
  #references: Uint32Array;
  #serials: Float64Array;
  #slots: Int32Array;
  #free: number[] = [];
  #length = 0;
  #live = 0;
  #used = 0;
  #nextSerial = 0;

  constructor(keyBits: number, expected = 64) {
    const capacity = Math.max(1, expected);
    assert(
      keyBits % 8 === 0 && keyBits >= 8 && keyBits <= 256,
      `a key has 8 to 256 bits, not ${keyBits}`,
    );
    this.keyBits = keyBits;
    this.keyBytes = keyBits / 8;
    this.#wordsPerKey = Math.ceil(keyBits / 32);
    this.#words = new Uint32Array(capacity * this.#wordsPerKey);
    this.#heads = new Uint32Array(capacity * HEAD_WORDS);
    this.#references = new Uint32Array(capacity);
    this.#serials = new Float64Array(capacity);
    this.#slots = new Int32Array(slotCount(capacity)).fill(-1);
  }

  /** How many different keys are held now. */
  get size(): number {
    return this.#live;
  }

  /** The handle of `key`, with one more reference to it; release it when the holder is done. */
  intern(key: Key): KeyHandle {
    const found = this.find(key);
    if (found >= 0) {
      this.#references[found]!++;
      return found;
    }
    const handle = this.#take();
    this.#write(handle, key);
    this.#references[handle] = 1;
    this.#serials[handle] = this.#nextSerial++;
    this.#live++;
    this.#insertSlot(handle);
    return handle;
  }

  /** The handle of `key`, or -1 when the table does not hold it. Takes no reference. */
  find(key: Key): KeyHandle {
    assert(
      key.length === this.keyBytes,
      `a key of this table has ${this.keyBytes} bytes, not ${key.length}`,
    );
    const first = wordAt(key, 0);
    const mask = this.#slots.length - 1;
    for (let slot = mix(first, wordAt(key, 4), 0) & mask; ; slot = (slot + 1) & mask) {
      const handle = this.#slots[slot]!;
      if (handle === -1) return -1;
      if (
        handle >= 0 &&
        this.#words[handle * this.#wordsPerKey] === first &&
        this.#equals(handle, key)
      ) {
        return handle;
      }
    }
  }

  /** One more holder of `handle`. */
  retain(handle: KeyHandle): void {
    assert(this.#references[handle]! > 0, 'only a held key can be retained');
    this.#references[handle]!++;
  }

  /** One holder less; the last one frees the handle for another key. */
  release(handle: KeyHandle): void {
    assert(this.#references[handle]! > 0, 'a key is released once per reference');
    if (--this.#references[handle]! > 0) return;
    this.#removeSlot(handle);
    this.#free.push(handle);
    this.#live--;
  }

  /** The bytes of a key, as a new array. */
  key(handle: KeyHandle): Key {
    const key = new Uint8Array(this.keyBytes);
    const base = handle * this.#wordsPerKey;
    for (let i = 0; i < key.length; i++) {
      key[i] = this.#words[base + (i >>> 2)]! >>> (24 - 8 * (i & 3));
    }
    return key;
  }

  /** How many hold the key; 0 when nobody does. */
  references(handle: KeyHandle): number {
    return this.#references[handle] ?? 0;
  }

  /** A number that is never used again, even when the handle is: identifies a key over time. */
  serial(handle: KeyHandle): number {
    return this.#serials[handle]!;
  }

  /** The first 53 bits of the XOR distance between two keys, as an exact number. */
  distancePrefix(a: KeyHandle, b: KeyHandle): number {
    const heads = this.#heads;
    const high = (heads[2 * a]! ^ heads[2 * b]!) >>> 0;
    return high * LOW_SCALE + ((heads[2 * a + 1]! ^ heads[2 * b + 1]!) >>> (32 - LOW_BITS));
  }

  /**
   * `distancePrefix` of `target` and each of the first `count` handles, into `out`. In one loop, so that
   * the processor fetches the scattered keys of many contacts at the same time.
   */
  distancePrefixes(target: KeyHandle, handles: Int32Array, count: number, out: Float64Array): void {
    const heads = this.#heads;
    const high = heads[2 * target]!;
    const low = heads[2 * target + 1]!;
    for (let i = 0; i < count; i++) {
      const at = 2 * handles[i]!;
      out[i] =
        ((heads[at]! ^ high) >>> 0) * LOW_SCALE + ((heads[at + 1]! ^ low) >>> (32 - LOW_BITS));
    }
  }

  /** Orders `a` and `b` by their whole distance to `target`: negative when `a` is closer. */
  compareDistance(target: KeyHandle, a: KeyHandle, b: KeyHandle): number {
    const words = this.#words;
    const t = target * this.#wordsPerKey;
    const i = a * this.#wordsPerKey;
    const j = b * this.#wordsPerKey;
    for (let w = 0; w < this.#wordsPerKey; w++) {
      const difference =
        ((words[i + w]! ^ words[t + w]!) >>> 0) - ((words[j + w]! ^ words[t + w]!) >>> 0);
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** How many leading bits two keys share; `keyBits` when they are the same. */
  commonPrefixLength(a: KeyHandle, b: KeyHandle): number {
    const high = this.#heads[2 * a]! ^ this.#heads[2 * b]!;
    if (high !== 0) return Math.clz32(high);
    const words = this.#words;
    const i = a * this.#wordsPerKey;
    const j = b * this.#wordsPerKey;
    for (let w = 1; w < this.#wordsPerKey; w++) {
      const difference = words[i + w]! ^ words[j + w]!;
      if (difference !== 0) return w * 32 + Math.clz32(difference);
    }
    return this.keyBits;
  }

  /** The first 32 bits of a key, as an unsigned number. */
  head(handle: KeyHandle): number {
    return this.#heads[2 * handle]!;
  }

  /** Bit `index` of a key, counted from the most significant. */
  bit(handle: KeyHandle, index: number): number {
    const word = index >>> 5;
    const bits =
      word === 0 ? this.#heads[2 * handle]! : this.#words[handle * this.#wordsPerKey + word]!;
    return (bits >>> (31 - (index & 31))) & 1;
  }

  #take(): KeyHandle {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#length === this.#references.length) this.#grow();
    return this.#length++;
  }

  #grow(): void {
    const capacity = this.#references.length * 2;
    this.#words = enlarge(this.#words, new Uint32Array(capacity * this.#wordsPerKey));
    this.#heads = enlarge(this.#heads, new Uint32Array(capacity * HEAD_WORDS));
    this.#references = enlarge(this.#references, new Uint32Array(capacity));
    this.#serials = enlarge(this.#serials, new Float64Array(capacity));
  }

  #write(handle: KeyHandle, key: Key): void {
    const base = handle * this.#wordsPerKey;
    for (let w = 0; w < this.#wordsPerKey; w++) this.#words[base + w] = wordAt(key, 4 * w);
    this.#heads[2 * handle] = wordAt(key, 0);
    this.#heads[2 * handle + 1] = wordAt(key, 4);
  }

  #equals(handle: KeyHandle, key: Key): boolean {
    const base = handle * this.#wordsPerKey;
    for (let w = 0; w < this.#wordsPerKey; w++) {
      if (this.#words[base + w] !== wordAt(key, 4 * w)) return false;
    }
    return true;
  }

  // Open addressing with linear probing; -1 is an empty slot, -2 one whose key was released.
  #slotOf(handle: KeyHandle): number {
    const base = handle * this.#wordsPerKey;
    const second = this.#wordsPerKey > 1 ? this.#words[base + 1]! : 0;
    return mix(this.#words[base]!, second, 0) & (this.#slots.length - 1);
  }

  #insertSlot(handle: KeyHandle): void {
    if (this.#used * 2 >= this.#slots.length) this.#rehash();
    const mask = this.#slots.length - 1;
    let slot = this.#slotOf(handle);
    while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
    if (this.#slots[slot] === -1) this.#used++;
    this.#slots[slot] = handle;
  }

  #removeSlot(handle: KeyHandle): void {
    const mask = this.#slots.length - 1;
    let slot = this.#slotOf(handle);
    while (this.#slots[slot] !== handle) slot = (slot + 1) & mask;
    this.#slots[slot] = -2;
  }

  #rehash(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(slotCount(Math.max(this.#live, 16))).fill(-1);
    this.#used = 0;
    const mask = this.#slots.length - 1;
    for (const handle of old) {
      if (handle < 0) continue;
      let slot = this.#slotOf(handle);
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = handle;
      this.#used++;
    }
  }
}

function slotCount(keys: number): number {
  let count = 16;
  while (count < keys * 4) count *= 2;
  return count;
}

function wordAt(key: Key, offset: number): number {
  return (
    (((key[offset] ?? 0) << 24) |
      ((key[offset + 1] ?? 0) << 16) |
      ((key[offset + 2] ?? 0) << 8) |
      (key[offset + 3] ?? 0)) >>>
    0
  );
}

function enlarge<T extends Uint32Array | Float64Array>(from: T, to: T): T {
  to.set(from);
  return to;
}
