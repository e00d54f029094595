import { sha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { commonPrefixLength } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import { KeyTable } from '../keyspace/key-table.ts';
import { KeyTrie } from '../keyspace/key-trie.ts';
import { Rng } from '../keyspace/rng.ts';
import { Preimages } from '../wire/preimages.ts';
import { Exploration, regionLength, REGION_LOOKUPS_MAX } from './exploration.ts';
import type { ExplorationParts } from './exploration.ts';

const K = 20;

/** What an exploration works with where every point can be asked for. */
function partsOf(keys: KeyTable): ExplorationParts {
  return { keys, k: K, askable: (point) => point };
}

/** Random nodes and, around one key, nodes that share more bits with it than chance gives. */
function world(
  nodes: number,
  sybils: number,
  seed: number,
): { keys: KeyTable; key: Key; trie: KeyTrie } {
  const rng = new Rng(seed, 'world');
  const keys = new KeyTable(256);
  const key = rng.bytes(32);
  const handles = Array.from({ length: nodes }, () => keys.intern(rng.bytes(32)));
  for (let i = 0; i < sybils; i++) {
    const near = rng.bytes(32);
    near.set(key.subarray(0, 3));
    handles.push(keys.intern(near));
  }
  return { keys, key, trie: KeyTrie.from(keys, handles) };
}

/** Explores with lookups that always find the true k closest. */
function explore(
  world: { keys: KeyTable; key: Key; trie: KeyTrie },
  length: number,
  networkSize: number,
  askable: ExplorationParts['askable'] = (point) => point,
): Exploration {
  const { keys, key, trie } = world;
  const parts = { ...partsOf(keys), askable };
  const exploration = new Exploration(parts, { key, length, networkSize, lookupsMax: 10_000 });
  const out = new Int32Array(K);
  for (let target = exploration.next(); target >= 0; target = exploration.next()) {
    const found = trie.closest(target, K, out);
    exploration.learn(target, [...out.subarray(0, found)]);
  }
  return exploration;
}

describe('an exploration', () => {
  test('finds every node of its region and no other, in any network and with any Sybils', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2_000 }),
        fc.integer({ min: 0, max: 200 }),
        fc.integer({ min: 0, max: 6 }),
        fc.nat(1_000),
        (nodes, sybils, length, seed) => {
          const { keys, key, trie } = world(nodes, sybils, seed);
          // In a network said to be this large, no part of the keyspace is taken for empty.
          const { found } = explore({ keys, key, trie }, length, 2 ** 40);
          const wanted = Array.from(trie).filter(
            (node) => commonPrefixLength(keys.key(node), key) >= length,
          );
          expect(found.toSorted((a, b) => a - b)).toEqual(wanted.toSorted((a, b) => a - b));
        },
      ),
      { numRuns: 40 },
    );
  });

  test('finds them also where requests can carry only some points of the keyspace', () => {
    const { keys, key, trie } = world(2_000, 0, 3);
    const preimages = new Preimages();
    const asked: number[] = [];
    const askable = (point: Key, length: number): Key | null => {
      asked.push(length);
      return length > 16 ? null : sha256(preimages.of(point, length));
    };
    const { found, lookups } = explore({ keys, key, trie }, 0, 2_000, askable);
    expect(new Set(found)).toEqual(new Set(trie));
    expect(lookups).toBeLessThan(2 * (2_000 / K));
    expect(asked.length).toBeGreaterThanOrEqual(lookups);
  });

  test('that is askable nowhere ends', () => {
    const { keys, key, trie } = world(100, 0, 4);
    const { isDone, lookups } = explore({ keys, key, trie }, 0, 100, () => null);
    expect([isDone, lookups]).toEqual([true, 1]);
  });

  test('of the whole keyspace takes about one and a half lookups for every k nodes', () => {
    const exploration = explore(world(10_000, 0, 1), 0, 10_000);
    expect(exploration.found).toHaveLength(10_000);
    expect(exploration.lookups / (10_000 / K)).toBeLessThan(2);
    expect(exploration.lookups / (10_000 / K)).toBeGreaterThan(1);
  });

  test('of the region of one key takes few, though 160 Sybils are its closest nodes', () => {
    const { keys, key, trie } = world(10_000, 160, 2);
    const length = regionLength(10_000, 32);
    const { found, lookups } = explore({ keys, key, trie }, length, 10_000);
    const honest = Array.from(trie).filter((node) => {
      const shared = commonPrefixLength(keys.key(node), key);
      return shared >= length && shared < 24;
    });
    expect(honest.length).toBeGreaterThan(20);
    expect(honest.filter((node) => !found.includes(node))).toEqual([]);
    // Between the Sybils nobody is to be expected, so most of them are not looked for.
    expect(found.length - honest.length).toBeLessThan(60);
    expect(lookups).toBeLessThan(REGION_LOOKUPS_MAX / 2);
  });

  test('gives up when it has cost as many lookups as it may', () => {
    const { keys, key, trie } = world(1_000, 0, 3);
    const exploration = new Exploration(partsOf(keys), {
      key,
      length: 0,
      networkSize: 1_000,
      lookupsMax: 5,
    });
    const out = new Int32Array(K);
    let lookups = 0;
    for (let target = exploration.next(); target >= 0; target = exploration.next()) {
      trie.closest(target, K, out);
      exploration.learn(target, [...out]);
      lookups++;
    }
    expect([lookups, exploration.isDone]).toEqual([5, true]);
    expect(exploration.found.length).toBeGreaterThan(50);
  });

  test('of a network of fewer than k nodes is one lookup', () => {
    const exploration = explore(world(12, 0, 4), 0, 12);
    expect([exploration.found.length, exploration.lookups]).toEqual([12, 1]);
  });
});

test('a region is as long as it can be and hold enough', () => {
  expect(regionLength(10_000, 32)).toBe(8);
  expect(regionLength(64, 32)).toBe(1);
  expect(regionLength(63, 32)).toBe(0);
  expect(regionLength(1, 32)).toBe(0);
});
