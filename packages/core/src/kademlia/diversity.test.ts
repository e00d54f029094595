import { describe, expect, test } from 'vitest';
import { keyFromBits, keyToBits } from '../keyspace/key.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { Profile } from './profile.ts';

const ORIGIN = '00000000';
const LIMITS = { k: 8, groupPerTableMax: 3, groupPerBucketMax: 2, groupPerAnswerMax: 2 };

/** Nodes whose last four bits are their address group; group 0 is nobody's. */
function network(names: readonly string[], limits: Partial<Profile> = LIMITS): TinyNetwork {
  return new TinyNetwork([ORIGIN, ...names], limits, undefined, {
    groups: (contact, net) => {
      const group = Number.parseInt(net.name(contact).slice(4), 2);
      return group === 0 ? -1 : group;
    },
  });
}

describe('of one address group', () => {
  test('a bucket takes two contacts, and a table three', () => {
    const names = ['10000001', '10010001', '10100001', '01000001', '01100001', '00100001'];
    const net = network(names);
    net.know(ORIGIN, ...names);
    expect(net.contacts(ORIGIN).flat()).toEqual(['10000001', '10010001']);
    const crowd = [
      '10000010',
      '10000011',
      '10000100',
      '10000101',
      '10000110',
      '10000111',
      '10001000',
    ];
    const split = network([...names, ...crowd]);
    split.know(ORIGIN, '10000001', '10010001', ...crowd, '01000001', '01100001', '00100001');
    expect(
      split.contacts(ORIGIN).map((bucket) => bucket.filter((name) => name.endsWith('0001'))),
    ).toEqual([['10000001', '10010001'], ['01000001']]);
  });

  test('and of none, as many as there is room for', () => {
    const names = ['10000000', '10010000', '10100000', '10110000', '11000000'];
    const net = network(names);
    net.know(ORIGIN, ...names);
    expect(net.contacts(ORIGIN).flat()).toEqual(names);
  });

  test('a place is free again when a contact leaves', () => {
    const net = network(['10000001', '10010001', '10100001']);
    net.know(ORIGIN, '10000001', '10010001');
    net.engine.tables.remove(net.node(ORIGIN), net.node('10000001'), 0);
    net.know(ORIGIN, '10100001');
    expect(net.contacts(ORIGIN).flat()).toEqual(['10010001', '10100001']);
  });
});

/** Starts a lookup at ORIGIN, whose one contact, the first of `names`, answers with all the others. */
function answerNaming(net: TinyNetwork, [asked, ...named]: readonly string[]): void {
  net.enter(ORIGIN, asked!, ...named);
  net.know(ORIGIN, asked!);
  net.start({ kind: 'findNode', node: net.node(ORIGIN), target: keyFromBits('11111111') });
  net.deliver(net.find({ to: asked! }));
  const answer = net.find({ from: asked! });
  named.forEach((name, i) => (answer.message.contacts[i] = net.node(name)));
  answer.message.contactCount = named.length;
  net.deliver(answer);
}

test('an answer that names too many contacts of one group names none of them', () => {
  const names = ['10000010', '11000001', '11010001', '11100001', '11110010', '11111000'];
  const net = network(names);
  answerNaming(net, names);
  expect(net.requests().toSorted()).toEqual(['find-node 11110010', 'find-node 11111000']);
});

test('a lookup takes up so many contacts of one group, in whatever answers they come, and any number of none', () => {
  const names = [
    '10000010',
    '11000001',
    '11010001',
    '11100001',
    '11110010',
    '11110000',
    '11100000',
  ];
  const limits = { ...LIMITS, groupPerAnswerMax: 8, groupPerLookupMax: 1, alpha: 8 };
  const net = network(names, limits);
  answerNaming(net, names);
  // 11110010 is of the group of the node that answered.
  expect(net.requests().toSorted()).toEqual([
    'find-node 11000001',
    'find-node 11100000',
    'find-node 11110000',
  ]);
});

test('a node that starts from a snapshot looks up without anybody’s help', () => {
  const names = Array.from({ length: 40 }, (_, i) => keyToBits(Uint8Array.of(6 * i + 1)));
  const net = new TinyNetwork(names, { k: 4 });
  net.enter(...names);
  for (const name of names) net.know(name, ...names);
  const [first] = names;
  const node = net.node(first!);
  const saved = net.engine.snapshots.take(node).contacts;
  expect(saved.length).toBeGreaterThan(10);
  net.engine.leave(node, net.now, 'crashed');
  net.engine.forget(node);
  expect(net.engine.snapshots.take(node).contacts).toEqual([]);
  net.enter(first!);
  net.engine.snapshots.restore(node, { contacts: [...saved, node, saved[0]!] }, net.now);
  expect(new Set(net.engine.snapshots.take(node).contacts)).toEqual(new Set(saved));
  expect(net.engine.snapshots.take(node).contacts).toHaveLength(saved.length);
  net.start({ kind: 'findNode', node, target: keyFromBits('11111111') });
  net.run();
  const [result] = net.results;
  expect(net.names(result!.operation.closest)).toEqual(
    [...names].toSorted((a, b) => Number.parseInt(b, 2) - Number.parseInt(a, 2)).slice(0, 4),
  );
});
