// What views ask a trace all the time, kept up to date as events are appended.
import type { ChunkedColumns } from './columns.ts';
import { EVENT_TYPES } from './event.ts';
import type { EventType } from './event.ts';
import { IntList } from './int-list.ts';

/** One lookup of a trace. */
export interface LookupInfo {
  readonly id: number;
  /** The node that looks up, and the key it looks for. */
  readonly node: number;
  readonly key: number;
  /** The operation that it serves; -1 for none. */
  readonly operation: number;
  readonly startEvent: number;
  /** The event with which it ended; -1 while it runs. */
  readonly endEvent: number;
  /** All events of the lookup, ascending; `events.length` of them. */
  readonly events: IntList;
}

/** One operation of a trace. */
export interface OperationInfo {
  readonly id: number;
  /** One of `OPERATION_KINDS`, or what a foreign trace calls it. */
  readonly kind: string;
  readonly node: number;
  readonly key: number;
  readonly startEvent: number;
  /** -1 while it runs. */
  readonly endEvent: number;
  /** How it ended; `null` while it runs. */
  readonly outcome: string | null;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Messages, lookups and operations of a trace, by position and id. */
export class TraceIndex {
  readonly lookups: Mutable<LookupInfo>[] = [];
  readonly operations: Mutable<OperationInfo>[] = [];
  longestFlightMs = 0;
  readonly #messages = new IntList();
  readonly #lookupById = new Map<number, Mutable<LookupInfo>>();
  readonly #operationById = new Map<number, Mutable<OperationInfo>>();

  get messages(): Int32Array {
    return this.#messages.values;
  }

  get messageCount(): number {
    return this.#messages.length;
  }

  lookup(id: number): LookupInfo | undefined {
    return this.#lookupById.get(id);
  }

  operation(id: number): OperationInfo | undefined {
    return this.#operationById.get(id);
  }

  /** Takes event `index` into account. */
  add(columns: ChunkedColumns, index: number, detail: string | null): void {
    const type: EventType = EVENT_TYPES[columns.get('type', index)]!;
    if (type === 'messageSent') this.#messages.push(index);
    else if (type === 'messageReceived' || type === 'messageDropped')
      this.#endFlight(columns, index);
    else if (type === 'operationStarted') this.#startOperation(columns, index, detail);
    else if (type === 'operationFinished') this.#finishOperation(columns, index, detail);
    this.#addToLookup(columns, index, type);
  }

  #endFlight(columns: ChunkedColumns, index: number): void {
    const sent = columns.get('message', index);
    if (sent < 0 || columns.get('end', sent) >= 0) return;
    columns.set('end', sent, index);
    const flight = timeOf(columns, index) - timeOf(columns, sent);
    if (flight > this.longestFlightMs) this.longestFlightMs = flight;
  }

  #addToLookup(columns: ChunkedColumns, index: number, type: EventType): void {
    const id = columns.get('lookup', index);
    if (id < 0) return;
    let lookup = this.#lookupById.get(id);
    if (lookup === undefined) {
      lookup = {
        id,
        node: columns.get('node', index),
        key: columns.get('key', index),
        operation: columns.get('operation', index),
        startEvent: index,
        endEvent: -1,
        events: new IntList(),
      };
      this.#lookupById.set(id, lookup);
      this.lookups.push(lookup);
    }
    lookup.events.push(index);
    if (type === 'lookupFinished') lookup.endEvent = index;
  }

  #startOperation(columns: ChunkedColumns, index: number, detail: string | null): void {
    const operation: Mutable<OperationInfo> = {
      id: columns.get('operation', index),
      kind: detail ?? 'operation',
      node: columns.get('node', index),
      key: columns.get('key', index),
      startEvent: index,
      endEvent: -1,
      outcome: null,
    };
    this.#operationById.set(operation.id, operation);
    this.operations.push(operation);
  }

  #finishOperation(columns: ChunkedColumns, index: number, detail: string | null): void {
    const operation = this.#operationById.get(columns.get('operation', index));
    if (operation === undefined) return;
    operation.endEvent = index;
    operation.outcome = detail ?? 'finished';
  }
}

function timeOf(columns: ChunkedColumns, index: number): number {
  return columns.get('timeMs', index) + columns.get('timeNs', index) / 1e6;
}
