// Our codec against js-libp2p's: what either writes, both read the same.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { samplePeer } from '../testing/amino-samples.ts';
import { decodeAmino, encodeAmino } from './amino.ts';
import { TYPES } from './message.ts';
import type { AminoMessage } from './message.ts';
import type { AminoPeer, Connection } from './peer.ts';

/** The parts of @libp2p/kad-dht 16.4.5 that are compared; it does not publish them. */
interface Codec<T> {
  encode(message: T): Uint8Array;
  decode(bytes: Uint8Array): T;
}

interface TheirPeer {
  readonly id: Uint8Array;
  readonly multiaddrs: readonly Uint8Array[];
  readonly connection?: string;
}

interface TheirMessage {
  readonly type: string;
  readonly clusterLevel?: number;
  readonly key?: Uint8Array;
  readonly record?: Uint8Array;
  readonly closer: readonly TheirPeer[];
  readonly providers: readonly TheirPeer[];
}

interface TheirRecord {
  readonly key?: Uint8Array;
  readonly value?: Uint8Array;
  readonly timeReceived?: string;
}

const path = '../../../../node_modules/@libp2p/kad-dht/dist/src/message/dht.js';
const { Message, Record } = (await import(new URL(path, import.meta.url).href)) as {
  Message: Codec<TheirMessage>;
  Record: Codec<TheirRecord>;
};

const CONNECTIONS = ['NOT_CONNECTED', 'CONNECTED', 'CAN_CONNECT', 'CANNOT_CONNECT'] as const;

const peer = fc
  .record({ number: fc.nat(1_000), count: fc.nat(8), connection: fc.nat(3) })
  .map(({ number, count, connection }): AminoPeer => {
    const { id, addresses } = samplePeer(number, count);
    return { id, addresses, connection: connection as Connection };
  });

const message = fc
  .record({
    type: fc.constantFrom(...TYPES),
    key: fc.uint8Array({ minLength: 1, maxLength: 80 }),
    value: fc.uint8Array({ maxLength: 300 }),
    timeReceived: fc.constantFrom('', '2026-11-23T06:07:08.123456789Z'),
    hasRecord: fc.boolean(),
    closerPeers: fc.array(peer, { maxLength: 12 }),
    providerPeers: fc.array(peer, { maxLength: 12 }),
  })
  .map(({ value, timeReceived, hasRecord, ...rest }): AminoMessage => {
    const isKept = hasRecord || rest.type === 'put-value';
    return { ...rest, record: isKept ? { key: rest.key, value, timeReceived } : null };
  });

/** Ours in their words. */
function theirs(ours: AminoMessage): TheirMessage {
  const peers = (list: readonly AminoPeer[]): TheirPeer[] =>
    list.map(({ id, addresses, connection }) => ({
      id,
      multiaddrs: addresses,
      connection: CONNECTIONS[connection],
    }));
  return {
    type: ours.type.toUpperCase().replace('-', '_'),
    key: ours.key,
    ...(ours.record !== null && { record: Record.encode(ours.record) }),
    closer: peers(ours.closerPeers),
    providers: peers(ours.providerPeers),
  };
}

/** A message in one form, whichever side has read it. */
function common(one: TheirMessage): unknown {
  const peers = (list: readonly TheirPeer[]): unknown[] =>
    list.map(({ id, multiaddrs, connection = CONNECTIONS[0] }) => ({
      id: id.join(),
      addresses: multiaddrs.map((address) => address.join()),
      connection,
    }));
  const record = one.record === undefined ? undefined : Record.decode(one.record);
  return {
    type: one.type,
    key: one.key?.join() ?? '',
    record: record && {
      key: record.key?.join() ?? '',
      value: record.value?.join() ?? '',
      timeReceived: record.timeReceived ?? '',
    },
    closer: peers(one.closer),
    providers: peers(one.providers),
  };
}

test('they read what we write, and we read what they write', () => {
  fc.assert(
    fc.property(message, (ours) => {
      const wanted = common(theirs(ours));
      const written = encodeAmino(ours);
      expect(common(Message.decode(written))).toEqual(wanted);
      expect(common(theirs(decodeAmino(written)))).toEqual(wanted);
      const theirBytes = Message.encode(theirs(ours));
      expect(common(Message.decode(theirBytes))).toEqual(wanted);
      expect(common(theirs(decodeAmino(theirBytes)))).toEqual(wanted);
      // What we write of what they wrote is what we would have written.
      expect(encodeAmino(decodeAmino(theirBytes))).toEqual(written);
    }),
    { numRuns: 200 },
  );
});

test("their answer to FIND_NODE, which has no key, and Go's level are read as well", () => {
  const closer = [{ id: samplePeer(1).id, multiaddrs: samplePeer(1).addresses }];
  const bytes = Message.encode({ type: 'FIND_NODE', clusterLevel: 1, closer, providers: [] });
  expect(decodeAmino(bytes, 'response').closerPeers.map(({ id }) => id)).toEqual([closer[0]!.id]);
  expect(Message.decode(encodeAmino(decodeAmino(bytes, 'response'))).clusterLevel).toBe(1);
});
