// The simulated network: carries messages, late or not at all.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { estimateBytes, Message } from '../kademlia/message.ts';
import type { TraceSink } from '../trace/sink.ts';
import type { Connections } from './connections.ts';
import type { Faults } from './faults.ts';
import type { LatencyModel } from './latency.ts';

/** What becomes of a message when its time comes. */
export type Fate = 'delivered' | 'lost' | 'silent' | 'offline' | 'refused' | 'partitioned';

/** Which nodes answer, which are there. */
export interface Reachability {
  /** The node is online. */
  isOnline(node: number): boolean;
  /** The node never answers. */
  isSilent(node: number): boolean;
  /** The node cannot be dialed. */
  isUnreachable(node: number): boolean;
}

/** Messages in flight, in a pool, and the counters of what was sent. */
export class Network {
  messages = 0;
  bytes = 0;
  dropped = 0;
  /** Second copies that the network made of messages: they are not counted as sent. */
  duplicates = 0;
  readonly #keys: KeyTable;
  readonly #latency: LatencyModel;
  readonly #reachability: Reachability;
  readonly #faults: Faults;
  readonly #nodeBehind: ((contact: KeyHandle) => number) | null;
  readonly #connections: Connections | null;
  readonly #trace: TraceSink | null;
  readonly #pool: Message[] = [];
  readonly #free: number[] = [];
  readonly #lost: boolean[] = [];

  constructor(parts: {
    keys: KeyTable;
    latency: LatencyModel;
    reachability: Reachability;
    faults: Faults;
    /** The node at which messages to a contact arrive, where that is not the contact itself. */
    nodeBehind: ((contact: KeyHandle) => number) | null;
    /** Who is connected; `null` where messages are datagrams. */
    connections: Connections | null;
    trace: TraceSink | null;
  }) {
    this.#keys = parts.keys;
    this.#latency = parts.latency;
    this.#reachability = parts.reachability;
    this.#faults = parts.faults;
    this.#nodeBehind = parts.nodeBehind;
    this.#connections = parts.connections;
    this.#trace = parts.trace;
  }

  /** Messages on their way. */
  get inFlight(): number {
    return this.#pool.length - this.#free.length;
  }

  /** Whether a node has to dial a contact before it can ask; undefined where messages are datagrams. */
  get needsDial(): ((node: number, contact: KeyHandle) => boolean) | undefined {
    const connections = this.#connections;
    if (connections === null) return undefined;
    return (node, contact) => !connections.has(node, this.#nodeOf(contact));
  }

  /** A node goes offline: its connections end. */
  closed(node: number): void {
    this.#connections?.close(node);
  }

  /** Takes a copy of a message; returns its number in the pool. */
  accept(message: Message): number {
    const slot = this.#take(message);
    this.messages++;
    this.bytes += estimateBytes(message);
    this.#lost[slot] = this.#faults.loses();
    return slot;
  }

  /** Makes a second copy of the message in `slot`, as a network sometimes does; -1 when it does not. */
  duplicate(slot: number): number {
    if (!this.#faults.duplicates()) return -1;
    const copy = this.#take(this.#pool[slot]!);
    this.duplicates++;
    this.#lost[copy] = false;
    return copy;
  }

  /** How long the message in `slot` travels. A refused connection takes a whole round trip. */
  delayMs(slot: number): number {
    const message = this.#pool[slot]!;
    const to = this.#nodeOf(message.to);
    const delay = this.#latency.oneWayMs(this.#nodeOf(message.from), to) + this.#faults.jitterMs();
    return this.#reachability.isUnreachable(to) ? 2 * delay : delay;
  }

  /** How long the transport's word that the message in `slot` has arrived takes. */
  backMs(slot: number): number {
    const message = this.#pool[slot]!;
    return this.#latency.oneWayMs(this.#nodeOf(message.to), this.#nodeOf(message.from));
  }

  /** The message in `slot`, until `release`. */
  message(slot: number): Message {
    return this.#pool[slot]!;
  }

  /** What happens to the message now that it would arrive. Reports it when it is dropped. */
  arrive(slot: number, now: number): Fate {
    const message = this.#pool[slot]!;
    const fate = this.#fateOf(slot, message, now);
    if (fate === 'delivered') {
      this.#connections?.use(this.#nodeOf(message.from), this.#nodeOf(message.to));
      return fate;
    }
    this.dropped++;
    this.#trace?.step('network.dropped', now, {
      node: message.to,
      peer: message.from,
      message: message.traceEvent,
      kind: message.kind,
      isResponse: message.isResponse,
      rpc: message.rpc,
      detail: fate,
    });
    return fate;
  }

  /** Gives the slot back. */
  release(slot: number): void {
    const message = this.#pool[slot]!;
    if (message.key >= 0) this.#keys.release(message.key);
    message.record = null;
    this.#free.push(slot);
  }

  #fateOf(slot: number, message: Message, now: number): Fate {
    if (this.#lost[slot] === true) return 'lost';
    const to = this.#nodeOf(message.to);
    if (!this.#reachability.isOnline(to)) return 'offline';
    if (this.#faults.separates(this.#nodeOf(message.from), to, now)) return 'partitioned';
    if (this.#reachability.isUnreachable(to)) return 'refused';
    return this.#reachability.isSilent(to) ? 'silent' : 'delivered';
  }

  #take(message: Message): number {
    const slot = this.#free.pop() ?? this.#pool.push(new Message()) - 1;
    copyMessage(message, this.#pool[slot]!);
    if (message.key >= 0) this.#keys.retain(message.key);
    return slot;
  }

  #nodeOf(contact: KeyHandle): number {
    return this.#nodeBehind === null ? contact : this.#nodeBehind(contact);
  }
}

function copyMessage(from: Message, to: Message): void {
  to.kind = from.kind;
  to.isResponse = from.isResponse;
  to.from = from.from;
  to.to = from.to;
  to.fromServer = from.fromServer;
  to.rpc = from.rpc;
  to.slot = from.slot;
  to.key = from.key;
  to.contactCount = from.contactCount;
  for (let i = 0; i < from.contactCount; i++) to.contacts[i] = from.contacts[i]!;
  to.providerCount = from.providerCount;
  for (let i = 0; i < from.providerCount; i++) to.providers[i] = from.providers[i]!;
  to.record = from.record;
  to.accepted = from.accepted;
  to.traceEvent = from.traceEvent;
}
