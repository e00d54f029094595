import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compareDistance } from '../keyspace/key.ts';
import { Rng } from '../keyspace/rng.ts';
import { Kademlia } from '../kademlia/kademlia.ts';
import { PAPER } from '../kademlia/profile.ts';
import type { Host } from '../kademlia/context.ts';
import { createPopulation, Oracle, TableSampler } from './population.ts';

describe('a population', () => {
  test('has different keys in ascending order, so that a handle is a rank', () => {
    for (const [count, bits] of [
      [256, 8],
      [1_000, 16],
      [500, 160],
      [500, 256],
    ] as const) {
      const keys = createPopulation(count, bits, new Rng(3));
      expect(keys.size).toBe(count);
      const zero = new Uint8Array(bits / 8);
      for (let i = 1; i < count; i++)
        expect(compareDistance(zero, keys.key(i - 1), keys.key(i))).toBeLessThan(0);
    }
  });

  test('is spread evenly', () => {
    const keys = createPopulation(8_000, 256, new Rng(4));
    for (let index = 0; index < 256; index += 15) {
      let ones = 0;
      for (let node = 0; node < 8_000; node++) ones += keys.bit(node, index);
      expect(Math.abs(ones - 4_000)).toBeLessThan(5 * 45);
    }
  });

  test('must fit its keyspace', () => {
    expect(() => createPopulation(257, 8, new Rng(1))).toThrow('8 bits has no room for 257');
  });
});

test('the oracle finds whom brute force finds, with nodes offline', () => {
  const world = fc.record({
    bits: fc.constantFrom(8, 256),
    count: fc.integer({ min: 1, max: 100 }),
    seed: fc.nat(1_000),
    offline: fc.array(fc.nat(99), { maxLength: 90 }),
    k: fc.integer({ min: 1, max: 25 }),
    except: fc.integer({ min: -1, max: 99 }),
  });
  fc.assert(
    fc.property(world, ({ bits, count, seed, offline, k, except }) => {
      const keys = createPopulation(count, bits, new Rng(seed));
      const target = keys.intern(new Rng(seed, 'target').bytes(bits / 8));
      const gone = new Set(offline);
      const isThere = (node: number): boolean => !gone.has(node);
      const expected = Array.from({ length: count }, (_, node) => node)
        .filter((node) => isThere(node) && node !== except)
        .toSorted((a, b) => keys.compareDistance(target, a, b))
        .slice(0, k);
      expect(new Oracle(keys, count, isThere).closest(target, k, except)).toEqual(expected);
    }),
  );
});

describe('sampled tables', () => {
  const K = 4;

  function sample(count: number, present: readonly number[], node: number): number[][] {
    const keys = createPopulation(count, 160, new Rng(5));
    const engine = new Kademlia({
      profile: { ...PAPER, k: K },
      keys,
      host: {} as Host,
      capacity: count,
    });
    for (let i = 0; i < count; i++) engine.addNode(i);
    const rng = new Rng(6);
    const sampler = new TableSampler({
      engine,
      keys,
      present: Int32Array.from(present),
      rng,
      k: K,
    });
    for (let other = 0; other < node; other++) sampler.fill(other);
    sampler.fill(node);
    return Array.from({ length: engine.tables.bucketCount(node) }, (_, index) => {
      const bucket = engine.tables.bucket(node, index);
      const size = engine.tables.buckets.size(bucket);
      return Array.from({ length: size }, (_, at) => engine.tables.buckets.contact(bucket, at));
    });
  }

  /** The nodes of each range that share exactly so many bits with `node`. */
  function ranges(count: number, present: readonly number[], node: number): Map<number, number[]> {
    const keys = createPopulation(count, 160, new Rng(5));
    const ranges = new Map<number, number[]>();
    for (const other of present) {
      if (other === node) continue;
      const shared = keys.commonPrefixLength(node, other);
      ranges.set(shared, [...(ranges.get(shared) ?? []), other]);
    }
    return ranges;
  }

  const everybody = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

  test('know of each range everybody, or k of them', () => {
    for (const node of [0, 1, 77, 199]) {
      const table = sample(200, everybody(200), node);
      const contacts = table.flat();
      expect(new Set(contacts).size).toBe(contacts.length);
      expect(contacts).not.toContain(node);
      for (const range of ranges(200, everybody(200), node).values()) {
        const known = range.filter((other) => contacts.includes(other));
        expect(known.length).toBe(Math.min(K, range.length));
      }
    }
  });

  test('draw the k from all of a large range', () => {
    const seen = new Set(
      Array.from({ length: 60 }, (_, node) => sample(200, everybody(200), node)[0]!).flat(),
    );
    expect(seen.size).toBeGreaterThan(70);
  });

  test('hold nobody but those who are present', () => {
    const present = everybody(200).filter((node) => node % 3 === 0);
    for (const contact of sample(200, present, 0).flat()) expect(contact % 3).toBe(0);
  });

  test('of a node that is not among them hold its nearest neighbour, too', () => {
    const present = everybody(200).filter((node) => node % 3 === 0);
    for (const node of [1, 50, 100, 199]) {
      const contacts = new Set(sample(200, present, node).flat());
      for (const range of ranges(200, present, node).values()) {
        expect(range.filter((other) => contacts.has(other)).length).toBe(Math.min(K, range.length));
      }
    }
  });

  test('of a node that is alone are empty', () => {
    expect(sample(2, [0], 0).flat()).toEqual([]);
    expect(sample(2, [0], 1).flat()).toEqual([0]);
    expect(sample(2, [], 1).flat()).toEqual([]);
  });
});
