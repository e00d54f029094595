// What the messages of the IPFS DHT (`/ipfs/kad/1.0.0`) say, and what makes them valid, whatever their bytes.
import { equalKeys } from '../keyspace/key.ts';
import type { AminoPeer } from './peer.ts';

/** Bytes of a message that is read at most: go-libp2p's `network.MessageSizeMax`, which Go servers fill with providers. */
export const MESSAGE_BYTES_MAX = 4_194_304;

/** Bytes of a message that is sent at most: rust-libp2p's `DEFAULT_MAX_PACKET_SIZE`, the least that anybody reads. */
export const SENT_BYTES_MAX = 16_384;

/** Closer peers of one message that count: 2k (go-libp2p-kad-dht #1270). The others are not even read. */
export const CLOSER_PEERS_MAX = 40;

/** Bytes of the key of a provider record at most (go-libp2p-kad-dht, `handlers.go`). */
export const PROVIDER_KEY_BYTES_MAX = 80;

/** Characters of a time at most: RFC 3339 with nanoseconds and an offset has 35. */
export const TIME_LENGTH_MAX = 64;

/** The requests of the DHT, as the trace names them, by their number on the wire. */
export const TYPES = [
  'put-value',
  'get-value',
  'add-provider',
  'get-providers',
  'find-node',
  'ping',
] as const;

export type AminoType = (typeof TYPES)[number];

/** Which half of a conversation a message is: their fields are the same, but responses to reads may omit the key. */
export type AminoRole = 'request' | 'response';

/** A value under its key. */
export interface AminoRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** When the sender got it, in RFC 3339; empty where it does not say. It proves nothing. */
  readonly timeReceived: string;
}

/** A message; what a type does not use is empty. */
export interface AminoMessage {
  readonly type: AminoType;
  readonly key: Uint8Array;
  readonly record: AminoRecord | null;
  readonly closerPeers: readonly AminoPeer[];
  readonly providerPeers: readonly AminoPeer[];
}

/** What makes a message none of its type; `null` when nothing does. */
export function problemOf({ type, key, record }: AminoMessage, role: AminoRole): string | null {
  const isRead = type === 'find-node' || type === 'get-value' || type === 'get-providers';
  const isKeyless = key.length === 0 && !(isRead && role === 'response');
  switch (type) {
    case 'put-value':
      if (record === null) return 'a PUT_VALUE has no record';
      if (!equalKeys(record.key, key)) return 'the record of a PUT_VALUE has another key';
      return isKeyless ? 'a PUT_VALUE has no key' : null;
    case 'add-provider':
    case 'get-providers':
      if (key.length > PROVIDER_KEY_BYTES_MAX)
        return `the key of providers has ${key.length} bytes, more than ${PROVIDER_KEY_BYTES_MAX}`;
      return isKeyless ? 'a request about providers has no key' : null;
    case 'get-value':
    case 'find-node':
      return isKeyless ? 'a request has no key' : null;
    case 'ping':
      return null;
  }
}
