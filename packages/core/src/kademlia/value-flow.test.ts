// Values among nodes that the caller knows, as the accelerated client does: nobody is looked for.
import { expect, test } from 'vitest';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { Operation } from './operation.ts';
import { hashKey } from './hash-key.ts';

const NAMES = ['00000000', '00110000', '01100000', '10000000', '10110000', '11000000'];
const KEY = counterKey(5);
const ASKER = '11000000';

function circle(): TinyNetwork {
  const net = new TinyNetwork(NAMES, {}, COUNTERS);
  net.enter(...NAMES);
  return net;
}

function put(net: TinyNetwork, value: number, names: readonly string[]): Operation {
  const contacts = handles(net, names);
  const command = { kind: 'putValue', node: net.node(ASKER), key: KEY, contacts } as const;
  return end(net, net.start({ ...command, value: Uint8Array.of(value) }));
}

function get(net: TinyNetwork, names: readonly string[], quorum?: number): Operation {
  const contacts = handles(net, names);
  const command = { kind: 'getValue', node: net.node(ASKER), key: KEY, contacts } as const;
  return end(net, net.start(quorum === undefined ? command : { ...command, quorum }));
}

function end(net: TinyNetwork, id: number): Operation {
  net.run();
  return net.results.find(({ type, operation }) => type === 'finished' && operation.id === id)!
    .operation;
}

function handles(net: TinyNetwork, names: readonly string[]): KeyHandle[] {
  return names.map((name) => net.node(name));
}

/** The value that a node holds; -1 for none. */
function heldBy(net: TinyNetwork, name: string): number {
  const target = net.keys.intern(hashKey(KEY, 1));
  const stored = net.engine.values.get(net.node(name), target, net.now);
  net.keys.release(target);
  return stored?.record.value[0] ?? -1;
}

function plant(net: TinyNetwork, name: string, value: number): void {
  const target = net.keys.intern(hashKey(KEY, 1));
  const record = { key: KEY, value: Uint8Array.of(value) };
  const stored = { record, storedAt: net.now, expiresAt: net.now + 3_600_000 };
  net.engine.values.put(net.node(name), target, stored);
  net.keys.release(target);
}

test('a value goes to exactly the contacts that are given', () => {
  const net = circle();
  const contacts = NAMES.slice(0, 4);
  expect(put(net, 7, contacts)).toMatchObject({ outcome: 'stored', count: 4, lookups: 0 });
  expect(NAMES.map((name) => heldBy(net, name))).toEqual([7, 7, 7, 7, -1, 7]);
});

test('the best value of all contacts is found, and those that lack it are given it', () => {
  const net = circle();
  plant(net, NAMES[0]!, 3);
  plant(net, NAMES[1]!, 9);
  const { outcome, record, holders, lookups } = get(net, NAMES.slice(0, 4));
  expect([outcome, record?.value[0], net.names(holders), lookups]).toEqual([
    'found',
    9,
    [NAMES[1]],
    0,
  ]);
  expect(NAMES.map((name) => heldBy(net, name))).toEqual([9, 9, 9, 9, -1, -1]);
});

test('a quorum ends it before the others have answered, and they are corrected all the same', () => {
  const net = circle();
  for (const name of NAMES.slice(0, 3)) plant(net, name, 4);
  expect(get(net, NAMES.slice(0, 5), 2)).toMatchObject({ outcome: 'found', count: 2 });
  expect(NAMES.map((name) => heldBy(net, name))).toEqual([4, 4, 4, 4, 4, -1]);
});

test('equal values agree, and each is one more holder', () => {
  const net = circle();
  for (const name of NAMES.slice(0, 3)) plant(net, name, 4);
  const { holders } = get(net, NAMES.slice(0, 4));
  expect(net.names(holders).toSorted()).toEqual(NAMES.slice(0, 3));
  expect(net.results.map(({ type }) => type)).toEqual([
    'value',
    'agreement',
    'agreement',
    'finished',
  ]);
});

test('nothing is found and nothing is stored among contacts that are offline, or none at all', () => {
  const net = circle();
  net.engine.leave(net.node(NAMES[0]!), 0, 'crashed');
  for (const contacts of [[], NAMES.slice(0, 1)]) {
    expect(get(net, contacts)).toMatchObject({ outcome: 'not-found', count: 0 });
  }
  for (const contacts of [[], NAMES.slice(0, 1)]) {
    expect(put(net, 7, contacts)).toMatchObject({ outcome: 'not-stored', count: 0 });
  }
});
