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
  #known: ReadonlySet<KeyHandle> = new Set();
  #close: ReadonlySet<KeyHandle> = new Set();
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
    const now = new Set(tables.contacts(NODE));
    const nearest = new Int32Array(CLOSE_COUNT);
    const count = tables.closest(NODE, this.#host.self.handle, CLOSE_COUNT, nearest);
    const close = new Set(nearest.subarray(0, count));
    for (const contact of now) if (!this.#known.has(contact)) this.#say('peer:add', contact);
    for (const contact of this.#known) if (!now.has(contact)) this.#say('peer:remove', contact);
    for (const contact of close) if (!this.#close.has(contact)) this.#tagClose(contact, true);
    for (const contact of this.#close) if (!close.has(contact)) this.#tagClose(contact, false);
    this.#known = now;
    this.#close = close;
  }

  #say(type: keyof RoutingTableEvents, contact: KeyHandle): void {
    const peer = this.#host.book.get(contact)?.peerId;
    if (peer === undefined) return;
    this.#tag(peer, { [PEER_TAG]: type === 'peer:add' ? { value: 1 } : undefined });
    this.dispatchEvent(new CustomEvent(type, { detail: peer }));
  }

  #tagClose(contact: KeyHandle, isClose: boolean): void {
    const peer = this.#host.book.get(contact)?.peerId;
    if (peer === undefined) return;
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
