// The service: what libp2p and its users see of the DHT. It has the surface of `@libp2p/kad-dht`.
import type { Command } from '@kadscope/core';
import { hashKey } from '@kadscope/core';
import type {
  AbortOptions,
  ContentRouting,
  PeerId,
  PeerInfo,
  PeerRouting,
  RoutingOptions,
} from '@libp2p/interface';
import {
  contentRoutingSymbol,
  InvalidParametersError,
  NotFoundError,
  peerDiscoverySymbol,
  peerRoutingSymbol,
  serviceCapabilities,
  serviceDependencies,
} from '@libp2p/interface';
import { TypedEventEmitter } from 'main-event';
import type { CID } from 'multiformats/cid';
import type { Components } from './components.ts';
import { RECORD_BYTES_MAX, recordBytes } from './bytes.ts';
import type { QueryEvent } from './events.ts';
import { NODE } from './key-book.ts';
import type { CountedOperation } from './metrics.ts';
import { DhtNode } from './node.ts';
import type { KadscopeInit } from './options.ts';
import { Pace } from './pace.ts';
import { bytesOfPeerId } from './peers.ts';
import { Query } from './query.ts';
import { DhtContentRouting, DhtPeerRouting } from './routing.ts';
import type { Queries } from './routing.ts';
import type { TableWatch } from './table-watch.ts';
import { infoOf } from './tell.ts';
import type { Selectors, Validators } from './validators.ts';

/** The events of the service. */
export interface KadscopeEvents {
  /** A peer was heard of. */
  peer: CustomEvent<PeerInfo>;
  /** A look at what has to be announced again begins, and ends. */
  'reprovide:start': CustomEvent<void>;
  'reprovide:end': CustomEvent<void>;
}

/** How a mode is set. */
export interface SetModeOptions extends AbortOptions {
  readonly force?: boolean;
}

/**
 * Peers that libp2p is told of. It keeps each for hours, and on its disk, though all that is known may be an
 * invention: so many at once, and 7,200 an hour, which is the whole IPFS DHT in three hours.
 */
const DISCOVERIES_BURST = 1_000;
const DISCOVERIES_PER_SECOND = 2;

/** How providers are looked for. */
export interface FindProvidersOptions extends RoutingOptions {
  /** Enough of them; k unless something else is said. */
  readonly count?: number;
}

/** How the network is walked. */
export interface CrawlOptions extends RoutingOptions {
  /** Lookups at once: 1. */
  readonly parallel?: number;
  /** Requests a second on average, at most; no limit unless one is set. */
  readonly requestsPerSecond?: number;
}

interface RunOrder {
  readonly counted: CountedOperation;
  /** What is hashed. */
  readonly key: Uint8Array;
  readonly command: Command;
  readonly isForPeer?: boolean;
}

/** The DHT as a service of libp2p. */
export class KadscopeDHT extends TypedEventEmitter<KadscopeEvents> implements Queries {
  readonly [Symbol.toStringTag] = '@kadscope/libp2p';
  readonly [serviceCapabilities]: string[] = [
    '@libp2p/content-routing',
    '@libp2p/peer-routing',
    '@libp2p/peer-discovery',
    '@libp2p/kad-dht',
  ];
  readonly [serviceDependencies]: string[] = ['@libp2p/identify', '@libp2p/ping'];
  readonly [contentRoutingSymbol]: ContentRouting;
  readonly [peerRoutingSymbol]: PeerRouting;
  /** Read at every use: others add to them while the node runs. */
  readonly validators: Validators;
  readonly selectors: Selectors;
  readonly k: number;
  readonly a: number;
  readonly d: number;
  readonly protocol: string;
  /** Who is in the routing table; says who enters and leaves. */
  readonly routingTable: TableWatch;
  readonly #node: DhtNode;
  readonly #components: Components;
  readonly #discovery = new Pace(DISCOVERIES_BURST, DISCOVERIES_PER_SECOND);
  #nextQuery = 0;

  constructor(components: Components, init: KadscopeInit = {}) {
    super();
    this.#components = components;
    this.#node = new DhtNode(components, init, {
      peer: (peer) => {
        if (this.#discovery.admit(this.#node.host.now()))
          this.dispatchEvent(new CustomEvent('peer', { detail: infoOf(peer) }));
      },
      reprovide: (what) => this.dispatchEvent(new CustomEvent(what)),
    });
    const { settings, bridge, table } = this.#node;
    this.k = settings.profile.k;
    this.a = settings.profile.alpha;
    this.d = settings.profile.paths;
    this.protocol = settings.protocol;
    this.validators = bridge.validators;
    this.selectors = bridge.selectors;
    this.routingTable = table;
    this[contentRoutingSymbol] = new DhtContentRouting(this);
    this[peerRoutingSymbol] = new DhtPeerRouting(this);
  }

  get [peerDiscoverySymbol](): this {
    return this;
  }

  /** The engine and all around it: for tools that look inside. */
  get node(): DhtNode {
    return this.#node;
  }

  /** Where a peer can be reached, as far as is known here. */
  addressesOf(id: PeerId): PeerInfo['multiaddrs'] {
    const known = this.#node.host.book.find(bytesOfPeerId(id));
    return known === undefined ? [] : infoOf(known).multiaddrs;
  }

  isStarted(): boolean {
    return this.#node.isRunning;
  }

  async start(): Promise<void> {
    await this.#node.start();
  }

  async stop(): Promise<void> {
    await this.#node.stop();
  }

  getMode(): 'client' | 'server' {
    return this.#node.mode;
  }

  /** Sets whether requests of others are answered. */
  async setMode(mode: 'client' | 'server', options: SetModeOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await this.#node.setMode(mode, options.force === true);
  }

  /** Looks for the values of a key; each is better than the one before. Rejects with a `RangeError` at a key that fits no message. */
  async *get(key: Uint8Array, options: RoutingOptions = {}): AsyncGenerator<QueryEvent> {
    checkSize('the key has', key.length);
    await this.#node.load(key);
    const command: Command = { kind: 'getValue', node: NODE, key };
    yield* this.#run({ counted: 'GET_VALUE', key, command }, options);
  }

  /** Stores a value at the nodes closest to its key. Rejects with an `InvalidParametersError` when it does not fit its key, or a better one is held. */
  async *put(
    key: Uint8Array,
    value: Uint8Array,
    options: RoutingOptions = {},
  ): AsyncGenerator<QueryEvent> {
    checkSize('key and value have', recordBytes(key, value));
    await this.#node.load(key);
    await this.#node.bridge.judge(key, value);
    const command: Command = { kind: 'putValue', node: NODE, key, value };
    for await (const event of this.#run({ counted: 'PUT_VALUE', key, command }, options)) {
      yield event;
      if (event.name !== 'PATH_ENDED') continue;
      if (event.reason === 'invalid')
        throw new InvalidParametersError('The value does not fit its key');
      if (event.reason === 'superseded') throw new InvalidParametersError('A better value is held');
    }
  }

  /** Looks for providers of content, until there are enough. */
  async *findProviders(cid: CID, options: FindProvidersOptions = {}): AsyncGenerator<QueryEvent> {
    const key = cid.multihash.bytes;
    const { count = this.k } = options;
    const command: Command = { kind: 'findProviders', node: NODE, key, count };
    yield* this.#run({ counted: 'FIND_PROVIDERS', key, command }, options);
  }

  /** Announces that this node has some content. */
  async *provide(cid: CID, options: RoutingOptions = {}): AsyncGenerator<QueryEvent> {
    const key = cid.multihash.bytes;
    const command: Command = { kind: 'provide', node: NODE, key };
    yield* this.#run({ counted: 'PROVIDE', key, command }, options);
  }

  /** Announces some content no more. */
  async cancelReprovide(cid: CID, options: AbortOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    const { host, records } = this.#node;
    host.withdraw(cid.multihash.bytes);
    await records.deleteProvider(cid.multihash.bytes, this.#components.peerId);
  }

  /** Looks for a peer and where it can be reached. Rejects with a `NotFoundError` when nobody knows it. */
  async *findPeer(id: PeerId, options: RoutingOptions = {}): AsyncGenerator<QueryEvent> {
    const key = bytesOfPeerId(id);
    const local = options.useCache === false ? null : await this.#known(id, key);
    if (local !== null) {
      yield* this.#alone(key, options, (query) =>
        query.emit('FINAL_PEER', { from: this.#components.peerId, peer: local }, true),
      );
      return;
    }
    const peer = this.#node.host.book.know(key, this.#node.host.now()).handle;
    const command: Command = { kind: 'findPeer', node: NODE, peer };
    let isFound = false;
    const events = this.#run({ counted: 'FIND_PEER', key, command, isForPeer: true }, options);
    for await (const event of events) {
      isFound ||= event.name === 'FINAL_PEER';
      yield event;
    }
    if (!isFound) throw new NotFoundError('Not found');
  }

  /** Asks a peer whether it is there; the last event says so: `answered` or `no-answer`. */
  async *ping(id: PeerId, options: RoutingOptions = {}): AsyncGenerator<QueryEvent> {
    const key = bytesOfPeerId(id);
    const peer = this.#node.host.book.know(key, this.#node.host.now()).handle;
    yield* this.#run(
      { counted: 'FIND_PEER', key, command: { kind: 'ping', node: NODE, peer } },
      options,
    );
  }

  /** Looks for the peers closest to what a key is hashed to, nearest first. */
  async *getClosestPeers(
    key: Uint8Array,
    options: RoutingOptions = {},
  ): AsyncGenerator<QueryEvent> {
    const target = hashKey(key, 32);
    const command: Command = { kind: 'findNode', node: NODE, target };
    yield* this.#run({ counted: 'GET_CLOSEST_PEERS', key, command }, options);
  }

  /** Looks the own key up, and then into every bucket, as a node does that joins. */
  async *bootstrap(options: RoutingOptions = {}): AsyncGenerator<QueryEvent> {
    const key = bytesOfPeerId(this.#components.peerId);
    const command: Command = { kind: 'bootstrap', node: NODE, seeds: [] };
    yield* this.#run({ counted: 'SELF_QUERY', key, command }, options);
  }

  /** Walks the whole network; each node that answers is a FINAL_PEER, as soon as a lookup has come by it. */
  async *crawl(options: CrawlOptions = {}): AsyncGenerator<QueryEvent> {
    const { parallel, requestsPerSecond } = options;
    const key = bytesOfPeerId(this.#components.peerId);
    const command: Command = {
      kind: 'explore',
      node: NODE,
      prefix: hashKey(key, 32),
      length: 0,
      ...(parallel !== undefined && { parallel }),
      ...(requestsPerSecond !== undefined && { requestsPerSecond }),
    };
    yield* this.#run({ counted: 'GET_CLOSEST_PEERS', key, command }, options);
  }

  /** Looks into every bucket of the routing table; resolves when that is done, at once where it is empty. */
  async refreshRoutingTable(options: AbortOptions = {}): Promise<void> {
    const { tables } = this.#node.host.engine;
    if (tables.size(NODE) === 0) return;
    const buckets = Array.from({ length: tables.bucketCount(NODE) }, (_, bucket) => bucket);
    const command: Command = { kind: 'refresh', node: NODE, buckets };
    const key = bytesOfPeerId(this.#components.peerId);
    for await (const _ of this.#run({ counted: 'SELF_QUERY', key, command }, options));
  }

  /** Runs an operation as long as somebody listens. */
  #run(order: RunOrder, options: RoutingOptions): AsyncGenerator<QueryEvent> {
    return this.#node.metrics.timed(order.counted, this.#events(order, options));
  }

  async *#events(order: RunOrder, options: RoutingOptions): AsyncGenerator<QueryEvent> {
    const { host } = this.#node;
    const { signal } = options;
    signal?.throwIfAborted();
    if (options.useNetwork === false) {
      yield* this.#alone(order.key, options, (query) => host.tellLocal(order.command, query));
      return;
    }
    await this.#node.ready(signal);
    host.book.know(order.key, host.now());
    const query = this.#newQuery(order.key, options, order.isForPeer === true);
    const abort = (): void => {
      query.end({ reason: 'cancelled', error: signal!.reason as Error });
      // Whoever aborts may do so while the engine tells him something.
      queueMicrotask(() => host.cancel(query));
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      const saved = this.#node.saving(() => host.start(order.command, query));
      // Whoever stops listening before the end does not hear of a failure.
      saved.catch(() => {});
      yield* query;
      await saved;
    } finally {
      signal?.removeEventListener('abort', abort);
      host.cancel(query);
    }
  }

  /** A query that asks nobody. */
  async *#alone(
    key: Uint8Array,
    options: RoutingOptions,
    tell: (query: Query) => void,
  ): AsyncGenerator<QueryEvent> {
    const query = this.#newQuery(key, options, false);
    tell(query);
    query.end({ reason: 'found' });
    yield* query;
  }

  #newQuery(key: Uint8Array, options: RoutingOptions, isForPeer: boolean): Query {
    const { host } = this.#node;
    return new Query({ id: this.#nextQuery++, key, isForPeer }, options, () => host.now());
  }

  /** What is known of a peer without asking anybody. */
  async #known(id: PeerId, key: Uint8Array): Promise<PeerInfo | null> {
    const { peerId, addressManager, peerStore } = this.#components;
    if (id.equals(peerId)) return { id, multiaddrs: addressManager.getAddresses() };
    const known = this.#node.host.book.find(key);
    if (known !== undefined && known.addresses.length > 0) return infoOf(known);
    if (!(await peerStore.has(id))) return null;
    const { addresses } = await peerStore.get(id);
    const multiaddrs = addresses.map(({ multiaddr }) => multiaddr);
    return multiaddrs.length === 0 ? null : { id, multiaddrs };
  }
}

/** Throws a `RangeError` where something is too large for a message. */
function checkSize(what: string, bytes: number): void {
  if (bytes > RECORD_BYTES_MAX)
    throw new RangeError(`${what} ${bytes} bytes, more than ${RECORD_BYTES_MAX}`);
}
