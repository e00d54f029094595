import { describe, expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import { estimateBytes, kindCode, Message, MESSAGE_CONTACTS_MAX } from './message.ts';
import { hashKey } from './hash-key.ts';
import type { Profile } from './profile.ts';
import { AMINO, PAPER, PROFILES } from './profile.ts';
import type { MessageKind } from '../trace/event.ts';

const ASKER = '00000000';
const SERVER = '11111111';
const OTHERS = ['00000001', '00000010', '00000011', '00000100', '00000101'];

function world(profile: Partial<Profile> = {}): TinyNetwork {
  const net = new TinyNetwork([ASKER, SERVER, ...OTHERS], { k: 3, ...profile }, COUNTERS);
  net.enter(ASKER, SERVER, ...OTHERS);
  net.know(SERVER, ASKER, ...OTHERS);
  return net;
}

/** Sends a request to the server and returns its answer. */
function answerTo(
  net: TinyNetwork,
  kind: MessageKind,
  fields: Partial<Message> = {},
): Message | undefined {
  const request = Object.assign(new Message(), {
    kind: kindCode(kind),
    from: net.node(ASKER),
    to: net.node(SERVER),
    rpc: 7,
    slot: 9,
  });
  net.send(Object.assign(request, fields));
  net.deliver(net.find({ to: SERVER }));
  return net.sent.find(({ from, isResponse }) => from === SERVER && isResponse)?.message;
}

function contactsOf(net: TinyNetwork, message: Message | undefined): string[] {
  return net.names(message!.contacts.subarray(0, message!.contactCount));
}

describe('§2.3: a node in server mode', () => {
  test('answers with the number and slot of the request', () => {
    const net = world();
    expect(answerTo(net, 'ping')).toMatchObject({
      kind: kindCode('ping'),
      isResponse: true,
      fromServer: true,
      rpc: 7,
      slot: 9,
      to: net.node(ASKER),
      contactCount: 0,
      accepted: true,
    });
  });

  test('tells the k closest contacts that it knows, but not of the one who asks', () => {
    const net = world();
    const key = net.keys.intern(keyFromBits('00000000'));
    expect(contactsOf(net, answerTo(net, 'find-node', { key })).toSorted()).toEqual([
      '00000001',
      '00000010',
    ]);
  });

  test('tells no more contacts than a message holds', () => {
    const names = Array.from({ length: 100 }, (_, i) => (i + 1).toString(2).padStart(8, '0'));
    const net = new TinyNetwork([ASKER, SERVER, ...names], { k: 64, beta: 64 });
    net.enter(ASKER, SERVER, ...names);
    net.know(SERVER, ...names);
    const reply = answerTo(net, 'find-node', { key: net.node(ASKER) })!;
    expect(reply.contactCount).toBe(MESSAGE_CONTACTS_MAX);
    const id = net.start({ kind: 'bootstrap', node: net.node(ASKER), seeds: [net.node(SERVER)] });
    net.run();
    expect(net.outcome(id)).toBe('refreshed');
  });

  test('does not carry anything over from the answer before', () => {
    const net = world();
    const key = net.keys.intern(hashKey(counterKey(1), 1));
    net.engine.values.put(net.node(SERVER), key, {
      record: { key: counterKey(1), value: Uint8Array.of(1) },
      storedAt: 0,
      expiresAt: 1e9,
    });
    net.engine.providers.add(net.node(SERVER), key, net.node(ASKER), 1e9);
    expect(answerTo(net, 'get-value', { key })!.record!.value).toEqual(Uint8Array.of(1));
    net.sent.length = 0;
    expect(answerTo(net, 'get-providers', { key })).toMatchObject({
      record: null,
      providerCount: 1,
    });
    net.sent.length = 0;
    expect(answerTo(net, 'ping')).toMatchObject({
      record: null,
      providerCount: 0,
      contactCount: 0,
    });
  });

  test('refuses a value that is invalid, worse than what it has, or missing', () => {
    const net = world();
    const key = net.keys.intern(hashKey(counterKey(1), 1));
    const put = (value: readonly number[] | null): boolean => {
      net.sent.length = 0;
      const record = value === null ? null : { key: counterKey(1), value: Uint8Array.from(value) };
      return answerTo(net, 'put-value', { key, record })!.accepted;
    };
    expect([put([5]), put([4]), put([5]), put([6]), put([1, 2]), put(null)]).toEqual([
      true,
      false,
      true,
      true,
      false,
      false,
    ]);
  });

  test('lets nodes announce themselves only', () => {
    const net = world();
    const key = net.keys.intern(keyFromBits('00110011'));
    const message = new Message();
    message.providers[0] = net.node(OTHERS[0]!);
    answerTo(net, 'add-provider', { key, providers: message.providers, providerCount: 1 });
    const out = new Int32Array(4);
    expect(net.engine.providers.get(net.node(SERVER), key, 0, out)).toBe(1);
    expect(net.name(out[0]!)).toBe(ASKER);
  });

  test('acknowledges a provider only where the profile says so', () => {
    const key = (net: TinyNetwork): number => net.keys.intern(keyFromBits('00110011'));
    const loud = world({ acknowledgesProviders: true });
    expect(answerTo(loud, 'add-provider', { key: key(loud) })!.accepted).toBe(true);
    const silent = world({ acknowledgesProviders: false });
    expect(answerTo(silent, 'add-provider', { key: key(silent) })).toBeUndefined();
    expect(silent.engine.providers.size).toBe(1);
  });
});

test('the estimated size of a message counts its contacts and its record', () => {
  const message = new Message();
  message.kind = kindCode('ping');
  expect(estimateBytes(message)).toBe(11);
  message.kind = kindCode('find-node');
  expect(estimateBytes(message)).toBe(45);
  message.contactCount = 20;
  message.providerCount = 1;
  message.record = { key: new Uint8Array(36), value: new Uint8Array(100) };
  expect(estimateBytes(message)).toBe(45 + 21 * 82 + 140);
});

test('profiles keep to their precedents', () => {
  expect(PROFILES).toEqual({ paper: PAPER, amino: AMINO });
  expect([PAPER.k, PAPER.alpha, PAPER.keyBits]).toEqual([20, 3, 160]);
  expect([AMINO.k, AMINO.alpha, AMINO.beta, AMINO.keyBits]).toEqual([20, 10, 3, 256]);
});
