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
    }
  /** With a quorum, the lookup stops after so many valid values; without, it asks all of the k closest. */
  | {
      readonly kind: 'getValue';
      readonly node: number;
      readonly key: Uint8Array;
      readonly quorum?: number;
    }
  /** Announces that the node has the content of a key. */
  | { readonly kind: 'provide'; readonly node: number; readonly key: Uint8Array }
  /** With a count, stops after so many providers. */
  | {
      readonly kind: 'findProviders';
      readonly node: number;
      readonly key: Uint8Array;
      readonly count?: number;
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
  /** The node went offline before the end. */
  | 'node-left';

/** What an operation yields while it runs, and at its end. */
export type OperationEvent =
  | { readonly type: 'provider'; readonly operation: Operation; readonly provider: KeyHandle }
  | { readonly type: 'value'; readonly operation: Operation; readonly record: ValueRecord }
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
  /** Depth of the nearest node that answered in the last lookup. */
  hops = 0;
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
