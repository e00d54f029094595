// The peers in a message of the IPFS DHT: `Peer { bytes id=1; repeated bytes addrs=2; ConnectionType
// connection=3 }` (go-libp2p-kad-dht, `pb/dht.proto`), entries of the fields `closerPeers` and `providerPeers`.
import { BYTES, ProtobufReader, VARINT, varintBytes, writeVarint } from '../encoding/protobuf.ts';
import { componentCode, lastComponent, P2P } from './multiaddr.ts';
import { isPeerId } from './peer-id.ts';

/** How the sender is connected to a peer: not, at present, could be again, could not be reached. */
export type Connection = 0 | 1 | 2 | 3;

/** A node as messages name it. */
export interface AminoPeer {
  /** The peer id: a multihash, 34 to 39 bytes. */
  readonly id: Uint8Array;
  /** Binary multiaddrs without a `/p2p` component at their end; may be none. */
  readonly addresses: readonly Uint8Array[];
  readonly connection: Connection;
}

/** Bytes of one peer in a message at most, as sent and as read (go-libp2p-kad-dht's `MaxPeerRecordSize`, #1281). */
export const PEER_BYTES_MAX = 8_192;

/** Bytes of a peer at least: one with the shorter kind of id, and nothing else. */
const PEER_BYTES_MIN = 36;

/**
 * Addresses of one peer at most; go-libp2p remembers 20 of a peer that has gone (identify's
 * `recentlyConnectedPeerMaxAddrs`). Whoever has more lists the same hosts again, over other transports.
 */
export const PEER_ADDRESSES_MAX = 16;

/** Bytes of an entry for a peer at most: tag, length and peer. */
export const ENTRY_BYTES_MAX: number = 3 + PEER_BYTES_MAX;

/** The field of a message that holds the closer peers, as encoded peers begin with its tag. */
export const CLOSER_TAG = 0x42;

/** Where peers are written before anybody knows how long they are. */
const scratch = new Uint8Array(ENTRY_BYTES_MAX);

const ID_TAG = 0x0a;
const ADDRESS_TAG = 0x12;
const CONNECTION_TAG = 0x18;

/** Bytes of the connection, which Go counts even where it is left out. */
const CONNECTION_BYTES = 2;

/** A peer out of a message: views of the message, whose addresses are cut when somebody asks for them. */
export class DecodedPeer implements AminoPeer {
  readonly id: Uint8Array;
  readonly connection: Connection;
  readonly #bytes: Uint8Array;
  /** Where each address starts and ends, in turns. */
  readonly #spans: readonly number[];
  #addresses: readonly Uint8Array[] | null = null;

  constructor(bytes: Uint8Array, id: Uint8Array, connection: Connection, spans: readonly number[]) {
    this.#bytes = bytes;
    this.id = id;
    this.connection = connection;
    this.#spans = spans;
  }

  get addresses(): readonly Uint8Array[] {
    if (this.#addresses === null) {
      const cut: Uint8Array[] = [];
      for (let i = 0; i < this.#spans.length; i += 2)
        cut.push(this.#bytes.subarray(this.#spans[i], this.#spans[i + 1]));
      this.#addresses = cut;
    }
    return this.#addresses;
  }
}

/**
 * A peer in the form in which messages carry it. Made once and kept beside a contact, it costs each
 * message that names the contact one copy of its bytes.
 */
export class EncodedPeer implements AminoPeer {
  /** A whole entry of `closerPeers`: tag, length, peer. */
  readonly bytes: Uint8Array;
  #peer: DecodedPeer | null = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get id(): Uint8Array {
    return this.#decoded().id;
  }

  get addresses(): readonly Uint8Array[] {
    return this.#decoded().addresses;
  }

  get connection(): Connection {
    return this.#decoded().connection;
  }

  #decoded(): DecodedPeer {
    if (this.#peer === null) {
      const reader = new ProtobufReader(this.bytes);
      reader.next();
      this.#peer = readPeer(reader, reader.length())!;
    }
    return this.#peer;
  }
}

/**
 * Encodes a peer for any number of messages. Addresses that the decoder would drop are left out: those
 * that are no addresses or of unknown protocols (transports may know more of them than we do), those of
 * other peers, and the far end of more than `PEER_ADDRESSES_MAX` or `PEER_BYTES_MAX`. Throws a
 * `RangeError` at an id or a connection that is none.
 */
export function encodePeer(peer: AminoPeer): EncodedPeer {
  if (peer instanceof EncodedPeer) return peer;
  return new EncodedPeer(scratch.slice(0, writePeer(scratch, 0, CLOSER_TAG, peer)));
}

/**
 * Writes a peer as an entry of the field with a tag, as `encodePeer` has it, and returns where the next
 * one goes. There must be room for `ENTRY_BYTES_MAX`, whatever the peer takes.
 */
export function writePeer(bytes: Uint8Array, at: number, tag: number, peer: AminoPeer): number {
  if (peer instanceof EncodedPeer) {
    bytes.set(peer.bytes, at);
    bytes[at] = tag;
    return at + peer.bytes.length;
  }
  const { id, addresses, connection } = peer;
  if (!isPeerId(id)) throw new RangeError('a peer id is the multihash of a public key');
  if (!isConnection(connection))
    throw new RangeError(`${String(connection)} is no connection type`);
  bytes[at] = tag;
  const start = at + 3;
  const limit = start + PEER_BYTES_MAX - CONNECTION_BYTES;
  let end = writeField(bytes, start, ID_TAG, id);
  let kept = 0;
  for (let i = 0; i < addresses.length && kept < PEER_ADDRESSES_MAX; i++) {
    const address = addresses[i]!;
    const length = addressEnd(address, 0, address.length, id);
    if (length < 0) continue;
    if (end + fieldBytes(length) > limit) break;
    bytes[end] = ADDRESS_TAG;
    end = writeStart(bytes, writeVarint(bytes, end + 1, length), address, length);
    kept++;
  }
  if (connection !== 0) {
    bytes[end++] = CONNECTION_TAG;
    bytes[end++] = connection;
  }
  const size = end - start;
  if (writeVarint(bytes, at + 1, size) === start) return end;
  // Few peers are so short that their length has one byte.
  bytes.copyWithin(at + 2, start, end);
  return end - 1;
}

/**
 * Reads a peer of so many bytes where the reader is, and leaves the reader behind it. `null` when its id
 * is none; throws `DecodeError` only where the bytes are no protobuf. Addresses that nobody could use are
 * dropped one by one, like the far end of a peer beyond `PEER_BYTES_MAX` or `PEER_ADDRESSES_MAX`.
 */
export function readPeer(reader: ProtobufReader, length: number): DecodedPeer | null {
  const { bytes, end } = reader;
  const peerEnd = reader.at + length;
  if (length < PEER_BYTES_MIN) {
    reader.at = peerEnd;
    return null;
  }
  reader.end = peerEnd;
  let idStart = 0;
  let idEnd = 0;
  let connection = 0;
  let addressBytes = 0;
  const spans: number[] = [];
  while (reader.next()) {
    if (reader.type === BYTES && reader.field <= 2) {
      const length = reader.length();
      const start = reader.at;
      reader.at += length;
      if (reader.field === 1) {
        idStart = start;
        idEnd = reader.at;
        continue;
      }
      addressBytes += fieldBytes(length);
      if (addressBytes < PEER_BYTES_MAX) spans.push(start, reader.at);
    } else if (reader.type === VARINT && reader.field === 3) connection = reader.varint();
    else reader.skip();
  }
  reader.end = end;
  if (!isPeerId(bytes, idStart, idEnd)) return null;
  const id = bytes.subarray(idStart, idEnd);
  keepUsable(bytes, spans, id);
  return new DecodedPeer(bytes, id, isConnection(connection) ? connection : 0, spans);
}

/** Leaves the spans of addresses that are ones, each without the peer's own `/p2p` at its end. */
function keepUsable(bytes: Uint8Array, spans: number[], id: Uint8Array): void {
  // Like Go, count what was sent, and what is dropped below with it.
  let size = fieldBytes(id.length) + CONNECTION_BYTES;
  let kept = 0;
  for (let i = 0; i < spans.length && kept < 2 * PEER_ADDRESSES_MAX; i += 2) {
    const start = spans[i]!;
    size += fieldBytes(spans[i + 1]! - start);
    if (size > PEER_BYTES_MAX) break;
    const end = addressEnd(bytes, start, spans[i + 1]!, id);
    if (end < 0) continue;
    spans[kept++] = start;
    spans[kept++] = end;
  }
  spans.length = kept;
}

/**
 * Where a peer's address from `start` up to `end` ends without the peer's own id; -1 when it is no
 * address, or one of another peer. Rust appends `/p2p/<id>` to every address, Go to none.
 */
function addressEnd(bytes: Uint8Array, start: number, end: number, id: Uint8Array): number {
  let stop = end;
  for (;;) {
    const last = lastComponent(bytes, start, stop);
    if (last < 0) return -1;
    if (componentCode(bytes, last) !== P2P) return stop;
    // The code has two bytes; the length of the value, which is an id, has one.
    if (!holds(bytes, last + 2, id)) return -1;
    stop = last;
  }
}

/** Whether the value whose length is at a place is this peer id. */
function holds(bytes: Uint8Array, at: number, id: Uint8Array): boolean {
  if (bytes[at] !== id.length) return false;
  for (let i = 0; i < id.length; i++) if (bytes[at + 1 + i] !== id[i]) return false;
  return true;
}

function isConnection(value: number): value is Connection {
  return value === 0 || value === 1 || value === 2 || value === 3;
}

/** Bytes of a field with so many bytes in it: tag, length and value. Tags of the DHT have one byte. */
export function fieldBytes(length: number): number {
  return 1 + varintBytes(length) + length;
}

/** Writes a field that holds some bytes; returns where the next one goes. */
export function writeField(bytes: Uint8Array, at: number, tag: number, value: Uint8Array): number {
  bytes[at] = tag;
  return writeStart(bytes, writeVarint(bytes, at + 1, value.length), value, value.length);
}

/** Values of so many bytes are copied faster by a loop than by `set`, which costs a call into the engine. */
const LOOP_BYTES_MAX = 16;

/** Writes the first `length` bytes of a value. */
function writeStart(bytes: Uint8Array, at: number, value: Uint8Array, length: number): number {
  if (length <= LOOP_BYTES_MAX) for (let i = 0; i < length; i++) bytes[at + i] = value[i]!;
  else bytes.set(value.length === length ? value : value.subarray(0, length), at);
  return at + length;
}
