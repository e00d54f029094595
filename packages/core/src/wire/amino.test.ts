import { describe, expect, test } from 'vitest';
import { DecodeError } from '../encoding/decode-error.ts';
import { ProtobufWriter } from '../encoding/protobuf.ts';
import { MESSAGE_PROVIDERS_MAX } from '../kademlia/message.ts';
import { keyFromHex, keyToHex } from '../keyspace/key.ts';
import { ip4Address, joined, sampleMessage, sampleMessages } from '../testing/amino-samples.ts';
import { samplePeer, SPEC_MULTIHASH, SPEC_PEER_ID } from '../testing/amino-samples.ts';
import { MESSAGE_KINDS } from '../trace/event.ts';
import { decodeAmino, encodeAmino } from './amino.ts';
import { frame } from './frame.ts';
import { CLOSER_PEERS_MAX, MESSAGE_BYTES_MAX, SENT_BYTES_MAX, TYPES } from './message.ts';
import type { AminoMessage, AminoType } from './message.ts';
import { encodePeer } from './peer.ts';
import type { AminoPeer } from './peer.ts';

/** A message without the classes that its peers are of. */
function plain(message: AminoMessage): AminoMessage {
  const peers = (list: readonly AminoPeer[]): AminoPeer[] =>
    list.map(({ id, addresses, connection }) => ({ id, addresses, connection }));
  return {
    ...message,
    closerPeers: peers(message.closerPeers),
    providerPeers: peers(message.providerPeers),
  };
}

/** A message from its fields: a number is a varint, bytes are bytes. */
function fields(...list: readonly (readonly [number, number | Uint8Array])[]): Uint8Array {
  const writer = new ProtobufWriter();
  for (const [field, value] of list) {
    if (typeof value === 'number') writer.varintField(field, value);
    else writer.bytesField(field, value);
  }
  return writer.finish();
}

const key = Uint8Array.of(1, 2, 3);

test('the types are those of the trace', () => {
  for (const type of TYPES) expect(MESSAGE_KINDS).toContain(type);
});

describe('what go-libp2p-kad-dht writes, byte for byte', () => {
  const provider: AminoPeer = {
    id: SPEC_PEER_ID,
    addresses: [ip4Address(127, 0, 0, 1)],
    connection: 0,
  };
  const id = keyToHex(SPEC_PEER_ID);
  const hash = keyToHex(SPEC_MULTIHASH);
  const vectors: [string, string, AminoMessage][] = [
    ['PING', '0408055001', sampleMessage({ type: 'ping' })],
    ['FIND_NODE', `2c08041226${id}5001`, sampleMessage({ type: 'find-node', key: SPEC_PEER_ID })],
    [
      'GET_PROVIDERS',
      `2808031222${hash}5001`,
      sampleMessage({ type: 'get-providers', key: SPEC_MULTIHASH }),
    ],
    [
      'ADD_PROVIDER',
      `5c08021222${hash}4a320a26${id}1208047f000001060fa15001`,
      sampleMessage({ type: 'add-provider', key: SPEC_MULTIHASH, providerPeers: [provider] }),
    ],
  ];

  test.each(vectors)('%s', (_, hex, message) => {
    expect(keyToHex(frame(encodeAmino(message)))).toBe(hex);
    expect(plain(decodeAmino(keyFromHex(hex).subarray(1)))).toEqual(message);
  });

  test('and a PING with nothing but its type is read as well', () => {
    expect(decodeAmino(keyFromHex('0805'))).toEqual(sampleMessage({ type: 'ping' }));
  });
});

test('every message comes back as it was', () => {
  for (const message of sampleMessages())
    expect(plain(decodeAmino(encodeAmino(message), 'response'))).toEqual(message);
});

test('peers that were encoded before make the same bytes, and may be looked into', () => {
  for (const message of sampleMessages()) {
    const known = {
      ...message,
      closerPeers: message.closerPeers.map(encodePeer),
      providerPeers: message.providerPeers.map(encodePeer),
    };
    expect(encodeAmino(known)).toEqual(encodeAmino(message));
    expect(plain(known)).toEqual(message);
  }
});

describe('what the network has in other forms', () => {
  const record = fields([1, key], [2, Uint8Array.of(9)]);

  test("responses without a key: Go's to FIND_NODE, Rust's to all reads", () => {
    for (const type of [1, 3, 4]) {
      const bytes = fields([1, type], [10, 9]);
      expect(decodeAmino(bytes, 'response').key).toHaveLength(0);
      expect(() => decodeAmino(bytes)).toThrow(DecodeError);
    }
  });

  test("Rust's publisher and time to live in a record", () => {
    const bytes = fields(
      [666, SPEC_PEER_ID],
      [1, key],
      [777, 86_400],
      [2, Uint8Array.of(9)],
      [5, joined()],
    );
    const message = decodeAmino(fields([2, key], [3, bytes]));
    expect(message.record).toEqual({ key, value: Uint8Array.of(9), timeReceived: '' });
    expect(encodeAmino(message)).toEqual(fields([2, key], [3, record], [10, 1]));
  });

  test('fields in any order, and fields that nobody knows, whatever their type', () => {
    const unknown = joined(
      [0x78, 5],
      [0x7a, 2, 0x08, 0x05],
      [0x79, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x7d, 1, 2, 3, 4],
    );
    const bytes = joined(unknown, fields([3, record], [2, key]), unknown, fields([1, 1]), unknown);
    expect(decodeAmino(bytes)).toMatchObject({ type: 'get-value', key, record: { key } });
    // A known number with another type of field is an unknown field.
    const strange = fields([1, Uint8Array.of(9)], [2, 5], [3, 5], [8, 5], [9, 5], [1, 4], [2, key]);
    expect(decodeAmino(strange)).toEqual(sampleMessage({ type: 'find-node', key }));
    const inside = fields([1, 7], [2, 7], [1, key], [5, 7], [6, 7]);
    expect(decodeAmino(fields([1, 1], [2, key], [3, inside])).record).toMatchObject({ key });
  });

  test('fields that repeat: the last one counts', () => {
    const other = Uint8Array.of(4);
    const twice = fields([1, other], [2, other], [1, key], [2, Uint8Array.of(9)]);
    const bytes = fields([1, 5], [2, other], [3, fields([1, other])], [1, 0], [2, key], [3, twice]);
    expect(decodeAmino(bytes)).toMatchObject({
      type: 'put-value',
      key,
      record: { key, value: Uint8Array.of(9) },
    });
  });

  test('times that are none are read as nothing', () => {
    const timeOf = (bytes: Uint8Array): string =>
      decodeAmino(fields([1, 1], [2, key], [3, fields([5, bytes])])).record!.timeReceived;
    const time = '2026-11-23T06:07:08Z';
    expect(timeOf(new TextEncoder().encode(time))).toBe(time);
    expect(timeOf(Uint8Array.of(0xff, 0xfe))).toBe('');
    expect(timeOf(Uint8Array.of(0x30, 0x0a))).toBe('');
    expect(timeOf(new Uint8Array(64).fill(0x30))).toHaveLength(64);
    expect(timeOf(new Uint8Array(65).fill(0x30))).toBe('');
  });
});

describe('what is refused', () => {
  const record = fields([1, key]);
  const long = new Uint8Array(81);

  test.each<[string, Uint8Array, string]>([
    ['an unknown type', fields([1, 6], [2, key]), 'no known type, but 6'],
    ['a type beyond all numbers', joined([8], new Uint8Array(9).fill(255), [1]), 'no known type'],
    ['nothing at all', joined(), 'no record'],
    ['a PUT_VALUE without a record', fields([2, key]), 'no record'],
    ['a PUT_VALUE without a key', fields([3, fields([2, key])]), 'no key'],
    ['a PUT_VALUE with two keys', fields([2, SPEC_PEER_ID], [3, record]), 'another key'],
    ['a GET_VALUE without a key', fields([1, 1]), 'no key'],
    ['a FIND_NODE without a key', fields([1, 4]), 'no key'],
    ['an ADD_PROVIDER without a key', fields([1, 2]), 'no key'],
    ['a GET_PROVIDERS without a key', fields([1, 3]), 'no key'],
    ['an ADD_PROVIDER with a long key', fields([1, 2], [2, long]), '81 bytes, more than 80'],
    ['a GET_PROVIDERS with a long key', fields([1, 3], [2, long]), '81 bytes, more than 80'],
    ['half a field', Uint8Array.of(8), 'ends too early'],
    [
      'a record that is none',
      fields([1, 5], [3, Uint8Array.of(0x0a, 9)]),
      'longer than its message',
    ],
    [
      'a peer that is none',
      fields([1, 5], [8, new Uint8Array(40).fill(0x0a)]),
      'has no valid|longer|type',
    ],
  ])('%s', (_, bytes, message) => {
    expect(() => decodeAmino(bytes)).toThrow(DecodeError);
    expect(() => decodeAmino(bytes)).toThrow(new RegExp(message));
  });

  test('a long key in a response about providers, though it may have none', () => {
    expect(() => decodeAmino(fields([1, 3], [2, long]), 'response')).toThrow('more than 80');
    expect(decodeAmino(fields([1, 3], [2, long.subarray(1)]), 'response').key).toHaveLength(80);
  });

  test('more than 4 MiB', () => {
    const bytes = new Uint8Array(MESSAGE_BYTES_MAX + 1);
    bytes.set([8, 5, 0x7a, 0xf9, 0xff, 0xff, 0x01]);
    expect(() => decodeAmino(bytes)).toThrow('4194305 bytes, more than 4194304');
    expect(decodeAmino(bytes.subarray(0, MESSAGE_BYTES_MAX)).type).toBe('ping');
  });
});

describe('mistakes of ours', () => {
  test('a type that there is not', () => {
    const message = { ...sampleMessage({}), type: 'find-nobody' as AminoType };
    expect(() => encodeAmino(message)).toThrow("there is no type 'find-nobody' of message");
  });

  const value = new Uint8Array(SENT_BYTES_MAX);
  const record = { key, value, timeReceived: '' };

  test('a record that does not fit is never cut', () => {
    const message = sampleMessage({ type: 'put-value', key, record });
    expect(() => encodeAmino(message)).toThrow('more than 16384, and cannot be cut');
    expect(decodeAmino(encodeAmino(message, MESSAGE_BYTES_MAX)).record).toEqual(record);
    const huge = { ...record, value: new Uint8Array(MESSAGE_BYTES_MAX) };
    const whole = sampleMessage({ type: 'put-value', key, record: huge });
    expect(() => encodeAmino(whole, Number.MAX_SAFE_INTEGER)).toThrow('more than 4194304');
  });

  test('the largest record that fits leaves no room for peers', () => {
    const bytes = (length: number): Uint8Array =>
      encodeAmino(
        sampleMessage({
          type: 'get-value',
          key,
          record: { key, value: value.subarray(0, length), timeReceived: '' },
          closerPeers: [samplePeer(1)],
        }),
      );
    const most = SENT_BYTES_MAX - 2 - 5 - 3 - 5 - 3 - 2;
    expect(bytes(most)).toHaveLength(SENT_BYTES_MAX);
    expect(decodeAmino(bytes(most)).closerPeers).toEqual([]);
    expect(() => bytes(most + 1)).toThrow(RangeError);
  });

  test.each<[string, Partial<AminoMessage>]>([
    ['a PUT_VALUE without a record', { type: 'put-value', key }],
    [
      'a PUT_VALUE under another key',
      { type: 'put-value', key: SPEC_PEER_ID, record: { ...record, value: key } },
    ],
    ['a provider of nothing', { type: 'add-provider', providerPeers: [samplePeer(1)] }],
    ['a long key of providers', { type: 'get-providers', key: new Uint8Array(81) }],
    [
      'a time that is none',
      { type: 'get-value', record: { ...record, value: key, timeReceived: 'Łodz' } },
    ],
    [
      'a time that is too long',
      { type: 'get-value', record: { ...record, value: key, timeReceived: '0'.repeat(65) } },
    ],
    ['a peer without an id', { type: 'find-node', closerPeers: [{ ...samplePeer(1), id: key }] }],
    [
      'a connection that is none',
      { type: 'find-node', providerPeers: [{ ...samplePeer(1), connection: 4 as 3 }] },
    ],
  ])('%s is not sent', (_, message) => {
    expect(() => encodeAmino(sampleMessage(message))).toThrow(RangeError);
  });
});

describe('only so many peers count', () => {
  const entry = (number: number): Uint8Array => encodePeer(samplePeer(number, 1)).bytes.subarray(2);

  test('the first valid ones, and the others are not looked at', () => {
    const bad = new Uint8Array(50);
    const writer = new ProtobufWriter();
    writer.varintField(1, 3);
    for (let i = 0; i < 150; i++) {
      writer.bytesField(8, joined([0x22, bad.length], bad));
      for (const field of [8, 9]) writer.bytesField(field, i < 100 ? entry(i) : bad);
    }
    const message = decodeAmino(writer.finish(), 'response');
    expect(message.closerPeers.map(({ id }) => id)).toEqual(
      Array.from({ length: CLOSER_PEERS_MAX }, (_, i) => samplePeer(i).id),
    );
    expect(message.providerPeers).toHaveLength(MESSAGE_PROVIDERS_MAX);
  });

  test('so that an answer of 4 MiB gives no more than a common one', () => {
    const one = encodePeer(samplePeer(1, 16)).bytes;
    const count = Math.floor((MESSAGE_BYTES_MAX - 2) / one.length);
    const bytes = joined([8, 4], ...Array.from({ length: count }, () => one));
    const { closerPeers } = decodeAmino(bytes, 'response');
    expect(closerPeers).toHaveLength(CLOSER_PEERS_MAX);
    for (const peer of closerPeers) expect(peer.addresses).toHaveLength(16);
  });
});
