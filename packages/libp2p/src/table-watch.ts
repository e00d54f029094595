// Tells libp2p of the routing table: who entered and who left, and whose connections are worth keeping.
import type { KeyHandle } from '@kadscope/core/keyspace';
import type { Logger, PeerId, PeerStore } from '@libp2p/interface';
import { TypedEventEmitter } from 'main-event';
import type { DhtHost } from './host.ts';
import { NODE } from './key-book.ts';
import { unref } from './timers.ts';

/** Milliseconds between two looks, as in `@libp2p/kad-dht`. */
const INTERVAL_MS = 5_000;

/** Peers of the table whose connections are kept before all others. */
const CLOSE_COUNT = 20;

const PEER_TAG = 'kad-peer';
const CLOSE_TAG = 'kad-close';
const KEEP_ALIVE_TAG = 'keep-alive-kad-dht';

/** What a routing table tells. */
export interface RoutingTableEvents {
  'peer:add': CustomEvent<PeerId>;
  'peer:remove': CustomEvent<PeerId>;
}

/** The routing table, as libp2p knows it. */
export class TableWatch extends TypedEventEmitter<RoutingTableEvents> {
  readonly #host: DhtHost;
  readonly #peerStore: PeerStore;
  readonly #log: Logger;
  /** Peers by their handles, which may stand for others once they have left the table. */
  #known: ReadonlyMap<KeyHandle, PeerId> = new Map();
  #close: ReadonlyMap<KeyHandle, PeerId> = new Map();
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(host: DhtHost, peerStore: PeerStore, log: Logger) {
    super();
    this.#host = host;
    this.#peerStore = peerStore;
    this.#log = log;
  }

  /** Contacts in the table now. */
  get size(): number {
    return this.#host.engine.tables.size(NODE);
  }

  start(): void {
    this.#timer ??= setInterval(() => this.look(), INTERVAL_MS);
    unref(this.#timer);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Compares the table with what it was. */
  look(): void {
    const { tables } = this.#host.engine;
    const nearest = new Int32Array(CLOSE_COUNT);
    const count = tables.closest(NODE, this.#host.self.handle, CLOSE_COUNT, nearest);
    const now = this.#named(tables.contacts(NODE));
    const close = this.#named(nearest.subarray(0, count));
    for (const [contact, peer] of now) if (!this.#known.has(contact)) this.#say('peer:add', peer);
    for (const [contact, peer] of this.#known)
      if (!now.has(contact)) this.#say('peer:remove', peer);
    for (const [contact, peer] of close) if (!this.#close.has(contact)) this.#tagClose(peer, true);
    for (const [contact, peer] of this.#close) if (!close.has(contact)) this.#tagClose(peer, false);
    this.#known = now;
    this.#close = close;
  }

  #named(contacts: Iterable<KeyHandle>): ReadonlyMap<KeyHandle, PeerId> {
    const peers = new Map<KeyHandle, PeerId>();
    for (const contact of contacts) peers.set(contact, this.#host.book.get(contact)!.peerId);
    return peers;
  }

  #say(type: keyof RoutingTableEvents, peer: PeerId): void {
    this.#tag(peer, { [PEER_TAG]: type === 'peer:add' ? { value: 1 } : undefined });
    this.dispatchEvent(new CustomEvent(type, { detail: peer }));
  }

  #tagClose(peer: PeerId, isClose: boolean): void {
    this.#tag(peer, {
      [CLOSE_TAG]: isClose ? { value: 50 } : undefined,
      [KEEP_ALIVE_TAG]: isClose ? { value: 1 } : undefined,
    });
  }

  #tag(peer: PeerId, tags: Record<string, { value: number } | undefined>): void {
    this.#peerStore.merge(peer, { tags }).catch((error: unknown) => {
      this.#log.error('could not tag %p: %e', peer, error);
    });
  }
}
