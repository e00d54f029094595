// The vocabulary of a trace: what can happen, in one list that live nodes, recordings, simulations and
// tests share. It is a superset of NetVis's events (the first twelve keep its names and meaning).

/** What kind of thing happened. The order is the code in the `type` column: append only. */
export const EVENT_TYPES = [
  // NetVis's vocabulary
  'nodeEntered',
  'nodeExited',
  'nodeDialed',
  'nodeAccepted',
  'nodeConnected',
  'nodeDisconnected',
  'nodeStateChange',
  'messageSent',
  'messageReceived',
  'messageDropped',
  'annotation',
  // an event of a file that no vocabulary knows: kept and shown, never dropped
  'unknown',
  // the state of a node, in detail
  'contactAdded',
  'contactRemoved',
  'bucketSplit',
  'recordStored',
  'recordRemoved',
  // requests, lookups and operations
  'requestFailed',
  'lookupStarted',
  'lookupHeard',
  'lookupQueried',
  'lookupAnswered',
  'lookupFailed',
  'lookupAdvanced',
  'lookupFinished',
  'operationStarted',
  'operationProgressed',
  'operationFinished',
  // a whole routing table at once: `data` lists the contacts
  'tableRestored',
  // an answer is overdue
  'lookupStalled',
  // the transport says that a message without a response arrived
  'requestDelivered',
] as const;

export type EventType = (typeof EVENT_TYPES)[number];

/** What a message asks for or announces. The order is the code in the `kind` column: append only. */
export const MESSAGE_KINDS = [
  'other',
  'ping',
  'find-node',
  'get-value',
  'put-value',
  'add-provider',
  'get-providers',
  'get-peers',
  'announce-peer',
  'want-block',
] as const;

export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** The classes in which messages are coloured and counted. */
export const MESSAGE_CLASSES = ['ping', 'find', 'get', 'announce', 'put', 'other'] as const;

export type MessageClass = (typeof MESSAGE_CLASSES)[number];

const CLASS_OF_KIND: Readonly<Record<MessageKind, MessageClass>> = {
  other: 'other',
  ping: 'ping',
  'find-node': 'find',
  'get-value': 'get',
  'get-providers': 'get',
  'get-peers': 'get',
  'want-block': 'get',
  'put-value': 'put',
  'add-provider': 'announce',
  'announce-peer': 'announce',
};

/** The class of a message kind. */
export function messageClass(kind: MessageKind): MessageClass {
  return CLASS_OF_KIND[kind];
}

/**
 * The code of the kind that a foreign format names: FIND_NODE, find_node, findNode and find-node are the
 * same; what we do not know is `other`.
 */
export function messageKindCode(name: string): number {
  const kind = name
    .replace(/([a-z])([A-Z])/g, '$1-$2')
    .replace(/[_ .]/g, '-')
    .toLowerCase();
  return Math.max(0, (MESSAGE_KINDS as readonly string[]).indexOf(kind));
}

/** The routing operations (the IPFS routing interface) and the maintenance that uses the same lookups. */
export const OPERATION_KINDS = [
  'findProviders',
  'putValue',
  'getValue',
  'provide',
  'findPeer',
  'ping',
  'bootstrap',
  'findNode',
  'refresh',
  'provideMany',
  'explore',
] as const;

export type OperationKind = (typeof OPERATION_KINDS)[number];

/**
 * One event, as an object made on demand from the columns. `-1` stands for "does not apply" in every
 * numeric field; nodes, keys and causes are indices into the trace they came from.
 */
export interface TraceEvent {
  /** Position in the trace; also its identity. */
  readonly index: number;
  /** Whole milliseconds since the epoch of the trace. */
  readonly timeMs: number;
  /** Nanoseconds within that millisecond, 0 to 999,999. */
  readonly timeNs: number;
  readonly type: EventType;
  /** The step of the source that reported it; `null` in traces that were not made by this engine. */
  readonly step: string | null;
  /** The node at which it happened. */
  readonly node: number;
  /** The other node: destination, source, contact or dialed node. */
  readonly peer: number;
  /** The event that led to this one. */
  readonly cause: number;
  /** The `messageSent` event of the message that this is about. */
  readonly message: number;
  readonly kind: MessageKind;
  /** A response, where the message is one. */
  readonly isResponse: boolean;
  /** The request that request, response and failure belong to. */
  readonly rpc: number;
  readonly lookup: number;
  readonly operation: number;
  /** The key in question: target of a lookup, key of a record. */
  readonly key: number;
  /** Bytes of the message or record. */
  readonly bytes: number;
  /** Depth in the chain of answers: 1 for contacts that the origin knew. */
  readonly hop: number;
  /** A number that the type explains: contacts in an answer, index of a split bucket, results so far. */
  readonly count: number;
  /** One word that the type explains: the kind of an operation, the reason of an end (`timeout`, `closest-answered`). */
  readonly detail: string | null;
  /** What no column holds: text of an annotation, contents of a message, fields of a foreign format. */
  readonly data: unknown;
}
