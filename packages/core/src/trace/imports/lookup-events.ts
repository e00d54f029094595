// Reads go-libp2p-kad-dht's lookup events (`RegisterForLookupEvents`, events.go) as JSON, one a line or in a list.
//
// An event is {Node, ID, Key, Request, Response, Terminate}; one of the last three is not null. A request sets
// one node to "waiting"; a response sets nodes to "heard", "queried" or "unreachable", and the first one, caused
// by the node itself, seeds the lookup. Peers and keys come with their point of the keyspace ("Kad"); that of a
// key is all there is, because Go writes the bytes of its name as if they were text. Times are not part of it.
import { decodeBase64 } from '../../encoding/multibase.ts';
import { equalKeys } from '../../keyspace/key.ts';
import type { Key } from '../../keyspace/key.ts';
import { parseInstant } from '../instant.ts';
import { isRecord } from '../netvis-record.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import { Notes } from '../notes.ts';
import type { Trace } from '../trace.ts';
import { keyOfBytes, LOG_KEY_BITS, peerIdBytes, recordKeyBytes } from './id-text.ts';
import { endOfGo, LogLookup } from './log-lookup.ts';
import { epochOf, textOf, timedEntries } from './log-records.ts';
import type { LogEntry } from './log-records.ts';
import { LogTrace } from './log-trace.ts';

const PARTS = ['Request', 'Response', 'Terminate'] as const;
const KIND_UNSAID = 0;

/** Whether a record is a lookup event. */
export function isLookupEvent(record: NetVisRecord): boolean {
  return isRecord(record['Node']) && 'Key' in record && PARTS.some((part) => part in record);
}

/** The trace of lookup events. */
export function readLookupEvents(records: readonly unknown[], title: string): Trace {
  const notes = new Notes();
  const entries = timedEntries(records, timeOf, notes);
  const log = new LogTrace({ title, format: 'lookup-events', epoch: epochOf(entries), notes });
  const reader = new LookupEventReader(log);
  for (const entry of entries) reader.read(entry);
  log.trace.notes.push(...notes.list());
  return log.trace;
}

/** The time that whoever wrote the log has added to an event. */
function timeOf(record: unknown): ReturnType<typeof parseInstant> {
  return isRecord(record) ? parseInstant(record['Time'] ?? record['time']) : null;
}

class LookupEventReader {
  readonly #log: LogTrace;
  readonly #lookups = new Map<string, LogLookup>();

  constructor(log: LogTrace) {
    this.#log = log;
  }

  read({ record, number, at }: LogEntry): void {
    this.#log.moveTo(at);
    this.#log.begin(record);
    let node = -1;
    if (isRecord(record) && isLookupEvent(record)) {
      node = this.#peer(record['Node'], number);
      if (node < 0)
        this.#log.notes.add(number, 'the event does not say who looks up; it is kept as it is');
      else this.#event(record, { node, number });
    } else this.#log.notes.add(number, 'this is no lookup event; it is kept as it is');
    this.#log.end(null, node);
  }

  #event(record: NetVisRecord, at: { readonly node: number; readonly number: number }): void {
    const lookup = this.#lookup(record, at);
    const { Request: request, Response: response, Terminate: end } = record;
    if (isRecord(request)) {
      const by = this.#optional(request['Cause'], at.number);
      for (const peer of this.#peers(request['Waiting'], at.number)) {
        lookup.query(peer, by);
        lookup.send(peer, KIND_UNSAID);
      }
    }
    if (isRecord(response)) this.#response(lookup, response, at);
    if (isRecord(end)) lookup.finish(endOfGo(end['Reason'], lookup));
  }

  #response(
    lookup: LogLookup,
    response: NetVisRecord,
    at: { readonly node: number; readonly number: number },
  ): void {
    const heard = this.#peers(response['Heard'], at.number);
    const queried = this.#peers(response['Queried'], at.number);
    const unreachable = this.#peers(response['Unreachable'], at.number);
    const cause = this.#optional(response['Cause'], at.number);
    const isSeed = cause === null || cause === at.node;
    if (isSeed && queried.length === 0) lookup.seed(heard);
    for (const peer of queried) lookup.answer(peer, { contacts: heard, kind: KIND_UNSAID });
    for (const peer of unreachable) lookup.fail(peer, 'unreachable');
  }

  #lookup(record: NetVisRecord, at: { readonly node: number; readonly number: number }): LogLookup {
    const name = `${at.node} ${JSON.stringify(record['ID'])}`;
    let lookup = this.#lookups.get(name);
    if (lookup === undefined) {
      const key = this.#log.key(this.#target(record['Key'], at.number));
      lookup = new LogLookup(this.#log, { node: at.node, key, operation: -1 }, -1);
      this.#lookups.set(name, lookup);
    }
    return lookup;
  }

  #target(value: unknown, number: number): Key | null {
    if (isRecord(value)) {
      const point = pointOf(value['Kad']);
      if (point !== null) return point;
      const name = textOf(value['Key']);
      const bytes = name === null ? null : recordKeyBytes(name);
      if (bytes !== null) return keyOfBytes(bytes);
    }
    this.#log.notes.add(number, 'the event does not say what is looked up');
    return null;
  }

  #peers(value: unknown, number: number): number[] {
    if (value === null || value === undefined) return [];
    if (Array.isArray(value))
      return value.map((peer) => this.#peer(peer, number)).filter((peer) => peer >= 0);
    this.#log.notes.add(number, 'a list of peers is no list; it is taken as empty');
    return [];
  }

  #optional(value: unknown, number: number): number | null {
    if (value === null || value === undefined) return null;
    const peer = this.#peer(value, number);
    return peer < 0 ? null : peer;
  }

  #peer(value: unknown, number: number): number {
    const name = isRecord(value) ? textOf(value['Peer']) : null;
    if (!isRecord(value) || name === null) {
      this.#log.notes.add(number, 'a peer has no id; it is left out');
      return -1;
    }
    const point = pointOf(value['Kad']);
    const bytes = peerIdBytes(name);
    if (point !== null && bytes !== null && !equalKeys(point, keyOfBytes(bytes)))
      this.#log.notes.add(
        number,
        'a peer lies elsewhere in the keyspace than its id says; the log is believed',
      );
    return this.#log.node(name, point ?? undefined);
  }
}

/** A point of the keyspace in base64, as Go writes bytes. */
function pointOf(value: unknown): Key | null {
  const bytes = typeof value === 'string' ? decodeBase64(value) : null;
  return bytes?.length === LOG_KEY_BITS / 8 ? bytes : null;
}
