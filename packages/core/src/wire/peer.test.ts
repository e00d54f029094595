import { describe, expect, test } from 'vitest';
import { ProtobufReader, ProtobufWriter } from '../encoding/protobuf.ts';
import { CIRCUIT, ip4Address, joined, p2p, QUIC_4001 } from '../testing/amino-samples.ts';
import { dnsAddress, samplePeer, samplePeerId } from '../testing/amino-samples.ts';
import { encodePeer, PEER_ADDRESSES_MAX, PEER_BYTES_MAX, readPeer } from './peer.ts';
import type { AminoPeer } from './peer.ts';

const id = samplePeerId(1);
const other = samplePeerId(2);
const address = ip4Address(1, 2, 3, 4);

/** A peer as somebody else may write it. */
function written(addresses: readonly Uint8Array[], connection?: number): Uint8Array {
  const writer = new ProtobufWriter();
  writer.bytesField(1, id);
  for (const one of addresses) writer.bytesField(2, one);
  if (connection !== undefined) writer.varintField(3, connection);
  return writer.finish();
}

function read(bytes: Uint8Array): AminoPeer | null {
  const peer = readPeer(new ProtobufReader(bytes), bytes.length);
  return peer && { id: peer.id, addresses: peer.addresses, connection: peer.connection };
}

/** The addresses that remain when a peer is read, and when it is written. */
function both(addresses: readonly Uint8Array[]): (readonly Uint8Array[])[] {
  return [
    read(written(addresses))!.addresses,
    encodePeer({ id, addresses, connection: 0 }).addresses,
  ];
}

/** An address of so many bytes: through as many relays as fit, the last one over TCP. */
function longAddress(length: number): Uint8Array {
  const head = length % 2 === 0 ? address : dnsAddress('node');
  const relays = (length - head.length) / 2;
  return joined(head, ...Array.from({ length: relays }, () => CIRCUIT));
}

describe('addresses', () => {
  test("lose the peer's own id at their end, as Rust appends it", () => {
    const relayed = joined(address, p2p(other), CIRCUIT);
    for (const addresses of both([
      joined(address, p2p(id)),
      address,
      joined(relayed, p2p(id)),
      relayed,
    ]))
      expect(addresses).toEqual([address, address, relayed, relayed]);
    for (const addresses of both([joined(address, p2p(id), p2p(id))]))
      expect(addresses).toEqual([address]);
  });

  test('are dropped when they lead to another peer, or nowhere but to its id', () => {
    for (const addresses of both([
      joined(address, p2p(other)),
      p2p(id),
      joined(address, p2p(other), p2p(id)),
    ]))
      expect(addresses).toEqual([]);
    // The digest of a hashed id can equal the key of an inlined one.
    const hashed = joined([0x12, 32], id.subarray(6));
    const peer = { id: hashed, addresses: [joined(address, p2p(id))], connection: 0 } as const;
    expect(encodePeer(peer).addresses).toEqual([]);
  });

  test('are dropped one by one when they are none', () => {
    const list = [joined([7]), address, joined(address, [4]), joined(), joined(address, QUIC_4001)];
    for (const addresses of both(list)) expect(addresses).toEqual([list[1], list[4]]);
  });

  test('may come before the id', () => {
    const bytes = joined([0x12, address.length], address, [0x0a, id.length], id);
    expect(read(bytes)).toEqual({ id, addresses: [address], connection: 0 });
  });

  test('are at most sixteen, the first that are ones', () => {
    const list = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0 ? ip4Address(1, 2, 3, i) : joined([7]),
    );
    for (const addresses of both(list))
      expect(addresses).toEqual(list.filter((_, i) => i % 2 === 0).slice(0, PEER_ADDRESSES_MAX));
  });

  test('beyond 8 KiB of a peer are dropped, and all that follow them', () => {
    // Id and connection take 42 bytes, each address two or three more than it has.
    const filling = [3_000, 3_000, 2_141].map(longAddress);
    for (const addresses of both([...filling, address])) expect(addresses).toEqual(filling);
    const tooLong = [3_000, 3_000, 2_142].map(longAddress);
    for (const addresses of both([...tooLong, address]))
      expect(addresses).toEqual(tooLong.slice(0, 2));
    const connected = { id, addresses: [...tooLong, address], connection: 1 } as const;
    expect(encodePeer(connected).addresses).toEqual(tooLong.slice(0, 2));
    expect(encodePeer({ ...connected, addresses: filling }).bytes).toHaveLength(3 + PEER_BYTES_MAX);
  });

  test('of a megabyte are not even listed', () => {
    const bytes = written(Array.from({ length: 100_000 }, () => joined([7])));
    expect(read(bytes)!.addresses).toEqual([]);
  });
});

describe('a peer', () => {
  test('is dropped without an id, and with one that is none', () => {
    const bytes = written([address, address]);
    expect(read(bytes.subarray(2 + id.length))).toBeNull();
    for (const wrong of [new Uint8Array(38), new Uint8Array(100), id.subarray(1)]) {
      const writer = new ProtobufWriter();
      writer.bytesField(1, wrong);
      for (let i = 0; i < 5; i++) writer.bytesField(2, address);
      expect(read(writer.finish())).toBeNull();
    }
  });

  test('may have no addresses', () => {
    expect(read(written([]))).toEqual({ id, addresses: [], connection: 0 });
    const short = samplePeerId(3);
    const peer = encodePeer({ id: short, addresses: [], connection: 0 });
    expect([...peer.bytes.subarray(0, 4)]).toEqual([0x42, 36, 0x0a, 34]);
    expect([peer.id, peer.addresses, peer.connection]).toEqual([short, [], 0]);
  });

  test('is not connected when nobody knows what its connection is', () => {
    const connections = [0, 1, 2, 3, 4, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER];
    const known = connections.map((connection) => read(written([], connection))!.connection);
    expect(known).toEqual([0, 1, 2, 3, 0, 0, 0]);
  });

  test('keeps the last of fields that repeat', () => {
    const bytes = joined(written([address], 1), [0x0a, other.length], other, [0x18, 2, 0x22, 1, 0]);
    expect(read(bytes)).toEqual({ id: other, addresses: [address], connection: 2 });
  });

  test('is encoded once', () => {
    const peer = encodePeer(samplePeer(1));
    expect(encodePeer(peer)).toBe(peer);
    expect(peer.addresses).toBe(peer.addresses);
  });
});
