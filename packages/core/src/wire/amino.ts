// The messages of the IPFS DHT, `/ipfs/kad/1.0.0` (go-libp2p-kad-dht, `pb/dht.proto`; ipfs/specs,
// `src/routing/kad-dht.md`): requests and responses as bytes, and back. Where texts and implementations
// disagree, what go-libp2p-kad-dht does is right.
//
//   Message { MessageType type=1; bytes key=2; Record record=3; repeated Peer closerPeers=8;
//             repeated Peer providerPeers=9; int32 clusterLevelRaw=10 }
//   Record  { bytes key=1; bytes value=2; string timeReceived=5 }
import { DecodeError } from '../encoding/decode-error.ts';
import { BYTES, ProtobufReader, VARINT, writeVarint } from '../encoding/protobuf.ts';
import { MESSAGE_PROVIDERS_MAX } from '../kademlia/message.ts';
import {
  CLOSER_PEERS_MAX,
  MESSAGE_BYTES_MAX,
  problemOf,
  SENT_BYTES_MAX,
  TIME_LENGTH_MAX,
  TYPES,
} from './message.ts';
import type { AminoMessage, AminoRecord, AminoRole } from './message.ts';
import {
  CLOSER_TAG,
  ENTRY_BYTES_MAX,
  fieldBytes,
  readPeer,
  writeField,
  writePeer,
} from './peer.ts';
import type { DecodedPeer, EncodedPeer } from './peer.ts';
import { trimPeers } from './trim.ts';

const TYPE_TAG = 0x08;
const KEY_TAG = 0x12;
const RECORD_TAG = 0x1a;
const PROVIDER_TAG = 0x4a;
const CLUSTER_LEVEL_TAG = 0x50;
const RECORD_KEY_TAG = 0x0a;
const RECORD_VALUE_TAG = 0x12;
const RECORD_TIME_TAG = 0x2a;

/** Go's level 0, which it writes as 1 in every message; nobody reads it. */
const CLUSTER_LEVEL = 1;
const LEVEL_BYTES = 2;

/** Where messages of up to `SENT_BYTES_MAX` are written before anybody knows how long they are. */
const scratch = new Uint8Array(SENT_BYTES_MAX + ENTRY_BYTES_MAX);

/**
 * The bytes of a message, at most `limit` of them (up to `MESSAGE_BYTES_MAX`). Where they would be more,
 * addresses are left out, then peers from the far end of both lists; never the key or the record. Throws a
 * `RangeError` where these alone are too many, and at a message that `decodeAmino` would refuse: both are
 * our own mistakes.
 *
 * Peers may be encoded beforehand (`encodePeer`); each then costs no more than the copy of its bytes.
 */
export function encodeAmino(message: AminoMessage, limit: number = SENT_BYTES_MAX): Uint8Array {
  if (!TYPES.includes(message.type))
    throw new RangeError(`there is no type '${message.type}' of message`);
  const problem = problemOf(message, 'response');
  if (problem !== null) throw new RangeError(problem);
  const most = Math.min(limit, MESSAGE_BYTES_MAX);
  const own = ownBytes(message);
  if (own > most)
    throw new RangeError(`key and record need ${own} bytes, more than ${most}, and cannot be cut`);
  if (own <= SENT_BYTES_MAX) {
    const length = writeMessage(scratch, message, Math.min(most, SENT_BYTES_MAX));
    if (length >= 0) return scratch.slice(0, length);
  }
  const peers = trimPeers(message.closerPeers, message.providerPeers, most - own);
  const bytes = new Uint8Array(own + bytesOf(peers.closerPeers) + bytesOf(peers.providerPeers));
  writeMessage(bytes, { ...message, ...peers }, bytes.length);
  return bytes;
}

/**
 * Reads a message: views of `bytes`, so whoever keeps a part of it for long copies it (`encodePeer` makes
 * such a copy of a peer). Throws nothing but `DecodeError`: at more than `MESSAGE_BYTES_MAX`, at bytes
 * that are no protobuf, at an unknown type, and where a key or a record is missing or is not what the type
 * asks for. `role` says which half of the conversation it is: responses of Go to FIND_NODE, and all those
 * of Rust to reads, leave the key out.
 *
 * Peers without a valid id are dropped one by one, and so are addresses; of those that remain, the first
 * `CLOSER_PEERS_MAX` and `MESSAGE_PROVIDERS_MAX` count. Connection types that nobody knows are read as
 * "not connected". Of fields that repeat, the last one counts; unknown ones, such as Rust's publisher and
 * time to live in a record, are passed over.
 */
export function decodeAmino(bytes: Uint8Array, role: AminoRole = 'request'): AminoMessage {
  if (bytes.length > MESSAGE_BYTES_MAX)
    throw new DecodeError(`a message has ${bytes.length} bytes, more than ${MESSAGE_BYTES_MAX}`);
  const reader = new ProtobufReader(bytes);
  let type = 0;
  let key: Span = NO_SPAN;
  let record: Span | null = null;
  const closerPeers: DecodedPeer[] = [];
  const providerPeers: DecodedPeer[] = [];
  while (reader.next()) {
    const { field } = reader;
    if (reader.type === BYTES) {
      if (field === 8) collect(reader, closerPeers, CLOSER_PEERS_MAX);
      else if (field === 9) collect(reader, providerPeers, MESSAGE_PROVIDERS_MAX);
      else if (field === 2) key = span(reader);
      else if (field === 3) record = span(reader);
      else reader.skip();
    } else if (field === 1 && reader.type === VARINT) type = reader.varint();
    else reader.skip();
  }
  const name = TYPES[type];
  if (name === undefined) throw new DecodeError(`a message has no known type, but ${type}`);
  const message = {
    type: name,
    key: cut(bytes, key),
    record: record === null ? null : readRecord(bytes, record),
    closerPeers,
    providerPeers,
  };
  const problem = problemOf(message, role);
  if (problem !== null) throw new DecodeError(problem);
  return message;
}

/** Reads the peer that the reader has come to; passes over it where there are enough. */
function collect(reader: ProtobufReader, peers: DecodedPeer[], max: number): void {
  if (peers.length >= max) {
    reader.skip();
    return;
  }
  const peer = readPeer(reader, reader.length());
  if (peer !== null) peers.push(peer);
}

function readRecord(bytes: Uint8Array, [start, end]: Span): AminoRecord {
  const reader = new ProtobufReader(bytes, start, end);
  let key: Span = NO_SPAN;
  let value: Span = NO_SPAN;
  let time: Span = NO_SPAN;
  while (reader.next()) {
    if (reader.type !== BYTES) reader.skip();
    else if (reader.field === 1) key = span(reader);
    else if (reader.field === 2) value = span(reader);
    else if (reader.field === 5) time = span(reader);
    else reader.skip();
  }
  return {
    key: cut(bytes, key),
    value: cut(bytes, value),
    timeReceived: timeText(cut(bytes, time)),
  };
}

/** Where a value starts and ends: fields that repeat cost nothing until it is known which one counts. */
type Span = readonly [start: number, end: number];

const NO_SPAN: Span = [0, 0];

function span(reader: ProtobufReader): Span {
  const length = reader.length();
  const start = reader.at;
  reader.at += length;
  return [start, reader.at];
}

function cut(bytes: Uint8Array, [start, end]: Span): Uint8Array {
  return bytes.subarray(start, end);
}

/** A time as text; nothing where it cannot be one, for the record is as good without it. */
function timeText(bytes: Uint8Array): string {
  if (bytes.length > TIME_LENGTH_MAX) return '';
  let text = '';
  for (const byte of bytes) {
    if (!isPrintable(byte)) return '';
    text += String.fromCharCode(byte);
  }
  return text;
}

/** Bytes of a message without its peers. */
function ownBytes({ type, key, record }: AminoMessage): number {
  const recordBytes = record === null ? 0 : fieldBytes(recordLength(record));
  return (type === TYPES[0] ? 0 : 2) + optionalBytes(key.length) + recordBytes + LEVEL_BYTES;
}

/**
 * Writes a message of at most `most` bytes and returns its length, or -1 when it has more; there must be
 * room for `most` bytes, and for one more peer that is not encoded yet.
 */
function writeMessage(bytes: Uint8Array, message: AminoMessage, most: number): number {
  const { key, record } = message;
  let at = 0;
  const type = TYPES.indexOf(message.type);
  if (type > 0) {
    bytes[at++] = TYPE_TAG;
    bytes[at++] = type;
  }
  at = writeOptional(bytes, at, KEY_TAG, key);
  if (record !== null) at = writeRecord(bytes, at, record);
  for (const peer of message.closerPeers)
    if (at <= most) at = writePeer(bytes, at, CLOSER_TAG, peer);
  for (const peer of message.providerPeers)
    if (at <= most) at = writePeer(bytes, at, PROVIDER_TAG, peer);
  if (at + LEVEL_BYTES > most) return -1;
  bytes[at] = CLUSTER_LEVEL_TAG;
  bytes[at + 1] = CLUSTER_LEVEL;
  return at + LEVEL_BYTES;
}

function bytesOf(peers: readonly EncodedPeer[]): number {
  let bytes = 0;
  for (const peer of peers) bytes += peer.bytes.length;
  return bytes;
}

/** Bytes of a record without tag and length. */
function recordLength({ key, value, timeReceived }: AminoRecord): number {
  return (
    optionalBytes(key.length) + optionalBytes(value.length) + optionalBytes(timeReceived.length)
  );
}

/** Bytes of a field that is left out where it is empty, as all are whose absence means the same. */
function optionalBytes(length: number): number {
  return length === 0 ? 0 : fieldBytes(length);
}

function writeOptional(bytes: Uint8Array, at: number, tag: number, value: Uint8Array): number {
  return value.length === 0 ? at : writeField(bytes, at, tag, value);
}

function writeRecord(bytes: Uint8Array, start: number, record: AminoRecord): number {
  bytes[start] = RECORD_TAG;
  let at = writeVarint(bytes, start + 1, recordLength(record));
  at = writeOptional(bytes, at, RECORD_KEY_TAG, record.key);
  at = writeOptional(bytes, at, RECORD_VALUE_TAG, record.value);
  return writeOptional(bytes, at, RECORD_TIME_TAG, timeBytes(record.timeReceived));
}

/** A time as bytes. Throws a `RangeError` where it cannot be one. */
function timeBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  let isTime = text.length <= TIME_LENGTH_MAX;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    isTime &&= isPrintable(code);
    bytes[i] = code;
  }
  if (!isTime) throw new RangeError(`'${text}' is no time in RFC 3339`);
  return bytes;
}

/** Whether a code is one of ASCII's characters that show, or a space. */
function isPrintable(code: number): boolean {
  return code >= 0x20 && code < 0x7f;
}
