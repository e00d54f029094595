import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import { Message } from '../kademlia/message.ts';
import { Faults } from './faults.ts';
import type { FaultPlan } from './faults.ts';
import { LatencyModel } from './latency.ts';
import { Network } from './network.ts';

// What the nodes are like, by number.
const HERE = 0;
const AWAY = 1;
const UNREACHABLE = 2;
const SILENT = 3;

function network(faults: Partial<FaultPlan> = {}): { net: Network; keys: KeyTable } {
  const plan = { loss: 0, duplicate: 0, jitterMs: 0, partitions: [], seed: 1, ...faults };
  const keys = new KeyTable(8);
  for (let i = 0; i < 4; i++) keys.intern(Uint8Array.of(i));
  const net = new Network({
    keys,
    latency: new LatencyModel({ model: 'constant', rttMs: 100 }, 4, new Rng(1)),
    reachability: {
      isOnline: (node) => node !== AWAY,
      isSilent: (node) => node === SILENT,
      isUnreachable: (node) => node === UNREACHABLE,
    },
    faults: new Faults(plan, new Rng(1)),
    nodeBehind: null,
    connections: null,
    trace: null,
  });
  return { net, keys };
}

function message(to: number, key = -1): Message {
  return Object.assign(new Message(), { kind: 2, from: HERE, to, key });
}

test('a message is a copy: its sender may use its own again', () => {
  const { net, keys } = network();
  const original = message(SILENT, keys.intern(Uint8Array.of(9)));
  original.contacts.set([1, 2, 3]);
  original.contactCount = 3;
  original.providers.set([3]);
  original.providerCount = 1;
  original.record = { key: Uint8Array.of(1), value: Uint8Array.of(2) };
  Object.assign(original, {
    rpc: 5,
    slot: 6,
    fromServer: true,
    isResponse: true,
    accepted: true,
    traceEvent: 8,
  });
  const slot = net.accept(original);
  const copy = net.message(slot);
  expect(copy).not.toBe(original);
  expect(copy).toEqual(original);
  original.contacts[0] = 9;
  expect(copy.contacts[0]).toBe(1);
  net.release(slot);
  expect(copy.record).toBeNull();
});

test('messages hold their keys on the way', () => {
  const { net, keys } = network();
  const key = keys.intern(Uint8Array.of(9));
  const slot = net.accept(message(HERE, key));
  keys.release(key);
  expect(keys.size).toBe(5);
  net.release(slot);
  expect(keys.size).toBe(4);
});

test('what becomes of a message depends on its receiver', () => {
  const { net } = network();
  const fate = (to: number): string => net.arrive(net.accept(message(to)), 0);
  expect([HERE, AWAY, UNREACHABLE, SILENT].map(fate)).toEqual([
    'delivered',
    'offline',
    'refused',
    'silent',
  ]);
  const lossy = network({ loss: 1 }).net;
  expect(lossy.arrive(lossy.accept(message(HERE)), 0)).toBe('lost');
});

test('a refused connection takes a whole round trip', () => {
  const { net } = network();
  expect(net.delayMs(net.accept(message(HERE)))).toBe(50);
  expect(net.delayMs(net.accept(message(UNREACHABLE)))).toBe(100);
});

test('nothing vanishes: sent, and doubled on the way, is delivered, dropped or in flight', () => {
  const script = fc.array(fc.tuple(fc.boolean(), fc.nat(3)), { maxLength: 300 });
  fc.assert(
    fc.property(script, fc.constantFrom(0, 0.3), (commands, share) => {
      const { net } = network({ loss: share, duplicate: share });
      const flying: number[] = [];
      let delivered = 0;
      for (const [sends, which] of commands) {
        if (sends || flying.length === 0) {
          const sent = net.accept(message(which));
          const copy = net.duplicate(sent);
          flying.push(sent, ...(copy < 0 ? [] : [copy]));
        } else {
          const [slot] = flying.splice(which % flying.length, 1);
          if (net.arrive(slot!, 0) === 'delivered') delivered++;
          net.release(slot!);
        }
        expect(net.messages + net.duplicates).toBe(delivered + net.dropped + net.inFlight);
        expect(net.inFlight).toBe(flying.length);
      }
      expect(net.bytes).toBe(net.messages * 45);
    }),
  );
});

test('as many messages are lost as the scenario says', () => {
  const { net } = network({ loss: 0.2 });
  let lost = 0;
  for (let i = 0; i < 5_000; i++) {
    const slot = net.accept(message(HERE));
    if (net.arrive(slot, 0) === 'lost') lost++;
    net.release(slot);
  }
  expect(Math.abs(lost - 1_000)).toBeLessThan(5 * 28);
});

test('a message to an invented contact arrives at the node behind it', () => {
  const keys = new KeyTable(8);
  for (let i = 0; i < 5; i++) keys.intern(Uint8Array.of(i));
  const net = new Network({
    keys,
    latency: new LatencyModel({ model: 'constant', rttMs: 100 }, 4, new Rng(1)),
    reachability: {
      isOnline: (node) => node !== AWAY && node < 4,
      isSilent: (node) => node === SILENT,
      isUnreachable: (node) => node === UNREACHABLE,
    },
    faults: new Faults({ loss: 0, duplicate: 0, jitterMs: 0, partitions: [], seed: 1 }, new Rng(1)),
    nodeBehind: (contact) => (contact === 4 ? HERE : contact),
    connections: null,
    trace: null,
  });
  expect(net.arrive(net.accept(message(4)), 0)).toBe('delivered');
  expect(net.arrive(net.accept(message(AWAY)), 0)).toBe('offline');
});

test('a copy of a message is another message with the same content', () => {
  const { net, keys } = network({ duplicate: 1 });
  const key = keys.intern(Uint8Array.of(9));
  const slot = net.accept(message(HERE, key));
  const copy = net.duplicate(slot);
  keys.release(key);
  expect(copy).not.toBe(slot);
  expect(net.message(copy)).toEqual(net.message(slot));
  net.release(slot);
  expect(keys.size).toBe(5);
  net.release(copy);
  expect(keys.size).toBe(4);
  expect([net.messages, net.duplicates]).toEqual([1, 1]);
});

test('jitter lets messages overtake others even where every round trip takes as long', () => {
  const { net } = network({ jitterMs: 40 });
  const delays = Array.from({ length: 200 }, () => net.delayMs(net.accept(message(HERE))));
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...delays)).toBeLessThan(90);
  expect(new Set(delays).size).toBeGreaterThan(150);
});

test('between the parts of a partition nothing arrives while it lasts', () => {
  const partitions = [{ fromMs: 100, toMs: 200, share: 0.5 }];
  const faults = new Faults(
    { loss: 0, duplicate: 0, jitterMs: 0, partitions, seed: 1 },
    new Rng(1),
  );
  const nodes = Array.from({ length: 200 }, (_, node) => node);
  const apart = (now: number): number[] => nodes.filter((node) => faults.separates(0, node, now));
  expect(apart(99.9)).toEqual([]);
  expect(apart(200)).toEqual([]);
  expect(Math.abs(apart(100).length - 100)).toBeLessThan(40);
  expect(apart(150)).toEqual(apart(100));
  expect(apart(150)).not.toContain(0);
  // Whoever is apart from node 0 is together with all others who are.
  const [first] = apart(150);
  for (const node of apart(150)) expect(faults.separates(first!, node, 150)).toBe(false);
});
