// What the page and the simulation worker say to each other: typed messages, plain data only.
import type { OperationKind, TraceBatch, TraceMeta } from '@kadscope/core/trace';

/** One of the routing operations, to be run by `node`. */
export interface OperationRequest {
  readonly kind: OperationKind;
  /** The node that runs it, by its index in the trace. */
  readonly node: number;
  readonly key?: Uint8Array;
  readonly peer?: number;
  readonly value?: Uint8Array;
  /** Values or providers after which the search stops. */
  readonly count?: number;
}

/** A file to cut into blocks, keep at `node` and announce. */
export interface FileRequest {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly node: number;
}

/** One block of an added file. */
export interface FileBlock {
  readonly cid: string;
  readonly size: number;
}

/** What adding a file made: its blocks, the root last, and the operation that announced the root. */
export interface AddedFile {
  readonly name: string;
  readonly size: number;
  readonly node: number;
  readonly root: string;
  readonly blocks: readonly FileBlock[];
  readonly operation: number;
  /** How announcing ended: `stored` when it did its work. */
  readonly outcome: string;
  readonly startMs: number;
  readonly endMs: number;
}

/** A file to be fetched by `node` from whoever provides it. */
export interface FetchRequest {
  readonly cid: string;
  readonly node: number;
}

/** A block on its way back, in virtual time. */
export interface FetchedBlock extends FileBlock {
  readonly askedMs: number;
  readonly arrivedMs: number;
}

/** A file that came through the network: every block was hashed on arrival. */
export interface FetchedFile {
  readonly cid: string;
  readonly bytes: Uint8Array;
  readonly node: number;
  readonly provider: number;
  /** The operation that found the provider. */
  readonly operation: number;
  /** In the order in which they arrived. */
  readonly blocks: readonly FetchedBlock[];
  readonly startMs: number;
  readonly foundMs: number;
  readonly endMs: number;
}

/** From the page to the worker. */
export type ToWorker =
  | { readonly type: 'start'; readonly scenario: unknown; readonly untilMs: number }
  | { readonly type: 'advance'; readonly untilMs: number }
  | { readonly type: 'operate'; readonly request: number; readonly operation: OperationRequest }
  | { readonly type: 'addFile'; readonly request: number; readonly file: FileRequest }
  | { readonly type: 'fetchFile'; readonly request: number; readonly fetch: FetchRequest };

/** From the worker to the page. A `batch` always precedes the messages that refer to its events. */
export type FromWorker =
  | { readonly type: 'started'; readonly meta: TraceMeta }
  | {
      readonly type: 'batch';
      readonly batch: TraceBatch;
      readonly nowMs: number;
      readonly isFull: boolean;
    }
  | {
      readonly type: 'operationStarted';
      readonly request: number;
      readonly operation: number;
      readonly timeMs: number;
    }
  | { readonly type: 'fileAdded'; readonly request: number; readonly file: AddedFile }
  | { readonly type: 'fileFetched'; readonly request: number; readonly file: FetchedFile }
  | {
      readonly type: 'progress';
      readonly request: number;
      readonly done: number;
      readonly total: number;
      readonly what: string;
    }
  | { readonly type: 'failed'; readonly request: number; readonly message: string }
  | { readonly type: 'error'; readonly message: string };

/** A worker, reduced to what the model needs; `Worker` satisfies it. */
export interface WorkerPort {
  postMessage(message: ToWorker, transfer?: readonly unknown[]): void;
  onmessage: ((event: { readonly data: FromWorker }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  terminate(): void;
}

/** The most events a trace of a running simulation may have: 134 MB of columns, an hour of 200 nodes. */
export const TRACE_EVENTS_MAX = 2_000_000;
