// Peers, addresses and messages of the IPFS DHT, for tests of whatever reads or writes them.
import { keyFromHex } from '../keyspace/key.ts';
import { Rng } from '../keyspace/rng.ts';
import { joinKey } from '../store/validate.ts';
import type { AminoMessage } from '../wire/message.ts';
import type { AminoPeer, Connection } from '../wire/peer.ts';

const EMPTY = new Uint8Array(0);

/** The peer id and the multihash of a block that the specification has its examples of (ipfs/specs, kad-dht.md). */
export const SPEC_PEER_ID: Uint8Array = keyFromHex(
  '0024080112209e3b433cbd31c2b8a6ebbdca998bd0f4c2141c9c9af5422e976051b1e63af14d',
);
export const SPEC_MULTIHASH: Uint8Array = keyFromHex(
  '1220e536c7f88d731f374dccb568aff6f56e838a19382e488039b1ca8ad2599e82fe',
);

/** Several byte strings as one. */
export function joined(...parts: readonly ArrayLike<number>[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `/tcp/4001` and `/udp/4001/quic-v1`, to be put behind a host. */
export const TCP_4001: readonly number[] = [6, 15, 161];
export const QUIC_4001: readonly number[] = [0x91, 2, 15, 161, 0xcd, 3];

/** `/ip4/<a>.<b>.<c>.<d>/tcp/4001`. */
export function ip4Address(...octets: readonly number[]): Uint8Array {
  return joined([4], octets, TCP_4001);
}

/** `/ip6/<16 bytes>/udp/4001/quic-v1`; bytes that are not given are 0. */
export function ip6Address(...bytes: readonly number[]): Uint8Array {
  return joined([41], bytes, new Uint8Array(16 - bytes.length), QUIC_4001);
}

/** `/dns4/<name>/tcp/4001`. */
export function dnsAddress(name: string): Uint8Array {
  const bytes = Array.from(name, (character) => character.charCodeAt(0));
  const length = name.length < 128 ? [name.length] : [(name.length & 127) | 128, name.length >> 7];
  return joined([54], length, bytes, TCP_4001);
}

/** `/p2p/<peer id>`, as Rust appends it to an address. */
export function p2p(id: Uint8Array): Uint8Array {
  return joined([0xa5, 3, id.length], id);
}

/** `/p2p-circuit`. */
export const CIRCUIT: readonly number[] = [0xa2, 2];

/** The peer id with a number: of three in four an Ed25519 key, of the fourth a hash. */
export function samplePeerId(number: number): Uint8Array {
  const head = number % 4 === 3 ? [0x12, 32] : [0, 36, 8, 1, 0x12, 32];
  return joined(head, new Rng(number, 'peer id').bytes(32));
}

/** A peer with as many addresses as asked for, of all kinds that the network has. */
export function samplePeer(number: number, addresses = 5): AminoPeer {
  const rng = new Rng(number, 'peer');
  const list = Array.from({ length: addresses }, (_, i) => sampleAddress(i, rng));
  return {
    id: samplePeerId(number),
    addresses: list,
    connection: (number % 4) as Connection,
  };
}

function sampleAddress(kind: number, rng: Rng): Uint8Array {
  const ip4 = joined([4], rng.bytes(4));
  const certificate = joined([0xd2, 3, 34, 0x12, 32], rng.bytes(32));
  switch (kind % 6) {
    case 0:
      return joined(ip4, TCP_4001);
    case 1:
      return joined(ip4, QUIC_4001);
    case 2:
      return joined(ip4, QUIC_4001, [0xd1, 3], certificate, certificate);
    case 3:
      return joined([41, 0x2a], rng.bytes(15), TCP_4001);
    case 4:
      return dnsAddress(`node-${rng.below(1_000)}.example.org`);
    default:
      return joined(ip4, TCP_4001, p2p(samplePeerId(rng.below(100))), CIRCUIT);
  }
}

/** A message with nothing in it but its type and what is given. */
export function sampleMessage(fields: Partial<AminoMessage>): AminoMessage {
  return {
    type: 'ping',
    key: EMPTY,
    record: null,
    closerPeers: [],
    providerPeers: [],
    ...fields,
  };
}

/** One request and one response of every type, as they are on the network. */
export function sampleMessages(): readonly AminoMessage[] {
  const peers = (from: number, count: number): AminoPeer[] =>
    Array.from({ length: count }, (_, i) => samplePeer(from + i));
  const key = joinKey('pk', SPEC_PEER_ID);
  const record = { key, value: SPEC_PEER_ID.subarray(2), timeReceived: '2026-11-23T06:07:08.09Z' };
  return [
    sampleMessage({}),
    sampleMessage({ type: 'find-node', key: SPEC_PEER_ID }),
    sampleMessage({ type: 'find-node', closerPeers: peers(0, 20) }),
    sampleMessage({ type: 'get-value', key }),
    sampleMessage({ type: 'get-value', key, record, closerPeers: peers(20, 3) }),
    sampleMessage({ type: 'put-value', key, record: { ...record, timeReceived: '' } }),
    sampleMessage({ type: 'get-providers', key: SPEC_MULTIHASH }),
    sampleMessage({
      type: 'get-providers',
      key: SPEC_MULTIHASH,
      closerPeers: peers(30, 4),
      providerPeers: peers(40, 3),
    }),
    sampleMessage({ type: 'add-provider', key: SPEC_MULTIHASH, providerPeers: peers(50, 1) }),
  ];
}
