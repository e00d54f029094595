import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bit, commonPrefixLength, compareDistance, distance, keyToHex } from './key.ts';
import type { Key } from './key.ts';
import { KeyTable } from './key-table.ts';

const keyBits = fc.constantFrom(8, 16, 160, 256);

/** Keys that share long prefixes with each other, so that 53 bits often cannot tell them apart. */
function relatives(bits: number, count: number): fc.Arbitrary<Key[]> {
  const length = bits / 8;
  const key = fc.uint8Array({ minLength: length, maxLength: length });
  const change = fc.tuple(fc.nat(length - 1), fc.nat(255));
  return fc
    .tuple(key, fc.array(change, { minLength: count, maxLength: count }))
    .map(([base, changes]) =>
      changes.map(([at, byte]) => base.map((old, i) => (i === at ? byte : old))),
    );
}

const three = keyBits.chain((bits) => fc.tuple(fc.constant(bits), relatives(bits, 3)));

describe('a table agrees with the plain functions', () => {
  test('on distances, also where the first 53 bits tie', () => {
    fc.assert(
      fc.property(three, ([bits, [target, a, b]]) => {
        const table = new KeyTable(bits);
        const [t, i, j] = [table.intern(target!), table.intern(a!), table.intern(b!)];
        const expected = Math.sign(compareDistance(target!, a!, b!));
        expect(Math.sign(table.compareDistance(t, i, j))).toBe(expected);
        const prefixes = Math.sign(table.distancePrefix(i, t) - table.distancePrefix(j, t));
        expect(prefixes === 0 || prefixes === expected).toBe(true);
      }),
    );
  });

  test('on the first 53 bits of a distance, which are exact', () => {
    fc.assert(
      fc.property(three, ([bits, [a, b]]) => {
        const table = new KeyTable(bits);
        const hex = keyToHex(distance(a!, b!)).padEnd(14, '0').slice(0, 14);
        const first53 = Number(BigInt(`0x${hex}`) >> 3n);
        expect(table.distancePrefix(table.intern(a!), table.intern(b!))).toBe(first53);
      }),
    );
  });

  test('on common prefixes, bits and bytes', () => {
    fc.assert(
      fc.property(three, ([bits, [a, b]]) => {
        const table = new KeyTable(bits);
        const [i, j] = [table.intern(a!), table.intern(b!)];
        expect(table.commonPrefixLength(i, j)).toBe(commonPrefixLength(a!, b!));
        expect(table.key(i)).toEqual(a);
        for (let at = 0; at < bits; at++) expect(table.bit(i, at)).toBe(bit(a!, at));
      }),
    );
  });

  test('keys that differ in the last bit only are told apart by the whole key', () => {
    const table = new KeyTable(256);
    const key = (last: number): Key => new Uint8Array(32).fill(last, 31);
    const [zero, one, two] = [0, 1, 2].map((last) => table.intern(key(last)));
    expect(table.distancePrefix(zero!, one!)).toBe(table.distancePrefix(zero!, two!));
    expect(table.compareDistance(zero!, one!, two!)).toBeLessThan(0);
    expect(table.compareDistance(one!, one!, two!)).toBeLessThan(0);
    expect(table.compareDistance(two!, one!, two!)).toBeGreaterThan(0);
    expect(table.compareDistance(two!, one!, one!)).toBe(0);
  });
});

describe('interning', () => {
  test('equal keys have equal handles until the last reference is released', () => {
    const table = new KeyTable(8);
    const a = table.intern(Uint8Array.of(7));
    expect(table.intern(Uint8Array.of(7))).toBe(a);
    expect(table.find(Uint8Array.of(7))).toBe(a);
    table.retain(a);
    table.release(a);
    table.release(a);
    expect(table.size).toBe(1);
    table.release(a);
    expect(table.size).toBe(0);
    expect(table.find(Uint8Array.of(7))).toBe(-1);
  });

  test('a freed handle serves another key, under a serial number that was never used', () => {
    const table = new KeyTable(8);
    const a = table.intern(Uint8Array.of(1));
    const serial = table.serial(a);
    table.release(a);
    const b = table.intern(Uint8Array.of(2));
    expect(b).toBe(a);
    expect(table.serial(b)).not.toBe(serial);
    expect(table.key(b)).toEqual(Uint8Array.of(2));
  });

  test('what is not held can be neither retained nor released', () => {
    const table = new KeyTable(8);
    const a = table.intern(Uint8Array.of(1));
    table.release(a);
    expect(() => table.release(a)).toThrow('once per reference');
    expect(() => table.retain(a)).toThrow('only a held key');
    expect(() => table.release(99)).toThrow();
    expect(() => table.release(-1)).toThrow();
  });

  test('keys of another size are refused, and never found', () => {
    const table = new KeyTable(16);
    expect(() => table.intern(Uint8Array.of(1))).toThrow('2 bytes, not 1');
    table.intern(Uint8Array.of(1, 0));
    expect(() => table.find(Uint8Array.of(1))).toThrow('2 bytes, not 1');
    for (const bits of [0, 4, 12, 264]) expect(() => new KeyTable(bits)).toThrow('8 to 256 bits');
  });

  test('on random scripts it is a map of counted keys, through growth and tombstones', () => {
    const command = fc.tuple(fc.constantFrom('intern', 'intern', 'release'), fc.nat(60));
    fc.assert(
      fc.property(
        fc.array(command, { maxLength: 400 }),
        fc.constantFrom(0, 64),
        (script, space) => {
          const table = new KeyTable(16, space);
          const model = new Map<number, { handle: number; serial: number; count: number }>();
          const serials = new Set<number>();
          for (const [what, name] of script) {
            const key = Uint8Array.of(name >>> 4, name << 4);
            const known = model.get(name);
            if (what === 'intern') {
              const handle = table.intern(key);
              if (known === undefined) {
                expect(serials.has(table.serial(handle))).toBe(false);
                serials.add(table.serial(handle));
                model.set(name, { handle, serial: table.serial(handle), count: 1 });
              } else {
                expect(handle).toBe(known.handle);
                expect(table.serial(handle)).toBe(known.serial);
                known.count++;
              }
            } else if (known !== undefined) {
              table.release(known.handle);
              if (--known.count === 0) model.delete(name);
            }
            expect(table.size).toBe(model.size);
          }
          for (const [name, { handle }] of model) {
            expect(table.find(Uint8Array.of(name >>> 4, name << 4))).toBe(handle);
          }
        },
      ),
    );
  });

  test('a stream of passing keys does not fill the table with tombstones', () => {
    const table = new KeyTable(32, 16);
    const stays = table.intern(Uint8Array.of(255, 255, 255, 255));
    for (let i = 0; i < 10_000; i++) {
      table.release(table.intern(Uint8Array.of(i >>> 24, i >>> 16, i >>> 8, i)));
    }
    expect(table.size).toBe(1);
    expect(table.find(Uint8Array.of(255, 255, 255, 255))).toBe(stays);
    expect(table.intern(Uint8Array.of(0, 0, 0, 1))).toBeLessThan(2);
  });
});
