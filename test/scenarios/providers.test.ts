// How fast content is announced, and at what cost.
import { expect, test } from 'vitest';
import { createPopulation, parseScenario, Simulation } from '@kadscope/core/sim';
import { Rng } from '@kadscope/core/keyspace';
import type { Command, Operation } from '@kadscope/core';

/** A network in which nothing happens but what is asked for. */
function quiet(nodes: number, fields: object = {}): Simulation {
  return new Simulation(
    parseScenario({ nodes, seed: 3, workload: { operations: 0 }, ...fields }),
    null,
  );
}

/** Runs one command to its end. */
function run(simulation: Simulation, command: Command): { operation: Operation; ms: number } {
  let ended: Operation | null = null;
  let endedAt = 0;
  simulation.onResult = (event) => {
    if (event.type !== 'finished' || event.operation.kind !== command.kind) return;
    ended = event.operation;
    endedAt = event.now;
  };
  const startedAt = simulation.now;
  simulation.engine.start(command, startedAt);
  while (ended === null) simulation.runUntil(simulation.now + 50);
  simulation.runUntil(simulation.now + 5_000);
  return { operation: ended, ms: endedAt - startedAt };
}

function multihash(rng: Rng): Uint8Array {
  return Uint8Array.of(0x12, 32, ...rng.bytes(32));
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >>> 1]!;
}

test('an optimistic provide returns in 40 % of the time, when 15 of 20 nodes have been told', () => {
  const times = [false, true].map((optimistic) => {
    const simulation = quiet(10_000);
    const rng = new Rng(5);
    const took: number[] = [];
    for (let i = 0; i < 40; i++) {
      const node = rng.below(10_000);
      for (let lookup = 0; lookup < 8; lookup++)
        run(simulation, { kind: 'findNode', node, target: rng.bytes(32) });
      const provided = run(simulation, { kind: 'provide', node, key: multihash(rng), optimistic });
      expect(provided.operation.count).toBeGreaterThanOrEqual(15);
      took.push(provided.ms);
    }
    return median(took);
  });
  expect(times[1]! / times[0]!).toBeLessThanOrEqual(0.4);
});

test('a sweep provides 100,000 keys to 10,000 nodes with 3,000 lookups at most', () => {
  const simulation = quiet(10_000);
  const rng = new Rng(9);
  const keys = Array.from({ length: 100_000 }, () => multihash(rng));
  const { operation } = run(simulation, { kind: 'provideMany', node: 7, keys });
  expect(operation.outcome).toBe('stored');
  expect(operation.lookups).toBeLessThanOrEqual(3_000);
  expect(operation.count).toBe(100_000 * 20);
  for (const key of keys.filter((_, i) => i % 5_000 === 0)) {
    const found = run(simulation, {
      kind: 'findProviders',
      node: rng.below(10_000),
      key,
      count: 1,
    });
    expect(found.operation.providers).toEqual([7]);
  }
});

test('a crawl finds every node of 10,000 with two requests for each', () => {
  const simulation = quiet(10_000);
  const { operation } = run(simulation, {
    kind: 'explore',
    node: 7,
    prefix: new Uint8Array(32),
    length: 0,
    parallel: 8,
  });
  expect(operation.count).toBe(9_999);
  expect(operation.lookupRequests).toBeLessThan(25_000);
});

test('a node that starts from its snapshot needs no bootstrap node, and finds what others find', () => {
  const simulation = quiet(2_000);
  const { engine } = simulation;
  const node = 100;
  const saved = engine.snapshots.take(node);
  engine.leave(node, simulation.now, 'crashed');
  engine.forget(node);
  engine.enter(node, 'server', simulation.now);
  engine.snapshots.restore(node, saved, simulation.now);
  const target = createPopulation(1, 256, new Rng(4)).key(0);
  const warm = run(simulation, { kind: 'findNode', node, target });
  const other = run(simulation, { kind: 'findNode', node: 1_500, target });
  const without = (list: readonly number[]): number[] =>
    list.filter((contact) => contact !== node && contact !== 1_500).slice(0, 18);
  expect(without(warm.operation.closest)).toEqual(without(other.operation.closest));
});
