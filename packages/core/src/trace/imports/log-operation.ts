// One operation of a log: what a caller asked for, the results as they come, and how it ended.
import { MESSAGE_KINDS } from '../event.ts';
import type { MessageKind } from '../event.ts';
import type { LogFields, LogTrace, LogWord } from './log-trace.ts';

export interface OperationParts {
  /** One of our operations, or what the log calls it. */
  readonly kind: string;
  readonly node: number;
  readonly key: number;
  /** The node that it is about, as for `findPeer`; -1 for none. */
  readonly peer?: number;
}

/** What the lookups of an operation ask for. */
const ASKS: Readonly<Record<string, MessageKind>> = {
  findProviders: 'get-providers',
  getValue: 'get-value',
  ping: 'ping',
};

/** Operations that look for something, and those that give something to the nodes that they find. */
const FINDING: ReadonlySet<string> = new Set([
  'findProviders',
  'getValue',
  'findPeer',
  'findNode',
  'explore',
]);
const GIVING: ReadonlySet<string> = new Set(['provide', 'putValue']);

/** Code of the kind of message with which the lookups of an operation ask. */
export function askingKind(operation: string): number {
  return MESSAGE_KINDS.indexOf(Object.hasOwn(ASKS, operation) ? ASKS[operation]! : 'find-node');
}

/** Appends the events of one operation. */
export class LogOperation {
  readonly id: number;
  readonly kind: string;
  /** The `operationStarted` event. */
  readonly started: number;
  readonly #log: LogTrace;
  readonly #parts: OperationParts;
  #count = 0;
  #latest: number;

  /** Starts the operation, at the present time of the log. */
  constructor(log: LogTrace, parts: OperationParts, type: LogWord) {
    this.id = log.newOperation();
    this.kind = parts.kind;
    this.#log = log;
    this.#parts = parts;
    const fields = this.fields({ detail: parts.kind, peer: parts.peer ?? -1 });
    this.started = log.appendAs(type, 'operationStarted', fields);
    this.#latest = this.started;
  }

  /** How many results there have been: what was found, or how many nodes took what they were given. */
  get count(): number {
    return this.#count;
  }

  /** How an operation ended that came to its end, where that follows from its results. */
  get outcome(): string | null {
    if (FINDING.has(this.kind)) return this.#count > 0 ? 'found' : 'not-found';
    if (GIVING.has(this.kind)) return this.#count > 0 ? 'stored' : 'not-stored';
    return null;
  }

  /** Something was found: a `peer`, a `provider` or a `value`. */
  result(detail: string, fields: LogFields): number {
    // Nodes that are to be given something are found on the way; they count when they have it.
    const count = GIVING.has(this.kind) ? -1 : ++this.#count;
    return this.#log.append(
      'operationProgressed',
      this.fields({ detail, count, cause: this.started, ...fields }),
    );
  }

  /** A node took what it was given. */
  taken(): void {
    this.#count++;
  }

  /** A lookup of the operation ended, with this event; the operation may end because of it. */
  lookupEnded(event: number): void {
    this.#latest = event;
  }

  finish(detail: string | null, type: LogWord): number {
    const fields = this.fields({ detail, cause: this.#latest, count: this.#count });
    return this.#log.appendAs(type, 'operationFinished', fields);
  }

  fields(fields: LogFields): LogFields {
    const { node, key } = this.#parts;
    return { node, key, operation: this.id, ...fields };
  }
}
