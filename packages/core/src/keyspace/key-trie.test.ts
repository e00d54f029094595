import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyFromBits, keyToBits } from './key.ts';
import type { Key } from './key.ts';
import { KeyTable } from './key-table.ts';
import type { KeyHandle } from './key-table.ts';
import { KeyTrie, KeyTrieBuilder } from './key-trie.ts';
import { Rng } from './rng.ts';

/** Few bits of different keys, so that subtrees are crowded, lopsided and empty. */
const keyBits = fc.constantFrom(8, 16, 256);
const keyed = keyBits.chain((bits) =>
  fc.record({
    bits: fc.constant(bits),
    keys: fc.array(sparse(bits), { maxLength: 60 }),
    target: sparse(bits),
    count: fc.nat(70),
    prefixLength: fc.nat(bits),
  }),
);

/** Keys whose bytes are mostly zero: they share long prefixes. */
function sparse(bits: number): fc.Arbitrary<Key> {
  const byte = fc.oneof(fc.constant(0), fc.nat(3), fc.nat(255));
  return fc
    .array(byte, { minLength: bits / 8, maxLength: bits / 8 })
    .map((b) => Uint8Array.from(b));
}

function trieOf(bits: number, keys: readonly Key[]): { table: KeyTable; trie: KeyTrie } {
  const table = new KeyTable(bits);
  const handles = keys.map((key) => table.intern(key));
  return { table, trie: KeyTrie.from(table, handles) };
}

/** The different keys as text, ascending. */
function texts(keys: Iterable<Key>): string[] {
  return [...new Set([...keys].map((key) => keyToBits(key)))].toSorted();
}

const textOf = (table: KeyTable, handles: Iterable<KeyHandle>): string[] =>
  [...handles].map((handle) => keyToBits(table.key(handle)));

function random(count: number, seed: number): { table: KeyTable; handles: Int32Array; rng: Rng } {
  const rng = new Rng(seed, 'trie');
  const table = new KeyTable(256, count);
  const handles = Int32Array.from({ length: count }, () => table.intern(rng.bytes(32)));
  return { table, handles, rng };
}

describe('a trie agrees with a list of keys', () => {
  test('on their order, their number and their ranks', () => {
    fc.assert(
      fc.property(keyed, ({ bits, keys, target }) => {
        const { table, trie } = trieOf(bits, keys);
        const expected = texts(keys);
        expect(trie.size).toBe(expected.length);
        expect(textOf(table, trie)).toEqual(expected);
        expect(textOf(table, trie.slice())).toEqual(expected);
        expect(textOf(table, trie.slice(1, 3))).toEqual(expected.slice(1, 3));
        for (let rank = 0; rank < trie.size; rank++) expect(trie.rank(trie.at(rank))).toBe(rank);
        expect(trie.rank(table.intern(target))).toBe(expected.indexOf(keyToBits(target)));
      }),
    );
  });

  test('on the closest to a target, nearest first', () => {
    fc.assert(
      fc.property(keyed, ({ bits, keys, target, count }) => {
        const { table, trie } = trieOf(bits, keys);
        const to = table.intern(target);
        const expected = [...trie].toSorted((a, b) => table.compareDistance(to, a, b));
        const out = new Int32Array(count).fill(-1);
        expect(trie.closest(to, count, out)).toBe(Math.min(count, trie.size));
        expect([...out].slice(0, trie.size)).toEqual(expected.slice(0, count));
      }),
    );
  });

  test('on who begins with a prefix', () => {
    fc.assert(
      fc.property(keyed, ({ bits, keys, target, prefixLength }) => {
        const { table, trie } = trieOf(bits, keys);
        const key = table.intern(target);
        const prefix = keyToBits(target, prefixLength);
        const expected = texts(keys).filter((text) => text.startsWith(prefix));
        const [low, high] = trie.range(key, prefixLength);
        expect(textOf(table, trie.slice(low, high))).toEqual(expected);
        expect(trie.countWithPrefix(key, prefixLength)).toBe(expected.length);
      }),
    );
  });

  test('among a hundred thousand keys', () => {
    const { table, handles, rng } = random(100_000, 1);
    const trie = KeyTrie.from(table, handles);
    const out = new Int32Array(20);
    for (let i = 0; i < 5; i++) {
      const target = table.intern(rng.bytes(32));
      trie.closest(target, 20, out);
      const expected = handles.toSorted((a, b) => table.compareDistance(target, a, b));
      expect(out).toEqual(expected.slice(0, 20));
    }
  });
});

describe('regions', () => {
  const withMinimum = fc.tuple(keyed, fc.integer({ min: 1, max: 8 }));

  test('cover the keyspace without overlap, each with its prefix and enough keys', () => {
    fc.assert(
      fc.property(withMinimum, ([{ bits, keys }, minimum]) => {
        const { table, trie } = trieOf(bits, keys);
        const regions = trie.regions(minimum);
        let end = 0;
        let share = 0;
        for (const { prefixLength, low, high } of regions) {
          expect(low).toBe(end);
          end = high;
          share += 2 ** -prefixLength;
          if (regions.length > 1) expect(high - low).toBeGreaterThanOrEqual(minimum);
          if (high > low) expect(trie.range(trie.at(low), prefixLength)).toEqual([low, high]);
        }
        expect(end).toBe(trie.size);
        expect(share).toBe(1);
        expect(table.size).toBe(trie.size);
      }),
    );
  });

  test('are as small as they can be: one half of each would hold too few', () => {
    fc.assert(
      fc.property(withMinimum, ([{ bits, keys }, minimum]) => {
        const { table, trie } = trieOf(bits, keys);
        for (const { prefixLength, low, high } of trie.regions(minimum)) {
          const inside = textOf(table, trie.slice(low, high));
          const ones = inside.filter((text) => text[prefixLength] === '1').length;
          expect(Math.min(ones, inside.length - ones)).toBeLessThan(minimum);
        }
      }),
    );
  });

  test('of a hand-made trie are these', () => {
    const keys = ['00100000', '01100000', '01110000', '10100000', '11010000'].map(keyFromBits);
    const { trie } = trieOf(8, keys);
    expect(trie.regions(2)).toEqual([
      { prefixLength: 1, low: 0, high: 3 },
      { prefixLength: 1, low: 3, high: 5 },
    ]);
    // 011 holds two keys, but 010 none.
    expect(trie.regions(1)).toEqual([
      { prefixLength: 2, low: 0, high: 1 },
      { prefixLength: 2, low: 1, high: 3 },
      { prefixLength: 2, low: 3, high: 4 },
      { prefixLength: 2, low: 4, high: 5 },
    ]);
    expect(trie.regions(6)).toEqual([{ prefixLength: 0, low: 0, high: 5 }]);
    expect(() => trie.regions(0)).toThrow('at least one key');
  });

  test('hold between one and a few times the minimum of random keys', () => {
    const { table, handles } = random(20_000, 2);
    const regions = KeyTrie.from(table, handles).regions(20);
    // Between 20,000 / 40, when all are just too small to divide, and 20,000 / 20.
    expect(regions.length).toBeGreaterThan(400);
    expect(regions.length).toBeLessThan(1_000);
    expect(Math.max(...regions.map(({ low, high }) => high - low))).toBeLessThan(100);
  });
});

test('an empty trie answers everything', () => {
  const { table, trie } = trieOf(8, []);
  const target = table.intern(Uint8Array.of(1));
  expect(trie.closest(target, 3, new Int32Array(3))).toBe(0);
  expect(trie.range(target, 4)).toEqual([0, 0]);
  expect(trie.regions(20)).toEqual([{ prefixLength: 0, low: 0, high: 0 }]);
  expect(trie.rank(target)).toBe(-1);
  expect(() => trie.at(0)).toThrow('no rank 0');
});

describe('a builder', () => {
  test('is a set: whatever is inserted and removed, its trie holds what is left', () => {
    const command = fc.tuple(fc.constantFrom('insert', 'insert', 'remove', 'build'), fc.nat(40));
    fc.assert(
      fc.property(fc.array(command, { maxLength: 300 }), (script) => {
        const table = new KeyTable(16);
        const builder = new KeyTrieBuilder(table);
        const model = new Set<KeyHandle>();
        for (const [what, name] of script) {
          const key = table.intern(Uint8Array.of(name * 37, name));
          if (what === 'insert') {
            expect(builder.insert(key)).toBe(!model.has(key));
            model.add(key);
          } else if (what === 'remove') {
            expect(builder.remove(key)).toBe(model.delete(key));
          } else {
            expect([...builder.build()]).toEqual([...KeyTrie.from(table, model)]);
            expect(builder.build()).toBe(builder.build());
          }
          expect(builder.size).toBe(model.size);
          expect(builder.has(key)).toBe(model.has(key));
        }
        expect([...builder.build()]).toEqual([...KeyTrie.from(table, model)]);
      }),
    );
  });

  test('merges by itself, and a trie once made does not change', () => {
    const { table, handles } = random(5_000, 3);
    const builder = new KeyTrieBuilder(table, KeyTrie.from(table, handles.slice(0, 1_000)));
    const early = builder.build();
    for (const handle of handles) builder.insert(handle);
    expect(early.size).toBe(1_000);
    expect(builder.size).toBe(5_000);
    for (const handle of handles.slice(0, 2_500)) builder.remove(handle);
    expect(builder.build().slice()).toEqual(KeyTrie.from(table, handles.slice(2_500)).slice());
    expect(early.slice()).toEqual(KeyTrie.from(table, handles.slice(0, 1_000)).slice());
  });
});
