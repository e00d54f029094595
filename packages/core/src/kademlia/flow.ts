// How operations of one family proceed. `Operations` starts and ends them all, and passes on what happens.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Message } from './message.ts';
import type { Command, Operation, Outcome } from './operation.ts';

/** What a lookup of an operation aims at, if not at the operation's target. */
export interface LookupAim {
  readonly target?: KeyHandle;
  /** Contacts to start from besides those of the routing table. */
  readonly seeds?: readonly KeyHandle[];
  /** Whether time matters more than requests. */
  readonly isUrgent?: boolean;
}

/** What a flow can have done. */
export interface OperationRunner {
  /** Starts a lookup that sends requests of a kind. */
  lookup(operation: Operation, kind: number, now: number, aim?: LookupAim): void;
  /** Sends a request straight to a contact; `isAwaited` says whether the flow wants to hear of its end. */
  request(operation: Operation, order: DirectOrder, now: number): void;
  /** Ends the operation. */
  finish(operation: Operation, outcome: Outcome, now: number): void;
  /** The handle of the key of the operation's node. */
  self(operation: Operation): KeyHandle;
}

/** A request outside a lookup. */
export interface DirectOrder {
  readonly contact: KeyHandle;
  readonly kind: number;
  readonly isAwaited: boolean;
  /** The key that it is about, if not the operation's target. */
  readonly key?: KeyHandle;
}

/** The operations of one family. */
export interface OperationFlow {
  /** The operation starts; its node is online. */
  begin(operation: Operation, command: Command, now: number): void;
  /** A node answered in a lookup; true when the operation has what it wanted. */
  answered(operation: Operation, message: Message, now: number): boolean;
  /** A lookup ended; `operation.closest` has its results. */
  lookedUp(operation: Operation, now: number): void;
  /** An awaited request was answered; `null` when it failed. */
  requestEnded(operation: Operation, reply: Message | null, now: number): void;
  /** A timer that the flow set rang. */
  timer?(operation: Operation, now: number): void;
  /** Names the contacts that the flow itself remembers. */
  eachContact?(operation: Operation, visit: (contact: KeyHandle) => void): void;
  /** The operation ended, for whatever reason. */
  ended?(operation: Operation): void;
}
