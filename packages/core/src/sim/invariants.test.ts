import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { REQUEST_TIMER } from '../kademlia/context.ts';
import { Kademlia } from '../kademlia/kademlia.ts';
import { FIND_NODE, GET_PROVIDERS, Message, PING } from '../kademlia/message.ts';
import { Operation } from '../kademlia/operation.ts';
import type { OperationEvent, Outcome } from '../kademlia/operation.ts';
import { OWNER_LOOKUP } from '../kademlia/requests.ts';
import { HEARD, WAITING } from '../kademlia/shortlist.ts';
import type { OperationKind } from '../trace/event.ts';
import type { Invariants } from './invariants.ts';
import { INVARIANTS, Violation } from './invariants-list.ts';
import type { InvariantName } from './invariants-list.ts';
import { LookupChecks } from './invariants-lookups.ts';
import type { World } from './invariants-world.ts';
import { parseScenario } from './scenario.ts';
import { Simulation } from './simulation.ts';

const FIELDS = {
  nodes: 24,
  k: 4,
  profile: 'paper',
  seed: 2,
  clients: 0.2,
  checks: 'all',
  workload: { operations: 30, intervalMs: 50 },
};

const NAMES = Object.keys(INVARIANTS) as InvariantName[];

function simulate(fields: Readonly<Record<string, unknown>> = {}): Simulation {
  return new Simulation(parseScenario({ ...FIELDS, ...fields }), null);
}

function checksOf(simulation: Simulation): Invariants {
  return simulation.invariants!;
}

/** Replaces methods of an object by ones that lie. */
function distort(target: object, methods: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(methods))
    Object.defineProperty(target, name, { value });
}

/** Does something to a node's table each time that a message reaches it. */
function onArrival(simulation: Simulation, act: (node: number, from: number) => void): void {
  distort(simulation.engine, {
    receive(node: number, message: Message, now: number) {
      Kademlia.prototype.receive.call(simulation.engine, node, message, now);
      act(node, message.from);
    },
  });
}

/** A request as the engine of node 0 could send it. */
function request(simulation: Simulation, fields: Partial<Message> = {}): Message {
  const [server] = servers(simulation);
  const { requests } = simulation.engine;
  const key = simulation.keys.intern(simulation.keys.key(server!));
  const sent = {
    kind: FIND_NODE,
    from: server!,
    to: 1,
    rpc: 900_000,
    slot: requests.slots + 7,
    key,
  };
  return Object.assign(new Message(), sent, fields);
}

function reply(simulation: Simulation, fields: Partial<Message> = {}): Message {
  return request(simulation, { isResponse: true, fromServer: true, kind: PING, ...fields });
}

function servers({ engine, nodeKeys }: Simulation): number[] {
  return nodeKeys.map((_, node) => node).filter((node) => engine.isServer(node));
}

function operation(kind: OperationKind, outcome: Outcome | null): Operation {
  const order = { id: 9_999, kind, node: 0, target: 1, startedAt: 0, record: null, wanted: 0 };
  return Object.assign(new Operation(order), { outcome });
}

function finished(kind: OperationKind, outcome: Outcome): OperationEvent {
  return { type: 'finished', operation: operation(kind, outcome), now: 0 };
}

/** A bucket of some node that has room, with its node. */
function bucketWithRoom({ engine, nodeKeys }: Simulation): {
  node: number;
  bucket: number;
  index: number;
} {
  const { tables } = engine;
  for (let node = 0; node < nodeKeys.length; node++) {
    for (let index = 0; index < tables.bucketCount(node); index++) {
      const bucket = tables.bucket(node, index);
      const size = tables.buckets.size(bucket);
      if (size > 0 && size < tables.buckets.k) return { node, bucket, index };
    }
  }
  throw new Error('every bucket is full');
}

function append(simulation: Simulation, contact: (node: number, bucket: number) => number): void {
  const { node, bucket } = bucketWithRoom(simulation);
  simulation.engine.tables.buckets.append(bucket, contact(node, bucket), 0);
}

const VALUE = { key: new Uint8Array(4), value: new Uint8Array(4) };

function holds(simulation: Simulation, storedAt: number, expiresAt: number): void {
  const stored = { storedAt, expiresAt, record: VALUE, point: new Uint8Array(20), source: null };
  distort(simulation.engine.values, { snapshot: () => [stored] });
}

/** For each invariant a way to break it; whatever has not shown by then does when the simulation runs on. */
const BREAK: Readonly<Record<InvariantName, (simulation: Simulation) => void>> = {
  'key-metric': (s) => distort(s.keys, { bit: () => 2 }),
  'key-held': (s) => distort(s.keys, { references: () => 0 }),
  'keys-released': (s) => {
    s.keys.intern(new Uint8Array(20));
    checksOf(s).rest(0);
  },
  'bucket-range': (s) =>
    append(s, (node) =>
      servers(s).find((other) => s.engine.tables.bucketIndex(node, other) === 0)!,
    ),
  'bucket-unique': (s) => append(s, (_, bucket) => s.engine.tables.buckets.contact(bucket, 0)),
  'bucket-self': (s) => append(s, (node) => node),
  'bucket-size': (s) => {
    const { buckets } = s.engine.tables;
    buckets.cells[buckets.firstCell(0) - 1] = 9;
  },
  'bucket-order': (s) =>
    distort(s.engine.tables.buckets, { seenMinute: (_: number, i: number) => 9 - i }),
  'bucket-flags': (s) => distort(s.engine.tables, { isMarkedFull: () => true }),
  'bucket-owner': (s) => void s.engine.tables.buckets.create(),
  'bucket-probe': (s) => s.engine.tables.buckets.setProbing(0, true),
  'replacement-cache': (s) => {
    const { bucket } = bucketWithRoom(s);
    s.engine.tables.buckets.cache(bucket, 1);
  },
  'contact-server': (s) =>
    append(s, () => s.nodeKeys.findIndex((_, node) => !s.engine.isServer(node))),
  'contact-proved': (s) =>
    onArrival(s, (node) => {
      const { tables } = s.engine;
      const stranger = servers(s).find(
        (other) => tables.bucketIndex(node, other) === 0 && !tables.contains(node, other),
      );
      const first = tables.buckets.firstCell(tables.bucket(node, 0));
      if (stranger !== undefined) tables.buckets.cells[first] = stranger;
    }),
  'contact-kept': (s) =>
    onArrival(s, (node) =>
      s.engine.tables.contacts(node).forEach((other) => s.engine.tables.remove(node, other, s.now)),
    ),
  'contact-failed': (s) => distort(s.engine.tables, { remove: () => false }),
  'contact-learned': (s) => onArrival(s, (node, from) => s.engine.tables.remove(node, from, s.now)),
  'lookup-sorted': (s) => distort(s.engine.lookups.shortlists, { distance: () => 1 }),
  'lookup-unique': (s) => distort(s.engine.lookups.shortlists, { contact: () => 3 }),
  'lookup-waiting': (s) => distort(s.engine.lookups.shortlists, { state: () => HEARD }),
  'lookup-in-flight': (s) => onArrival(s, () => s.engine.lookups.pool.inFlight.fill(1)),
  'lookup-alive': (s) => distort(s.engine.requests, { isGivenUp: () => true }),
  'lookup-alpha': (s) => distort(s.engine.lookups.pool, { window: () => 99 }),
  'lookup-greedy': (s) => distort(s.engine.lookups.shortlists, { state: () => HEARD }),
  'lookup-once': (s) => distort(s.engine.lookups.shortlists, { state: () => HEARD }),
  'lookup-disjoint': (s) => {
    const checks = new LookupChecks(worldOfTwoPaths(checksOf(s)));
    checks.asks(Object.assign(new Message(), { slot: 0, from: 0, to: 5, kind: 1, key: 1 }));
    checks.asks(Object.assign(new Message(), { slot: 1, from: 0, to: 5, kind: 1, key: 1 }));
  },
  'lookup-complete': (s) => distort(s.engine.lookups.shortlists, { haveAnswered: () => true }),
  'lookup-results': (s) => distort(s.engine.lookups.shortlists, { answered: () => 0 }),
  'lookup-answered': (s) =>
    distort(s.engine.lookups.shortlists, {
      answered: (_: number, out: Int32Array) => out.fill(1).length,
    }),
  'request-slots': (s) => distort(s.engine.requests, { inFlight: 99 }),
  'request-serial': (s) => checksOf(s).sent(request(s, { rpc: 0 })),
  'request-repeated': (s) => {
    checksOf(s).sent(request(s));
    checksOf(s).sent(request(s, { to: 2 }));
  },
  'request-attempts': (s) => {
    for (let i = 0; i < 20; i++) checksOf(s).sent(request(s));
  },
  'request-timer': (s) => checksOf(s).timerSet(s.now, REQUEST_TIMER, 5_000, 1),
  'request-deadline': (s) => {
    const message = request(s);
    checksOf(s).sent(message);
    checksOf(s).timerSet(s.now + 1e9, REQUEST_TIMER, message.slot, message.rpc);
  },
  'request-ended': (s) => distort(s.engine.requests, { finish: () => {} }),
  'reply-bound': (s) => {
    distort(s.engine.requests, { isAnswer: () => true });
    s.startOperation({ kind: 'ping', node: servers(s)[0]!, peer: 1 });
    const { requests } = s.engine;
    const slot = Array.from({ length: requests.slots }, (_, i) => i).find(
      (i) => requests.serial(i) >= 0,
    )!;
    const to = requests.node(slot);
    const forged = reply(s, {
      slot,
      rpc: requests.serial(slot),
      to,
      from: (requests.contact(slot) + 1) % 20,
    });
    checksOf(s).beforeMessage(forged, s.now);
    s.engine.receive(to, forged, s.now);
    checksOf(s).after();
  },
  'timer-bound': (s) => distort(s.engine.requests, { isPending: () => true }),
  'timeout-bounds': (s) => distort(s.engine.requests.roundTrips, { softTimeoutMs: () => 1e9 }),
  'newcomer-checks': (s) => distort(s.engine, { checking: 99 }),
  'answer-owed': (s) => distort(s.engine, { receive: () => {} }),
  'answer-address': (s) => checksOf(s).sent(reply(s)),
  'answer-server': (s) => distort(s.engine, { isServer: () => false }),
  'answer-contacts': (s) => {
    const message = reply(s, { contactCount: 1 });
    message.contacts[0] = message.from;
    checksOf(s).sent(message);
  },
  'answer-closest': (s) =>
    distort(s.engine.tables, { contacts: () => s.nodeKeys.map((_, node) => node) }),
  'answer-value': (s) => checksOf(s).sent(reply(s, { record: VALUE })),
  'answer-providers': (s) => checksOf(s).sent(reply(s, { providerCount: 1 })),
  'sender-online': (s) => {
    const [node] = servers(s);
    const message = request(s, { from: node! });
    s.engine.leave(node!, s.now, 'left');
    checksOf(s).sent(message);
  },
  'messages-conserved': (s) => {
    checksOf(s).before({ type: 0, a: 0, b: 0 }, s.now);
    checksOf(s).after();
  },
  'time-monotone': (s) => checksOf(s).before({ type: 1, a: 0, b: 0 }, s.now - 1),
  'timer-future': (s) => checksOf(s).timerSet(s.now - 1, 99, 0, 0),
  'refresh-timer': (s) => distort(s.engine, { timer: () => {} }),
  'store-counts': (s) =>
    distort(s.engine.values, { counts: () => ({ held: 99, limits: { perNode: 99 } }) }),
  'store-limits': (s) =>
    distort(s.engine.values, { counts: () => ({ held: 0, limits: { perNode: -1 } }) }),
  'record-lifetime': (s) => holds(s, 0, 1),
  'record-expiry': (s) => holds(s, -1e9, -1e9),
  'record-valid': (s) => holds(s, 0, 1),
  'record-kept': (s) => distort(s.engine.values, { put: () => true }),
  'provider-announced': (s) => {
    const message = reply(s, { kind: GET_PROVIDERS, providerCount: 1 });
    message.providers[0] = message.from + 1;
    checksOf(s).sent(message);
  },
  'operation-once': (s) => {
    const event = finished('ping', 'answered');
    checksOf(s).result(event);
    checksOf(s).result(event);
  },
  'operation-alive': (s) => distort(s.engine, { operations: [operation('ping', null)] }),
  'operation-outcome': (s) => checksOf(s).result(finished('ping', 'stored')),
  'operation-results': (s) => {
    const search = Object.assign(operation('findProviders', null), { count: 5 });
    checksOf(s).result({ type: 'provider', operation: search, provider: 3 });
  },
  'operation-proved': (s) => checksOf(s).result(finished('findPeer', 'found')),
  'operation-costs': (s) => {
    const search = Object.assign(operation('findNode', 'not-found'), { lookupRequests: 5 });
    checksOf(s).result({ type: 'finished', operation: search, now: 0 });
  },
  'value-valid': (s) =>
    checksOf(s).result({ type: 'value', operation: operation('getValue', null), record: VALUE }),
  'nodes-explored': (s) =>
    checksOf(s).result({ type: 'nodes', operation: operation('explore', null), nodes: [0] }),
  'sweep-progress': (s) => {
    const sweep = operation('provideMany', null);
    checksOf(s).result({
      type: 'swept',
      operation: sweep,
      keys: 0,
      nodes: 1,
      last: new Uint8Array(20),
    });
  },
  'size-finite': (s) => {
    const estimate = (): object => ({ nodes: Number.NaN, shape: 1 });
    distort(s.engine.neighbourhoods.sizes, { estimate });
  },
};

/** Two paths of one group, each with a request to contact 5. */
function worldOfTwoPaths(checks: Invariants): World {
  const pool = {
    serials: [0, 1],
    nodes: [0, 0],
    targets: [1, 1],
    kinds: [1, 1],
    phases: [1, 1],
    recalled: [0, 0],
    groups: [7, 7],
  };
  const shortlists = { length: () => 1, contact: () => 5, state: () => WAITING, target: () => 1 };
  const requests = {
    ownerType: () => OWNER_LOOKUP,
    owner: (slot: number) => slot,
    lookup: (slot: number) => slot,
  };
  const fail = (name: InvariantName): void => checks.onViolation!(new Violation(name, name));
  const world = {
    engine: () => ({ lookups: { pool, shortlists }, requests }),
    fail,
    profile: { k: 4 },
  };
  return world as unknown as World;
}

/** What some of them need to be broken. */
const CONDITIONS: Readonly<Partial<Record<InvariantName, Readonly<Record<string, unknown>>>>> = {
  'refresh-timer': { maintenance: true, refreshMs: 1_000 },
  'contact-failed': { unreachable: 0.2 },
};

/** Whether a broken simulation shows it before it ends. */
function shownBy(name: InvariantName): boolean {
  const simulation = simulate(CONDITIONS[name]);
  let isShown = false;
  checksOf(simulation).onViolation = (violation) => {
    if (violation.invariant !== name) return;
    isShown = true;
    throw violation;
  };
  try {
    simulation.runUntil(500);
    BREAK[name](simulation);
    simulation.runUntil(5_000);
    checksOf(simulation).finish();
  } catch (error) {
    if (!isShown) throw error;
  }
  return isShown;
}

describe('an invariant', () => {
  test.each(NAMES)('can be broken, and shows: %s', (name) => {
    expect(shownBy(name)).toBe(true);
  });

  test('that is broken ends the simulation, and says where and how to see it again', () => {
    const simulation = simulate({ name: "it's" });
    simulation.runUntil(500);
    simulation.engine.tables.buckets.setProbing(0, true);
    let said = '';
    try {
      simulation.run();
    } catch (error) {
      said = String(error);
    }
    expect(said).toMatch(
      /bucket-probe at node \d+, event \d+, [\d.]+ ms, seed 2: bucket 0 waits for no ping/,
    );
    expect(said).toMatch(
      /echo '\{.*"name":"it\\u0027s".*"checks":"all".*\}' > broken\.json && kad/,
    );
  });

  test('that holds changes nothing: a simulation is the same with and without checks', () => {
    const reports = ['all', 'sampled', 'off'].map((checks) => {
      const simulation = simulate({ checks, loss: 0.1, silent: 0.1 });
      simulation.run();
      return [simulation.events, simulation.report()];
    });
    expect(reports[1]).toEqual(reports[0]);
    expect(reports[2]).toEqual(reports[0]);
  });
});

test('checks are on in networks of up to 5,000 nodes, unless a scenario says otherwise', () => {
  const of = (fields: Readonly<Record<string, unknown>>): Invariants | null =>
    simulate({ workload: { operations: 0 }, ...fields }).invariants;
  expect(of({ checks: 'sampled', nodes: 5_000 })).not.toBeNull();
  expect(of({ checks: 'sampled', nodes: 5_001 })).toBeNull();
  expect(of({ checks: 'off' })).toBeNull();
});

test('the document and the code name the same invariants, 25 at least', () => {
  const text = readFileSync('docs/invariants.md', 'utf8');
  const documented = [...text.matchAll(/^\| `([a-z]+-[a-z-]+)` +\| (.*?) +\|/gm)];
  expect(documented.map(([, name, what]) => [name, what])).toEqual(Object.entries(INVARIANTS));
  expect(NAMES.length).toBeGreaterThanOrEqual(25);
});
