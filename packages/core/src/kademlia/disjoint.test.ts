import { describe, expect, test } from 'vitest';
import { keyFromBits, keyToBits } from '../keyspace/key.ts';
import { Rng } from '../keyspace/rng.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { TraceEvent } from '../trace/event.ts';

const TARGET = '11111111';

/** Half of an 8-bit keyspace, where everybody knows some others. */
function crowd(paths: number, seed = 1): TinyNetwork {
  const names = Array.from({ length: 128 }, (_, i) => keyToBits(Uint8Array.of(2 * i)));
  const net = new TinyNetwork(names, { k: 4, beta: 2, alpha: 2, paths }, COUNTERS);
  const rng = new Rng(seed, 'crowd');
  net.enter(...names);
  for (const name of names)
    for (let i = 0; i < 60; i++) net.know(name, names[rng.below(names.length)]!);
  return net;
}

function steps(net: TinyNetwork, step: string): TraceEvent[] {
  const all = Array.from({ length: net.trace.length }, (_, index) => net.trace.event(index));
  return all.filter((event) => event.step === step);
}

function findNode(net: TinyNetwork): number {
  return net.start({ kind: 'findNode', node: 0, target: keyFromBits(TARGET) });
}

describe('S/Kademlia 4.4: disjoint paths', () => {
  test('ask no node twice, whichever path hears of it', () => {
    for (const paths of [2, 3, 4]) {
      const net = crowd(paths, paths);
      findNode(net);
      net.run();
      const asked = steps(net, 'lookup.queried').map(({ peer }) => peer);
      expect(asked.length).toBeGreaterThan(8);
      expect(new Set(asked).size).toBe(asked.length);
    }
  });

  test('begin at different contacts, and are joined in one lookup that returns the closest of all', () => {
    const net = crowd(3);
    findNode(net);
    net.run();
    const lookups = steps(net, 'lookup.started').map(({ lookup }) => lookup);
    expect(lookups).toHaveLength(4);
    const seeds = steps(net, 'lookup.heard').filter(
      ({ lookup, hop }) => hop === 1 && lookup !== lookups[3],
    );
    expect(new Set(seeds.map(({ peer }) => peer)).size).toBe(seeds.length);
    const [event] = net.results;
    expect(net.names(event!.operation.closest)).toEqual([
      '11111110',
      '11111100',
      '11111010',
      '11111000',
    ]);
    const asked = steps(net, 'lookup.queried');
    expect(event!.operation.lookupRequests).toBe(asked.length);
  });

  test('go around a liar that one path meets', () => {
    // The liar names nobody; the path that asks it first has nothing to go on with.
    const net = crowd(2);
    findNode(net);
    const [first] = net.requests();
    const liar = net.find({ to: first!.split(' ')[1]! });
    net.deliver(liar);
    const answer = net.find({ from: liar.to });
    answer.message.contactCount = 0;
    net.run();
    expect(net.names(net.results[0]!.operation.closest)[0]).toBe('11111110');
  });

  test('end all together when one has what was wanted', () => {
    const net = crowd(3);
    net.start({ kind: 'provide', node: 5, key: counterKey(5) });
    net.run();
    net.results.length = 0;
    net.start({ kind: 'findProviders', node: 0, key: counterKey(5), count: 1 });
    net.run();
    const finished = net.results.filter(({ type }) => type === 'finished');
    expect(finished.map(({ operation }) => operation.outcome)).toEqual(['found']);
    expect(net.engine.lookups.pool.running).toBe(0);
    const ends = steps(net, 'lookup.finished').filter(({ detail }) => detail === 'satisfied');
    expect(ends.length).toBeGreaterThan(1);
  });

  test('all end when the answer that is wanted comes late, to a path that had ended', () => {
    const [origin, peer, slow, slower] = ['00000000', '11110000', '11100000', '11111111'] as const;
    const times = { requestTimeoutMs: 1_000, firstSoftTimeoutMs: 100, requestAttempts: 1 };
    const net = new TinyNetwork([origin, peer, slow, slower], { ...times, k: 2, paths: 2 });
    net.enter(origin, peer, slow, slower);
    net.know(origin, peer, slow);
    net.know(slow, slower);
    const id = net.start({ kind: 'findPeer', node: net.node(origin), peer: net.node(peer) });
    net.wait(90);
    // One path hears of somebody more, and the other one gives up the peer, and ends.
    net.answer(slow);
    net.wait(20);
    expect(steps(net, 'lookup.finished').map(({ detail }) => detail)).toHaveLength(1);
    expect(net.requests()).toContain(`find-node ${slower}`);
    net.answer(peer);
    expect(net.outcome(id)).toBe('found');
    net.run();
  });

  test('end when the node leaves', () => {
    const net = crowd(3);
    findNode(net);
    net.engine.leave(0, net.now, 'crashed');
    net.run();
    expect(net.results.map(({ operation }) => operation.outcome)).toEqual(['node-left']);
    expect(net.engine.lookups.pool.running).toBe(0);
  });

  test('of a node that knows nobody end at once', () => {
    const net = new TinyNetwork(['00000000'], { paths: 4 });
    net.enter('00000000');
    findNode(net);
    expect(net.results.map(({ operation }) => operation.outcome)).toEqual(['not-found']);
    expect(net.engine.lookups.pool.running).toBe(0);
  });

  test('serve the operations that look up several keys, too', () => {
    const net = crowd(2);
    net.start({ kind: 'refresh', node: 0, buckets: [0, 1, 2] });
    net.run();
    expect(net.results.map(({ operation }) => operation.outcome)).toEqual(['refreshed']);
    expect(net.engine.requests.inFlight).toBe(0);
  });
});
