// How good lookups are in networks that are large, stale or lossy. `npx kadscope sim run` with the same
// fields replays a failure.
import { describe, expect, test } from 'vitest';
import { reportOf } from './run.ts';

const LOOKUPS = { operations: 1_000, mix: { findNode: 1 } };

test('in a static network of 10,000 nodes lookups are exact, with 30 requests and 5 round trips at most', () => {
  const { successRate, recall, rpcs, hops, alarms } = reportOf({
    nodes: 10_000,
    seed: 1,
    workload: LOOKUPS,
  });
  expect(successRate).toBe(1);
  expect(recall).toBeGreaterThanOrEqual(0.999);
  expect(rpcs.mean).toBeLessThanOrEqual(30);
  // One round trip more confirms what the last hop found.
  expect(hops.mean + 1).toBeLessThanOrEqual(5);
  expect(alarms).toBeLessThanOrEqual(1);
});

describe('with 30 % of the contacts in routing tables dead', () => {
  const stale = { nodes: 2_000, seed: 1, silent: 0.3 };

  test('a lookup still finds the closest node, and most of the others', () => {
    const { successRate, recall } = reportOf({ ...stale, workload: LOOKUPS });
    expect(successRate).toBe(1);
    expect(recall).toBeGreaterThan(0.9);
  });

  test('tables have repaired themselves after twenty minutes, and lookups are exact', () => {
    const { successRate, recall } = reportOf({
      ...stale,
      maintenance: true,
      workload: { ...LOOKUPS, operations: 500, afterMs: 20 * 60_000 },
    });
    expect(successRate).toBe(1);
    expect(recall).toBeGreaterThanOrEqual(0.99);
  });
});

test.each([1, 2, 3])(
  'with half of all messages lost, 99 of 100 lookups succeed: seed %i',
  (seed) => {
    const { successRate, recall, rpcs } = reportOf({
      nodes: 5_000,
      seed,
      loss: 0.5,
      workload: { ...LOOKUPS, intervalMs: 200 },
    });
    expect(successRate).toBeGreaterThanOrEqual(0.99);
    expect(recall).toBeGreaterThan(0.97);
    // Repetitions are not counted: they go to the same nodes.
    expect(rpcs.mean).toBeLessThan(45);
  },
);

test('address groups limit tables, and lookups stay exact', () => {
  const { successRate, recall, rpcs } = reportOf({
    nodes: 1_500,
    seed: 1,
    start: 'joined',
    joinGapMs: 50,
    diversity: true,
    workload: { ...LOOKUPS, operations: 300 },
  });
  expect(successRate).toBeGreaterThanOrEqual(0.99);
  expect(recall).toBeGreaterThanOrEqual(0.99);
  expect(rpcs.mean).toBeLessThan(40);
});
