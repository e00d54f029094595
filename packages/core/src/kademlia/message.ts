// Requests and responses, independent of any wire format.
//
// One `Message` object is reused for every message that an engine sends: a host copies what it keeps.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { ValueRecord } from '../store/value-store.ts';
import { MESSAGE_KINDS } from '../trace/event.ts';
import type { MessageKind } from '../trace/event.ts';

/** Contacts of one message at most: the largest k of a scenario. go-libp2p-kad-dht accepts 40, twice its k (#1270). */
export const MESSAGE_CONTACTS_MAX = 64;

/** Providers of one message at most; Go fills 4 MiB, we stop at what a lookup can use. */
export const MESSAGE_PROVIDERS_MAX = 100;

/** A request or a response between two nodes. */
export class Message {
  /** Index of `MESSAGE_KINDS`. */
  kind = 0;
  isResponse = false;
  from: KeyHandle = -1;
  to: KeyHandle = -1;
  /** Whether the sender is in server mode: only servers enter routing tables. */
  fromServer = false;
  /** The request, as its sender numbers it, and the slot in which the sender keeps it. */
  rpc = -1;
  slot = -1;
  /** The target of a lookup or the key of a record. */
  key: KeyHandle = -1;
  /** A response's closer contacts: the first `contactCount` entries. */
  readonly contacts: Int32Array = new Int32Array(MESSAGE_CONTACTS_MAX);
  contactCount = 0;
  readonly providers: Int32Array = new Int32Array(MESSAGE_PROVIDERS_MAX);
  providerCount = 0;
  /** A record of `key`: whoever decodes a message makes sure that the one is the hash of the other. */
  record: ValueRecord | null = null;
  /** Whether a request was carried out: a stored value, an accepted provider. */
  accepted = false;
  /** The trace's `messageSent` event, where the medium can carry it; -1 otherwise. */
  traceEvent = -1;
}

/** The code of a message kind, as `Message.kind` and the trace hold it. */
export function kindCode(kind: MessageKind): number {
  return MESSAGE_KINDS.indexOf(kind);
}

export const PING: number = kindCode('ping');
export const FIND_NODE: number = kindCode('find-node');
export const GET_VALUE: number = kindCode('get-value');
export const PUT_VALUE: number = kindCode('put-value');
export const ADD_PROVIDER: number = kindCode('add-provider');
export const GET_PROVIDERS: number = kindCode('get-providers');

/**
 * The size of a message on the IPFS DHT's wire, estimated: 11 bytes of framing and headers, the key as a
 * 34-byte multihash, and 82 bytes for each contact (38-byte peer id, two addresses). The vectors of a
 * FIND_NODE request (45 bytes) and of an ADD_PROVIDER (93 bytes) are met within 10 %.
 */
export function estimateBytes(message: Message): number {
  const value = message.record === null ? 0 : message.record.value.length + 40;
  return (
    11 +
    (message.kind === PING ? 0 : 34) +
    82 * (message.contactCount + message.providerCount) +
    value
  );
}
