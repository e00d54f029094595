import { describe, expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import { Operation } from '../kademlia/operation.ts';
import { Contents, REMEMBERED_MAX } from './contents.ts';

const keys = new KeyTable(256);
const TARGETS = Array.from({ length: 5 }, (_, i) => keys.intern(new Rng(i).bytes(32)));

function operation(kind: 'provide' | 'findProviders', node: number, target: number): Operation {
  const order = { id: 0, kind, node, target, startedAt: 0, record: null, wanted: 0 };
  return new Operation(order);
}

function search(node: number, target: number, ...providers: readonly number[]): Operation {
  const ended = operation('findProviders', node, target);
  ended.providers.push(...providers);
  ended.lookupRequests = 12;
  return ended;
}

/** Node 1 provides the first target, node 2 the second. */
function contents(onlyAvailable = false): Contents {
  const made = new Contents(keys, onlyAvailable);
  made.add(operation('provide', 1, TARGETS[0]!), Uint8Array.of(1));
  made.add(operation('provide', 2, TARGETS[1]!), Uint8Array.of(2));
  return made;
}

describe('a search is scored', () => {
  test('by whether it found the provider, and nobody else', () => {
    const made = contents();
    expect(made.report()).toBeUndefined();
    made.score(search(9, TARGETS[0]!, 7, 1));
    made.score(search(9, TARGETS[1]!, 7));
    made.score(search(9, TARGETS[1]!));
    made.score(search(9, TARGETS[1]!, 2));
    expect(made.report()).toMatchObject({ searches: 4, rate: 0.5, rpcs: { mean: 12 } });
  });

  test('only while the provider is online', () => {
    const made = contents();
    made.left(1);
    made.score(search(9, TARGETS[0]!, 1));
    expect(made.report()).toBeUndefined();
  });

  test('not when it is for something unknown, or for what the node has itself', () => {
    const made = contents();
    made.score(search(9, TARGETS[2]!, 1));
    made.score(search(1, TARGETS[0]!, 1));
    expect(made.report()).toBeUndefined();
  });
});

describe('what there is to look for', () => {
  test('is everything, or what somebody has who is online', () => {
    const [any, online] = [contents(), contents(true)];
    for (const made of [any, online]) made.left(1);
    expect([any.size, online.size]).toEqual([2, 1]);
    expect(online.pick(new Rng(1)).provider).toBe(2);
    expect([any.available(0), any.available(1)?.provider]).toEqual([undefined, 2]);
    online.left(1);
    online.left(5);
    expect(online.size).toBe(1);
  });

  test('is bounded: the oldest is forgotten', () => {
    const made = contents();
    for (let i = 0; i < REMEMBERED_MAX; i++)
      made.add(operation('provide', 3, TARGETS[2]!), Uint8Array.of(3));
    expect(made.size).toBe(REMEMBERED_MAX);
    expect([made.available(0), made.available(1)]).toEqual([undefined, undefined]);
    made.score(search(9, TARGETS[0]!, 1));
    expect(made.report()).toBeUndefined();
  });
});
