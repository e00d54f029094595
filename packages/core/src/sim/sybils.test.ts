import { describe, expect, test } from 'vitest';
import { keyToHex } from '../keyspace/key.ts';
import { Rng } from '../keyspace/rng.ts';
import { hashKey } from '../kademlia/hash-key.ts';
import { createPopulation, mergePopulations, Oracle } from './population.ts';
import type { SybilPlan } from './scenario-adversary.ts';
import { besiegedKeys, groundIds } from './sybils.ts';

const PLAN: SybilPlan = { count: 20, targets: 7, target: '', arrive: 'before' };
const NODES = 500;

describe('besieged keys', () => {
  test('are as many as the plan says, and follow from the seed', () => {
    const keys = besiegedKeys(PLAN, 1).map(keyToHex);
    expect(new Set(keys).size).toBe(7);
    expect(besiegedKeys(PLAN, 1).map(keyToHex)).toEqual(keys);
    expect(besiegedKeys(PLAN, 2).map(keyToHex)).not.toEqual(keys);
  });

  test('can be one that is named', () => {
    const plan = { ...PLAN, targets: 1, target: 'é' };
    expect(besiegedKeys(plan, 1)).toEqual([Uint8Array.of(0xc3, 0xa9)]);
  });
});

describe('ground ids', () => {
  test.each([160, 256])('are the closest of all to their key, with %i bits', (bits) => {
    const honest = createPopulation(NODES, bits, new Rng(3));
    const ids = groundIds(PLAN, 1, { keys: honest, nodes: NODES });
    expect(ids).toHaveLength(140);
    const { keys, isOther } = mergePopulations(honest, NODES, ids);
    const oracle = new Oracle(keys, NODES + 140, () => true);
    for (const key of besiegedKeys(PLAN, 1)) {
      const target = keys.intern(hashKey(key, bits / 8));
      const closest = oracle.closest(target, 21);
      expect(closest.map((node) => isOther[node])).toEqual([...Array<number>(20).fill(1), 0]);
    }
  });

  test('lie no closer than they must: an attacker pays for every bit', () => {
    const honest = createPopulation(NODES, 256, new Rng(3));
    const ids = groundIds({ ...PLAN, count: 200, targets: 1 }, 1, { keys: honest, nodes: NODES });
    const target = honest.intern(hashKey(besiegedKeys(PLAN, 1)[0]!, 32));
    const [nearest] = new Oracle(honest, NODES, () => true).closest(target, 1);
    const shared = honest.commonPrefixLength(nearest!, target);
    const lengths = ids.map((id) => honest.commonPrefixLength(honest.intern(id), target));
    expect(Math.min(...lengths)).toBe(shared + 1);
    expect(lengths.filter((length) => length === shared + 1).length).toBeGreaterThan(60);
  });
});

test('populations are merged in ascending order, and it is remembered who is who', () => {
  const honest = createPopulation(60, 256, new Rng(3));
  const others = Array.from({ length: 40 }, (_, i) => new Rng(i).bytes(32));
  const { keys, isOther } = mergePopulations(honest, 60, others);
  const merged = Array.from({ length: 100 }, (_, node) => keyToHex(keys.key(node)));
  expect(merged).toEqual(merged.toSorted());
  expect(merged.filter((_, node) => isOther[node] === 1)).toEqual(others.map(keyToHex).toSorted());
  expect(mergePopulations(honest, 60, []).isOther).toEqual(new Uint8Array(60));
});
