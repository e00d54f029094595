// How the engine reports: one call with a literal id, numbers for the rest.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { StepId } from './steps.ts';

/** What a step says about itself. Fields that do not apply are left out, or -1. */
export interface StepFields {
  /** The node at which it happens, and the other one: handles of their keys. */
  readonly node: KeyHandle;
  readonly peer?: KeyHandle;
  /** The `messageSent` event of the message in question. */
  readonly message?: number;
  /** Code of the message kind, an index of `MESSAGE_KINDS`. */
  readonly kind?: number;
  readonly isResponse?: boolean;
  readonly rpc?: number;
  readonly lookup?: number;
  readonly operation?: number;
  readonly key?: KeyHandle;
  readonly bytes?: number;
  readonly hop?: number;
  readonly count?: number;
  /** One word: the reason of an end, the kind of an operation. */
  readonly detail?: string;
  readonly data?: unknown;
}

/** Where steps go. Absent (`null`) when nobody listens, so that a step costs one branch. */
export interface TraceSink {
  /** Reports a step at `now` (milliseconds) and returns the index of its event. */
  step(id: StepId, now: number, fields: StepFields): number;
}

/** One row of a trace, with every column; -1 where a number does not apply. Reused by its writer. */
export interface Row {
  timeMs: number;
  timeNs: number;
  type: number;
  step: number;
  node: number;
  peer: number;
  cause: number;
  message: number;
  kind: number;
  isResponse: number;
  rpc: number;
  lookup: number;
  operation: number;
  key: number;
  bytes: number;
  hop: number;
  count: number;
  detail: string | null;
  data: unknown;
}

/** What receives the rows of a reporter: a trace in memory, a hash, or both. */
export interface RowSink {
  /** Appends a row and returns its index. The row is reused: copy what you keep. */
  append(row: Row): number;
  /** Makes a key known and returns its index. */
  addKey(key: Key): number;
}

/** A row in which nothing applies. */
export function emptyRow(): Row {
  return {
    timeMs: 0,
    timeNs: 0,
    type: 0,
    step: -1,
    node: -1,
    peer: -1,
    cause: -1,
    message: -1,
    kind: 0,
    isResponse: 0,
    rpc: -1,
    lookup: -1,
    operation: -1,
    key: -1,
    bytes: -1,
    hop: -1,
    count: -1,
    detail: null,
    data: undefined,
  };
}
