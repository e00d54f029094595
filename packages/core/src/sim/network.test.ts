import fc from 'fast-check';
import { expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import { Message } from '../kademlia/message.ts';
import { LatencyModel } from './latency.ts';
import { Network } from './network.ts';

// What the nodes are like, by number.
const HERE = 0;
const AWAY = 1;
const UNREACHABLE = 2;
const SILENT = 3;

function network(loss = 0): { net: Network; keys: KeyTable } {
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
    rng: new Rng(1, 'loss'),
    loss,
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
  const lossy = network(1).net;
  expect(lossy.arrive(lossy.accept(message(HERE)), 0)).toBe('lost');
});

test('a refused connection takes a whole round trip', () => {
  const { net } = network();
  expect(net.delayMs(net.accept(message(HERE)))).toBe(50);
  expect(net.delayMs(net.accept(message(UNREACHABLE)))).toBe(100);
});

test('nothing vanishes: sent = delivered + dropped + in flight', () => {
  const script = fc.array(fc.tuple(fc.boolean(), fc.nat(3)), { maxLength: 300 });
  fc.assert(
    fc.property(script, fc.constantFrom(0, 0.3), (commands, loss) => {
      const { net } = network(loss);
      const flying: number[] = [];
      let delivered = 0;
      for (const [sends, which] of commands) {
        if (sends || flying.length === 0) flying.push(net.accept(message(which)));
        else {
          const [slot] = flying.splice(which % flying.length, 1);
          if (net.arrive(slot!, 0) === 'delivered') delivered++;
          net.release(slot!);
        }
        expect(net.messages).toBe(delivered + net.dropped + net.inFlight);
        expect(net.inFlight).toBe(flying.length);
      }
      expect(net.bytes).toBe(net.messages * 45);
    }),
  );
});

test('as many messages are lost as the scenario says', () => {
  const { net } = network(0.2);
  let lost = 0;
  for (let i = 0; i < 5_000; i++) {
    const slot = net.accept(message(HERE));
    if (net.arrive(slot, 0) === 'lost') lost++;
    net.release(slot);
  }
  expect(Math.abs(lost - 1_000)).toBeLessThan(5 * 28);
});
