import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  bit,
  commonPrefixLength,
  compareDistance,
  distance,
  equalKeys,
  keyFromBits,
  keyFromHex,
  keyToBits,
  keyToHex,
} from './key.ts';
import type { Key } from './key.ts';

const bytes = fc.constantFrom(1, 20, 32);

/** Some keys of one keyspace: short ones meet often, long ones share prefixes when they are told to. */
function keys(count: number): fc.Arbitrary<Key[]> {
  return bytes.chain((length) => {
    const key = fc.uint8Array({ minLength: length, maxLength: length });
    const relative = fc
      .tuple(key, key, fc.nat(length))
      .map(([a, b, shared]) => a.map((byte, i) => (i < shared ? byte : b[i]!)));
    return fc.array(fc.oneof(key, relative), { minLength: count, maxLength: count });
  });
}

const asNumber = (key: Key): bigint => BigInt(`0x${keyToHex(key)}`);

describe('§2.1: XOR is a metric', () => {
  test('the distance of two keys is 0 exactly when they are the same', () => {
    fc.assert(
      fc.property(keys(2), ([a, b]) => {
        expect(asNumber(distance(a!, a!))).toBe(0n);
        expect(asNumber(distance(a!, b!)) === 0n).toBe(equalKeys(a!, b!));
      }),
    );
  });

  test('it is symmetric', () => {
    fc.assert(fc.property(keys(2), ([a, b]) => equalKeys(distance(a!, b!), distance(b!, a!))));
  });

  test('no detour is shorter', () => {
    fc.assert(
      fc.property(keys(3), ([a, b, c]) => {
        const detour = asNumber(distance(a!, b!)) + asNumber(distance(b!, c!));
        expect(detour >= asNumber(distance(a!, c!))).toBe(true);
      }),
    );
  });

  test('it is unidirectional: from a key, every distance leads to one key only', () => {
    fc.assert(
      fc.property(keys(2), ([a, d]) => {
        const there = distance(a!, d!);
        expect(equalKeys(distance(a!, there), d!)).toBe(true);
        expect(equalKeys(there, a!)).toBe(asNumber(d!) === 0n);
      }),
    );
  });
});

describe('comparing distances', () => {
  test('agrees with the distances as numbers', () => {
    fc.assert(
      fc.property(keys(3), ([target, a, b]) => {
        const expected = asNumber(distance(a!, target!)) - asNumber(distance(b!, target!));
        const found = compareDistance(target!, a!, b!);
        expect(Math.sign(found)).toBe(expected < 0n ? -1 : expected > 0n ? 1 : 0);
      }),
    );
  });

  test('a key with a longer common prefix is closer', () => {
    fc.assert(
      fc.property(keys(3), ([target, a, b]) => {
        const [near, far] = [commonPrefixLength(target!, a!), commonPrefixLength(target!, b!)];
        if (near > far) expect(compareDistance(target!, a!, b!)).toBeLessThan(0);
      }),
    );
  });

  test('keys of different lengths are not in one keyspace', () => {
    const [short, long] = [keyFromHex('00'), keyFromHex('0000')];
    expect(() => distance(short, long)).toThrow(RangeError);
    expect(() => compareDistance(short, long, short)).toThrow('1 and 2 bytes');
    expect(() => compareDistance(short, short, long)).toThrow(RangeError);
    expect(() => commonPrefixLength(short, long)).toThrow(RangeError);
    expect(equalKeys(short, long)).toBe(false);
  });
});

describe('the common prefix', () => {
  test('is the number of leading zeros of the distance', () => {
    fc.assert(
      fc.property(keys(2), ([a, b]) => {
        const bits = keyToBits(distance(a!, b!));
        const first = bits.indexOf('1');
        expect(commonPrefixLength(a!, b!)).toBe(first < 0 ? bits.length : first);
      }),
    );
  });

  test('of 8-bit keys can be read off', () => {
    expect(commonPrefixLength(keyFromBits('01100000'), keyFromBits('01010000'))).toBe(2);
    expect(commonPrefixLength(keyFromBits('01100000'), keyFromBits('11100000'))).toBe(0);
    expect(commonPrefixLength(keyFromBits('01100000'), keyFromBits('01100001'))).toBe(7);
    expect(commonPrefixLength(keyFromBits('01100000'), keyFromBits('01100000'))).toBe(8);
  });
});

describe('keys as text', () => {
  test('bits and hexadecimal digits lead back to the key', () => {
    fc.assert(
      fc.property(keys(1), ([key]) => {
        expect(keyFromHex(keyToHex(key!))).toEqual(key);
        expect(keyFromHex(keyToHex(key!).toUpperCase())).toEqual(key);
        expect(keyFromBits(keyToBits(key!))).toEqual(key);
      }),
    );
  });

  test('bit 0 is the most significant', () => {
    const key = keyFromBits('10000001');
    expect([0, 1, 6, 7].map((index) => bit(key, index))).toEqual([1, 0, 0, 1]);
    expect(keyToBits(key, 3)).toBe('100');
    expect(keyToBits(key, 0)).toBe('');
  });

  test('anything but whole bytes is refused', () => {
    for (const hex of ['', '0', 'abc', '0x10', '00 1', 'zz']) {
      expect(() => keyFromHex(hex)).toThrow(RangeError);
    }
    for (const bits of ['', '0', '0101010', '010101012', '0101 0101']) {
      expect(() => keyFromBits(bits)).toThrow(RangeError);
    }
  });
});
