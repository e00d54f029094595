// One query of @libp2p/kad-dht as one operation, whose disjoint paths are lookups.
import { MESSAGE_KINDS, messageKindCode } from '../event.ts';
import { isRecord } from '../netvis-record.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import { LogLookup } from './log-lookup.ts';
import type { LogOperation } from './log-operation.ts';
import { failureOf, shortText, textOf } from './log-records.ts';
import type { LogTrace } from './log-trace.ts';

/** The names of @libp2p/kad-dht's events, and the recorder's two. */
const EVENTS: ReadonlySet<string> = new Set([
  'STARTED',
  'ENDED',
  'SEND_QUERY',
  'PEER_RESPONSE',
  'FINAL_PEER',
  'QUERY_ERROR',
  'PROVIDER',
  'VALUE',
  'ADD_PEER',
  'DIAL_PEER',
  'PATH_ENDED',
]);

/** Messages that give something to the nodes a lookup has found, instead of asking them. */
const GIVING: ReadonlySet<number> = new Set(
  (['put-value', 'add-provider'] as const).map((kind) => MESSAGE_KINDS.indexOf(kind)),
);
const ADD_PROVIDER = MESSAGE_KINDS.indexOf('add-provider');
/** @libp2p/kad-dht's index of the path of what it does without asking anybody. */
const LOCAL_PATH = -1;

/** Whether an event has one of the names that are known. */
export function isKnownEvent(name: string): boolean {
  return EVENTS.has(name);
}

interface RunParts {
  readonly operation: LogOperation;
  readonly node: number;
  readonly key: number;
}

/** A message that gives a node something: its request. */
interface Gift {
  readonly rpc: number;
  readonly sent: number;
}

/** Turns the events of one query into those of an operation. */
export class QueryRun {
  readonly node: number;
  isEnded = false;
  readonly #log: LogTrace;
  readonly #operation: LogOperation;
  readonly #key: number;
  readonly #paths = new Map<number, LogLookup>();
  readonly #gifts = new Map<number, Gift>();

  constructor(log: LogTrace, { operation, node, key }: RunParts) {
    this.node = node;
    this.#log = log;
    this.#operation = operation;
    this.#key = key;
  }

  read(event: string, record: NetVisRecord, number: number): void {
    switch (event) {
      case 'DIAL_PEER':
        return this.#withPeer(record['peer'], number, (peer) => this.#dial(record, peer));
      case 'SEND_QUERY':
        return this.#withPeer(record['to'], number, (peer) => this.#send(record, peer));
      case 'PEER_RESPONSE':
        return this.#withPeer(record['from'], number, (peer) => this.#response(record, peer));
      case 'QUERY_ERROR':
        return this.#withPeer(record['from'], number, (peer) => this.#error(record, peer));
      case 'FINAL_PEER':
        return this.#withPeer(record['peer'], number, (peer) => this.#result('peer', { peer }));
      case 'PROVIDER':
        for (const peer of this.#peers(record['providers']) ?? [])
          this.#result('provider', { peer });
        return;
      case 'VALUE':
        return this.#withPeer(record['from'], number, (peer) =>
          this.#result('value', { peer, bytes: sizeOf(record['value']) }),
        );
      case 'PATH_ENDED':
        return this.#endPath(record);
      case 'ENDED':
        return this.#end(record);
      default:
    }
  }

  #result(detail: string, fields: { readonly peer: number; readonly bytes?: number }): void {
    this.#operation.result(detail, fields);
  }

  #dial(record: NetVisRecord, peer: number): void {
    const lookup = this.#path(record, true);
    // What is dialed after the end of a path is to be given something.
    if (lookup === null || lookup.isFinished) {
      const cause = this.#operation.started;
      this.#log.append('nodeDialed', this.#operation.fields({ peer, cause }));
      return;
    }
    if (!lookup.isWaiting(peer)) lookup.query(peer);
    lookup.tell('nodeDialed', peer);
  }

  #send(record: NetVisRecord, peer: number): void {
    const kind = kindOf(record);
    const lookup = GIVING.has(kind) ? null : this.#path(record, true);
    if (lookup !== null) {
      if (!lookup.isWaiting(peer)) lookup.query(peer);
      lookup.send(peer, kind);
      return;
    }
    const rpc = this.#log.newRpc();
    const cause = this.#operation.started;
    const sent = this.#log.append(
      'messageSent',
      this.#operation.fields({ peer, kind, rpc, cause }),
    );
    this.#gifts.set(peer, { rpc, sent });
  }

  #response(record: NetVisRecord, peer: number): void {
    const kind = kindOf(record);
    const gift = this.#gifts.get(peer);
    if (!GIVING.has(kind) && gift === undefined) {
      // What the node knew itself is no answer of anybody.
      const lookup = peer === this.node ? null : this.#path(record, true);
      lookup?.answer(peer, { contacts: this.#peers(record['closer']), kind });
      return;
    }
    this.#gifts.delete(peer);
    if (GIVING.has(kind)) this.#operation.taken();
    const rpc = gift?.rpc ?? -1;
    const cause = gift?.sent ?? this.#operation.started;
    // Nobody answers ADD_PROVIDER: that it could be sent is all that is known.
    if (kind === ADD_PROVIDER)
      this.#log.append('requestDelivered', this.#operation.fields({ peer, kind, rpc, cause }));
    else
      this.#log.append(
        'messageReceived',
        this.#operation.fields({ peer, kind, isResponse: 1, rpc, cause }),
      );
  }

  #error(record: NetVisRecord, peer: number): void {
    const error = isRecord(record['error']) ? record['error'] : {};
    const message = [textOf(error['name']), textOf(error['message'])].filter(Boolean).join(': ');
    const gift = this.#gifts.get(peer);
    const lookup = this.#path(record, false);
    const detail = failureOf(message === '' ? null : message);
    if (gift !== undefined) {
      this.#gifts.delete(peer);
      const { rpc, sent: cause } = gift;
      this.#log.append('requestFailed', this.#operation.fields({ peer, rpc, detail, cause }));
    } else if (lookup?.isWaiting(peer) === true) lookup.fail(peer, detail);
    else {
      const cause = this.#operation.started;
      const text = shortText(message === '' ? 'an error' : message);
      this.#log.append('annotation', this.#operation.fields({ peer, detail: text, cause }));
    }
  }

  /** A path that has asked nobody has no lookup to end; its record is kept as it is. */
  #endPath(record: NetVisRecord): void {
    const lookup = this.#path(record, false);
    if (lookup?.isFinished === false) this.#operation.lookupEnded(lookup.finish(null));
  }

  #end(record: NetVisRecord): void {
    this.isEnded = true;
    const outcome = textOf(record['outcome']);
    const { count } = this.#operation;
    const isEnough = outcome === 'stopped' && count > 0;
    const reason = isEnough ? 'satisfied' : outcome === 'done' ? null : 'cancelled';
    for (const lookup of this.#paths.values())
      if (!lookup.isFinished) this.#operation.lookupEnded(lookup.finish(reason, 'derived'));
    this.#operation.finish(this.#outcome(outcome, count), 'said');
  }

  #outcome(outcome: string | null, count: number): string | null {
    if (outcome === 'failed' || (outcome === 'stopped' && count === 0)) return outcome;
    return this.#operation.outcome;
  }

  /** The lookup of the path of an event; `null` for what concerns no path, and for one that asked nobody. */
  #path(record: NetVisRecord, isWanted: boolean): LogLookup | null {
    const path = record['path'];
    const index = isRecord(path) ? path['index'] : 0;
    if (typeof index !== 'number' || index === LOCAL_PATH) return null;
    let lookup = this.#paths.get(index);
    if (lookup === undefined && isWanted) {
      const { id: operation, started } = this.#operation;
      lookup = new LogLookup(this.#log, { node: this.node, key: this.#key, operation }, started);
      this.#paths.set(index, lookup);
    }
    return lookup ?? null;
  }

  #withPeer(value: unknown, number: number, act: (peer: number) => void): void {
    const name = nameOf(value);
    if (name === null) this.#log.notes.add(number, 'the event names no peer; it is kept as it is');
    else act(this.#log.node(name));
  }

  #peers(value: unknown): number[] | null {
    if (!Array.isArray(value)) return null;
    return value.flatMap((peer: unknown) => {
      const name = nameOf(peer);
      return name === null ? [] : [this.#log.node(name)];
    });
  }
}

/** A peer is its id, or an object with it and its addresses. */
function nameOf(value: unknown): string | null {
  return textOf(isRecord(value) ? value['id'] : value);
}

function kindOf(record: NetVisRecord): number {
  const type = textOf(record['messageType']) ?? textOf(record['messageName']);
  return type === null ? 0 : messageKindCode(type);
}

/** Bytes of a value, which the recorder writes in hexadecimal as multibase. */
function sizeOf(value: unknown): number {
  return typeof value === 'string' && value.startsWith('f') ? (value.length - 1) >> 1 : -1;
}
