// What a NetVis record says, as a row: which node, which peer, which message.
import { EVENT_TYPES, messageKindCode } from './event.ts';
import type { EventType } from './event.ts';
import { MessageMatcher } from './netvis-messages.ts';
import type { Ends } from './netvis-messages.ts';
import { idOf } from './netvis-names.ts';
import type { NetVisNames } from './netvis-names.ts';
import { isRecord } from './netvis-record.ts';
import type { NetVisRecord } from './netvis-record.ts';
import type { Notes } from './notes.ts';
import { emptyRow } from './sink.ts';
import type { Row } from './sink.ts';
import type { Trace } from './trace.ts';

/** NetVis's own vocabulary, as far as its specification and its roadmap go. */
const KNOWN_EVENTS: ReadonlySet<unknown> = new Set<EventType>(
  EVENT_TYPES.slice(0, EVENT_TYPES.indexOf('unknown')),
);
const CODE_OF: ReadonlyMap<unknown, number> = new Map(
  EVENT_TYPES.map((type, code) => [type, code]),
);
const UNKNOWN = EVENT_TYPES.indexOf('unknown');
const BYTES_MAX = 2147483647;
/** Message types remembered: files have a dozen, and one that has more pays for it with time only. */
const KINDS_MAX = 1000;

interface Parts {
  readonly trace: Trace;
  readonly names: NetVisNames;
  readonly mode: 'smart' | 'strict';
  readonly notes: Notes;
}

/** The two nodes of a record, as the record names them. */
interface Mentioned {
  readonly node: unknown;
  readonly peer?: unknown;
}

/** Turns records into rows, in order of time. */
export class NetVisEvents {
  readonly #trace: Trace;
  readonly #names: NetVisNames;
  readonly #notes: Notes;
  readonly #isStrict: boolean;
  readonly #messages: MessageMatcher;
  readonly #kinds = new Map<string, number>();

  constructor(parts: Parts) {
    this.#trace = parts.trace;
    this.#names = parts.names;
    this.#notes = parts.notes;
    this.#isStrict = parts.mode === 'strict';
    this.#messages = new MessageMatcher(parts.mode);
  }

  /** Makes the nodes known that a record introduces by mentioning them. */
  mention(record: unknown): void {
    if (!isRecord(record) || !isKnown(record['event'])) return;
    // Who writes a note need not be a node.
    if (record['event'] === 'annotation') return;
    const { node, peer } = this.#mentioned(record, record['event']);
    this.#names.intern(node);
    this.#names.intern(peer);
  }

  /** The row of a record, without its time. `number` is its place in the file, from 1. */
  row(record: unknown, number: number): Row {
    const row = emptyRow();
    row.data = { netvis: record };
    row.type = UNKNOWN;
    if (!isRecord(record)) {
      this.#notes.add(number, 'a record must be an object; it is kept as it is');
      return row;
    }
    const event = record['event'];
    if (!isKnown(event)) {
      row.node = this.#names.find(record['loggerID']);
      row.detail = typeof event === 'string' ? event : null;
      const problem =
        typeof event === 'string'
          ? `the event “${event}” is not one of NetVis's; it is kept and shown as it is`
          : 'the record has no name of an event; it is kept as it is';
      this.#notes.add(number, problem);
      return row;
    }
    row.type = CODE_OF.get(event)!;
    const { node, peer } = this.#mentioned(record, event);
    row.node = this.#names.find(node);
    row.peer = this.#names.find(peer);
    if (row.node < 0 && event !== 'annotation')
      this.#notes.add(number, `${event} does not say at which node`);
    if (event.startsWith('message')) this.#fillMessage(row, record, number);
    return row;
  }

  #mentioned(record: NetVisRecord, event: EventType): Mentioned {
    const logger = record['loggerID'];
    const first = (name: string, other: string): unknown =>
      isNamed(record[name]) ? record[name] : record[other];
    switch (event) {
      case 'nodeEntered':
      case 'nodeExited':
        return { node: this.#isStrict ? record['name'] : first('name', 'loggerID') };
      case 'messageSent':
        return {
          node: this.#isStrict ? logger : first('sourceNode', 'loggerID'),
          peer: record['destinationNode'],
        };
      case 'messageReceived':
      case 'messageDropped':
        return { node: first('destinationNode', 'loggerID'), peer: record['sourceNode'] };
      case 'nodeAccepted':
        return { node: first('dialedNode', 'loggerID'), peer: first('connectingNode', 'addr') };
      case 'nodeDialed':
      case 'nodeConnected':
      case 'nodeDisconnected':
        return { node: first('connectingNode', 'loggerID'), peer: first('dialedNode', 'addr') };
      case 'nodeStateChange':
        return { node: first('loggerID', 'name') };
      default:
        return { node: logger };
    }
  }

  #fillMessage(row: Row, record: NetVisRecord, number: number): void {
    const message = record['message'];
    const fields: NetVisRecord = isRecord(message) ? message : {};
    // NetVis prefers `id`, and takes `request_id` when there is none.
    const id = idOf(
      this.#isStrict
        ? (fields['id'] ?? fields['request_id'])
        : (fields['request_id'] ?? fields['id']),
    );
    const ends: Ends =
      EVENT_TYPES[row.type] === 'messageSent'
        ? { id, source: row.node, destination: row.peer }
        : { id, source: row.peer, destination: row.node };
    this.#fillKind(row, fields);
    if (id === null)
      this.#notes.add(number, 'the message has no request_id, so nobody can tell when it arrives');
    if (EVENT_TYPES[row.type] === 'messageSent') {
      const facts = this.#messages.sent(ends, this.#trace.length);
      row.rpc = facts.rpc;
      row.isResponse = facts.isResponse ? 1 : 0;
      row.cause = facts.cause;
      return;
    }
    row.message = this.#messages.received(ends, this.#trace.length);
    row.cause = row.message;
    if (row.message >= 0) this.#fillFromSent(row);
    else if (id !== null) this.#notes.add(number, 'no earlier record sends this message');
    if (idOf(record['destinationNode']) === null) {
      this.#notes.add(
        number,
        'there is no destinationNode, which NetVis needs to show it; the logger is taken as the receiver',
      );
    }
  }

  #fillFromSent(row: Row): void {
    const sent = row.message;
    row.rpc = this.#trace.get('rpc', sent);
    row.isResponse = this.#trace.get('isResponse', sent);
    if (row.kind === 0) row.kind = this.#trace.get('kind', sent);
    if (row.peer < 0) row.peer = this.#trace.get('node', sent);
  }

  #fillKind(row: Row, message: NetVisRecord): void {
    const { type, size } = message;
    if (typeof size === 'number' && Number.isInteger(size) && size >= 0 && size <= BYTES_MAX)
      row.bytes = size;
    if (typeof type !== 'string') return;
    let kind = this.#kinds.get(type);
    if (kind === undefined) {
      kind = messageKindCode(type);
      if (this.#kinds.size < KINDS_MAX) this.#kinds.set(type, kind);
    }
    row.kind = kind;
    if (row.kind === 0) row.detail = type;
  }
}

function isNamed(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function isKnown(event: unknown): event is EventType {
  return KNOWN_EVENTS.has(event);
}
