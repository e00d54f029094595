import { describe, expect, test } from 'vitest';
import { Connections } from './connections.ts';
import { parseScenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

describe('connections', () => {
  test('go both ways, and end on both sides when one of them has too many', () => {
    const connections = new Connections(2);
    connections.use(0, 1);
    connections.use(2, 0);
    expect([connections.has(1, 0), connections.has(0, 2), connections.has(1, 2)]).toEqual([
      true,
      true,
      false,
    ]);
    connections.use(0, 1);
    connections.use(0, 3);
    expect([0, 1, 2, 3].map((other) => connections.has(0, other))).toEqual([
      false,
      true,
      false,
      true,
    ]);
    expect(connections.has(2, 0)).toBe(false);
  });

  test('end when a node goes offline', () => {
    const connections = new Connections(9);
    connections.use(0, 1);
    connections.use(0, 2);
    connections.close(0);
    expect([connections.has(1, 0), connections.has(0, 1), connections.has(2, 0)]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('dials', () => {
  const run = (connections: number): { dials: number; rpcs: number } => {
    const workload = { operations: 60, mix: { findNode: 1 } };
    const simulation = new Simulation(parseScenario({ nodes: 40, connections, workload }), null);
    simulation.run();
    const { dials, rpcs } = simulation.report();
    return { dials: dials?.mean ?? -1, rpcs: rpcs.mean };
  };

  test('are not counted where messages are datagrams', () => {
    expect(run(0).dials).toBe(-1);
  });

  test('are one for each contact that is not connected', () => {
    const few = run(1);
    const many = run(200);
    expect(few.dials).toBeGreaterThan(few.rpcs * 0.9);
    expect(few.dials).toBeLessThanOrEqual(few.rpcs);
    expect(many.dials).toBeLessThan(many.rpcs * 0.9);
    expect(many.dials).toBeGreaterThan(0);
    expect(many.rpcs).toBe(few.rpcs);
  });
});
