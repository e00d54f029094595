import { describe, expect, test } from 'vitest';
import { keyToBits } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { PROVIDER_LIMITS } from '../store/provider-store.ts';
import { counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import { hashKey } from './hash-key.ts';
import type { Command, OperationEvent } from './operation.ts';
import { compareDistance } from '../keyspace/key.ts';

const K = 8;

/** 128 nodes of a 16-bit keyspace that know each other as well as buckets allow. */
function crowd(profile: object = {}): TinyNetwork {
  const names = Array.from({ length: 128 }, (_, i) =>
    keyToBits(Uint8Array.of((i * 2 + 1) & 255, (i * 37) & 255)),
  );
  const net = new TinyNetwork(names, {
    keyBits: 16,
    k: K,
    alpha: 4,
    beta: 3,
    providerLimits: PROVIDER_LIMITS,
    ...profile,
  });
  net.enter(...names);
  for (const name of names) net.know(name, ...names);
  return net;
}

function run(net: TinyNetwork, command: Command): OperationEvent[] {
  net.results.length = 0;
  net.start(command);
  net.run();
  return [...net.results];
}

/** The nodes that hold a provider record, and the k that should. */
function holders(net: TinyNetwork, key: Uint8Array): { held: KeyHandle[]; closest: KeyHandle[] } {
  const point = hashKey(key, 2);
  const handle = net.keys.find(point);
  const nodes = Array.from({ length: 128 }, (_, node) => node);
  const out = new Int32Array(10);
  const held = nodes.filter(
    (node) => handle >= 0 && net.engine.providers.get(node, handle, net.now, out) > 0,
  );
  const closest = nodes
    .filter((node) => node !== 0)
    .toSorted((a, b) => compareDistance(point, net.keys.key(a), net.keys.key(b)))
    .slice(0, K);
  return { held, closest };
}

function finished(events: readonly OperationEvent[]): OperationEvent {
  const ends = events.filter(({ type }) => type === 'finished');
  expect(ends).toHaveLength(1);
  return ends[0]!;
}

/** Eight lookups, after which a node knows how large the network is. */
function learnSize(net: TinyNetwork, node: number): void {
  for (let i = 0; i < 8; i++)
    run(net, { kind: 'findNode', node, target: Uint8Array.of(32 * i + 3, 99) });
  expect(net.engine.neighbourhoods.sizes.estimate(node, net.now)?.nodes).toBeGreaterThan(60);
}

describe('provide', () => {
  test('waits until all of the k closest have been told', () => {
    const net = crowd();
    const events = run(net, { kind: 'provide', node: 0, key: counterKey(1) });
    const { operation } = finished(events);
    expect([operation.outcome, operation.count]).toEqual(['stored', K]);
    const { held, closest } = holders(net, counterKey(1));
    expect(held.toSorted((a, b) => a - b)).toEqual([0, ...closest].toSorted((a, b) => a - b));
    expect(operation.bytes).toBeGreaterThan(0);
  });

  test('of the IPFS DHT has no answer: the transport’s word counts', () => {
    const net = crowd({ acknowledgesProviders: false });
    const { operation } = finished(run(net, { kind: 'provide', node: 0, key: counterKey(1) }));
    expect([operation.outcome, operation.count]).toEqual(['stored', K]);
    expect(net.engine.requests.inFlight).toBe(0);
  });

  test('an announcement that does not arrive is repeated, and fails in the end', () => {
    const net = crowd({
      acknowledgesProviders: false,
      requestAttempts: 2,
      requestTimeoutMs: 1_000,
    });
    const id = net.start({ kind: 'provide', node: 0, key: counterKey(1) });
    const target = holders(net, counterKey(1)).closest[0]!;
    for (let i = 0; i < 200 && net.outcome(id) === null; i++) {
      const lost = net.sent.find(
        ({ kind, message }) => kind === 'add-provider' && message.to === target,
      );
      if (lost === undefined) net.run(5);
      else net.lose(lost);
    }
    const { operation } = finished(net.results);
    expect([operation.outcome, operation.count]).toEqual(['stored', K - 1]);
    expect(net.engine.tables.contains(0, target)).toBe(false);
  });

  test('to contacts that are known looks nobody up', () => {
    const net = crowd();
    const contacts = [5, 6, 7];
    const { operation } = finished(
      run(net, { kind: 'provide', node: 0, key: counterKey(1), contacts }),
    );
    expect([operation.count, operation.lookups]).toEqual([3, 0]);
    expect(holders(net, counterKey(1)).held).toEqual([0, 5, 6, 7]);
    const found = finished(
      run(net, { kind: 'findProviders', node: 9, key: counterKey(1), contacts: [5] }),
    );
    expect([found.operation.outcome, found.operation.lookups]).toEqual(['found', 0]);
    const nobody = finished(
      run(net, { kind: 'findProviders', node: 9, key: counterKey(2), contacts: [] }),
    );
    expect(nobody.operation.outcome).toBe('not-found');
  });
});

describe('an optimistic provide', () => {
  test('needs to know the size of the network', () => {
    const net = crowd();
    const { operation } = finished(
      run(net, { kind: 'provide', node: 0, key: counterKey(1), optimistic: true }),
    );
    expect(operation.count).toBe(K);
  });

  test('returns when three quarters have been told, and tells the others', () => {
    const net = crowd();
    learnSize(net, 0);
    net.results.length = 0;
    const id = net.start({ kind: 'provide', node: 0, key: counterKey(3), optimistic: true });
    while (net.outcome(id) === null) net.run(1);
    const { operation } = finished(net.results);
    expect(operation.count).toBe(K * 0.75);
    net.run();
    const { held, closest } = holders(net, counterKey(3));
    expect(closest.filter((node) => !held.includes(node))).toEqual([]);
    expect(net.engine.lookups.pool.running).toBe(0);
    expect(finished(net.results).operation.outcome).toBe('stored');
  });

  test('is sooner than an ordinary one', () => {
    const times = [false, true].map((optimistic) => {
      const net = crowd();
      learnSize(net, 0);
      const started = net.now;
      const id = net.start({ kind: 'provide', node: 0, key: counterKey(4), optimistic });
      while (net.outcome(id) === null) net.run(1);
      return net.now - started;
    });
    expect(times[1]!).toBeLessThan(times[0]!);
  });
});

describe('a region', () => {
  test('is told whole, and asked whole', () => {
    const net = crowd();
    learnSize(net, 0);
    const { operation } = finished(
      run(net, { kind: 'provide', node: 0, key: counterKey(5), region: true }),
    );
    expect(operation.count).toBeGreaterThan(K);
    const { held, closest } = holders(net, counterKey(5));
    expect(closest.filter((node) => !held.includes(node))).toEqual([]);
    // The k closest have lost it, as if they were Sybils.
    for (const node of closest) net.engine.providers.forget(node);
    const whole = finished(
      run(net, { kind: 'findProviders', node: 50, key: counterKey(5), region: true }),
    );
    expect([whole.operation.outcome, ...whole.operation.providers]).toEqual(['found', 0]);
    expect(whole.operation.lookups).toBeGreaterThan(1);
    expect(whole.operation.directRequests).toBeGreaterThan(K);
  });

  test('is not asked where the k closest are enough', () => {
    const net = crowd();
    run(net, { kind: 'provide', node: 0, key: counterKey(5) });
    const { operation } = finished(
      run(net, { kind: 'findProviders', node: 50, key: counterKey(5), count: 1, region: true }),
    );
    expect([operation.outcome, operation.lookups]).toEqual(['found', 1]);
  });

  test('can be the rule of a network', () => {
    const net = crowd({ regionStore: true });
    const { operation } = finished(run(net, { kind: 'provide', node: 0, key: counterKey(6) }));
    expect(operation.count).toBeGreaterThan(K);
  });
});
