// Keys of the keyspace and their XOR metric (Maymounkov & Mazières 2002, §2.1).
//
// A key is a fixed-size binary number, big-endian: bit 0 is the most significant, as the paper draws
// its tree. 32 bytes for the IPFS DHT, 20 for Mainline, 1 for tests that a reader can check by eye.
// This module is the plain, readable form; hot paths use `KeyTable`, and a property test holds the
// two together.

/** A point of the keyspace: `keyBits / 8` bytes, big-endian. */
export type Key = Uint8Array;

/**
 * The XOR distance between two keys, as a key-sized big-endian number.
 *
 * @example
 * ```ts
 * keyToBits(distance(keyFromBits('01100000'), keyFromBits('01010000'))) // '00110000'
 * ```
 */
export function distance(a: Key, b: Key): Key {
  assertSameLength(a, b);
  const result = new Uint8Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = a[i]! ^ b[i]!;
  return result;
}

/**
 * Orders two keys by their distance to `target`: negative when `a` is closer, positive when `b` is,
 * zero only when they are the same key, because the metric is unidirectional (§2.1).
 *
 * @example
 * ```ts
 * compareDistance(keyFromBits('00000000'), keyFromBits('00000001'), keyFromBits('00000010')) < 0 // true
 * ```
 */
export function compareDistance(target: Key, a: Key, b: Key): number {
  assertSameLength(target, a);
  assertSameLength(target, b);
  for (let i = 0; i < target.length; i++) {
    const difference = (a[i]! ^ target[i]!) - (b[i]! ^ target[i]!);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Orders two keys of the same size as numbers: negative when `a` is smaller. */
export function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * How many leading bits two keys share; the number of bits of the key when they are equal.
 *
 * @example
 * ```ts
 * commonPrefixLength(keyFromBits('01100000'), keyFromBits('01010000')) // 2
 * ```
 */
export function commonPrefixLength(a: Key, b: Key): number {
  assertSameLength(a, b);
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! ^ b[i]!;
    if (difference !== 0) return i * 8 + Math.clz32(difference) - 24;
  }
  return a.length * 8;
}

/** Bit `index` of a key, counted from the most significant. */
export function bit(key: Key, index: number): 0 | 1 {
  return ((key[index >>> 3]! >>> (7 - (index & 7))) & 1) as 0 | 1;
}

/**
 * Lower-case hexadecimal, two digits a byte.
 *
 * @example
 * ```ts
 * keyToHex(keyFromHex('00ff10')) // '00ff10'
 * ```
 */
export function keyToHex(key: Key): string {
  let text = '';
  for (const byte of key) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}

/** The inverse of `keyToHex`. Throws a `RangeError` when the text is not whole bytes of hexadecimal. */
export function keyFromHex(hex: string): Key {
  if (!/^(?:[0-9a-f]{2})+$/i.test(hex)) {
    throw new RangeError(`a key is written as pairs of hexadecimal digits, not '${hex}'`);
  }
  const key = new Uint8Array(hex.length / 2);
  for (let i = 0; i < key.length; i++) key[i] = Number.parseInt(hex.slice(2 * i, 2 * i + 2), 16);
  return key;
}

/** The first `count` bits as a string of 0 and 1; all of them without `count`. */
export function keyToBits(key: Key, count: number = key.length * 8): string {
  let text = '';
  for (let i = 0; i < count; i++) text += bit(key, i);
  return text;
}

/** A key from a string of 0 and 1. Throws a `RangeError` unless it makes whole bytes. */
export function keyFromBits(bits: string): Key {
  if (bits.length % 8 !== 0 || !/^[01]+$/.test(bits)) {
    throw new RangeError(`a key in bits is a multiple of eight digits 0 or 1, not '${bits}'`);
  }
  const key = new Uint8Array(bits.length / 8);
  for (let i = 0; i < bits.length; i++) {
    if (bits[i] === '1') key[i >>> 3]! |= 0x80 >>> (i & 7);
  }
  return key;
}

/** True when both keys have the same bytes. */
export function equalKeys(a: Key, b: Key): boolean {
  return a.length === b.length && commonPrefixLength(a, b) === a.length * 8;
}

function assertSameLength(a: Key, b: Key): void {
  if (a.length !== b.length) {
    throw new RangeError(`keys of ${a.length} and ${b.length} bytes are not in one keyspace`);
  }
}
