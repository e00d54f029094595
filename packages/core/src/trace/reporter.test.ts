import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { createTrace } from '../sim/record.ts';
import { parseScenario } from '../sim/scenario.ts';
import { Simulation } from '../sim/simulation.ts';
import { sha256Multihash } from '../store/validate.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { TraceEvent } from './event.ts';
import { STEP_IDS, STEPS } from './steps.ts';

const ROOTS = new Set<string | null>([
  'operation.started',
  'refresh.started',
  'node.entered',
  'node.left',
  'record.expired',
  'provider.expired',
  'table.restored',
]);

/** Steps that need somebody who lies: no honest node sends a value that does not fit its key. */
/** What only happens to whoever is lied to, or flooded with records: other tests do that. */
const NEEDS_A_LIAR = new Set<string>([
  'record.refused',
  'record.evicted',
  'provider.refused',
  'provider.evicted',
  'value.refused',
  'lookup.alarmed',
]);

const BYTES = Uint8Array.of(1, 2, 3);
const MULTIHASH = sha256Multihash(BYTES);

const CHURNY = {
  nodes: 200,
  seed: 5,
  profile: 'paper',
  k: 8,
  latency: { model: 'uniform', minRttMs: 20, maxRttMs: 3_000 },
  loss: 0.05,
  silent: 0.05,
  unreachable: 0.05,
  churn: { joinIntervalMs: 2_000, leaveIntervalMs: 4_000, crashIntervalMs: 4_000 },
  workload: {
    operations: 150,
    intervalMs: 1_000,
    mix: {
      ping: 1,
      findNode: 1,
      findPeer: 1,
      putValue: 2,
      getValue: 2,
      provide: 2,
      findProviders: 2,
    },
  },
};

/** Everything that happens in a scenario until its workload is done, and for some time after. */
function eventsOf(fields: Readonly<Record<string, unknown>>, afterMs = 0): readonly TraceEvent[] {
  const scenario = parseScenario(fields);
  const trace = createTrace(scenario);
  const simulation = new Simulation(scenario, trace);
  simulation.addBlocks(0, [{ multihash: MULTIHASH, bytes: BYTES }]);
  // Whoever ends an operation asks node 0 for a block, which has it, or node 1, which has not.
  simulation.onResult = ({ type, operation }) => {
    if (type !== 'finished' || operation.id % 10 !== 0) return;
    const provider = operation.id % 20 === 0 ? 0 : 1;
    simulation.fetchBlock({ node: operation.node, provider, multihash: MULTIHASH }, () => {});
  };
  simulation.run();
  simulation.runUntil(simulation.now + afterMs);
  return Array.from({ length: trace.length }, (_, index) => trace.event(index));
}

const events = eventsOf(CHURNY);

/** The events that break a rule about an event and its cause; a few are enough to see why. */
function breaches(rule: (event: TraceEvent, cause: TraceEvent) => boolean): unknown[] {
  return events
    .filter((event) => event.cause >= 0 && !rule(event, events[event.cause]!))
    .slice(0, 3)
    .map((event) => ({ event, cause: events[event.cause] }));
}

describe('the cause of an event', () => {
  test('is an earlier event', () => {
    expect(events.length).toBeGreaterThan(20_000);
    expect(breaches(({ index }, cause) => cause.index < index)).toEqual([]);
  });

  test('leads back to a command, a timer, or a node that comes or goes', () => {
    const roots = events.filter(({ cause }) => cause < 0);
    expect(roots.filter(({ step }) => !ROOTS.has(step)).slice(0, 3)).toEqual([]);
  });

  test('of what a message sets off lies at the same node; of an arrival, at its sender', () => {
    const travels = ({ type }: TraceEvent): boolean =>
      type === 'messageReceived' || type === 'messageDropped';
    expect(
      breaches((event, cause) =>
        travels(event)
          ? cause.type === 'messageSent' && cause.node === event.peer
          : cause.node === event.node,
      ),
    ).toEqual([]);
  });

  test('belongs to the same operation', () => {
    expect(
      breaches(
        ({ operation }, cause) =>
          operation < 0 || cause.operation < 0 || operation === cause.operation,
      ),
    ).toEqual([]);
  });

  test('belongs to the same lookup, or to another one of the same operation', () => {
    expect(
      breaches(
        ({ lookup, operation }, cause) =>
          lookup < 0 ||
          cause.lookup < 0 ||
          lookup === cause.lookup ||
          (operation >= 0 && operation === cause.operation),
      ),
    ).toEqual([]);
  });

  test('is at the same time, unless a message or a deadline lies between', () => {
    const at = ({ timeMs, timeNs }: TraceEvent): number => timeMs + timeNs / 1e6;
    expect(
      breaches((event, cause) => at(event) === at(cause) || cause.type === 'messageSent'),
    ).toEqual([]);
  });

  test('of a request that is sent again is the time before', () => {
    const last = new Map<number, number>();
    const wrong: TraceEvent[] = [];
    let again = 0;
    for (const event of events) {
      if (event.type !== 'messageSent' || event.isResponse) continue;
      const before = last.get(event.rpc);
      if (before !== undefined) again++;
      if (before !== undefined && event.cause !== before) wrong.push(event);
      last.set(event.rpc, event.index);
    }
    expect(again).toBeGreaterThan(100);
    expect(wrong.slice(0, 3)).toEqual([]);
  });

  test('of what happens in the second lookup of an operation is not in the first', () => {
    const names = ['00000000', '10000000', '01000000', '00100000'];
    const net = new TinyNetwork(names, { k: 1, alpha: 1, beta: 1 });
    net.enter(...names);
    net.know(names[0]!, ...names.slice(1));
    net.start({ kind: 'bootstrap', node: 0, seeds: [] });
    net.start({ kind: 'findNode', node: 0, target: keyFromBits('11111111') });
    net.run();
    expect(net.trace.lookups.length).toBeGreaterThan(2);
    for (let i = 0; i < net.trace.length; i++) {
      const { step, cause, lookup } = net.trace.event(i);
      if (step === 'lookup.heard' || step === 'lookup.queried') {
        expect(net.trace.event(cause).lookup).toBe(lookup);
      }
    }
  });
});

describe('steps', () => {
  test('each has one literal call in the sources', () => {
    const root = fileURLToPath(new URL('..', import.meta.url));
    const calls: Record<string, number> = {};
    for (const path of readdirSync(root, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.ts') || path.endsWith('.test.ts')) continue;
      const text = readFileSync(root + path, 'utf8');
      for (const [, id] of text.matchAll(/\.step\(\s*'([a-z.]+)'/g))
        calls[id!] = (calls[id!] ?? 0) + 1;
    }
    expect(calls).toEqual(Object.fromEntries(STEP_IDS.map((id) => [id, 1])));
  });

  test('all happen sooner or later, but for those that need a liar', () => {
    const refreshed = eventsOf(
      { nodes: 10, maintenance: true, workload: { operations: 0 } },
      25 * 60_000,
    );
    const workload = { operations: 20, mix: { putValue: 1, provide: 1 } };
    const expired = eventsOf({ nodes: 10, workload }, 49 * 3_600_000);
    const seen = new Set([...events, ...refreshed, ...expired].map(({ step }) => step));
    expect(STEP_IDS.filter((id) => !seen.has(id) && !NEEDS_A_LIAR.has(id))).toEqual([]);
  });

  test('name causes that are steps, and never themselves', () => {
    for (const id of STEP_IDS) {
      for (const cause of STEPS[id].causes) expect(STEP_IDS).toContain(cause);
      expect(STEPS[id].causes).not.toContain(id);
    }
  });
});
