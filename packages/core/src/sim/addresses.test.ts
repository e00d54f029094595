import { describe, expect, test } from 'vitest';
import { Addresses } from './addresses.ts';
import type { AddressPlan } from './addresses.ts';

const NODES = 20_000;

function addresses(plan: Partial<AddressPlan> = {}): Addresses {
  return new Addresses({ nodes: NODES, seed: 1, isAdversary: () => false, subnets: 1, ...plan });
}

/** How many nodes are in each place, the fullest first. */
function crowds(placeOf: (node: number) => number, nodes: readonly number[]): number[] {
  const counts = new Map<number, number>();
  for (const node of nodes) counts.set(placeOf(node), (counts.get(placeOf(node)) ?? 0) + 1);
  return [...counts.values()].toSorted((a, b) => b - a);
}

const everybody = Array.from({ length: NODES }, (_, node) => node);

describe('honest nodes', () => {
  const honest = addresses();

  test('have a /24 inside their /16, in the unicast range', () => {
    const heads = everybody.map((node) => honest.groupOf(node) >>> 8);
    expect([Math.min(...heads), Math.max(...heads)]).toEqual([1, 223]);
    for (const node of everybody.slice(0, 1_000))
      expect(honest.subnetOf(node) >>> 8).toBe(honest.groupOf(node));
  });

  test('are in thousands of /16s, of which the fullest hundred have about a quarter', () => {
    const groups = crowds((node) => honest.groupOf(node), everybody);
    expect(groups.length).toBeGreaterThan(4_000);
    expect(groups[0]! / NODES).toBeLessThan(0.012);
    const hundred = groups.slice(0, 100).reduce((sum, count) => sum + count, 0);
    expect(Math.abs(hundred / NODES - 0.242)).toBeLessThan(0.02);
  });

  test('rarely share a /24', () => {
    const subnets = crowds((node) => honest.subnetOf(node), everybody);
    expect(subnets.length).toBeGreaterThan(0.9 * NODES);
    expect(subnets[0]).toBeLessThan(8);
  });

  test('have the addresses of their seed', () => {
    const all = (of: Addresses): number[] => everybody.map((node) => of.subnetOf(node));
    expect(all(addresses())).toEqual(all(honest));
    expect(all(addresses({ seed: 2 }))).not.toEqual(all(honest));
  });
});

describe('adversaries', () => {
  const isAdversary = (node: number): boolean => node % 5 === 0;
  const adversaries = everybody.filter(isAdversary);

  test.each([1, 16, 300])('share %i subnets, each in a /16 of its own', (subnets) => {
    const mixed = addresses({ isAdversary, subnets });
    expect(crowds((node) => mixed.subnetOf(node), adversaries)).toHaveLength(subnets);
    expect(crowds((node) => mixed.groupOf(node), adversaries)).toHaveLength(subnets);
  });
});
