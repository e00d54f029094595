import { describe, expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { Operation } from './operation.ts';
import { isSuccess } from './operation.ts';
import type { Profile } from './profile.ts';

const NAMES = ['00000000', '00110000', '01100000', '10000000', '10110000', '11000000', '11110000'];
const [A, B, , , , , G] = NAMES as [string, string, string, string, string, string, string];

/** Seven nodes that all know each other, as far as their buckets allow. */
function circle(profile: Partial<Profile> = {}): TinyNetwork {
  const net = new TinyNetwork(NAMES, { k: 3, ...profile });
  net.enter(...NAMES);
  for (const name of NAMES) net.know(name, ...NAMES);
  return net;
}

function end(net: TinyNetwork, id: number): Operation {
  net.run();
  const event = net.results.find(
    ({ type, operation }) => type === 'finished' && operation.id === id,
  );
  expect(event).toBeDefined();
  return event!.operation;
}

describe('findNode', () => {
  test('finds the k nodes closest to a point', () => {
    const net = circle();
    const id = net.start({ kind: 'findNode', node: net.node(A), target: keyFromBits('10100000') });
    const { outcome, closest } = end(net, id);
    expect(outcome).toBe('found');
    expect(net.names(closest)).toEqual(['10110000', '10000000', '11110000']);
  });

  test('finds nothing in an empty network', () => {
    const net = new TinyNetwork([A]);
    net.enter(A);
    const id = net.start({ kind: 'findNode', node: 0, target: keyFromBits('10100000') });
    expect(end(net, id).outcome).toBe('not-found');
  });
});

describe('findPeer', () => {
  test('ends as soon as the node itself has answered', () => {
    const net = circle({ alpha: 1 });
    const id = net.start({ kind: 'findPeer', node: net.node(A), peer: net.node(G) });
    const { outcome, reached } = end(net, id);
    expect([outcome, reached]).toEqual(['found', true]);
  });

  test('does not find a node that is gone, though others still know it', () => {
    const net = circle();
    net.engine.leave(net.node(G), 0, 'crashed');
    const id = net.start({ kind: 'findPeer', node: net.node(A), peer: net.node(G) });
    const { outcome, reached } = end(net, id);
    expect([outcome, reached]).toEqual(['not-found', false]);
  });
});

describe('ping', () => {
  test('is answered by a node that is there', () => {
    const net = circle();
    const id = net.start({ kind: 'ping', node: net.node(A), peer: net.node(G) });
    expect(net.requests()).toEqual([`ping ${G}`]);
    expect(end(net, id).outcome).toBe('answered');
  });

  test('is not answered by one that is not', () => {
    const net = circle();
    net.engine.leave(net.node(G), 0, 'left');
    expect(
      end(net, net.start({ kind: 'ping', node: net.node(A), peer: net.node(G) })).outcome,
    ).toBe('no-answer');
  });

  test('to oneself is answered by oneself', () => {
    const net = circle();
    expect(
      end(net, net.start({ kind: 'ping', node: net.node(A), peer: net.node(A) })).outcome,
    ).toBe('answered');
    expect(net.contacts(A).flat()).not.toContain(A);
  });

  test('ends when its node leaves', () => {
    const net = circle();
    const id = net.start({ kind: 'ping', node: net.node(A), peer: net.node(G) });
    net.engine.leave(net.node(A), 0, 'left');
    expect(net.outcome(id)).toBe('node-left');
    net.run();
    expect(net.results).toHaveLength(1);
  });
});

describe('§2.3: bootstrap', () => {
  test('a newcomer looks up itself, and then a random key of every bucket beyond its neighbourhood', () => {
    const newcomer = '01110000';
    const net = new TinyNetwork([...NAMES, newcomer], { k: 2 });
    net.enter(...NAMES, newcomer);
    for (const name of NAMES) net.know(name, ...NAMES);
    const id = net.start({ kind: 'bootstrap', node: net.node(newcomer), seeds: [net.node(A)] });
    const { outcome, lookups, count } = end(net, id);
    expect(outcome).toBe('refreshed');
    expect(net.engine.tables.bucketCount(net.node(newcomer))).toBe(lookups);
    expect(count).toBe(lookups);
    expect(net.contacts(newcomer).flat().length).toBeGreaterThanOrEqual(3);
    // §2.3: and the others learn of it, because it asked them.
    expect(net.contacts('01100000').flat()).toContain(newcomer);
  });

  test('does nothing but fail when its seed is dead', () => {
    const net = circle();
    net.engine.forget(net.node(A));
    net.engine.leave(net.node(G), 0, 'left');
    const id = net.start({ kind: 'bootstrap', node: net.node(A), seeds: [net.node(G)] });
    expect(end(net, id)).toMatchObject({ outcome: 'no-answer', lookups: 1, closest: [] });
  });

  test('has joined when its first lookup was answered, even if the last was not', () => {
    const net = circle();
    const id = net.start({ kind: 'bootstrap', node: net.node(A), seeds: [] });
    while (net.trace.lookups.length < 2) net.answer(net.sent[0]!.to);
    for (const name of NAMES.slice(1)) net.engine.leave(net.node(name), net.now, 'crashed');
    expect(end(net, id)).toMatchObject({ outcome: 'refreshed', closest: [] });
  });

  test('without a seed starts from the contacts that the node has', () => {
    const net = circle();
    const id = net.start({ kind: 'bootstrap', node: net.node(A), seeds: [] });
    expect(end(net, id).outcome).toBe('refreshed');
  });

  test('gives back its keys when the node leaves halfway', () => {
    const net = circle();
    const id = net.start({ kind: 'bootstrap', node: net.node(A), seeds: [] });
    while (net.trace.lookups.length < 2) net.answer(net.sent[0]!.to);
    net.engine.leave(net.node(A), net.now, 'left');
    expect(net.outcome(id)).toBe('node-left');
    net.run();
    expect(net.keys.size).toBe(NAMES.length);
  });
});

describe('§2.3: refresh', () => {
  test('looks up a random key of the range of each given bucket', () => {
    const net = circle();
    const id = net.start({ kind: 'refresh', node: net.node(A), buckets: [0, 1] });
    expect(end(net, id)).toMatchObject({ outcome: 'refreshed', lookups: 2, count: 2 });
    const targets = net.trace.lookups.map(
      ({ startEvent }) => net.trace.keys[net.trace.get('key', startEvent)]!,
    );
    expect(targets.map((key) => Math.clz32(key[0]!) - 24)).toEqual([0, 1]);
    const { tables } = net.engine;
    expect(tables.buckets.refreshedAt(tables.bucket(0, 0))).toBe(0);
  });

  test('of a node that knows nobody is not answered', () => {
    const net = new TinyNetwork([A]);
    net.enter(A);
    const id = net.start({ kind: 'refresh', node: 0, buckets: [0] });
    expect(end(net, id).outcome).toBe('no-answer');
    expect(net.keys.size).toBe(1);
  });
});

test('every operation says how it ends, and only hopes that came true are successes', () => {
  expect(
    ['found', 'stored', 'answered', 'refreshed'].every((outcome) => isSuccess(outcome as 'found')),
  ).toBe(true);
  for (const outcome of ['not-found', 'not-stored', 'no-answer', 'invalid', 'node-left'] as const) {
    expect(isSuccess(outcome)).toBe(false);
  }
});

test('operations are numbered, and the number is known before results come', () => {
  const net = circle();
  const next = net.engine.nextOperation;
  expect(net.start({ kind: 'ping', node: 0, peer: 1 })).toBe(next);
  expect(net.engine.nextOperation).toBe(next + 1);
});

test('the receiver of a result may start the next operation at once', () => {
  const net = circle();
  net.onResult = (event) => {
    if (event.type === 'finished' && net.results.length < 20) {
      net.start({ kind: 'findNode', node: net.node(B), target: keyFromBits('11110001') });
    }
  };
  net.start({ kind: 'findNode', node: net.node(A), target: keyFromBits('10100000') });
  net.run();
  expect(net.results).toHaveLength(20);
  expect(net.results.every((event) => event.operation.outcome === 'found')).toBe(true);
});

describe('an operation that is cancelled', () => {
  const names = ['00000000', '10000000', '11000000', '11100000', '11110000'];

  test.each([1, 3])('asks nobody more, along %i paths, and leaves nothing behind', (paths) => {
    for (const kind of ['findNode', 'putValue', 'provide'] as const) {
      const net = new TinyNetwork(names, { k: 3, alpha: 1, paths }, COUNTERS);
      net.enter(...names);
      net.know(names[0]!, ...names.slice(1));
      const keys = net.keys.size;
      const [key, value] = [counterKey(3), Uint8Array.of(1)];
      const target = Uint8Array.of(255);
      const id = net.start({ kind, node: 0, key, value, target });
      const asked = net.requests().length;
      expect(net.engine.cancel(id, net.now)).toBe(true);
      expect(net.outcome(id)).toBe('cancelled');
      net.run();
      expect(net.results).toHaveLength(1);
      expect(net.results[0]!.operation.lookupRequests).toBe(asked);
      expect([...net.engine.operations]).toEqual([]);
      expect(net.engine.lookups.pool.running).toBe(0);
      const own = kind === 'findNode' ? 0 : 1;
      expect(net.keys.size).toBe(keys + own);
      expect(net.engine.cancel(id, net.now)).toBe(false);
    }
  });

  test('because its host knows enough has found what it wanted', () => {
    const net = new TinyNetwork(names, { k: 3, alpha: 1 });
    net.enter(...names);
    net.know(names[0]!, ...names.slice(1));
    const id = net.start({ kind: 'findPeer', node: 0, peer: net.node(names[4]!) });
    expect(net.engine.cancel(id, net.now, 'found')).toBe(true);
    net.run();
    const ends = Array.from({ length: net.trace.length }, (_, at) => net.trace.event(at))
      .filter(({ type }) => type === 'lookupFinished')
      .map(({ detail }) => detail);
    expect([net.outcome(id), ends]).toEqual(['found', ['satisfied']]);
  });

  test('is one of several, and the others go on', () => {
    const net = new TinyNetwork(names, { k: 3, alpha: 1 });
    net.enter(...names);
    net.know(names[0]!, ...names.slice(1));
    const start = (): number =>
      net.start({ kind: 'findNode', node: 0, target: Uint8Array.of(255) });
    const [first, second] = [start(), start()];
    net.engine.cancel(first, net.now);
    net.run();
    expect([net.outcome(first), net.outcome(second)]).toEqual(['cancelled', 'found']);
  });
});
