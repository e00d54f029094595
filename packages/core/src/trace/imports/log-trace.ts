// A trace as a log of another program fills it: who is who, what time it is, and which record says so.
import { keyToHex } from '../../keyspace/key.ts';
import type { Key } from '../../keyspace/key.ts';
import { EVENT_TYPES } from '../event.ts';
import type { EventType } from '../event.ts';
import { instantSince, instantToNs } from '../instant.ts';
import type { Instant } from '../instant.ts';
import type { Notes } from '../notes.ts';
import { emptyRow } from '../sink.ts';
import type { Row } from '../sink.ts';
import { Trace } from '../trace.ts';
import { keyOfBytes, LOG_KEY_BITS, peerIdBytes } from './id-text.ts';

/** The logs of other programs that are read, by what is in them. */
export type LogFormat = 'kubo' | 'lookup-events' | 'query-events' | 'otlp';

/** What a log adds to a trace: everything but type and time. */
export type LogFields = Partial<Omit<Row, 'type' | 'timeMs' | 'timeNs' | 'data'>>;

/** Whether a record says that something happened, or it follows from what the record says. */
export type LogWord = 'said' | 'derived';

/** The data of the first event that a record of a log made: the record as it was read. */
export interface LogData {
  readonly log: unknown;
}

/** The largest value of the column for hops. */
const HOP_MAX = 32_767;
const CODE_OF: ReadonlyMap<EventType, number> = new Map(
  EVENT_TYPES.map((type, code) => [type, code]),
);

/** A trace that grows record by record, in order of time. */
export class LogTrace {
  readonly trace: Trace;
  readonly notes: Notes;
  readonly #epoch: Instant;
  readonly #nodes = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  #now: Instant = { ms: 0, ns: 0 };
  #record: unknown;
  #isTold = true;
  #nextRpc = 0;
  #nextLookup = 0;
  #nextOperation = 0;

  constructor(parts: {
    readonly title: string;
    readonly format: LogFormat;
    readonly epoch: Instant;
    readonly notes: Notes;
    /** What else the log says of itself. */
    readonly extra?: Readonly<Record<string, unknown>>;
  }) {
    this.notes = parts.notes;
    this.#epoch = parts.epoch;
    this.trace = new Trace({
      title: parts.title,
      source: 'node',
      epochNs: instantToNs(parts.epoch),
      keyBits: LOG_KEY_BITS,
      extra: { log: parts.format, ...parts.extra },
    });
  }

  /** Moves on: what is appended from now on happened at `at`. Times never go back. */
  moveTo(at: Instant): void {
    this.#now = instantSince(this.#epoch, at);
  }

  /** What is appended from now on is what `record` says. */
  begin(record: unknown): void {
    this.#record = record;
    this.#isTold = false;
  }

  /** The record is told elsewhere, or tells nothing of its own. */
  skip(): void {
    this.#isTold = true;
  }

  /** A record that made no event has no name in our vocabulary: it is kept and shown as it is. */
  end(name: string | null, node: number): void {
    if (!this.#isTold) this.append('unknown', { node, detail: name });
    this.#isTold = true;
  }

  /** Appends an event that a record says; the first one of a record carries it. */
  append(type: EventType, fields: LogFields): number {
    return this.appendAs('said', type, fields);
  }

  /** Appends an event. One that only follows from a record leaves it to the one that the record says. */
  appendAs(word: LogWord, type: EventType, fields: LogFields): number {
    const row: Row = { ...emptyRow(), ...fields };
    row.type = CODE_OF.get(type)!;
    row.timeMs = this.#now.ms;
    row.timeNs = this.#now.ns;
    row.hop = Math.min(row.hop, HOP_MAX);
    if (word === 'said' && !this.#isTold) {
      row.data = { log: this.#record } satisfies LogData;
      this.#isTold = true;
    }
    return this.trace.append(row);
  }

  /**
   * The node of that name, made when it is new. The names of a peer id in all its spellings are one node.
   * `key` is its point of the keyspace where the log says it; without, it is that of the peer id.
   */
  node(name: string, key?: Key): number {
    const bytes = peerIdBytes(name);
    const identity = bytes === null ? `name ${name}` : keyToHex(bytes);
    const known = this.#nodes.get(identity);
    if (known !== undefined) return known;
    const point = key ?? (bytes === null ? undefined : keyOfBytes(bytes));
    if (point === undefined)
      this.notes.addPlain(`“${name}” is no peer id, so nobody can tell its place in the keyspace.`);
    const index = this.trace.addNode(point === undefined ? { id: name } : { id: name, key: point });
    this.#nodes.set(identity, index);
    return index;
  }

  /** A node that the log does not name: one for each `name`, without a place in the keyspace. */
  nameless(name: string): number {
    const known = this.#nodes.get(name);
    if (known !== undefined) return known;
    const index = this.trace.addNode({ id: name });
    this.#nodes.set(name, index);
    return index;
  }

  /** The number of a key, made known when it is new; -1 for none. */
  key(key: Key | null): number {
    if (key === null) return -1;
    const name = keyToHex(key);
    let index = this.#keys.get(name);
    if (index === undefined) {
      index = this.trace.addKey(key);
      this.#keys.set(name, index);
    }
    return index;
  }

  newRpc(): number {
    return this.#nextRpc++;
  }

  newLookup(): number {
    return this.#nextLookup++;
  }

  newOperation(): number {
    return this.#nextOperation++;
  }
}
