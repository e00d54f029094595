// Operations: what a caller asks of a node. Seven of them are the IPFS routing interface; the rest is
// what nodes do for themselves.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { ValueRecord } from '../store/value-store.ts';
import type { OperationKind } from '../trace/event.ts';

/** A command for one node. Keys of records and content are bytes as applications write them; they are hashed into the keyspace. */
export type Command =
  /** The k nodes closest to a point of the keyspace. */
  | { readonly kind: 'findNode'; readonly node: number; readonly target: Key }
  /** The node whose key this is: reachable or not. */
  | { readonly kind: 'findPeer'; readonly node: number; readonly peer: KeyHandle }
  | { readonly kind: 'ping'; readonly node: number; readonly peer: KeyHandle }
  /** Joins the network by way of one or more known nodes. */
  | { readonly kind: 'bootstrap'; readonly node: number; readonly seeds: readonly KeyHandle[] }
  /** Looks up a random key in the range of each given bucket. */
  | { readonly kind: 'refresh'; readonly node: number; readonly buckets: readonly number[] }
  | {
      readonly kind: 'putValue';
      readonly node: number;
      readonly key: Uint8Array;
      readonly value: Uint8Array;
      readonly contacts?: readonly KeyHandle[];
    }
  /** With a quorum, the lookup stops after so many valid values; without, it asks all of the k closest. */
  | {
      readonly kind: 'getValue';
      readonly node: number;
      readonly key: Uint8Array;
      readonly quorum?: number;
      readonly contacts?: readonly KeyHandle[];
    }
  /** Announces that the node has the content of a key. */
  | {
      readonly kind: 'provide';
      readonly node: number;
      readonly key: Uint8Array;
      /** Whether to return before the lookup has ended, when the size of the network is known; the profile says by default. */
      readonly optimistic?: boolean;
      /** Whether to announce to all nodes of the key's region, not only to the k closest; the profile says by default. */
      readonly region?: boolean;
      /** The closest nodes, if they are known: then nobody is looked for. */
      readonly contacts?: readonly KeyHandle[];
    }
  /** Announces the node as a provider of many keys, region by region. */
  | {
      readonly kind: 'provideMany';
      readonly node: number;
      readonly keys: readonly Uint8Array[];
      /** Goes on behind this point of the keyspace, which the last `swept` event named. */
      readonly after?: Key;
      /** All nodes of the network, if they are known. */
      readonly contacts?: readonly KeyHandle[];
    }
  /** Finds all nodes whose keys begin with the first `length` bits of `prefix`; a length of 0 is a crawl. */
  | {
      readonly kind: 'explore';
      readonly node: number;
      readonly prefix: Key;
      readonly length: number;
      /** Lookups at once: 1 by default. */
      readonly parallel?: number;
      /** Requests a second, at most: no limit by default. */
      readonly requestsPerSecond?: number;
    }
  /** With a count, stops after so many providers. */
  | {
      readonly kind: 'findProviders';
      readonly node: number;
      readonly key: Uint8Array;
      readonly count?: number;
      /** Whether to ask all nodes of the key's region when its k closest are not enough; the profile says by default. */
      readonly region?: boolean;
      readonly contacts?: readonly KeyHandle[];
    };

/** How an operation ended. */
export type Outcome =
  | 'found'
  | 'not-found'
  | 'stored'
  | 'not-stored'
  | 'answered'
  | 'no-answer'
  | 'refreshed'
  /** The value does not fit its key: nothing was sent. */
  | 'invalid'
  /** The node itself holds a better value: nothing was sent. */
  | 'superseded'
  /** The node went offline before the end. */
  | 'node-left'
  /** Whoever started it wants to know no more. */
  | 'cancelled';

/** What an operation yields while it runs, and at its end. */
export type OperationEvent =
  | { readonly type: 'provider'; readonly operation: Operation; readonly provider: KeyHandle }
  /** A first value, or a better one. */
  | {
      readonly type: 'value';
      readonly operation: Operation;
      readonly record: ValueRecord;
    }
  /** One more node gave the best value: `operation.holders` of `operation.answered` agree. */
  | { readonly type: 'agreement'; readonly operation: Operation }
  /** Nodes that an exploration found since the last such event. */
  | {
      readonly type: 'nodes';
      readonly operation: Operation;
      readonly nodes: readonly KeyHandle[];
    }
  /** A region was provided: `keys` of its keys to `nodes` nodes. What comes next in the keyspace follows `last`. */
  | {
      readonly type: 'swept';
      readonly operation: Operation;
      readonly keys: number;
      readonly nodes: number;
      readonly last: Key;
    }
  | { readonly type: 'finished'; readonly operation: Operation; readonly now: number };

/** What identifies an operation. */
export interface OperationOrder {
  readonly id: number;
  readonly kind: OperationKind;
  readonly node: number;
  readonly target: KeyHandle;
  readonly startedAt: number;
  readonly record: ValueRecord | null;
  readonly wanted: number;
}

/** The state of one operation. */
export class Operation {
  readonly id: number;
  readonly kind: OperationKind;
  readonly node: number;
  /** The point of the keyspace that it is about. */
  readonly target: KeyHandle;
  readonly startedAt: number;
  /** The record that is stored or looked for; `value` is empty while it is looked for. */
  record: ValueRecord | null;
  /** Results after which it stops early; 0 for never. */
  readonly wanted: number;
  /** Targets of the lookups still to come, for bootstrap and refresh. */
  readonly queue: KeyHandle[] = [];
  /** The lookup that was answered last, while it runs; -1 otherwise. */
  lookup = -1;
  /** Lookups that have not ended. */
  lookupsRunning = 0;
  /** The target of the lookup that ended last. */
  lookedUp = -1;
  /** Nodes that answered in lookups. */
  answered = 0;
  /** Direct requests that have not ended. */
  pending = 0;
  /** Nodes that hold what was stored, values and providers found, or lookups of a bootstrap that were answered. */
  count = 0;
  readonly providers: KeyHandle[] = [];
  /** The nodes that sent the best value. */
  readonly holders: KeyHandle[] = [];
  /** The closest nodes that answered, nearest first. */
  closest: readonly KeyHandle[] = [];
  /** Whether the target itself answered. */
  reached = false;
  /** Nodes asked in lookups; direct requests besides. */
  lookupRequests = 0;
  directRequests = 0;
  lookups = 0;
  /** Whether all nodes of the key's region are asked when the k closest are not enough. */
  wantsRegion = false;
  /** The contact whose direct request ended last. */
  askedContact = -1;
  /** Nodes that a sweep tells of the keys of its region. */
  regionNodes = 0;
  /** Bytes that lookups sent and received, estimated. */
  bytes = 0;
  /** Contacts that lookups had to dial. */
  dials = 0;
  /** Depth of the nearest node that answered in the last lookup. */
  hops = 0;
  /** How much denser than chance the last lookup found the neighbourhood of its key, in nats. */
  surprise = 0;
  /** Whether a lookup set off the density alarm: somebody may crowd around the key. */
  isSuspicious = false;
  outcome: Outcome | null = null;

  constructor(order: OperationOrder) {
    this.id = order.id;
    this.kind = order.kind;
    this.node = order.node;
    this.target = order.target;
    this.startedAt = order.startedAt;
    this.record = order.record;
    this.wanted = order.wanted;
  }
}

/** Whether an outcome is what the caller hoped for. */
export function isSuccess(outcome: Outcome): boolean {
  return (
    outcome === 'found' || outcome === 'stored' || outcome === 'answered' || outcome === 'refreshed'
  );
}
