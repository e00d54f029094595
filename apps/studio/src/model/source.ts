// Where traces come from: a simulation that grows in a worker, or a file that is there at once.
import { applyBatch, Trace } from '@kadscope/core/trace';
import { studioScenario } from './default-scenario.ts';
import type {
  AddedFile,
  FetchedFile,
  FetchRequest,
  FileRequest,
  FromWorker,
  OperationRequest,
  ToWorker,
  WorkerPort,
} from './protocol.ts';
import { Requests } from './requests.ts';
import type { LinkScenario } from './url.ts';

/** What a source tells the session. */
export type SourceEvent =
  /** The trace was replaced (`started`) or has grown. */
  | { readonly type: 'started' }
  | { readonly type: 'grown' }
  /** Nothing has happened, but time has passed. */
  | { readonly type: 'time' }
  /** The trace has reached its bound: it will not grow any more. */
  | { readonly type: 'full' }
  | {
      readonly type: 'progress';
      readonly done: number;
      readonly total: number;
      readonly what: string;
    }
  | { readonly type: 'error'; readonly message: string };

export interface StartedOperation {
  readonly operation: number;
  readonly timeMs: number;
}

/** The part of a link that names a source. */
export interface SourceOrigin {
  readonly scenario?: LinkScenario;
  readonly src?: string;
  /** What a page shows to watch nodes that run. */
  readonly token?: string;
}

/** A trace and how it grows. */
export interface TraceSource {
  readonly kind: 'simulation' | 'file' | 'live';
  readonly title: string;
  readonly trace: Trace;
  /** The time up to which the trace is complete. */
  readonly horizonMs: number;
  /** True while `want` can still make it grow. */
  readonly isGrowing: boolean;
  subscribe(listener: (event: SourceEvent) => void): () => void;
  /** How a link brings this source back; empty when it cannot, as for a file from somebody's disk. */
  readonly origin: SourceOrigin;
  /** Asks for the trace up to `timeMs`; returns at once. */
  want(timeMs: number): void;
  /** The living network behind the trace; `null` when it is a recording. */
  readonly network: LiveNetwork | null;
  close(): void;
}

/** What can be done to a network that runs. Each rejects with an `Error` whose message is for people. */
export interface LiveNetwork {
  operate(request: OperationRequest): Promise<StartedOperation>;
  addFile(request: FileRequest): Promise<AddedFile>;
  fetchFile(request: FetchRequest): Promise<FetchedFile>;
}

type Listener = (event: SourceEvent) => void;

/** A recording that was read whole. */
export class FileSource implements TraceSource {
  readonly kind = 'file';
  readonly title: string;
  readonly trace: Trace;
  readonly isGrowing = false;
  readonly network = null;
  readonly origin: SourceOrigin;

  /** `src` is its path below the page, if it has one. */
  constructor(title: string, trace: Trace, src?: string) {
    this.title = title;
    this.trace = trace;
    this.origin = src === undefined ? {} : { src };
  }

  get horizonMs(): number {
    return this.trace.endMs;
  }

  subscribe(): () => void {
    return () => {};
  }

  want(): void {}

  close(): void {}
}

/** A simulation in a worker, kept only as far ahead of the play head as `want` says. */
export class SimulationSource implements TraceSource {
  readonly kind = 'simulation';
  readonly origin: SourceOrigin;
  readonly network: LiveNetwork;
  readonly #port: WorkerPort;
  readonly #listeners = new Set<Listener>();
  readonly #requests = new Requests();
  #trace = new Trace({ title: 'Simulation', source: 'simulation', epochNs: 0n });
  #horizonMs = 0;
  #wantedMs: number;
  #isFull = false;
  #isBroken = false;

  /** Starts the simulation that a link describes and asks for its first `untilMs`. */
  constructor(port: WorkerPort, scenario: LinkScenario, untilMs: number) {
    this.#port = port;
    this.origin = { scenario };
    this.#wantedMs = untilMs;
    port.onmessage = (event) => this.#receive(event.data);
    port.onerror = (event) => this.#break(event.message ?? 'the worker stopped');
    this.#send({ type: 'start', scenario: studioScenario(scenario), untilMs });
    this.network = {
      operate: (operation) => this.#ask((request) => ({ type: 'operate', request, operation })),
      addFile: (file) => this.#ask((request) => ({ type: 'addFile', request, file })),
      fetchFile: (fetch) => this.#ask((request) => ({ type: 'fetchFile', request, fetch })),
    };
  }

  get title(): string {
    return this.#trace.meta.title;
  }

  get trace(): Trace {
    return this.#trace;
  }

  get horizonMs(): number {
    return this.#horizonMs;
  }

  get isGrowing(): boolean {
    return !this.#isFull && !this.#isBroken;
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  want(timeMs: number): void {
    // The horizon moves every frame; the worker hears of it in steps, so that a frame costs no message.
    if (!this.isGrowing || timeMs < this.#wantedMs + WANT_STEP_MS) return;
    this.#wantedMs = timeMs;
    this.#send({ type: 'advance', untilMs: timeMs });
  }

  close(): void {
    this.#isBroken = true;
    this.#port.onmessage = null;
    this.#port.onerror = null;
    this.#port.terminate();
    this.#requests.rejectAll('the simulation was closed');
    this.#listeners.clear();
  }

  #ask<T>(make: (request: number) => ToWorker): Promise<T> {
    if (!this.isGrowing) {
      return Promise.reject(
        new Error('The simulation has stopped; start it again to run an operation.'),
      );
    }
    return this.#requests.ask((request) => this.#send(make(request)));
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'started':
        this.#trace = new Trace(message.meta);
        this.#emit({ type: 'started' });
        return;
      case 'batch':
        this.#grow(message);
        return;
      case 'operationStarted':
        this.#requests.resolve(message.request, {
          operation: message.operation,
          timeMs: message.timeMs,
        });
        return;
      case 'fileAdded':
      case 'fileFetched':
        this.#requests.resolve(message.request, message.file);
        return;
      case 'progress':
        this.#emit(message);
        return;
      case 'failed':
        this.#requests.reject(message.request, message.message);
        return;
      case 'error':
        this.#break(message.message);
        return;
    }
  }

  #grow(message: FromWorker & { type: 'batch' }): void {
    applyBatch(this.#trace, message.batch);
    this.#horizonMs = message.nowMs;
    this.#emit({ type: 'grown' });
    if (message.isFull && !this.#isFull) {
      this.#isFull = true;
      this.#requests.rejectAll('The trace is full, and the simulation has stopped.');
      this.#emit({ type: 'full' });
    }
  }

  #break(message: string): void {
    this.#isBroken = true;
    this.#requests.rejectAll(message);
    this.#emit({ type: 'error', message });
  }

  #emit(event: SourceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  #send(message: ToWorker): void {
    this.#port.postMessage(message);
  }
}

/** How much the wanted horizon grows before the worker is told, in milliseconds of virtual time. */
const WANT_STEP_MS = 100;
