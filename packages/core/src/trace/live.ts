// Traces of nodes that run: on a real network, or several of them in one process.
//
// A simulation knows its nodes beforehand, and a message carries the event of its sending to where it
// arrives. Here nodes become known as they are heard of, handles are used again for others, and what
// has been sent and what arrives is matched by who sent what to whom, in the order of sending.
import { keyToHex } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { Reporter } from './reporter.ts';
import type { Row, RowSink, TraceSink } from './sink.ts';
import { Trace } from './trace.ts';
import type { NodeInfo, TraceMeta } from './trace.ts';

/** Messages on their way between two nodes that are remembered at most: more are lost, or answered by nobody here. */
const FLIGHTS_MAX = 64;

/** Milliseconds after which a message on its way is forgotten: no request is waited for any longer. */
const FLIGHT_MS = 15_000;

/** How a live trace begins. */
export interface LiveTraceOptions {
  readonly meta: TraceMeta;
  /** The time of the hosts, in milliseconds, that is time zero of the trace. */
  readonly epochMs: number;
  /** Nodes that report into it, at most: their requests and lookups are numbered apart. */
  readonly hosts: number;
  /** Events at most; what comes later is not recorded. */
  readonly eventsMax: number;
}

/** What a host says of the nodes that it knows. */
export interface LiveHost {
  readonly keys: KeyTable;
  /** A node by the handle of its key. */
  readonly describe: (contact: KeyHandle) => NodeInfo;
}

/** A message between two nodes, as both ends see it. */
export interface LiveMessage {
  readonly from: Key;
  readonly to: Key;
  readonly kind: number;
  readonly isResponse: boolean;
}

interface Flight {
  readonly kind: number;
  readonly isResponse: boolean;
  readonly event: number;
  readonly atMs: number;
}

/** A trace that grows while nodes run. */
export class LiveTrace {
  readonly trace: Trace;
  readonly #options: LiveTraceOptions;
  readonly #nodes = new Map<string, number>();
  readonly #flights = new Map<string, Flight[]>();
  #hosts = 0;
  #lastMs = 0;

  constructor(options: LiveTraceOptions) {
    this.#options = options;
    this.trace = new Trace(options.meta);
  }

  /** Whether nothing more is recorded. */
  get isFull(): boolean {
    return this.trace.length >= this.#options.eventsMax;
  }

  /** Where one more node reports. Throws a `RangeError` when there are as many as were announced. */
  sink(host: LiveHost): TraceSink {
    const { hosts, epochMs } = this.#options;
    if (this.#hosts === hosts) throw new RangeError(`this trace is of ${hosts} nodes`);
    const rows = new HostRows(this, this.#hosts++, hosts);
    const nodeOf = (contact: KeyHandle): number => this.#nodeOf(host, contact);
    return new Reporter(host.keys, rows, { nodeOf, epochMs });
  }

  /** The index of a node by its key; -1 for one that nobody has mentioned. */
  find(key: Key): number {
    return this.#nodes.get(keyToHex(key)) ?? -1;
  }

  /** A message leaves a node of ours; `event` is its `messageSent`. */
  departed(message: LiveMessage, event: number, nowMs: number): void {
    if (event < 0) return;
    const way = wayOf(message);
    const flights = this.#flights.get(way) ?? [];
    this.#flights.set(way, flights);
    const { kind, isResponse } = message;
    flights.push({ kind, isResponse, event, atMs: nowMs });
    if (flights.length > FLIGHTS_MAX) flights.shift();
  }

  /** A message did not get away: nobody will receive it. */
  lost(message: LiveMessage, event: number): void {
    const flights = this.#flights.get(wayOf(message));
    const at = flights?.findIndex((flight) => flight.event === event) ?? -1;
    if (at >= 0) flights!.splice(at, 1);
  }

  /** A message reaches a node of ours: the event of its sending, or -1 when that was elsewhere. */
  arrived(message: LiveMessage, nowMs: number): number {
    const flights = this.#flights.get(wayOf(message)) ?? [];
    while (flights.length > 0 && nowMs - flights[0]!.atMs > FLIGHT_MS) flights.shift();
    // Requests and answers of one way go over different streams, and may overtake each other.
    const at = flights.findIndex(
      ({ kind, isResponse }) => kind === message.kind && isResponse === message.isResponse,
    );
    return at < 0 ? -1 : flights.splice(at, 1)[0]!.event;
  }

  /** Appends what a host reports; -1 when the trace is full. Clocks of hosts differ by fractions of a millisecond. */
  append(row: Row): number {
    if (this.isFull) return -1;
    const time = row.timeMs + row.timeNs / 1e6;
    if (time < this.#lastMs) {
      row.timeMs = Math.floor(this.#lastMs);
      row.timeNs = Math.round((this.#lastMs - row.timeMs) * 1e6);
    } else this.#lastMs = time;
    return this.trace.append(row);
  }

  #nodeOf({ keys, describe }: LiveHost, contact: KeyHandle): number {
    const name = keyToHex(keys.key(contact));
    let index = this.#nodes.get(name);
    if (index === undefined) {
      index = this.trace.addNode(describe(contact));
      this.#nodes.set(name, index);
    }
    return index;
  }
}

/** Numbers the requests, lookups and operations of one host apart from those of the others. */
class HostRows implements RowSink {
  readonly #live: LiveTrace;
  readonly #host: number;
  readonly #stride: number;

  constructor(live: LiveTrace, host: number, stride: number) {
    this.#live = live;
    this.#host = host;
    this.#stride = stride;
  }

  append(row: Row): number {
    const { rpc, lookup, operation } = row;
    row.rpc = this.#number(rpc);
    row.lookup = this.#number(lookup);
    row.operation = this.#number(operation);
    const index = this.#live.append(row);
    // The reporter goes on with its own numbers.
    row.rpc = rpc;
    row.lookup = lookup;
    row.operation = operation;
    return index;
  }

  addKey(key: Key): number {
    return this.#live.trace.addKey(key);
  }

  #number(own: number): number {
    return own < 0 ? own : own * this.#stride + this.#host;
  }
}

function wayOf({ from, to }: LiveMessage): string {
  return `${keyToHex(from)}>${keyToHex(to)}`;
}
