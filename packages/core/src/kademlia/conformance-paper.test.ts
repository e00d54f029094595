// Rules of the Kademlia paper that no other test shows; `docs/protocols/kademlia.md` has them all.
import { describe, expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import { hashKey } from './hash-key.ts';
import type { Operation } from './operation.ts';
import type { Profile } from './profile.ts';
import { PAPER } from './profile.ts';

const OWN = '00000000';
const HOUR = 3_600_000;

// The hash of the key begins with 01111101: these are the nodes from the closest to the farthest.
const KEY = counterKey(5);
const NODES = ['01100000', '00110000', OWN, '11110000', '11000000', '10110000'];

function circle(profile: Partial<Profile> = {}): TinyNetwork {
  const net = new TinyNetwork(NODES, { k: 3, ...profile }, COUNTERS);
  net.enter(...NODES);
  return net;
}

/** Puts a value into the stores of some nodes, as if it had been there. */
function plant(net: TinyNetwork, ...names: readonly string[]): void {
  const target = net.keys.intern(hashKey(KEY, 1));
  const record = { key: KEY, value: Uint8Array.of(7) };
  for (const name of names)
    net.engine.values.put(net.node(name), target, { record, storedAt: 0, expiresAt: HOUR });
  net.keys.release(target);
}

function holders(net: TinyNetwork): string[] {
  const target = net.keys.intern(hashKey(KEY, 1));
  const held = NODES.filter(
    (name) => net.engine.values.get(net.node(name), target, net.now) !== null,
  );
  net.keys.release(target);
  return held;
}

function get(net: TinyNetwork, name: string, quorum: number): Operation {
  const id = net.start({ kind: 'getValue', node: net.node(name), key: KEY, quorum });
  net.run();
  return net.results.find(({ type, operation }) => type === 'finished' && operation.id === id)!
    .operation;
}

describe('§2.2: any message', () => {
  const STRANGER = '11110000';

  test('says who has sent it, whether it asks or answers', () => {
    const net = circle();
    net.start({ kind: 'ping', node: net.node(OWN), peer: net.node(STRANGER) });
    expect(net.name(net.find({ to: STRANGER }).message.from)).toBe(OWN);
    net.deliver(net.find({ to: STRANGER }));
    expect(net.name(net.find({ to: OWN }).message.from)).toBe(STRANGER);
  });

  test('puts its sender into a bucket that has room, a request as well as an answer', () => {
    const net = circle();
    net.start({ kind: 'ping', node: net.node(OWN), peer: net.node(STRANGER) });
    net.deliver(net.find({ to: STRANGER }));
    expect(net.contacts(STRANGER)).toEqual([[OWN]]);
    expect(net.contacts(OWN)).toEqual([[]]);
    net.deliver(net.find({ to: OWN }));
    expect(net.contacts(OWN)).toEqual([[STRANGER]]);
  });

  test('makes its sender the most recently seen, an answer as well as a request', () => {
    const net = circle();
    net.know(OWN, STRANGER, '11000000');
    net.start({ kind: 'ping', node: net.node(OWN), peer: net.node(STRANGER) });
    net.answer(STRANGER);
    expect(net.contacts(OWN)).toEqual([['11000000', STRANGER]]);
  });
});

describe('§2.3: looking for a value', () => {
  test('a node that holds it returns it, and the closest contacts besides', () => {
    const net = circle();
    plant(net, '00110000');
    net.know(OWN, '00110000');
    net.know('00110000', '01100000', '10110000');
    net.start({ kind: 'getValue', node: net.node(OWN), key: KEY });
    net.deliver(net.find({ to: '00110000' }));
    const { message } = net.find({ from: '00110000' });
    expect(message.record?.value).toEqual(Uint8Array.of(7));
    expect(message.contactCount).toBe(2);
  });

  test('where one value is enough, the first ends the lookup', () => {
    const net = circle({ alpha: 1 });
    plant(net, '00110000', '01100000');
    net.know(OWN, '00110000');
    net.know('00110000', '01100000');
    const { outcome, lookupRequests } = get(net, OWN, 1);
    expect([outcome, lookupRequests]).toEqual(['found', 1]);
  });

  test('the nodes on the way that answered without it get a copy', () => {
    const net = circle({ alpha: 1 });
    plant(net, '01100000');
    net.know(OWN, '10110000');
    net.know('10110000', '00110000');
    net.know('00110000', '01100000');
    expect(get(net, OWN, 1).outcome).toBe('found');
    net.run();
    expect(holders(net)).toEqual(['01100000', '00110000', '10110000']);
  });
});

describe('§2.3: joining', () => {
  test('the node that a newcomer knows enters its table when it has answered', () => {
    const net = circle();
    const seeds = [net.node('11110000')];
    net.start({ kind: 'bootstrap', node: net.node(OWN), seeds });
    expect(net.contacts(OWN)).toEqual([[]]);
    net.answer('11110000');
    expect(net.contacts(OWN)).toEqual([['11110000']]);
  });
});

describe('§4.1: a contact that did not answer', () => {
  test('leaves the table, whether or not anybody waits for its place', () => {
    const net = circle();
    net.know(OWN, '11110000', '11000000');
    net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits('11111111') });
    net.lose(net.find({ to: '11110000' }));
    net.answer('11000000');
    net.wait(100);
    expect(net.contacts(OWN)).toEqual([['11000000']]);
  });
});

test('the figures of the paper: 160 bits, k 20, alpha 3, refreshes by the hour, records for a day', () => {
  expect(PAPER).toMatchObject({ keyBits: 160, k: 20, alpha: 3, beta: 20 });
  expect(PAPER.refreshIntervalMs).toBe(HOUR);
  expect([PAPER.valueLifetimeMs, PAPER.providerLifetimeMs]).toEqual([24 * HOUR, 24 * HOUR]);
});
