// What hosts on real networks need of the engine, and the simulator does not.
import { describe, expect, test } from 'vitest';
import { keyFromBits, keyToBits } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { RecordChange } from './context.ts';

const OWN = '00000000';
const OTHERS = ['10000000', '10100000', '11000000', '11100000', '11110000', '11111000'];

describe('a host whose transport loses nothing', () => {
  const profile = { k: 3, alpha: 2, beta: 3, repeatsRequests: false, requestTimeoutMs: 10_000 };

  test('sends every request once: what is overdue is waited for, while somebody else is asked', () => {
    const net = new TinyNetwork([OWN, ...OTHERS], profile);
    net.enter(OWN, ...OTHERS);
    net.know(OWN, ...OTHERS);
    net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits('11111111') });
    const [first, second] = net.requests();
    const slow = net.sent[0]!;
    net.lose(slow);
    net.wait(1_500);
    expect(net.requests()[0]).toBe(second);
    expect(net.requests().length).toBeGreaterThan(1);
    expect(net.requests()).not.toContain(first);
    net.run();
    expect(net.contacts(OWN).flat()).not.toContain(slow.to);
    expect(net.now).toBeGreaterThanOrEqual(10_000);
    const all = Array.from({ length: net.trace.length }, (_, at) => net.trace.event(at));
    const failed = all.filter(({ step }) => step === 'rpc.failed');
    expect(failed.map(({ detail }) => detail)).toEqual(['timeout']);
  });

  test('counts an answer that comes late, but before the deadline', () => {
    const net = new TinyNetwork([OWN, ...OTHERS], profile);
    net.enter(OWN, ...OTHERS);
    const ping = net.start({ kind: 'ping', node: net.node(OWN), peer: net.node(OTHERS[0]!) });
    net.wait(9_000);
    expect(net.requests()).toHaveLength(1);
    net.answer(OTHERS[0]!);
    expect(net.outcome(ping)).toBe('answered');
  });
});

describe('a host whose requests carry what is hashed', () => {
  test('says which key of a bucket is looked up, and which buckets cannot be', () => {
    const asked: [string, number][] = [];
    const askable = (point: Key, length: number): Key | null => {
      asked.push([keyToBits(point).slice(0, length), length]);
      return length > 2 ? null : keyFromBits(keyToBits(point).slice(0, length).padEnd(8, '1'));
    };
    const net = new TinyNetwork([OWN, ...OTHERS], { k: 3 }, undefined, { host: { askable } });
    net.enter(OWN, ...OTHERS);
    net.know(OWN, ...OTHERS);
    net.start({ kind: 'refresh', node: net.node(OWN), buckets: [0, 1, 2] });
    expect(asked).toEqual([
      ['1', 1],
      ['01', 2],
      ['001', 3],
    ]);
    const targets = new Set<string>();
    while (net.sent.length > 0) {
      const [parcel] = net.sent;
      if (!parcel!.isResponse) targets.add(net.name(parcel!.message.key));
      net.deliver(parcel!);
    }
    expect([...targets]).toEqual(['11111111', '01111111']);
  });
});

test('a host with a disk hears of every record that is kept, and of every one that is dropped', () => {
  const changes: RecordChange[] = [];
  const net = new TinyNetwork(
    [OWN, ...OTHERS],
    { k: 3, valueLifetimeMs: 60_000, providerLifetimeMs: 90_000 },
    COUNTERS,
    { host: { kept: (change) => void changes.push({ ...change }) } },
  );
  net.enter(OWN, ...OTHERS);
  net.know(OWN, ...OTHERS.slice(0, 3));
  const own = net.node(OWN);
  net.start({ kind: 'putValue', node: own, key: counterKey(1), value: Uint8Array.of(7) });
  net.start({ kind: 'provide', node: own, key: counterKey(2) });
  net.run();
  const kept = (type: RecordChange['type']): RecordChange[] =>
    changes.filter((change) => change.type === type);
  expect(kept('value')).toHaveLength(4);
  expect(kept('value').map((change) => change.type === 'value' && change.isOwn)).toEqual([
    true,
    false,
    false,
    false,
  ]);
  expect(kept('provider')).toHaveLength(4);
  expect(kept('provider')[1]).toMatchObject({ provider: own });
  net.wait(100_000);
  expect([kept('value-dropped'), kept('provider-dropped')].map((list) => list.length)).toEqual([
    4, 4,
  ]);
});

test('whom the engine does not name, it never turns to again', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const rng = new Rng(seed, 'contacts');
    const names = Array.from({ length: 60 }, (_, i) => keyToBits(Uint8Array.of(4 * i + 1)));
    const net = new TinyNetwork(
      names,
      {
        k: 4,
        alpha: 1,
        beta: 1,
        paths: 1 + (seed % 3),
        trustsRequests: false,
        replacementCacheMax: 0,
        bucketPolicy: 'seniority',
      },
      COUNTERS,
    );
    net.enter(...names);
    for (const name of names) net.know(name, ...names.filter(() => rng.uint32() % 12 === 0));
    const node = net.node(names[0]!);
    let forgotten = new Set<KeyHandle>();
    const key = counterKey(seed);
    // The others share an engine with this node, and what they know must not count.
    const { tables } = net.engine;
    tables.eachContact = (visit) => tables.contacts(node).forEach(visit);
    const commands = ['findNode', 'provide', 'findProviders', 'putValue', 'getValue'] as const;
    for (const kind of commands)
      if (kind === 'findNode') net.start({ kind, node, target: keyFromBits('10101010') });
      else if (kind === 'putValue') net.start({ kind, node, key, value: Uint8Array.of(1) });
      else net.start({ kind, node, key });
    net.start({ kind: 'explore', node, prefix: keyFromBits('00000000'), length: 1, parallel: 2 });
    net.start({ kind: 'provideMany', node, keys: [1, 2, 3, 4].map(counterKey) });
    for (let step = 0; step < 3_000 && net.sent.length > 0; step++) {
      const parcel = net.sent[rng.uint32() % net.sent.length]!;
      // Nobody names a contact to the node any more: what it turns to now, it must have named itself.
      if (parcel.to === names[0]) {
        for (const contact of parcel.message.contacts.subarray(0, parcel.message.contactCount))
          forgotten.delete(contact);
        forgotten.delete(parcel.message.from);
      }
      const before = new Set(net.sent);
      if (rng.uint32() % 8 === 0) net.lose(parcel);
      else net.deliver(parcel);
      for (const sent of net.sent)
        if (!before.has(sent) && sent.from === names[0] && !sent.isResponse)
          expect(forgotten.has(sent.message.to), `seed ${seed}: ${sent.to}`).toBe(false);
      const named = new Set<KeyHandle>();
      net.engine.eachContact((contact) => named.add(contact));
      forgotten = new Set(names.map((name) => net.node(name)).filter((one) => !named.has(one)));
      if (net.sent.length === 0) net.wait(500);
    }
    expect(net.results.length).toBeGreaterThan(5);
  }
});
