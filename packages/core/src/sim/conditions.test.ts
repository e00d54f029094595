// What a scenario can do to a network besides adversaries and churn.
import { describe, expect, test } from 'vitest';
import type { Trace } from '../trace/trace.ts';
import { createTrace } from './record.ts';
import { parseScenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

const HOUR = 3_600_000;

/** Runs a scenario until its workload is done. */
function run(fields: Readonly<Record<string, unknown>>): { simulation: Simulation; trace: Trace } {
  const scenario = parseScenario(fields);
  const trace = createTrace(scenario);
  const simulation = new Simulation(scenario, trace);
  simulation.run();
  return { simulation, trace };
}

function count(trace: Trace, type: string): number {
  let found = 0;
  for (let index = 0; index < trace.length; index++) if (trace.type(index) === type) found++;
  return found;
}

describe('a bad network', () => {
  const FIELDS = { nodes: 200, workload: { operations: 100, intervalMs: 200 } };

  test('that doubles and reorders messages confuses nobody', () => {
    const { simulation, trace } = run({ ...FIELDS, duplicate: 0.3, jitterMs: 100 });
    expect(simulation.report()).toMatchObject({ successRate: 1, recall: 1 });
    expect(count(trace, 'messageReceived')).toBeGreaterThan(1.2 * count(trace, 'messageSent'));
    simulation.runUntil(simulation.now + HOUR);
    expect(simulation.engine.requests.inFlight).toBe(0);
  });

  test('that is in two parts for a while loses what goes between them', () => {
    const partitions = [{ fromMs: 3_000, toMs: 15_000, share: 0.5 }];
    const { simulation, trace } = run({ ...FIELDS, partitions });
    const lost: number[] = [];
    for (let i = 0; i < trace.length; i++)
      if (trace.type(i) === 'messageDropped') lost.push(trace.time(i));
    expect(lost.length).toBeGreaterThan(500);
    expect(Math.min(...lost)).toBeGreaterThanOrEqual(3_000);
    expect(Math.max(...lost)).toBeLessThan(15_000);
    const { successRate } = simulation.report();
    expect(successRate).toBeGreaterThan(0.3);
    expect(successRate).toBeLessThan(0.95);
  });
});

describe('content', () => {
  const CHURN = {
    nodes: 100,
    maintenance: true,
    churn: { perHour: 3 },
    workload: { operations: 300, intervalMs: 15_000, mix: { provide: 1, findProviders: 2 } },
  };

  test('is looked for, and its retrieval scored, while its provider is online', () => {
    const workload = { ...CHURN.workload, content: 'online' };
    const any = run(CHURN).simulation.report().retrieval!;
    const { retrieval, kinds } = run({ ...CHURN, workload }).simulation.report();
    expect(any.searches).toBeLessThan(retrieval!.searches);
    expect(retrieval!.searches).toBeGreaterThan(0.9 * kinds['findProviders']!.started);
    expect(retrieval!.rate).toBeLessThan(1);
  });

  test('that is announced again stays found although its holders leave', () => {
    const workload = { ...CHURN.workload, content: 'online', reprovideMs: 600_000 };
    const { simulation, trace } = run({ ...CHURN, workload });
    expect(simulation.report().retrieval!.rate).toBeGreaterThan(0.99);
    const provided = trace.operations.filter(({ kind }) => kind === 'provide').length;
    expect(provided).toBeGreaterThan(simulation.report().kinds['provide']!.started + 50);
  });

  test('is not spoken of where nobody looks for any', () => {
    const { simulation } = run({ nodes: 50, workload: { operations: 5, mix: { findNode: 1 } } });
    expect(simulation.report()).not.toHaveProperty('retrieval');
    expect(simulation.report()).not.toHaveProperty('adversaries');
  });
});
