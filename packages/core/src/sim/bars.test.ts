// How good the engine has to be, as numbers. A failure is replayed by the same scenario: seed 1.
import { expect, test } from 'vitest';
import { parseScenario } from './scenario.ts';
import { Simulation } from './simulation.ts';
import type { SimulationReport } from './metrics.ts';

function report(fields: Readonly<Record<string, unknown>>): SimulationReport {
  const simulation = new Simulation(
    parseScenario({ nodes: 1_000, seed: 1, workload: { operations: 500 }, ...fields }),
    null,
  );
  simulation.run();
  return simulation.report();
}

test('in a static network of 1,000 nodes, every operation succeeds and lookups are exact', () => {
  const { operations, successRate, recall, rpcs, hops } = report({ profile: 'amino' });
  expect(operations).toBe(500);
  expect(successRate).toBe(1);
  expect(recall).toBeGreaterThanOrEqual(0.999);
  expect(rpcs.mean).toBeLessThanOrEqual(30);
  expect(hops.mean).toBeLessThan(3);
});

test("the paper's parameters do as well with fewer requests", () => {
  const { successRate, recall, rpcs } = report({ profile: 'paper' });
  expect(successRate).toBe(1);
  expect(recall).toBeGreaterThanOrEqual(0.999);
  expect(rpcs.mean).toBeLessThanOrEqual(25);
});

test.each(['amino', 'paper'])(
  '%s: a tenth of messages lost and a tenth of nodes silent, 99 of 100 succeed',
  (profile) => {
    const { successRate, recall } = report({ profile, loss: 0.1, silent: 0.1 });
    expect(successRate).toBeGreaterThanOrEqual(0.99);
    expect(recall).toBeGreaterThan(0.95);
  },
);
