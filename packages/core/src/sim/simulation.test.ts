import { describe, expect, test } from 'vitest';
import { keyToHex } from '../keyspace/key.ts';
import type { OperationEvent } from '../kademlia/operation.ts';
import { hashTrace, TraceHasher } from '../trace/hash.ts';
import type { Trace } from '../trace/trace.ts';
import { createTrace } from './record.ts';
import { parseScenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

const HOUR = 3_600_000;

interface Run {
  readonly simulation: Simulation;
  readonly trace: Trace;
}

/** Runs a scenario until its workload is done. */
function run(fields: Readonly<Record<string, unknown>>): Run {
  const scenario = parseScenario(fields);
  const trace = createTrace(scenario);
  const simulation = new Simulation(scenario, trace);
  simulation.run();
  return { simulation, trace };
}

function count(trace: Trace, ...types: readonly string[]): number {
  let found = 0;
  for (let index = 0; index < trace.length; index++) if (types.includes(trace.type(index))) found++;
  return found;
}

const CHURNY = {
  nodes: 60,
  seed: 3,
  profile: 'paper',
  loss: 0.05,
  silent: 0.05,
  unreachable: 0.1,
  clients: 0.1,
  maintenance: true,
  churn: { joinIntervalMs: 2_000, leaveIntervalMs: 4_000, crashIntervalMs: 4_000 },
  workload: { operations: 60, intervalMs: 500 },
};

describe('determinism', () => {
  test.each([
    ['a static network', { nodes: 100, workload: { operations: 40 } }],
    ['churn', CHURNY],
  ])('%s: the same scenario is the same trace, event for event', (_, fields) => {
    const [first, second] = [run(fields), run(fields)];
    expect(hashTrace(second.trace)).toBe(hashTrace(first.trace));
    expect(second.simulation.report()).toEqual(first.simulation.report());
    expect(hashTrace(run({ ...fields, seed: 99 }).trace)).not.toBe(hashTrace(first.trace));
  });

  test('running in steps is running at once', () => {
    const scenario = parseScenario({ ...CHURNY, seed: 8 });
    const whole = createTrace(scenario);
    const parts = createTrace(scenario);
    new Simulation(scenario, whole).runUntil(20_000);
    const simulation = new Simulation(scenario, parts);
    for (let ms = 0; ms <= 20_000; ms += 37.3) simulation.runUntil(ms);
    simulation.runUntil(20_000);
    expect(simulation.now).toBe(20_000);
    expect(hashTrace(parts)).toBe(hashTrace(whole));
  });

  test('whether anybody listens makes no difference', () => {
    const scenario = parseScenario(CHURNY);
    const silent = new Simulation(scenario, null);
    silent.run();
    const hasher = new TraceHasher();
    const heard = new Simulation(scenario, hasher);
    heard.run();
    expect(heard.report()).toEqual(silent.report());
    expect(heard.events).toBe(silent.events);
    expect(hasher.digest()).toBe(hashTrace(run(CHURNY).trace));
  });

  test('another latency changes neither the keys nor what is asked of whom', () => {
    const targets = (latency: unknown): string[] => {
      const { trace, simulation } = run({ nodes: 80, latency, workload: { operations: 80 } });
      const started = trace.operations.filter(
        ({ kind }) => kind === 'findNode' || kind === 'findPeer',
      );
      return [
        ...simulation.nodeKeys.map(keyToHex),
        ...started.map(({ startEvent, kind }) => {
          const key = trace.keys[trace.get('key', startEvent)]!;
          return `${kind} ${keyToHex(key)} at ${trace.get('node', startEvent)}`;
        }),
      ];
    };
    const slow = targets({ model: 'constant', rttMs: 2_000 });
    expect(slow.length).toBeGreaterThan(100);
    expect(targets({ model: 'constant', rttMs: 2 })).toEqual(slow);
    expect(targets({ model: 'regions' })).toEqual(slow);
  });
});

describe('time', () => {
  test('never goes back', () => {
    const { trace } = run(CHURNY);
    for (let i = 1; i < trace.length; i++)
      expect(trace.time(i)).toBeGreaterThanOrEqual(trace.time(i - 1));
  });

  test('stands still for nothing: a message takes a tick at least', () => {
    const { trace } = run({
      nodes: 20,
      latency: { model: 'constant', rttMs: 0 },
      workload: { operations: 5 },
    });
    for (let i = 0; i < trace.length; i++) {
      if (trace.type(i) !== 'messageReceived') continue;
      expect(trace.time(i)).toBeGreaterThan(trace.time(trace.get('message', i)));
    }
  });
});

describe('conservation', () => {
  const FIELDS = { ...CHURNY, clients: 0, churn: {}, maintenance: false };

  test('every message that was sent arrives or is dropped', () => {
    const { simulation, trace } = run(FIELDS);
    simulation.runUntil(simulation.now + HOUR);
    const sent = count(trace, 'messageSent');
    expect(sent).toBe(simulation.messages);
    expect(count(trace, 'messageReceived') + count(trace, 'messageDropped')).toBe(sent);
    expect(count(trace, 'messageDropped')).toBeGreaterThan(50);
  });

  test('in the end, nothing is left: no request, no lookup, no record, no key', () => {
    const { simulation } = run(FIELDS);
    simulation.runUntil(simulation.now + HOUR);
    const { engine, keys } = simulation;
    expect([engine.requests.inFlight, engine.lookups.pool.running]).toEqual([0, 0]);
    expect(engine.values.size).toBeGreaterThan(0);
    expect(engine.providers.size).toBeGreaterThan(0);
    simulation.runUntil(simulation.now + 49 * HOUR);
    expect([engine.values.size, engine.providers.size]).toEqual([0, 0]);
    expect(keys.size).toBe(60);
  });

  test('every operation ends once', () => {
    const { trace } = run(CHURNY);
    const ended = trace.operations.filter(({ endEvent }) => endEvent >= 0);
    const ends = count(trace, 'operationFinished');
    expect(ends).toBe(ended.length);
    expect(count(trace, 'lookupFinished')).toBe(
      trace.lookups.filter(({ endEvent }) => endEvent >= 0).length,
    );
  });
});

describe('churn', () => {
  const { simulation, trace } = run({
    ...CHURNY,
    workload: { operations: 150, intervalMs: 1_000 },
  });

  test('nodes leave, crash, and join anew', () => {
    expect(count(trace, 'nodeExited')).toBeGreaterThan(30);
    expect(count(trace, 'nodeEntered')).toBeGreaterThan(60 + 30);
    const details = new Set<string | null>();
    for (let i = 0; i < trace.length; i++)
      if (trace.type(i) === 'nodeExited') details.add(trace.event(i).detail);
    expect(details).toEqual(new Set(['left', 'crashed']));
  });

  test('a node that is gone does and hears nothing', () => {
    const gone = new Set<number>();
    let checked = 0;
    for (let i = 0; i < trace.length; i++) {
      const { type, node, detail, step, cause } = trace.event(i);
      if (type === 'nodeEntered') gone.delete(node);
      if (gone.has(node)) {
        // What ends because it left, messages that miss it, and records that expire on its disk.
        const isEnd =
          detail === 'node-left' || type === 'messageDropped' || step === 'record.expired';
        expect(isEnd || step === 'provider.expired').toBe(true);
        if (detail === 'node-left') expect(trace.time(cause)).toBe(trace.time(i));
        checked++;
      }
      if (type === 'nodeExited') gone.add(node);
    }
    expect(checked).toBeGreaterThan(30);
  });

  // Every node is replaced within minutes, and nobody republishes: what is stored gets lost.
  test('most operations succeed all the same', () => {
    const report = simulation.report();
    expect(report.successRate).toBeGreaterThan(0.8);
    expect(report.operations).toBeGreaterThan(110);
  });

  test('an hour of it leaves no checks, probes or requests behind', () => {
    const scenario = parseScenario({ ...CHURNY, profile: 'amino', workload: { operations: 5 } });
    const long = new Simulation(scenario, null);
    long.runUntil(HOUR / 4);
    expect(long.engine.requests.inFlight).toBeLessThan(200);
    expect(long.engine.lookups.pool.running).toBeLessThan(100);
  });
});

describe('a network that is joined node by node', () => {
  test.each(['paper', 'amino'])('%s: is as good as one that was sampled', (profile) => {
    const { simulation } = run({
      nodes: 200,
      profile,
      start: 'joined',
      workload: { operations: 60, mix: { findNode: 1 } },
    });
    const report = simulation.report();
    expect(report.recall).toBeGreaterThanOrEqual(0.99);
    expect(report.successRate).toBe(1);
    expect(simulation.isDone).toBe(true);
  });
});

describe('clients', () => {
  test('ask, and are never asked', () => {
    const { simulation, trace } = run({ nodes: 100, clients: 0.5, workload: { operations: 100 } });
    const clients = new Set<number>();
    for (let i = 0; i < trace.length; i++) {
      if (trace.event(i).step === 'node.entered' && trace.event(i).detail === 'client')
        clients.add(trace.get('node', i));
    }
    expect(clients.size).toBeGreaterThan(30);
    const starters = trace.operations.map(({ startEvent }) => trace.get('node', startEvent));
    expect(starters.filter((node) => clients.has(node)).length).toBeGreaterThan(20);
    for (let i = 0; i < trace.length; i++) {
      const { type, isResponse, peer } = trace.event(i);
      if (type === 'messageSent' && !isResponse) expect(clients.has(peer)).toBe(false);
    }
    expect(simulation.report().successRate).toBe(1);
  });
});

describe('operations by hand', () => {
  const open = (fields: object = {}): { simulation: Simulation; results: OperationEvent[] } => {
    const simulation = new Simulation(
      parseScenario({ nodes: 50, workload: { operations: 0 }, ...fields }),
      null,
    );
    const results: OperationEvent[] = [];
    simulation.onResult = (event) => void results.push(event);
    return { simulation, results };
  };

  test('run beside the workload, and are not counted with it', () => {
    const { simulation, results } = open();
    const value = Uint8Array.of(1, 2, 3);
    const put = simulation.startOperation({ kind: 'putValue', node: 3, value });
    simulation.runUntil(60_000);
    const stored = results.find(({ operation }) => operation.id === put)!.operation;
    expect(stored.outcome).toBe('stored');
    simulation.startOperation({ kind: 'getValue', node: 9, key: stored.record!.key, count: 1 });
    simulation.startOperation({ kind: 'provide', node: 9, key: value });
    simulation.startOperation({ kind: 'ping', node: 9, peer: 4 });
    simulation.startOperation({ kind: 'findPeer', node: 9, peer: 4 });
    simulation.startOperation({ kind: 'bootstrap', node: 9 });
    simulation.startOperation({ kind: 'bootstrap', node: 9, peer: 4 });
    simulation.startOperation({ kind: 'findNode', node: 9, key: new Uint8Array(32) });
    simulation.runUntil(120_000);
    simulation.startOperation({ kind: 'findProviders', node: 20, key: value, count: 1 });
    simulation.startOperation({ kind: 'getValue', node: 21, key: stored.record!.key });
    simulation.startOperation({ kind: 'findProviders', node: 21, key: value });
    simulation.runUntil(180_000);
    const ends = results.flatMap((event) =>
      event.type === 'finished' ? [event.operation.outcome] : [],
    );
    expect(ends).toHaveLength(11);
    expect(new Set(ends)).toEqual(new Set(['stored', 'found', 'answered', 'refreshed']));
    expect(simulation.report().operations).toBe(0);
    expect(simulation.isDone).toBe(true);
  });

  test('that cannot be started say why', () => {
    const { simulation } = open({ nodes: 50, start: 'joined', joinGapMs: 1_000 });
    simulation.runUntil(2_500);
    const online = Array.from({ length: 50 }, (_, node) => node).filter((node) =>
      simulation.isOnline(node),
    );
    const offline = Array.from({ length: 50 }, (_, node) => node).find(
      (node) => !simulation.isOnline(node),
    )!;
    expect(online).toHaveLength(3);
    const node = online[0]!;
    const key = Uint8Array.of(1);
    for (const [request, message] of [
      [{ kind: 'ping', node: offline, peer: 1 }, `node ${offline} is offline`],
      [{ kind: 'ping', node: 50, peer: 1 }, 'node must be a node from 0 to 49'],
      [{ kind: 'ping', node: 1.5, peer: 1 }, 'node must be a node'],
      [{ kind: 'ping', node }, 'peer must be a node'],
      [{ kind: 'findPeer', node, peer: -1 }, 'peer must be a node'],
      [{ kind: 'bootstrap', node, peer: 99 }, 'peer must be a node'],
      [{ kind: 'findNode', node, key }, 'findNode needs a key of 32 bytes'],
      [{ kind: 'findNode', node }, 'findNode needs a key of 32 bytes'],
      [{ kind: 'putValue', node }, 'putValue needs a value'],
      [{ kind: 'getValue', node }, 'getValue needs a key'],
      [{ kind: 'provide', node, key: new Uint8Array(0) }, 'provide needs a key'],
      [{ kind: 'findProviders', node }, 'findProviders needs a key'],
      [{ kind: 'findProviders', node, key, count: 0 }, 'count must be a whole number above 0'],
      [{ kind: 'getValue', node, key, count: 1.5 }, 'count must be a whole number above 0'],
      [{ kind: 'refresh', node }, 'nodes refresh their buckets on their own'],
    ] as const) {
      expect(() => simulation.startOperation(request)).toThrow(message);
      expect(() => simulation.startOperation(request)).toThrow(RangeError);
    }
  });
});

test('progress is told while a long run goes on', () => {
  const simulation = new Simulation(
    parseScenario({ nodes: 300, workload: { operations: 1_500, intervalMs: 5 } }),
    null,
  );
  const heard: number[] = [];
  simulation.run((done, total) => {
    expect(total).toBe(1_500);
    heard.push(done);
  });
  expect(heard.length).toBeGreaterThan(0);
  expect(heard.toSorted((a, b) => a - b)).toEqual(heard);
});

test.each([1, 40, 64])('buckets of %i contacts work', (k) => {
  const { simulation } = run({ nodes: 300, k, workload: { operations: 30, mix: { findNode: 1 } } });
  if (k > 1) expect(simulation.report().recall).toBeGreaterThan(0.99);
  expect(simulation.report().operations).toBe(30);
});
