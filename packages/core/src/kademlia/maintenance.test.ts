import { describe, expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { Profile } from './profile.ts';

const MINUTE = 60_000;
const OWN = '00000000';
// Three contacts fill the bucket of the far half; those after them are newcomers.
const FAR = ['10000000', '10000001', '10000010', '10000011', '10000100', '10000101'];
const [OLDEST, SECOND, THIRD, NEWCOMER, NEXT, LAST] = FAR as [
  string,
  string,
  string,
  string,
  string,
  string,
];
const NEAR = '01000000';

/** A node whose far bucket is full, and which has just split off a near one. */
function crowded(profile: Partial<Profile> = {}): TinyNetwork {
  const net = new TinyNetwork([OWN, NEAR, ...FAR], { k: 3, ...profile });
  net.enter(OWN, NEAR, ...FAR);
  net.know(OWN, OLDEST, SECOND, THIRD, NEAR);
  return net;
}

function ping(net: TinyNetwork, from: string, to: string): void {
  net.start({ kind: 'ping', node: net.node(from), peer: net.node(to) });
}

/** `from` asks the node something, which is a sign of life. */
function ask(net: TinyNetwork, from: string): void {
  ping(net, from, OWN);
  net.deliver(net.find({ from, to: OWN }));
  net.deliver(net.find({ from: OWN, to: from, isResponse: true }));
}

function waiting(net: TinyNetwork): string[] {
  const { tables } = net.engine;
  return net.names(tables.buckets.replacements(tables.bucket(net.node(OWN), 0)));
}

function count(net: TinyNetwork, step: string): number {
  const all = Array.from({ length: net.trace.length }, (_, index) => net.trace.event(index));
  return all.filter((event) => event.step === step).length;
}

describe('§2.2: a newcomer of a full bucket', () => {
  test('waits while the oldest contact was heard of lately', () => {
    const net = crowded();
    ask(net, NEWCOMER);
    expect(net.contacts(OWN)).toEqual([[OLDEST, SECOND, THIRD], [NEAR]]);
    expect(waiting(net)).toEqual([NEWCOMER]);
    expect(net.requests()).toEqual([]);
  });

  test('makes the node ping its least recently seen contact, which stays when it answers', () => {
    const net = crowded();
    net.wait(15 * MINUTE);
    ask(net, NEWCOMER);
    expect(net.requests()).toEqual([`ping ${OLDEST}`]);
    net.answer(OLDEST);
    expect(net.contacts(OWN)[0]).toEqual([SECOND, THIRD, OLDEST]);
    expect(waiting(net)).toEqual([NEWCOMER]);
  });

  test('takes the place of a contact that does not answer', () => {
    const net = crowded();
    net.wait(15 * MINUTE);
    ask(net, NEWCOMER);
    net.lose(net.find({ to: OLDEST }));
    net.wait(100);
    expect(net.contacts(OWN)[0]).toEqual([SECOND, THIRD, NEWCOMER]);
    expect(waiting(net)).toEqual([]);
  });

  test('does not send a second ping while one is on its way', () => {
    const net = crowded();
    net.wait(15 * MINUTE);
    ask(net, NEWCOMER);
    ask(net, NEXT);
    expect(net.requests()).toEqual([`ping ${OLDEST}`]);
    net.answer(OLDEST);
    ask(net, LAST);
    expect(net.requests()).toEqual([`ping ${SECOND}`]);
  });

  test('§4.1: gives way to a later one in the replacement cache', () => {
    const net = crowded({ replacementCacheMax: 2 });
    for (const name of [NEWCOMER, NEXT, LAST]) ask(net, name);
    expect(waiting(net)).toEqual([NEXT, LAST]);
    net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits('11111111') });
    net.refuse(net.find({ to: THIRD }));
    expect(net.contacts(OWN)[0]).toEqual([OLDEST, SECOND, LAST]);
  });

  test('that died in the replacement cache does not come back', () => {
    const net = crowded();
    ask(net, NEWCOMER);
    ask(net, NEXT);
    ping(net, OWN, NEXT);
    net.refuse(net.find({ to: NEXT }));
    expect(waiting(net)).toEqual([NEWCOMER]);
  });

  test('a contact that gives a sign of life is the newest', () => {
    const net = crowded();
    ask(net, OLDEST);
    expect(net.contacts(OWN)[0]).toEqual([SECOND, THIRD, OLDEST]);
  });

  test('can be probed again after the node was away during a ping', () => {
    const net = crowded();
    net.wait(15 * MINUTE);
    ask(net, NEWCOMER);
    net.lose(net.find({ to: OLDEST }));
    net.engine.leave(net.node(OWN), net.now, 'left');
    net.wait(MINUTE);
    expect(net.contacts(OWN)[0]).toEqual([OLDEST, SECOND, THIRD]);
    net.enter(OWN);
    ask(net, NEXT);
    expect(net.requests()).toEqual([`ping ${OLDEST}`]);
  });
});

describe('seniority, as on the IPFS DHT', () => {
  const AMINO_LIKE: Partial<Profile> = {
    bucketPolicy: 'seniority',
    replacementCacheMax: 0,
    trustsRequests: false,
  };

  test('whoever came first stays, in the order of arrival, and nobody is pinged', () => {
    const net = crowded(AMINO_LIKE);
    net.wait(100 * MINUTE);
    ask(net, NEWCOMER);
    ask(net, OLDEST);
    expect(net.contacts(OWN)[0]).toEqual([OLDEST, SECOND, THIRD]);
    expect(net.requests()).toEqual([]);
    expect(waiting(net)).toEqual([]);
  });

  test('a request proves nothing: an unknown node is asked before it enters', () => {
    const net = crowded({ ...AMINO_LIKE, k: 5 });
    ask(net, NEWCOMER);
    expect(net.contacts(OWN).flat()).not.toContain(NEWCOMER);
    expect(net.requests()).toEqual([`find-node ${NEWCOMER}`]);
    net.answer(NEWCOMER);
    expect(net.contacts(OWN).flat()).toContain(NEWCOMER);
    ask(net, NEWCOMER);
    expect(net.requests()).toEqual([]);
  });

  test('it is asked once at a time, and again after it did not answer', () => {
    const net = crowded({ ...AMINO_LIKE, k: 5 });
    ask(net, NEWCOMER);
    ask(net, NEWCOMER);
    expect(net.requests()).toEqual([`find-node ${NEWCOMER}`]);
    net.lose(net.find({ to: NEWCOMER, isResponse: false }));
    net.wait(100);
    expect(net.contacts(OWN).flat()).not.toContain(NEWCOMER);
    ask(net, NEWCOMER);
    expect(net.requests()).toEqual([]);
    net.wait(10_000);
    ask(net, NEWCOMER);
    expect(net.requests()).toEqual([`find-node ${NEWCOMER}`]);
  });

  test('two that never get an answer from each other do not go on asking', () => {
    const net = new TinyNetwork([OWN, FAR[0]!], AMINO_LIKE);
    net.enter(OWN, FAR[0]!);
    ask(net, FAR[0]!);
    let requests = 0;
    for (let step = 0; step < 2_000 && net.now < 3_600_000; step++) {
      const [parcel] = net.sent;
      if (parcel === undefined) net.wait(1_000);
      else if (parcel.isResponse) net.lose(parcel);
      else {
        requests++;
        net.deliver(parcel);
      }
    }
    expect(net.now).toBeGreaterThan(1_000_000);
    expect(requests).toBeLessThan(100);
  });

  test('also when the node was away in the meantime', () => {
    const net = crowded({ ...AMINO_LIKE, k: 5 });
    ask(net, NEWCOMER);
    net.lose(net.find({ to: NEWCOMER, isResponse: false }));
    net.engine.leave(net.node(OWN), net.now, 'crashed');
    net.wait(200);
    net.enter(OWN);
    ask(net, NEWCOMER);
    expect(net.requests()).toEqual([`find-node ${NEWCOMER}`]);
  });

  test('a bucket without room asks nobody', () => {
    const net = crowded(AMINO_LIKE);
    ask(net, NEWCOMER);
    expect(net.requests()).toEqual([]);
  });
});

describe('§2.3: refreshing', () => {
  const HOUR = 60 * MINUTE;

  test('every bucket without a lookup for an hour gets one of a random key of its range', () => {
    const net = crowded();
    net.engine.startRefreshing(net.node(OWN), 0);
    net.run(HOUR);
    expect(count(net, 'refresh.started')).toBe(0);
    net.run(HOUR);
    expect(count(net, 'refresh.started')).toBe(1);
    const started = net.results.at(-1)!.operation;
    expect([started.kind, started.lookups, started.outcome]).toEqual(['refresh', 2, 'refreshed']);
    net.run(HOUR);
    expect(count(net, 'refresh.started')).toBe(2);
  });

  test('a bucket that was looked into needs none', () => {
    const net = crowded();
    net.engine.startRefreshing(net.node(OWN), 0);
    net.run(HOUR - MINUTE);
    for (const target of ['11111111', '01111111']) {
      net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits(target) });
      net.run(1_000);
    }
    net.run(HOUR - 2 * MINUTE);
    expect(count(net, 'refresh.started')).toBe(0);
  });

  test('stops when the node leaves, and has one rhythm after it has come back', () => {
    const net = crowded();
    net.engine.startRefreshing(net.node(OWN), 0);
    net.engine.leave(net.node(OWN), 0, 'left');
    net.run(3 * HOUR);
    expect(count(net, 'refresh.started')).toBe(0);
    net.enter(OWN);
    net.engine.startRefreshing(net.node(OWN), net.now);
    net.engine.startRefreshing(net.node(OWN), net.now);
    net.run(10 * HOUR);
    expect(count(net, 'refresh.started')).toBeLessThanOrEqual(10);
    expect(count(net, 'refresh.started')).toBeGreaterThanOrEqual(9);
  });
});

describe('a node in client mode', () => {
  test('never answers, and never enters a table', () => {
    const net = new TinyNetwork([OWN, NEAR, NEWCOMER]);
    net.enter(OWN, NEAR);
    net.know(OWN, NEAR);
    net.engine.enter(net.node(NEWCOMER), 'client', 0);
    ask(net, NEWCOMER);
    expect(net.contacts(OWN).flat()).toEqual([NEAR]);
    // It learns from answers like everybody else.
    expect(net.contacts(NEWCOMER).flat()).toEqual([OWN]);
    ping(net, OWN, NEWCOMER);
    net.run();
    expect(net.results.at(-1)!.operation.outcome).toBe('no-answer');
    expect(net.engine.isActive(net.node(NEWCOMER))).toBe(true);
    expect(net.engine.isServer(net.node(NEWCOMER))).toBe(false);
  });

  test('finds values and provides like a server', () => {
    const net = new TinyNetwork([OWN, NEAR, NEWCOMER]);
    net.enter(OWN, NEAR);
    net.engine.enter(net.node(NEWCOMER), 'client', 0);
    net.know(NEWCOMER, OWN, NEAR);
    const id = net.start({ kind: 'provide', node: net.node(NEWCOMER), key: Uint8Array.of(1) });
    net.run();
    expect(net.outcome(id)).toBe('stored');
    const find = net.start({ kind: 'findProviders', node: net.node(OWN), key: Uint8Array.of(1) });
    net.run();
    expect(
      net.names(net.results.find(({ operation }) => operation.id === find)!.operation.providers),
    ).toEqual([NEWCOMER]);
  });
});

test('a node that is offline neither answers nor learns', () => {
  const net = crowded();
  ping(net, NEWCOMER, OWN);
  net.engine.leave(net.node(OWN), 0, 'crashed');
  net.deliver(net.find({ to: OWN }));
  expect(net.sent).toEqual([]);
  expect(waiting(net)).toEqual([]);
});

test('a table that was restored is reported in one event', () => {
  const net = crowded();
  net.engine.tables.clear(net.node(OWN));
  for (const name of [...FAR, NEAR]) net.engine.tables.restore(net.node(OWN), net.node(name), 0);
  net.engine.snapshots.report(net.node(OWN), 0);
  const last = net.trace.event(net.trace.length - 1);
  expect([last.step, last.count]).toEqual(['table.restored', 4]);
  expect(net.contacts(OWN)).toEqual([[OLDEST, SECOND, THIRD], [NEAR]]);
});
