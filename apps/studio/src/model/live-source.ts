// Nodes that run somewhere else: their trace comes over a connection, as it happens.
import { keyToHex } from '@kadscope/core/keyspace';
import { applyBatch, decodeBatch, Trace } from '@kadscope/core/trace';
import type { TraceMeta } from '@kadscope/core/trace';
import type { OperationRequest } from './protocol.ts';
import { Requests } from './requests.ts';
import type { LiveNetwork, SourceEvent, StartedOperation, TraceSource } from './source.ts';

/** A connection, reduced to what the model needs; `WebSocket` satisfies it. */
export interface LivePort {
  send(text: string): void;
  /** Text or bytes. */
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  close(): void;
}

/** The play head stays so far behind the network, so that what it passes has arrived. */
const LAG_MS = 250;

/** What the node says besides batches. */
type LiveAnswer =
  | {
      readonly type: 'started';
      readonly meta: Omit<TraceMeta, 'epochNs'> & { readonly epochNs: string };
      readonly canOperate: boolean;
    }
  | { readonly type: 'now'; readonly nowMs: number; readonly isFull: boolean }
  | {
      readonly type: 'operationStarted';
      readonly request: number;
      readonly operation: number;
      readonly timeMs: number;
    }
  | { readonly type: 'failed'; readonly request: number; readonly message: string };

const NO_FILES =
  'Files can be added to the simulated network only; here, announce content by its CID.';

/** A trace that grows while the nodes run. */
export class LiveSource implements TraceSource {
  readonly kind = 'live';
  readonly origin: { readonly token: string };
  readonly #port: LivePort;
  /** Real milliseconds. */
  readonly #now: () => number;
  readonly #listeners = new Set<(event: SourceEvent) => void>();
  readonly #requests = new Requests();
  #trace = new Trace({ title: 'Live network', source: 'node', epochNs: 0n });
  #nowMs = 0;
  /** When the node last said what time it is. */
  #saidAt = 0;
  #canOperate = false;
  #isFull = false;
  #isClosed = false;

  constructor(port: LivePort, token: string, now: () => number) {
    this.#port = port;
    this.#now = now;
    this.origin = { token };
    port.onmessage = ({ data }) => this.#receive(data);
    port.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  get title(): string {
    return this.#trace.meta.title;
  }

  get trace(): Trace {
    return this.#trace;
  }

  /** A little behind the network, and going on between its messages. */
  get horizonMs(): number {
    if (this.#isClosed) return Math.max(this.#trace.endMs, 0);
    const since = Math.min(this.#now() - this.#saidAt, LAG_MS);
    return Math.max(0, this.#nowMs + since - LAG_MS);
  }

  get isGrowing(): boolean {
    return !this.#isClosed && !this.#isFull;
  }

  get network(): LiveNetwork | null {
    if (!this.#canOperate || !this.isGrowing) return null;
    return {
      operate: (operation) => this.#operate(operation),
      addFile: () => Promise.reject(new Error(NO_FILES)),
      fetchFile: () => Promise.reject(new Error(NO_FILES)),
    };
  }

  subscribe(listener: (event: SourceEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The network goes on by itself; time passes for whoever looks. */
  want(): void {
    if (this.isGrowing) this.#emit({ type: 'time' });
  }

  close(): void {
    this.#isClosed = true;
    this.#port.onmessage = null;
    this.#port.onclose = null;
    this.#port.close();
    this.#requests.rejectAll('the connection was closed');
    this.#listeners.clear();
  }

  #operate(operation: OperationRequest): Promise<StartedOperation> {
    const { key, value, ...rest } = operation;
    const plain = {
      ...rest,
      ...(key !== undefined && { key: keyToHex(key) }),
      ...(value !== undefined && { value: keyToHex(value) }),
    };
    return this.#requests.ask((request) =>
      this.#port.send(JSON.stringify({ type: 'operate', request, operation: plain })),
    );
  }

  #receive(data: unknown): void {
    try {
      if (data instanceof ArrayBuffer) this.#grow(new Uint8Array(data));
      else this.#hear(JSON.parse(String(data)) as LiveAnswer);
    } catch (error) {
      this.#break(error instanceof Error ? error.message : String(error));
    }
  }

  #grow(bytes: Uint8Array): void {
    applyBatch(this.#trace, decodeBatch(bytes));
    this.#emit({ type: 'grown' });
  }

  #hear(answer: LiveAnswer): void {
    switch (answer.type) {
      case 'started':
        this.#trace = new Trace({ ...answer.meta, epochNs: BigInt(answer.meta.epochNs) });
        this.#canOperate = answer.canOperate;
        this.#emit({ type: 'started' });
        return;
      case 'now':
        this.#nowMs = answer.nowMs;
        this.#saidAt = this.#now();
        this.#emit({ type: 'time' });
        if (answer.isFull && !this.#isFull) {
          this.#isFull = true;
          this.#emit({ type: 'full' });
        }
        return;
      case 'operationStarted':
        this.#requests.resolve(answer.request, answer);
        return;
      case 'failed':
        this.#requests.reject(answer.request, answer.message);
    }
  }

  #closed(code: number, reason: string): void {
    if (this.#isClosed) return;
    const never = this.#trace.length === 0;
    this.#break(
      never
        ? 'the node cannot be reached, or its token is another one by now: open the address that it printed last'
        : reason === '' || code === 1006
          ? 'the connection to the node is lost'
          : reason,
    );
  }

  #break(message: string): void {
    this.#isClosed = true;
    this.#port.close();
    this.#requests.rejectAll(message);
    this.#emit({ type: 'error', message });
  }

  #emit(event: SourceEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
