import { describe, expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { Operation } from './operation.ts';
import type { Profile } from './profile.ts';

// Who knows whom: from the far half of the keyspace towards the target, which nobody has as a key.
const ORIGIN = '00000000';
const TARGET = '11111111';
const ROAD: Readonly<Record<string, readonly string[]>> = {
  [ORIGIN]: ['01000000', '10000000'],
  '01000000': ['10000000', '10100000'],
  '10000000': ['11000000', '10100000'],
  '10100000': ['11000000', '11100000'],
  '11000000': ['11100000', '11110000'],
  '11100000': ['11110000', '11111000'],
  '11110000': ['11111000', '11100000'],
  '11111000': ['11110000', '11100000'],
};

function road(profile: Partial<Profile> = {}): TinyNetwork {
  const net = new TinyNetwork(Object.keys(ROAD), profile);
  for (const [name, contacts] of Object.entries(ROAD)) {
    net.enter(name);
    net.know(name, ...contacts);
  }
  return net;
}

function findNode(net: TinyNetwork, target: string = TARGET): number {
  return net.start({ kind: 'findNode', node: net.node(ORIGIN), target: keyFromBits(target) });
}

/** The nodes that the lookup asked, in order. */
function asked(net: TinyNetwork): string[] {
  return events(net, 'lookup.queried').map(({ peer }) => net.trace.nodes[peer]!.id);
}

function events(net: TinyNetwork, step: string): { peer: number; detail: string | null }[] {
  const all = Array.from({ length: net.trace.length }, (_, index) => net.trace.event(index));
  return all.filter((event) => event.step === step);
}

function finished(net: TinyNetwork): Operation {
  const [event] = net.results;
  expect(event?.type).toBe('finished');
  return event!.operation;
}

describe('§2.3: a lookup', () => {
  test('asks the closest contacts it knows, alpha at a time, until the k closest have answered', () => {
    const net = road({ k: 3, alpha: 2, beta: 3 });
    findNode(net);
    // The first thing it does is to ask the two contacts of its routing table.
    expect(net.requests()).toEqual(['find-node 10000000', 'find-node 01000000']);
    // One answer makes room for one request, to the closest contact heard so far.
    net.answer('10000000');
    expect(net.requests()).toEqual(['find-node 01000000', 'find-node 11000000']);
    // A slow contact does not hold up the others.
    net.answer('11000000');
    expect(net.requests()).toEqual(['find-node 01000000', 'find-node 11110000']);
    net.answer('11110000');
    expect(net.requests()).toEqual(['find-node 01000000', 'find-node 11111000']);
    net.answer('11111000');
    // 11111000 and 11110000 have answered; the third closest has not been asked yet.
    expect(net.requests()).toEqual(['find-node 01000000', 'find-node 11100000']);
    expect(net.results).toEqual([]);
    net.answer('11100000');
    // The three closest have answered. The first contact still owes an answer, and nobody waits for it.
    const operation = finished(net);
    expect(net.names(operation.closest)).toEqual(['11111000', '11110000', '11100000']);
    expect(net.requests()).toEqual(['find-node 01000000']);
    expect(operation).toMatchObject({ outcome: 'found', lookupRequests: 6, lookups: 1, hops: 4 });
  });

  test('counts a hop for every answer on the way to the nearest node', () => {
    const net = road();
    findNode(net);
    net.run();
    // origin -> 10000000 -> 11000000 -> 11110000 -> 11111000
    expect(finished(net).hops).toBe(4);
    expect(events(net, 'lookup.advanced').map(({ peer }) => net.trace.nodes[peer]!.id)).toEqual([
      '11000000',
      '11110000',
      '11111000',
    ]);
  });

  test('ends with fewer than k nodes when there are no more', () => {
    const net = road({ k: 20, beta: 20 });
    findNode(net);
    net.run();
    expect(finished(net).closest).toHaveLength(7);
    expect(finished(net).outcome).toBe('found');
  });

  test('of a node that knows nobody ends at once', () => {
    const net = new TinyNetwork([ORIGIN]);
    net.enter(ORIGIN);
    findNode(net);
    expect(finished(net)).toMatchObject({ outcome: 'not-found', closest: [], lookupRequests: 0 });
    expect(events(net, 'lookup.finished')[0]!.detail).toBe('nobody-answered');
    expect(net.engine.lookups.pool.running).toBe(0);
  });

  test('whose contacts are all dead has asked each of them, and ends', () => {
    const net = new TinyNetwork([ORIGIN, '10000000', '11000000', '11100000', '11110000']);
    net.enter(ORIGIN);
    net.know(ORIGIN, '10000000', '11000000', '11100000');
    findNode(net);
    net.run();
    expect(finished(net)).toMatchObject({ outcome: 'not-found', lookupRequests: 3 });
    expect(net.now).toBe(200);
    // When nothing at all comes, it is the own line that may be down: nobody is forgotten.
    expect(net.contacts(ORIGIN)).toEqual([['10000000', '11000000', '11100000']]);
  });

  test('forgets who does not answer when others do', () => {
    const names = [ORIGIN, '10000000', '11000000', '11100000', '11110000'];
    const net = new TinyNetwork(names, { alpha: 3 });
    net.enter(ORIGIN, '10000000');
    net.know(ORIGIN, '10000000', '11000000', '11100000');
    findNode(net);
    net.run();
    expect(net.contacts(ORIGIN)).toEqual([['10000000']]);
  });

  test('marks the bucket of its target as refreshed', () => {
    const net = road();
    net.wait(5_000);
    findNode(net);
    net.run();
    const { tables } = net.engine;
    expect(tables.buckets.refreshedAt(tables.bucket(net.node(ORIGIN), 0))).toBe(5_000);
  });
});

describe('§2.3: contacts that do not answer', () => {
  test('leave consideration, and the next closest take their place', () => {
    const net = road({ k: 2, beta: 2, alpha: 1 });
    net.engine.leave(net.node('11111000'), net.now, 'crashed');
    net.engine.leave(net.node('11110000'), net.now, 'crashed');
    findNode(net);
    net.run();
    expect(net.names(finished(net).closest)).toEqual(['11100000', '11000000']);
    expect(asked(net)).toEqual(['10000000', '11000000', '11110000', '11100000', '11111000']);
  });

  test('are asked again before they are given up', () => {
    const net = road({ requestAttempts: 3, requestTimeoutMs: 300 });
    findNode(net);
    net.lose(net.find({ to: '10000000' }));
    net.wait(100);
    expect(net.requests()).toContain('find-node 10000000');
    net.lose(net.find({ to: '10000000' }));
    net.wait(100);
    net.answer('10000000');
    expect(net.requests()).toContain('find-node 11000000');
    // The two contacts known, three times each but for the last of the other, and who was heard of.
    expect(events(net, 'lookup.stalled')).toHaveLength(2);
    expect(net.engine.requests.sent).toBe(3 + 3 + 2);
  });

  test('in the time that answers take are overtaken: others are asked meanwhile', () => {
    const net = road({ requestAttempts: 2, requestTimeoutMs: 1_000, alpha: 1 });
    findNode(net);
    expect(net.requests()).toEqual(['find-node 10000000']);
    net.lose(net.find({ to: '10000000' }));
    net.wait(99);
    expect(net.requests()).toEqual([]);
    net.wait(1);
    expect(net.requests()).toEqual(['find-node 01000000', 'find-node 10000000']);
  });

  test('but do so after they were given up count all the same', () => {
    const net = road({ requestTimeoutMs: 1_000, k: 1, beta: 1, alpha: 1 });
    findNode(net);
    net.deliver(net.find({ to: '10000000' }));
    net.wait(100);
    expect(events(net, 'rpc.failed')).toHaveLength(1);
    expect(net.requests()).toEqual([]);
    net.deliver(net.find({ from: '10000000' }));
    expect(events(net, 'rpc.late')).toEqual([]);
    expect(net.contacts(ORIGIN).flat()).toContain('10000000');
  });

  test('are given up at once when they cannot be dialed', () => {
    const net = road();
    findNode(net);
    net.refuse(net.find({ to: '10000000' }));
    expect(events(net, 'rpc.failed').map(({ detail }) => detail)).toEqual(['unreachable']);
    expect(net.contacts(ORIGIN)).toEqual([['01000000']]);
    net.run();
    expect(finished(net).outcome).toBe('found');
  });

  test('and answer after all, too late, are ignored', () => {
    const net = road();
    findNode(net);
    net.deliver(net.find({ to: '10000000' }));
    net.wait(100);
    expect(events(net, 'rpc.failed')).toHaveLength(2);
    expect(finished(net).outcome).toBe('not-found');
    net.deliver(net.find({ from: '10000000' }));
    expect(events(net, 'rpc.late')).toHaveLength(1);
    expect(net.results).toHaveLength(1);
  });

  test('may answer a lookup that has ended: it learns nothing, but the contact is alive', () => {
    const net = road({ k: 1, beta: 1, alpha: 2 });
    // With k = 1, the table keeps one contact a bucket, and the second comes from the seeds.
    net.start({ kind: 'bootstrap', node: net.node(ORIGIN), seeds: [net.node('10000000')] });
    net.run();
    expect(net.outcome(0)).toBe('refreshed');
    expect(net.contacts(ORIGIN).flat()).toContain('01000000');
  });
});

describe('the IPFS DHT: beta closest, then the rest of the k at once', () => {
  test('alpha bounds requests until the beta closest have answered; then nothing does', () => {
    const net = road({ k: 4, alpha: 1, beta: 1 });
    findNode(net);
    for (const name of ['10000000', '11000000', '11110000']) {
      expect(net.requests()).toEqual([`find-node ${name}`]);
      net.answer(name);
    }
    expect(net.requests()).toEqual(['find-node 11111000']);
    net.answer('11111000');
    // The closest has answered. Of the four closest, one has not been asked yet, nor has anybody else.
    expect(net.requests()).toEqual(['find-node 11100000']);
    net.answer('11100000');
    expect(net.names(finished(net).closest)).toEqual([
      '11111000',
      '11110000',
      '11100000',
      '11000000',
    ]);
  });

  test('the rest is asked all at once', () => {
    const names = ['10000000', '10100000', '11000000', '11100000', '11110000'];
    const net = new TinyNetwork([ORIGIN, ...names], { k: 5, alpha: 2, beta: 1 });
    net.enter(ORIGIN, ...names);
    net.know(ORIGIN, ...names);
    findNode(net);
    expect(net.requests()).toEqual(['find-node 11110000', 'find-node 11100000']);
    net.answer('11110000');
    expect(net.requests()).toEqual([
      'find-node 11100000',
      'find-node 11000000',
      'find-node 10100000',
      'find-node 10000000',
    ]);
  });

  test('a closer contact that the confirmation discovers is asked, too', () => {
    const names = ['10000000', '11000000', '11110000'];
    const net = new TinyNetwork([ORIGIN, ...names], { k: 2, alpha: 1, beta: 1 });
    net.enter(ORIGIN, ...names);
    net.know(ORIGIN, '11000000', '10000000');
    net.know('10000000', '11110000');
    findNode(net);
    net.answer('11000000');
    net.answer('10000000');
    expect(net.requests()).toEqual(['find-node 11110000']);
    net.answer('11110000');
    expect(net.names(finished(net).closest)).toEqual(['11110000', '11000000']);
  });

  test('a beta above k asks for no more than k', () => {
    const net = road({ k: 2, beta: 20 });
    findNode(net);
    net.run();
    expect(finished(net).closest).toHaveLength(2);
  });
});

describe('a node that goes offline', () => {
  test('ends its lookups, and answers to them find nobody', () => {
    const net = road();
    const operation = findNode(net);
    net.deliver(net.find({ to: '10000000' }));
    net.engine.leave(net.node(ORIGIN), net.now, 'left');
    expect(net.outcome(operation)).toBe('node-left');
    expect(net.engine.lookups.pool.running).toBe(0);
    net.run();
    expect(net.results).toHaveLength(1);
    expect(net.engine.requests.inFlight).toBe(0);
    expect(events(net, 'rpc.failed')).toEqual([]);
    // Its table stays as it was: nothing that came later was heard.
    expect(net.contacts(ORIGIN)).toEqual([['01000000', '10000000']]);
  });

  test('does not hear that somebody could not be dialed', () => {
    const net = road();
    findNode(net);
    net.engine.leave(net.node(ORIGIN), net.now, 'left');
    net.refuse(net.find({ to: '10000000' }));
    expect(events(net, 'rpc.failed')).toEqual([]);
    expect(net.engine.requests.inFlight).toBe(1);
  });

  test('leaves the lookups of others alone', () => {
    const net = road();
    findNode(net);
    net.engine.leave(net.node('01000000'), net.now, 'left');
    net.run();
    expect(finished(net).outcome).toBe('found');
  });

  test('may be taken offline by the receiver of a result', () => {
    const net = road();
    findNode(net);
    net.start({ kind: 'findNode', node: net.node(ORIGIN), target: keyFromBits('01010101') });
    net.onResult = () => {
      if (net.engine.isActive(net.node(ORIGIN)))
        net.engine.leave(net.node(ORIGIN), net.now, 'left');
    };
    net.run();
    expect(new Set(net.results.map((event) => event.operation.outcome))).toEqual(
      new Set(['found', 'node-left']),
    );
    expect(net.results).toHaveLength(2);
    expect(net.engine.lookups.pool.running).toBe(0);
  });

  test('can start nothing', () => {
    const net = road();
    net.engine.leave(net.node(ORIGIN), net.now, 'left');
    expect(net.outcome(findNode(net))).toBe('node-left');
    expect(net.sent).toEqual([]);
    expect(net.keys.size).toBe(net.trace.nodes.length);
  });
});

describe('an answer counts only', () => {
  /** A lookup of which 10000000 has been asked and has answered; the answer is on its way. */
  function underway(): { net: TinyNetwork; slot: number } {
    const net = road();
    findNode(net);
    net.deliver(net.find({ to: '10000000' }));
    return { net, slot: net.find({ from: '10000000' }).message.slot };
  }

  test('from the node that was asked', () => {
    const { net } = underway();
    const { message } = net.find({ from: '10000000' });
    message.from = net.node('11111000');
    net.deliver(net.find({ from: '10000000' }));
    expect(events(net, 'lookup.answered')).toEqual([]);
    expect(events(net, 'rpc.late')).toHaveLength(1);
    expect(net.contacts(ORIGIN)).toEqual([['01000000', '10000000']]);
  });

  test('with the number of the request', () => {
    const { net } = underway();
    net.find({ from: '10000000' }).message.rpc += 1_000;
    net.deliver(net.find({ from: '10000000' }));
    expect(events(net, 'lookup.answered')).toEqual([]);
  });

  test('in the slot of the request', () => {
    for (const slot of [-1, 1, 63, 64, 1e9]) {
      const { net } = underway();
      net.find({ from: '10000000' }).message.slot = slot;
      net.deliver(net.find({ from: '10000000' }));
      expect(events(net, 'lookup.answered')).toEqual([]);
    }
  });

  test('at the node that asked', () => {
    const { net } = underway();
    net.find({ from: '10000000' }).message.to = net.node('11110000');
    net.deliver(net.find({ from: '10000000' }));
    expect(events(net, 'lookup.answered')).toEqual([]);
    expect(net.contacts('11110000').flat()).not.toContain('10000000');
  });

  test('once', () => {
    const { net } = underway();
    net.send(net.find({ from: '10000000' }).message);
    net.deliver(net.find({ from: '10000000' }));
    net.deliver(net.find({ from: '10000000' }));
    expect(events(net, 'lookup.answered')).toHaveLength(1);
    expect(events(net, 'rpc.late')).toHaveLength(1);
  });
});
