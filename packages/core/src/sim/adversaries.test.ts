import { describe, expect, test } from 'vitest';
import { Cursor } from '../trace/cursor.ts';
import { hashTrace } from '../trace/hash.ts';
import type { Trace } from '../trace/trace.ts';
import type { SimulationReport } from './metrics.ts';
import { createTrace } from './record.ts';
import { parseScenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

interface Run {
  readonly simulation: Simulation;
  readonly trace: Trace;
  readonly report: SimulationReport;
}

/** Runs a scenario until its workload is done. */
function run(fields: Readonly<Record<string, unknown>>): Run {
  const scenario = parseScenario({ nodes: 400, seed: 5, ...fields });
  const trace = createTrace(scenario);
  const simulation = new Simulation(scenario, trace);
  simulation.run();
  return { simulation, trace, report: simulation.report() };
}

const LOOKUPS = { operations: 100, mix: { findNode: 1 } };
const SEARCHES = { operations: 60, mix: { findProviders: 1 } };

function sybils(plan: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return {
    nodes: 1_000,
    workload: SEARCHES,
    adversary: { kind: 'sybil', sybils: { targets: 6, ...plan } },
  };
}

describe('colluders', () => {
  test('in a fifth of the nodes do not keep lookups from the honest nodes around a target', () => {
    const { report } = run({ adversary: { kind: 'collude', share: 0.2 }, workload: LOOKUPS });
    expect(report.recall).toBeGreaterThanOrEqual(0.99);
    expect(report.adversaries!.tableShare).toBeCloseTo(0.2, 1);
    expect(report.adversaries!.answers).toBeGreaterThan(200);
    expect(report.adversaries!.invented).toBe(0);
  });

  test('in nine tenths of them keep many', () => {
    const { report } = run({ adversary: { kind: 'collude', share: 0.9 }, workload: LOOKUPS });
    expect(report.recall).toBeLessThan(0.9);
    expect(report.successRate).toBeLessThan(0.9);
  });

  test('are in nobody’s way when there are none', () => {
    const none = run({ adversary: { kind: 'collude', share: 0 }, workload: LOOKUPS });
    const plain = run({ workload: LOOKUPS });
    expect(hashTrace(none.trace)).toBe(hashTrace(plain.trace));
    expect(none.report).toMatchObject({
      ...plain.report,
      adversaries: { nodes: 0, tableShare: 0 },
    });
  });

  test('keep no records: a value is found with the honest ones of its holders', () => {
    const mix = { putValue: 1, getValue: 1 };
    const { simulation, report } = run({
      adversary: { kind: 'collude', share: 0.4 },
      workload: { operations: 100, mix },
    });
    expect(report.kinds['getValue']!.succeeded).toBeGreaterThan(30);
    const adversaries = simulation.nodeKeys
      .map((_, node) => node)
      .filter((node) => simulation.isAdversary(node));
    expect(adversaries.length).toBe(report.adversaries!.nodes);
  });

  test('join like others, and get into routing tables by it', () => {
    const { report } = run({
      nodes: 150,
      start: 'joined',
      adversary: { kind: 'collude', share: 0.2 },
      workload: LOOKUPS,
    });
    expect(report.adversaries!.tableShare).toBeGreaterThan(0.08);
    expect(report.adversaries!.tableShare).toBeLessThan(0.4);
  });

  test('stay when others leave', () => {
    const { simulation, report } = run({
      maintenance: true,
      churn: { joinIntervalMs: 2_000, leaveIntervalMs: 4_000, crashIntervalMs: 4_000 },
      adversary: { kind: 'collude', share: 0.2 },
      workload: { ...LOOKUPS, intervalMs: 1_000 },
    });
    expect(simulation.now).toBeGreaterThan(60_000);
    expect(report.adversaries!.nodes).toBeGreaterThan(50);
    expect(report.successRate).toBeGreaterThan(0.9);
  });
});

describe('forgers', () => {
  const adversary = { kind: 'forge', share: 0.2 };

  test('catch nearly every lookup among contacts that do not exist', () => {
    const { report } = run({ adversary, workload: LOOKUPS });
    expect(report.successRate).toBeLessThan(0.1);
    expect(report.recall).toBeLessThan(0.1);
    expect(report.adversaries!.invented).toBeGreaterThan(1_000);
    // Whoever is asked under an invented id answers, so that lookups end.
    expect(report.rpcs.p99).toBeLessThan(100);
  });

  test('catch none where an id shows whether it belongs to its address', () => {
    const { report } = run({ adversary: { ...adversary, idBinding: true }, workload: LOOKUPS });
    expect(report.successRate).toBe(1);
    expect(report.recall).toBeGreaterThanOrEqual(0.99);
  });

  test('have addresses in few subnets, whatever the ids', () => {
    const { simulation } = run({ adversary: { ...adversary, subnets: 3 }, workload: LOOKUPS });
    const invented = new Set<number>();
    const subnets = new Set<number>();
    const { tables } = simulation.engine;
    for (let node = 0; node < 400; node++) {
      for (const contact of tables.contacts(node)) {
        if (contact >= 400) invented.add(contact);
        if (!simulation.isAdversary(contact)) continue;
        subnets.add(simulation.subnetOf(contact));
        expect(simulation.subnetOf(contact) >>> 8).toBe(simulation.groupOf(contact));
      }
    }
    expect(invented.size).toBeGreaterThan(0);
    expect(subnets.size).toBe(3);
  });

  test('leave a trace of nodes only, which can be replayed', () => {
    const { trace } = run({ nodes: 100, adversary, workload: { operations: 20 } });
    for (let i = 0; i < trace.length; i++) {
      expect(trace.get('node', i)).toBeLessThan(100);
      expect(trace.get('peer', i)).toBeLessThan(100);
    }
    const cursor = new Cursor(trace);
    cursor.seek(trace.length);
    expect(cursor.state.presentCount()).toBe(100);
  });
});

describe('Sybils', () => {
  test('that are there first censor the content of their keys', () => {
    expect(run(sybils({ count: 20 })).report.retrieval).toMatchObject({ searches: 60, rate: 0 });
    expect(run(sybils({ count: 160 })).report.retrieval!.rate).toBeLessThan(0.1);
  });

  test('fewer than k leave honest nodes among the k closest', () => {
    const { report } = run(sybils({ count: 8 }));
    expect(report.retrieval!.rate).toBe(1);
    expect(report.adversaries!.nodes).toBe(48);
  });

  test('that come later find the records stored already', () => {
    const { report, trace } = run(sybils({ count: 20, arrive: 'after', targets: 2 }));
    expect(report.adversaries!.nodes).toBe(40);
    expect(report.retrieval!.rate).toBeGreaterThan(0.8);
    const joined = trace.operations.filter(({ kind }) => kind === 'bootstrap');
    expect(joined).toHaveLength(40);
  });

  test('besiege the key that the scenario names', () => {
    const { report } = run(sybils({ count: 20, targets: 1, target: 'my content' }));
    expect(report.retrieval).toMatchObject({ rate: 0 });
  });

  test('do nothing to lookups elsewhere', () => {
    const { report } = run({ ...sybils({ count: 40 }), workload: LOOKUPS });
    expect(report.successRate).toBeGreaterThanOrEqual(0.99);
    expect(report.recall).toBeGreaterThanOrEqual(0.99);
  });
});

test.each([
  ['collude', { share: 0.3 }],
  ['forge', { share: 0.1 }],
  ['sybil', { sybils: { count: 30, targets: 3, arrive: 'after' } }],
])('%s: the same scenario is the same trace, event for event', (kind, plan) => {
  const fields = { nodes: 200, adversary: { kind, ...plan }, workload: { operations: 40 } };
  const [first, second] = [run(fields), run(fields)];
  expect(hashTrace(second.trace)).toBe(hashTrace(first.trace));
  expect(second.report).toEqual(first.report);
  expect(hashTrace(run({ ...fields, seed: 6 }).trace)).not.toBe(hashTrace(first.trace));
  expect(second.simulation.isDone).toBe(true);
});
