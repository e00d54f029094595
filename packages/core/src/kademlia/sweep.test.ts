import { describe, expect, test } from 'vitest';
import { compareDistance, compareKeys, keyToBits } from '../keyspace/key.ts';
import { PROVIDER_LIMITS } from '../store/provider-store.ts';
import { counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import { AcceleratedClient } from './accelerated.ts';
import { hashKey } from './hash-key.ts';
import type { Operation, OperationEvent } from './operation.ts';

const K = 6;
const NODES = 200;

function crowd(profile: object = {}): TinyNetwork {
  const names = Array.from({ length: NODES }, (_, i) =>
    keyToBits(Uint8Array.of((i * 83) & 255, (i * 37) & 255)),
  );
  const net = new TinyNetwork(names, {
    keyBits: 16,
    k: K,
    alpha: 4,
    beta: 3,
    acknowledgesProviders: false,
    providerLimits: PROVIDER_LIMITS,
    ...profile,
  });
  net.enter(...names);
  for (const name of names) net.know(name, ...names);
  return net;
}

const CONTENT = Array.from({ length: 60 }, (_, i) => counterKey(i));

function ended(net: TinyNetwork, id: number): Operation {
  const end = net.results.find(({ type, operation }) => type === 'finished' && operation.id === id);
  expect(end).toBeDefined();
  return end!.operation;
}

function sweeps(net: TinyNetwork): Extract<OperationEvent, { type: 'swept' }>[] {
  return net.results.filter((event) => event.type === 'swept');
}

/** How many of the k nodes closest to each key hold its provider record, as a share. */
function coverage(net: TinyNetwork, keys: readonly Uint8Array[]): number {
  const out = new Int32Array(10);
  let held = 0;
  for (const key of keys) {
    const point = hashKey(key, 2);
    const handle = net.keys.find(point);
    const closest = Array.from({ length: NODES - 1 }, (_, i) => i + 1)
      .toSorted((a, b) => compareDistance(point, net.keys.key(a), net.keys.key(b)))
      .slice(0, K);
    for (const node of closest)
      if (handle >= 0 && net.engine.providers.get(node, handle, net.now, out) > 0) held++;
  }
  return held / (keys.length * K);
}

describe('provideMany', () => {
  test('tells the k closest nodes of every key, with far fewer lookups than keys', () => {
    const net = crowd();
    const id = net.start({ kind: 'provideMany', node: 0, keys: CONTENT });
    net.run();
    const operation = ended(net, id);
    expect([operation.outcome, operation.count]).toEqual(['stored', CONTENT.length * K]);
    expect(coverage(net, CONTENT)).toBe(1);
    const regions = sweeps(net);
    expect(regions.length).toBeGreaterThan(3);
    expect(regions.reduce((sum, { keys }) => sum + keys, 0)).toBe(CONTENT.length);
    expect(operation.lookups).toBeLessThan(CONTENT.length * 1.5);
    expect(net.engine.requests.inFlight).toBe(0);
  });

  test('goes through the keyspace in order, and can go on where it was interrupted', () => {
    const net = crowd();
    const id = net.start({ kind: 'provideMany', node: 0, keys: CONTENT });
    while (sweeps(net).length < 2) net.run(1);
    net.engine.leave(0, net.now, 'crashed');
    expect(ended(net, id).outcome).toBe('node-left');
    net.run();
    const before = sweeps(net);
    const after = before.at(-1)!.last;
    net.results.length = 0;
    net.enter(net.name(0));
    net.start({ kind: 'provideMany', node: 0, keys: CONTENT, after });
    net.run();
    const all = [...before, ...sweeps(net)];
    expect(all.reduce((sum, { keys }) => sum + keys, 0)).toBe(CONTENT.length);
    const lasts = all.map(({ last }) => last);
    expect(lasts.toSorted(compareKeys)).toEqual(lasts);
    expect(coverage(net, CONTENT)).toBe(1);
  });

  test('tells a node that does not answer little', () => {
    const net = crowd({ requestAttempts: 1 });
    const dead = 7;
    net.engine.leave(dead, net.now, 'crashed');
    // It is among the contacts that are given, so it is not found out before.
    const contacts = Array.from({ length: NODES - 1 }, (_, i) => i + 1);
    const id = net.start({ kind: 'provideMany', node: 0, keys: CONTENT, contacts });
    net.run();
    const operation = ended(net, id);
    expect(operation.lookups).toBe(0);
    expect(operation.count).toBeLessThan(CONTENT.length * K);
    expect(coverage(net, CONTENT)).toBeGreaterThan(0.95);
  });

  test('of no keys at all ends at once', () => {
    const net = crowd();
    const id = net.start({ kind: 'provideMany', node: 0, keys: [] });
    expect(ended(net, id).outcome).toBe('stored');
    const known = net.start({ kind: 'provideMany', node: 0, keys: [], contacts: [1] });
    expect(ended(net, known).outcome).toBe('stored');
  });

  test('gives back every key that it held', () => {
    const net = crowd({ providerLifetimeMs: 1_000 });
    const before = net.keys.size;
    net.start({ kind: 'provideMany', node: 0, keys: CONTENT });
    net.run(400);
    net.engine.leave(0, net.now, 'crashed');
    net.run();
    net.wait(10_000);
    expect(net.keys.size).toBe(before);
  });
});

describe('explore', () => {
  test('of no prefix is a crawl: it finds every node', () => {
    const net = crowd();
    const id = net.start({
      kind: 'explore',
      node: 0,
      prefix: new Uint8Array(2),
      length: 0,
      parallel: 4,
    });
    net.run();
    expect(ended(net, id).count).toBe(NODES - 1);
    const streamed = net.results.flatMap((event) => (event.type === 'nodes' ? event.nodes : []));
    expect(new Set(streamed).size).toBe(NODES - 1);
    expect(streamed).toHaveLength(NODES - 1);
  });

  test('stays within its budget of requests', () => {
    const net = crowd();
    const id = net.start({
      kind: 'explore',
      node: 0,
      prefix: new Uint8Array(2),
      length: 0,
      parallel: 4,
      requestsPerSecond: 50,
    });
    while (net.outcome(id) === null) net.run(10);
    const operation = ended(net, id);
    expect(operation.count).toBe(NODES - 1);
    // What the last lookups cost is not waited for.
    expect(net.now).toBeGreaterThan(((operation.lookupRequests - 4 * 40) / 50) * 1000);
  });
});

describe('an accelerated client', () => {
  function client(net: TinyNetwork): AcceleratedClient {
    const accelerated = new AcceleratedClient({
      engine: net.engine,
      keys: net.keys,
      node: 0,
      k: K,
    });
    net.onResult = (event) => void accelerated.hear(event);
    return accelerated;
  }

  test('knows the network after a crawl, and needs no lookups then', () => {
    const net = crowd();
    const accelerated = client(net);
    expect(accelerated.crawl(net.now)).toBe(true);
    expect(accelerated.crawl(net.now)).toBe(false);
    net.run(60_000);
    expect(accelerated.size).toBe(NODES - 1);
    for (const command of [
      { kind: 'provide', node: 0, key: counterKey(1) },
      { kind: 'provideMany', node: 0, keys: CONTENT },
      { kind: 'findProviders', node: 0, key: counterKey(1) },
    ] as const) {
      const id = net.start(accelerated.accelerate(command));
      net.run();
      expect([ended(net, id).lookups, ended(net, id).count > 0]).toEqual([0, true]);
    }
    expect(coverage(net, CONTENT)).toBe(1);
  });

  test('looks up as usual while the first crawl runs', () => {
    const net = crowd();
    const accelerated = client(net);
    accelerated.crawl(net.now);
    net.run(30);
    expect(accelerated.isReady).toBe(false);
    const id = net.start(accelerated.accelerate({ kind: 'provide', node: 0, key: counterKey(1) }));
    net.run();
    expect([ended(net, id).lookups, ended(net, id).count]).toEqual([1, K]);
    net.run(60_000);
    expect(accelerated.isReady).toBe(true);
  });

  test('crawls again after an hour, and forgets who has gone', () => {
    const net = crowd();
    const accelerated = client(net);
    accelerated.crawl(net.now);
    net.run(60_000);
    const [nearest] = accelerated.closest(net.keys.intern(hashKey(counterKey(1), 2)), 1);
    accelerated.forget(nearest!);
    expect(accelerated.size).toBe(NODES - 2);
    net.wait(3_530_000);
    expect(accelerated.crawl(net.now)).toBe(false);
    net.wait(80_000);
    expect(accelerated.crawl(net.now)).toBe(true);
    // What is known stays known until the crawl has been completed.
    net.run(20);
    expect(accelerated.size).toBe(NODES - 2);
    net.run(60_000);
    expect(accelerated.size).toBe(NODES - 1);
    expect(accelerated.accelerate({ kind: 'ping', node: 0, peer: 1 })).toEqual({
      kind: 'ping',
      node: 0,
      peer: 1,
    });
  });
});
