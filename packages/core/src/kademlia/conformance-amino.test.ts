// Rules of the IPFS DHT that no other test shows; `docs/protocols/kademlia.md` has them all.
import { describe, expect, test } from 'vitest';
import { keyFromBits, keyToHex } from '../keyspace/key.ts';
import { SPEC_MULTIHASH, SPEC_PEER_ID } from '../testing/amino-samples.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import { AMINO_VALIDATORS, validateRecord } from '../store/validate.ts';
import { hashKey } from './hash-key.ts';
import type { Profile } from './profile.ts';
import { AMINO } from './profile.ts';

const OWN = '00000000';
const OTHERS = ['10000000', '10100000', '11000000', '11110000'];
const [FIRST, SECOND, THIRD, FOURTH] = OTHERS as [string, string, string, string];
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** The rules of the IPFS DHT where the keyspace is tiny. */
const RULES: Partial<Profile> = {
  bucketPolicy: 'seniority',
  replacementCacheMax: 0,
  trustsRequests: false,
  refreshesSelf: true,
  probeEveryRefreshes: 4,
  refreshIntervalMs: 10 * MINUTE,
};

function network(profile: Partial<Profile> = {}): TinyNetwork {
  const net = new TinyNetwork([OWN, ...OTHERS], { k: 4, ...RULES, ...profile }, COUNTERS);
  net.enter(OWN, ...OTHERS);
  return net;
}

function findNode(net: TinyNetwork, target: string): void {
  net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits(target) });
}

/** Whom a node names when it is asked for the nodes closest to a target. */
function named(net: TinyNetwork, by: string, target: string): string[] {
  net.sent.length = 0;
  net.know(OWN, by);
  findNode(net, target);
  net.deliver(net.find({ to: by }));
  const { message } = net.find({ from: by, isResponse: true });
  return net.names(message.contacts.subarray(0, message.contactCount)).toSorted();
}

/** The contacts that a node pinged to see whether they are alive, in order. */
function pinged(net: TinyNetwork): string[] {
  const all = Array.from({ length: net.trace.length }, (_, index) => net.trace.event(index));
  return all
    .filter(({ step, detail }) => step === 'table.probed' && detail === 'liveness')
    .map(({ peer }) => net.trace.nodes[peer]!.id);
}

describe('the keyspace', () => {
  test('has peers and content where the SHA-256 of their bytes is: the examples of the specification', () => {
    expect(keyToHex(hashKey(SPEC_PEER_ID, 32))).toBe(
      'e43d28f0996557c0d5571d75c62a57a59d7ac1d30a51ecedcdb9d5e4afa56100',
    );
    expect(keyToHex(hashKey(SPEC_MULTIHASH, 32))).toBe(
      'd623250f3f660ab4c3a53d3c97b3f6a0194c548053488d093520206248253bcb',
    );
  });

  test('and the figures are those of the network', () => {
    expect(AMINO).toMatchObject({ keyBits: 256, k: 20, alpha: 10, beta: 3 });
    expect(AMINO).toMatchObject({ groupPerTableMax: 3, groupPerBucketMax: 2 });
    expect(AMINO.refreshIntervalMs).toBe(10 * MINUTE);
    expect([AMINO.valueLifetimeMs, AMINO.providerLifetimeMs]).toEqual([48 * HOUR, 48 * HOUR]);
    expect(AMINO.requestTimeoutMs).toBe(10_000);
  });
});

describe('a server', () => {
  test('names the closest that it knows, even where it is closer itself, and never itself', () => {
    const net = network();
    net.know(FOURTH, FIRST, SECOND);
    expect(named(net, FOURTH, '11110001')).toEqual([FIRST, SECOND]);
  });

  test('does not name a contact that has not answered it', () => {
    const net = network();
    net.know(FOURTH, FIRST, SECOND);
    net.start({ kind: 'ping', node: net.node(FOURTH), peer: net.node(FIRST) });
    net.lose(net.find({ to: FIRST }));
    net.start({ kind: 'ping', node: net.node(FOURTH), peer: net.node(SECOND) });
    net.answer(SECOND);
    net.wait(100);
    expect(named(net, FOURTH, '11110001')).toEqual([SECOND]);
  });
});

describe('a routing table', () => {
  test('takes nobody in who was only heard of', () => {
    const net = network();
    net.know(OWN, FIRST);
    net.know(FIRST, SECOND, THIRD);
    findNode(net, '11111111');
    net.answer(FIRST);
    expect(net.contacts(OWN).flat()).toEqual([FIRST]);
    net.answer(THIRD);
    expect(net.contacts(OWN).flat()).toEqual([FIRST, THIRD]);
  });

  test('takes in who proves nothing but that it answers, though it knows nobody', () => {
    const net = network();
    net.start({ kind: 'ping', node: net.node(FIRST), peer: net.node(OWN) });
    net.deliver(net.find({ to: OWN }));
    net.deliver(net.find({ to: FIRST, isResponse: false }));
    const { message } = net.find({ from: FIRST, kind: 'find-node', isResponse: true });
    expect([net.name(message.key), message.contactCount]).toEqual([OWN, 0]);
    net.run();
    expect(net.contacts(OWN).flat()).toEqual([FIRST]);
  });
});

describe('a refresh', () => {
  test('looks up the own key, even when every bucket was looked into', () => {
    const net = network();
    net.know(OWN, FIRST);
    net.engine.startRefreshing(net.node(OWN), 0);
    net.run(9 * MINUTE);
    findNode(net, '11111111');
    net.run(2 * MINUTE);
    const refreshes = net.results.filter(({ operation }) => operation.kind === 'refresh');
    expect(refreshes.length).toBeGreaterThan(0);
    const { target, outcome, lookups } = refreshes[0]!.operation;
    expect([net.name(target), outcome]).toEqual([OWN, 'refreshed']);
    expect(lookups).toBeGreaterThan(0);
  });

  test('pings a quarter of the contacts, so that four of them ping all', () => {
    const net = network();
    net.know(OWN, ...OTHERS);
    net.engine.startRefreshing(net.node(OWN), 0);
    net.run(40 * MINUTE);
    expect(pinged(net).toSorted()).toEqual(OTHERS);
  });

  test('ends with those gone that did not answer', () => {
    const net = network();
    net.know(OWN, ...OTHERS);
    net.engine.leave(net.node(SECOND), 0, 'crashed');
    net.engine.startRefreshing(net.node(OWN), 0);
    net.run(41 * MINUTE);
    expect(net.contacts(OWN).flat().toSorted()).toEqual([FIRST, THIRD, FOURTH]);
  });
});

test('servers of the IPFS DHT keep nothing but keys and names', () => {
  const accepts = (namespace: string): boolean => {
    const key = new TextEncoder().encode(`/${namespace}/x`);
    const problem = validateRecord(AMINO_VALIDATORS, key, key, 0);
    return problem?.startsWith('no validator') !== true;
  };
  expect([...AMINO_VALIDATORS.keys()]).toEqual(['pk', 'ipns']);
  expect(['pk', 'ipns', 'immutable', 'v'].map(accepts)).toEqual([true, true, false, false]);
});

describe('entry correction', () => {
  test('takes place also when a quorum ended the lookup', () => {
    const net = network({ alpha: 1, beta: 4 });
    const key = counterKey(5);
    const target = net.keys.intern(hashKey(key, 1));
    const put = (name: string, value: number): void => {
      const record = { key, value: Uint8Array.of(value) };
      net.engine.values.put(net.node(name), target, { record, storedAt: 0, expiresAt: HOUR });
    };
    // From the closest to the key to the farthest: 11110000 is asked first, and holds an old value.
    put(FOURTH, 1);
    put(THIRD, 2);
    net.know(OWN, FOURTH, THIRD, SECOND);
    net.start({ kind: 'getValue', node: net.node(OWN), key, quorum: 2 });
    net.run();
    const { operation } = net.results.at(-1)!;
    expect([operation.outcome, operation.record?.value[0]]).toEqual(['found', 2]);
    expect(operation.lookupRequests).toBe(2);
    expect(net.engine.values.get(net.node(FOURTH), target, net.now)!.record.value[0]).toBe(2);
    net.keys.release(target);
  });
});
