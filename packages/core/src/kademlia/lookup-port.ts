// What a lookup is told, and whom it tells.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { LookupIdentity } from './lookup-pool.ts';
import type { Message } from './message.ts';

/** Why a lookup ended. */
export type LookupEnd =
  /** The closest reachable contacts have all answered. */
  | 'closest-answered'
  /** The operation that it serves has what it wanted. */
  | 'satisfied'
  /** There was nobody to ask, or nobody answered. */
  | 'nobody-answered'
  /** The node that looks up went offline. */
  | 'node-left'
  /** Nobody wants to know any more. */
  | 'cancelled';

/** What a lookup is for. */
export interface LookupOrder extends LookupIdentity {
  /** Contacts to start from besides those of the routing table. */
  readonly seeds: readonly KeyHandle[];
}

/** Who is told what a lookup learns. */
export interface LookupListener {
  /** An answer came; returns true when it satisfies the operation. */
  lookupAnswered(operation: number, lookup: number, message: Message, now: number): boolean;
  /** The lookup ended; its results can be read until this returns. */
  lookupFinished(operation: number, lookup: number, end: LookupEnd, now: number): void;
}

/** How deep and when a contact was heard of. */
export interface Hearing {
  readonly hop: number;
  readonly now: number;
}

/** Who deals contacts to disjoint paths. */
export interface PathKeeper {
  /** Whether a path of the group has asked the contact. */
  isClaimed(group: number, contact: KeyHandle): boolean;
  /** A path asks a contact, which no other may ask from now on. */
  claim(group: number, contact: KeyHandle, lookup: number): void;
  /** A lookup doubts what it found: takes a second path, from other contacts, and goes on then. */
  hearOthers(lookup: number, witnesses: readonly KeyHandle[], now: number): void;
  /** A lookup ends while a second path is being taken for it. */
  withdraw(lookup: number, now: number): void;
  /** Ends what still runs of a group: an answer has brought what was wanted to a path that had ended. */
  stop(group: number, end: LookupEnd, now: number): void;
  /** A path has found the closest contacts it could, or ended before. */
  pathEnded(group: number, end: LookupEnd, now: number): void;
}
