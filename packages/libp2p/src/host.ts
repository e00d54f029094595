// The engine's host on libp2p: turns what the engine says into messages on streams, and what comes on
// streams into what the engine hears.
import type { Command, Host, Message, OperationEvent } from '@kadscope/core';
import {
  Budgets,
  hashKey,
  Kademlia,
  Message as EngineMessage,
  STREAM_BUDGETS,
} from '@kadscope/core';
import type { Key, KeyHandle } from '@kadscope/core/keyspace';
import { keyToHex, KeyTable } from '@kadscope/core/keyspace';
import type { LiveMessage, LiveTrace, NodeInfo, TraceSink } from '@kadscope/core/trace';
import type { AminoMessage, AminoType } from '@kadscope/core/wire';
import { encodeAmino, NO_GROUP, Preimages } from '@kadscope/core/wire';
import type { PeerId } from '@libp2p/interface';
import { sameBytes } from './bytes.ts';
import type { ChannelPort } from './channel.ts';
import type { Clock } from './clock.ts';
import { KeyBook, NODE } from './key-book.ts';
import type { Known } from './key-book.ts';
import type { AddressFilter } from './mappers.ts';
import type { Settings } from './options.ts';
import { Outbound } from './outbound.ts';
import type { Query } from './query.ts';
import { bytesOfPeerId } from './peers.ts';
import { closestOf, infoOf, tellLocal } from './tell.ts';
import { Timers } from './timers.ts';
import { Translator } from './translator.ts';
import type { ValidatorBridge } from './validators.ts';

/** Bits of a prefix that pre-images are looked for, as in Go: beyond, lookups of the own key do. */
const PREIMAGE_BITS_MAX = 16;

/** A routing table with fewer contacts is still being filled; rust-libp2p has the same figure. */
const FEW_CONTACTS = 20;

/** What the host needs of its node, and whom it tells. */
export interface HostPort {
  readonly id: Uint8Array;
  readonly clock: Clock;
  readonly settings: Settings;
  readonly bridge: ValidatorBridge;
  readonly filter: AddressFilter;
  /** Where every step is recorded; `null` when nobody listens. */
  readonly live: LiveTrace | null;
  /** Streams to peers, and who is connected. */
  readonly open: ChannelPort['open'];
  readonly isConnected: ChannelPort['isConnected'];
  readonly ownAddresses: () => readonly Uint8Array[];
  /** A record came, or went. */
  readonly kept: NonNullable<Host['kept']>;
  /** A result of an operation that no query listens to. */
  readonly result: (event: OperationEvent) => void;
  /** A peer was heard of for the first time, or has moved. */
  readonly peer: (peer: Known) => void;
  readonly counted: (type: AminoType, what: 'sent' | 'failed') => void;
  /** Somebody entered the routing table, which is still small. */
  readonly grown: (contacts: number) => void;
}

/** What becomes of a request that came in: the bytes of an answer, or none. */
export type Reply = Uint8Array | 'nothing' | 'refused';

/** One engine with one node, and everything between it and the streams. */
export class DhtHost {
  readonly engine: Kademlia;
  readonly keys: KeyTable;
  readonly book: KeyBook;
  /** The node's own entry in the book. */
  readonly self: Known;
  readonly timers: Timers;
  readonly budgets: Budgets;
  readonly #port: HostPort;
  readonly #translator: Translator;
  readonly #outbound: Outbound;
  readonly #queries = new Map<number, Query>();
  readonly #preimages = new Preimages();
  readonly #message = new EngineMessage();
  readonly #randoms = new Uint32Array(64);
  #nextRandom = 64;
  /** Contacts in the routing table when it was looked at last. */
  #contacts = 0;
  /** The request that the engine is answering, and what it answers. */
  #incoming: AminoMessage | null = null;
  #reply: Reply = 'nothing';

  constructor(port: HostPort) {
    const { settings, clock, bridge, filter, ownAddresses } = port;
    const now = (): number => clock.now();
    this.#port = port;
    this.keys = new KeyTable(settings.profile.keyBits);
    this.book = new KeyBook(this.keys);
    this.book.onPeer = port.peer;
    this.self = this.book.know(port.id, now());
    // What others say of where the node is does not count.
    this.self.isProven = true;
    this.#translator = new Translator({
      book: this.book,
      self: this.self,
      filter,
      ownAddresses,
      now,
    });
    this.#outbound = new Outbound({
      ...port,
      book: this.book,
      keys: this.keys,
      translator: this.#translator,
      timeoutMs: settings.profile.requestTimeoutMs,
      now,
      engine: () => this.engine,
      queryOf: (operation) => this.#queries.get(operation),
      found: (query) => this.cancel(query, 'found'),
      arriving: (message) => {
        message.traceEvent = port.live?.arrived(this.#wayOf(message), now()) ?? -1;
      },
      lost: ({ to, kind, event }) => {
        const way = { from: this.self.handle, to, kind, isResponse: false };
        if (port.live !== null)
          port.live.lost(this.#wayOf(Object.assign(this.#message, way)), event);
      },
      delivered: () => {
        this.book.sweep(this.engine, now());
        this.#lookAtTable();
      },
    });
    this.timers = new Timers(clock, (kind, a, b) => this.engine.timer(kind, a, b, now()));
    this.budgets = new Budgets(STREAM_BUDGETS, () => this.#random());
    this.engine = new Kademlia({
      profile: settings.profile,
      keys: this.keys,
      validators: bridge.engine,
      budgets: this.budgets,
      groups: (contact) => this.book.get(contact)?.group ?? NO_GROUP,
      subnets: (contact) => this.#subnetOf(contact),
      host: {
        send: (message) => this.#send(message),
        setTimer: (atMs, kind, a, b) => this.timers.set(atMs, kind, a, b),
        result: (event) => this.#result(event),
        needsDial: (_, contact) => this.#needsDial(contact),
        askable: (point, length) => this.#askable(point, length),
        kept: (change) => this.#kept(change),
        random: () => this.#random(),
      },
      trace: this.#newSink(),
    });
    this.engine.addNode(this.self.handle);
  }

  #subnetOf(contact: KeyHandle): number {
    const peer = this.book.get(contact);
    if (peer === undefined) return NO_GROUP;
    return peer.origin === NO_GROUP ? peer.group : peer.origin;
  }

  /** The time of the engine. */
  now(): number {
    return this.#port.clock.now();
  }

  /** How long records live, in milliseconds. */
  get lifetimes(): { value: number; provider: number } {
    const { valueLifetimeMs, providerLifetimeMs } = this.#port.settings.profile;
    return { value: valueLifetimeMs, provider: providerLifetimeMs };
  }

  /** Starts an operation; `query` hears of it. Throws a `RangeError` at a wrong command. */
  start(command: Command, query: Query): void {
    const { nextOperation } = this.engine;
    this.#queries.set(nextOperation, query);
    try {
      this.engine.start(command, this.now());
    } catch (error) {
      this.#queries.delete(nextOperation);
      throw error;
    }
  }

  /** Nobody listens to a query any more. */
  cancel(query: Query, outcome: 'cancelled' | 'found' = 'cancelled'): void {
    for (const [operation, other] of this.#queries) {
      if (other !== query) continue;
      this.#queries.delete(operation);
      this.engine.cancel(operation, this.now(), outcome);
    }
  }

  /** Heard of a server that is connected, and of where it is. */
  meet(id: Uint8Array, addresses: readonly Uint8Array[]): void {
    const now = this.now();
    const known = this.book.meet(id, this.#port.filter(id, addresses), now);
    if (known.addresses.length > 0) this.engine.meet(NODE, known.handle, now);
  }

  /** A peer is connected, be it a server or not: whoever looks for it is told where it is. */
  connected(peerId: PeerId, addresses: readonly Uint8Array[]): void {
    const id = bytesOfPeerId(peerId);
    const known = this.book.meet(id, this.#port.filter(id, addresses), this.now());
    known.name(peerId);
    this.book.keep(known);
  }

  disconnected(id: Uint8Array): void {
    this.book.letGo(id);
  }

  /** The addresses of a peer that the node works with. */
  usable(id: Uint8Array, addresses: readonly Uint8Array[]): readonly Uint8Array[] {
    return this.#port.filter(id, addresses);
  }

  /** The value that the engine holds for a key. */
  heldValue(key: Uint8Array): Uint8Array | null {
    const handle = this.keys.find(hashKey(key, this.keys.keyBytes));
    const held = handle < 0 ? null : this.engine.values.get(NODE, handle, this.now());
    return held?.record.value ?? null;
  }

  /** Provides something no more. */
  withdraw(multihash: Uint8Array): void {
    const known = this.book.find(multihash);
    if (known === undefined) return;
    const now = this.now();
    this.engine.providers.add(NODE, known.handle, this.self.handle, { expiresAt: now, now });
    this.engine.providers.sweep(NODE, now);
  }

  /** Tells a query what the node itself has: values and providers. */
  tellLocal(command: Command, query: Query): void {
    tellLocal(command, query, {
      engine: this.engine,
      book: this.book,
      self: this.self,
      now: this.now(),
    });
  }

  /** Says when the routing table grows, as long as there are few contacts in it; and that it has some. */
  watchTable(): void {
    this.#contacts = 0;
    this.#lookAtTable();
  }

  #lookAtTable(): void {
    if (this.#contacts >= FEW_CONTACTS) return;
    const contacts = this.engine.tables.size(NODE);
    const hasGrown = contacts > this.#contacts;
    this.#contacts = contacts;
    if (hasGrown) this.#port.grown(contacts);
  }

  /** Gives up all streams and timers. */
  close(): void {
    this.#outbound.close();
    this.timers.stop();
  }

  /** A request of another peer; a value in it has been judged. What it says of third parties is not looked at. */
  receive(from: Known, request: AminoMessage, isServer: boolean): Reply {
    if (request.type === 'add-provider' && !this.#takeAddresses(from, request)) return 'refused';
    const now = this.now();
    const message = this.#message;
    const key = this.keys.intern(hashKey(request.key, this.keys.keyBytes));
    this.#translator.clear(message, from, request.type, key);
    message.isResponse = false;
    message.fromServer = isServer;
    const { record } = request;
    // What is kept must not keep all of the message.
    message.record =
      record === null ? null : { key: request.key.slice(), value: record.value.slice() };
    if (record !== null) this.#port.bridge.passOn(record.value, message.record!.value);
    message.traceEvent = this.#port.live?.arrived(this.#wayOf(message), now) ?? -1;
    this.#incoming = request;
    this.#reply = request.type === 'add-provider' ? 'nothing' : 'refused';
    try {
      this.engine.receive(NODE, message, now);
    } finally {
      this.#incoming = null;
      this.keys.release(key);
    }
    this.book.sweep(this.engine, now);
    return this.#reply;
  }

  /** Only who announces himself, and says where he is, is announced (go-libp2p-kad-dht, handlers.go). */
  #takeAddresses(from: Known, { providerPeers }: AminoMessage): boolean {
    const own = providerPeers.find(({ id }) => sameBytes(id, from.bytes));
    if (own === undefined || own.addresses.length === 0) return false;
    this.book.meet(from.bytes, this.#port.filter(from.bytes, own.addresses), this.now());
    return true;
  }

  #newSink(): TraceSink | null {
    const { keys, book } = this;
    const describe = (contact: KeyHandle): NodeInfo => ({
      id: book.get(contact)?.peerId.toString() ?? keyToHex(keys.key(contact)),
      key: keys.key(contact),
    });
    return this.#port.live?.sink({ keys, describe }) ?? null;
  }

  #send(message: Message): void {
    this.#port.live?.departed(this.#wayOf(message), message.traceEvent, this.now());
    if (message.isResponse) this.#answer(message);
    else this.#outbound.send(message);
  }

  /** A message as both ends of its way see it. */
  #wayOf({ from, to, kind, isResponse }: Message): LiveMessage {
    return { from: this.keys.key(from), to: this.keys.key(to), kind, isResponse };
  }

  /** The engine answers the request that has just come in. */
  #answer(message: Message): void {
    const request = this.#incoming!;
    const isRefused = request.type === 'put-value' && !message.accepted;
    this.#reply = isRefused
      ? 'refused'
      : encodeAmino(this.#translator.answer(request, message, this.engine));
  }

  #result(event: OperationEvent): void {
    const { operation } = event;
    const query = this.#queries.get(operation.id);
    if (query === undefined) this.#port.result(event);
    else this.#report(query, event);
    if (event.type === 'finished') this.#queries.delete(operation.id);
  }

  #report(query: Query, event: OperationEvent): void {
    const { operation } = event;
    const from = this.self.peerId;
    if (event.type === 'value') {
      const holder = this.book.get(operation.holders[0] ?? -1) ?? this.self;
      const { value } = event.record;
      query.emit('VALUE', { from: holder.peerId, value }, holder === this.self);
    } else if (event.type === 'provider') {
      const isSelf = event.provider === this.self.handle;
      const peer = this.book.get(event.provider)!;
      const addresses = isSelf ? this.#translator.ownPeer().addresses : peer.addresses;
      query.emit('PROVIDER', { from, providers: [infoOf(peer, addresses)] }, isSelf);
    } else if (event.type === 'nodes') {
      for (const contact of event.nodes)
        query.emit('FINAL_PEER', { from, peer: infoOf(this.book.get(contact)!) });
    } else if (event.type === 'finished') {
      for (const contact of closestOf(operation))
        query.emit('FINAL_PEER', { from, peer: infoOf(this.book.get(contact)!) });
      query.end({ reason: operation.outcome! });
    }
  }

  /** Provider records are kept with what is hashed to their key, which only the request knows. */
  #kept(change: Parameters<HostPort['kept']>[0]): void {
    if (change.type === 'provider' && this.#incoming !== null)
      this.book.know(this.#incoming.key, this.now());
    this.#port.kept(change);
  }

  #needsDial(contact: KeyHandle): boolean {
    const peer = this.book.get(contact);
    return peer !== undefined && !this.#port.isConnected(peer);
  }

  #askable(point: Key, length: number): Key | null {
    const known = this.keys.find(point);
    if (known >= 0 && this.book.get(known) !== undefined) return point;
    if (length > PREIMAGE_BITS_MAX) return null;
    const preimage = this.#preimages.of(point, length);
    return this.keys.key(this.book.know(preimage, this.now()).handle);
  }

  #random(): number {
    if (this.#nextRandom === this.#randoms.length) {
      crypto.getRandomValues(this.#randoms);
      this.#nextRandom = 0;
    }
    return this.#randoms[this.#nextRandom++]!;
  }
}
