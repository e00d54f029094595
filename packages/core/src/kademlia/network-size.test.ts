import { describe, expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { KeyTrie } from '../keyspace/key-trie.ts';
import { Rng } from '../keyspace/rng.ts';
import { type Neighbourhood, NetworkSizes } from './network-size.ts';

const K = 20;
const HOUR_MS = 3_600_000;

function neighbourhood(capacity = K): Neighbourhood {
  return { target: 0, distances: new Float64Array(capacity), count: 0 };
}

/** Fills `found` with what a lookup for a random target finds among `nodes` random ids. */
function lookUp(nodes: number, rng: Rng, found: Neighbourhood): Neighbourhood {
  found.target = rng.uint32();
  found.count = found.distances.length;
  // The least of m uniform numbers is 1 - U^(1/m), and the others are uniform beyond it.
  let rest = 1;
  for (let i = 0; i < found.count; i++) {
    rest *= Math.pow((rng.uint32() + 0.5) / 4294967296, 1 / (nodes - i));
    found.distances[i] = 1 - rest;
  }
  return found;
}

function scale(found: Neighbourhood, factor: number): Neighbourhood {
  for (let i = 0; i < found.count; i++) found.distances[i]! *= factor;
  return found;
}

/** All k contacts are Sybils that are closer than the nearest honest node. */
function crowd(found: Neighbourhood): Neighbourhood {
  const nearest = found.distances[0]!;
  for (let i = 0; i < found.count; i++)
    found.distances[i] = (nearest * (i + 1)) / (found.count + 1);
  return found;
}

/** Mean and root mean square of the relative error over many networks. */
function errorOf(trials: number, estimate: () => number): { bias: number; error: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < trials; i++) {
    const relative = estimate() - 1;
    sum += relative;
    squares += relative * relative;
  }
  return { bias: sum / trials, error: Math.sqrt(squares / trials) };
}

/** The line of go-libp2p-kad-dht through the mean distances of all ranks, each weighted by its deviation. */
function lineEstimate(lookups: readonly Float64Array[]): number {
  let above = 0;
  let below = 0;
  for (let rank = 1; rank <= K; rank++) {
    const values = lookups.map((distances) => distances[rank - 1]!);
    const mean = values.reduce((a, b) => a + b) / values.length;
    const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
    const deviation = Math.sqrt(squares / (values.length - 1));
    above += deviation * rank * mean;
    below += deviation * rank * rank;
  }
  return below / above - 1;
}

describe('the estimate', () => {
  test.each([
    [1_000, 5],
    [10_000, 5],
    [10_000, 16],
    [100_000, 16],
  ])('of %i nodes from %i lookups is unbiased and as exact as it can be', (nodes, lookups) => {
    const rng = new Rng(nodes + lookups, 'size');
    const sizes = new NetworkSizes(K);
    const found = neighbourhood();
    const { bias, error } = errorOf(2_000, () => {
      sizes.forget(0);
      let size = null;
      for (let i = 0; i < lookups || size === null; i++) {
        sizes.observe(0, lookUp(nodes, rng, found), 0);
        size = sizes.estimate(0, 0);
      }
      return size.nodes / nodes;
    });
    const bound = 1 / Math.sqrt(K * lookups);
    expect(Math.abs(bias)).toBeLessThan(0.01);
    expect(error).toBeLessThan(1.1 * bound);
    expect(error).toBeGreaterThan(0.85 * bound);
  });

  test('says how exact it is', () => {
    const rng = new Rng(1, 'size');
    const sizes = new NetworkSizes(K);
    for (let i = 0; i < 40; i++) sizes.observe(0, lookUp(1e6, rng, neighbourhood()), 0);
    expect(sizes.estimate(0, 0)!.shape).toBe(16 * K);
  });

  test('errs less than a line through the mean distances', () => {
    const rng = new Rng(2, 'size');
    const sizes = new NetworkSizes(K);
    const ours: number[] = [];
    const lines: number[] = [];
    for (let i = 0; i < 2_000; i++) {
      const lookups = Array.from({ length: 8 }, () => lookUp(1e6, rng, neighbourhood()));
      sizes.forget(0);
      for (const found of lookups) sizes.observe(0, found, 0);
      ours.push(sizes.estimate(0, 0)!.nodes / 1e6);
      lines.push(lineEstimate(lookups.map(({ distances }) => distances)) / 1e6);
    }
    const own = errorOf(2_000, () => ours.pop()!);
    const line = errorOf(2_000, () => lines.pop()!);
    expect(own.error).toBeLessThan(line.error);
    expect(Math.abs(own.bias)).toBeLessThan(line.bias);
  });

  test.each([
    ['whose targets are surrounded by Sybils', crowd],
    ['that were cut short', (found: Neighbourhood) => scale(found, 30)],
  ])('is not moved by a quarter of lookups %s', (_, spoil) => {
    const rng = new Rng(3, 'size');
    const sizes = new NetworkSizes(K);
    const { bias, error } = errorOf(500, () => {
      sizes.forget(0);
      for (let i = 0; i < 16; i++) {
        const found = lookUp(100_000, rng, neighbourhood());
        sizes.observe(0, i % 4 === 1 ? spoil(found) : found, 0);
      }
      return sizes.estimate(0, 0)!.nodes / 100_000;
    });
    expect(Math.abs(bias)).toBeLessThan(0.02);
    expect(error).toBeLessThan(0.08);
  });

  test('of real ids is right, for random targets as for the ids of nodes', () => {
    const rng = new Rng(4, 'size');
    const keys = new KeyTable(256, 6_000);
    const trie = KeyTrie.from(
      keys,
      Array.from({ length: 5_000 }, () => keys.intern(rng.bytes(32))),
    );
    const sizes = new NetworkSizes(K);
    const found = neighbourhood();
    const closest = new Int32Array(K);
    const { bias, error } = errorOf(200, () => {
      sizes.forget(0);
      for (let i = 0; i < 12; i++) {
        const target = i % 2 === 0 ? keys.intern(rng.bytes(32)) : trie.at(rng.below(trie.size));
        found.count = trie.closest(target, K, closest);
        for (let j = 0; j < K; j++) {
          found.distances[j] = keys.distancePrefix(target, closest[j]!) / 2 ** 53;
        }
        found.target = new DataView(keys.key(target).buffer).getUint32(0);
        sizes.observe(0, found, 0);
      }
      return sizes.estimate(0, 0)!.nodes / 5_000;
    });
    expect(Math.abs(bias)).toBeLessThan(0.02);
    expect(error).toBeLessThan(0.09);
  });
});

describe('a measurement', () => {
  test('is too little alone: there is no estimate before the fifth', () => {
    const rng = new Rng(5, 'size');
    const sizes = new NetworkSizes(K);
    expect(sizes.estimate(7, 0)).toBeNull();
    for (let i = 0; i < 5; i++) {
      expect(sizes.estimate(7, 0)).toBeNull();
      sizes.observe(7, lookUp(1e6, rng, neighbourhood()), 0);
    }
    expect(sizes.estimate(7, 0)).not.toBeNull();
    expect(sizes.estimate(6, 0)).toBeNull();
    expect(sizes.estimate(8, 0)).toBeNull();
  });

  test('that half of the others contradict makes no estimate, rather than a wrong one', () => {
    const rng = new Rng(8, 'size');
    const sizes = new NetworkSizes(K);
    for (let i = 0; i < 4; i++) sizes.observe(0, lookUp(1_000, rng, neighbourhood()), 0);
    for (let i = 0; i < 4; i++) sizes.observe(0, lookUp(1e9, rng, neighbourhood()), 0);
    expect(sizes.estimate(0, 0)).toBeNull();
    sizes.observe(0, lookUp(1_000, rng, neighbourhood()), 0);
    expect(sizes.estimate(0, 0)!.nodes).toBeLessThan(2_000);
  });

  test('counts for two hours', () => {
    const rng = new Rng(6, 'size');
    const sizes = new NetworkSizes(K);
    for (let i = 0; i < 5; i++) sizes.observe(0, lookUp(1e6, rng, neighbourhood()), i * HOUR_MS);
    expect(sizes.estimate(0, 4 * HOUR_MS)).toBeNull();
    for (let i = 0; i < 2; i++) sizes.observe(0, lookUp(1e6, rng, neighbourhood()), 4 * HOUR_MS);
    expect(sizes.estimate(0, 4 * HOUR_MS)!.shape).toBe(5 * K);
    expect(sizes.estimate(0, 4 * HOUR_MS + 2_000)).toBeNull();
  });

  test('gives way to newer ones: a network that has grown is known after sixteen lookups', () => {
    const rng = new Rng(7, 'size');
    const sizes = new NetworkSizes(K);
    for (let i = 0; i < 16; i++) sizes.observe(0, lookUp(100_000, rng, neighbourhood()), i * 1_000);
    for (let i = 16; i < 32; i++) sizes.observe(0, lookUp(1e6, rng, neighbourhood()), i * 1_000);
    expect(Math.abs(sizes.estimate(0, 32_000)!.nodes / 1e6 - 1)).toBeLessThan(0.2);
  });

  test('of fewer than k contacts is none', () => {
    const rng = new Rng(8, 'size');
    const sizes = new NetworkSizes(K);
    for (let i = 0; i < 9; i++) {
      sizes.observe(0, { ...lookUp(1e6, rng, neighbourhood()), count: K - 1 }, 0);
    }
    expect(sizes.estimate(0, 0)).toBeNull();
  });

  test('looks at no more than k contacts', () => {
    const [few, many] = [new NetworkSizes(K), new NetworkSizes(K)];
    for (const [sizes, capacity] of [
      [few, 20],
      [many, 60],
    ] as const) {
      const rng = new Rng(9, 'size');
      for (let i = 0; i < 6; i++) {
        const found = lookUp(1e6, rng.fork(`${i}`), neighbourhood(capacity));
        sizes.observe(0, found, 0);
      }
    }
    expect(many.estimate(0, 0)).toEqual(few.estimate(0, 0));
  });

  test('replaces those that overlap with it: lookups for one key, or next to the own id, are one', () => {
    const rng = new Rng(10, 'size');
    const sizes = new NetworkSizes(K);
    for (let i = 0; i < 20; i++) {
      const found = lookUp(10_000, rng, neighbourhood());
      // 20 of 10,000 nodes are within 2^-9 of the target, so these targets share them.
      found.target = 0xabc00000 + i * 0x1000;
      sizes.observe(0, found, 0);
    }
    expect(sizes.estimate(0, 0)).toBeNull();
    for (let i = 0; i < 4; i++) sizes.observe(0, lookUp(10_000, rng, neighbourhood()), 0);
    expect(sizes.estimate(0, 0)!.shape).toBe(5 * K);
  });

  test('is made in small networks too, whose neighbourhoods all overlap', () => {
    const rng = new Rng(11, 'size');
    const sizes = new NetworkSizes(K);
    const { bias, error } = errorOf(500, () => {
      sizes.forget(0);
      for (let i = 0; i < 100; i++) sizes.observe(0, lookUp(30, rng, neighbourhood()), 0);
      return sizes.estimate(0, 0)!.nodes / 30;
    });
    expect(Math.abs(bias)).toBeLessThan(0.03);
    expect(error).toBeLessThan(0.1);
  });

  test('never finds more nodes than the network is said to have', () => {
    const sizes = new NetworkSizes(2);
    const distances = Float64Array.of(0.6, 0.99);
    for (let i = 0; i < 8; i++) sizes.observe(0, { target: i * 2 ** 29, distances, count: 2 }, 0);
    expect(sizes.estimate(0, 0)!.nodes).toBe(2);
  });

  test('may be forgotten, and its place serves another node', () => {
    const rng = new Rng(12, 'size');
    const sizes = new NetworkSizes(K);
    for (const node of [3, 999_999]) {
      for (let i = 0; i < 6; i++) sizes.observe(node, lookUp(1e6, rng, neighbourhood()), 0);
    }
    const kept = sizes.estimate(999_999, 0);
    sizes.forget(3);
    sizes.forget(3);
    sizes.forget(2_000_000);
    expect(sizes.estimate(3, 0)).toBeNull();
    for (let i = 0; i < 4; i++) sizes.observe(5, lookUp(1e6, rng, neighbourhood()), 0);
    expect(sizes.estimate(5, 0)).toBeNull();
    expect(sizes.estimate(999_999, 0)).toEqual(kept);
    expect(() => sizes.observe(-1, lookUp(1e6, rng, neighbourhood()), 0)).toThrow('-1 is no node');
  });
});
