// What the service takes from libp2p.
import type {
  ComponentLogger,
  Libp2pEvents,
  Metrics,
  PeerId,
  PeerStore,
  PrivateKey,
  Stream,
} from '@libp2p/interface';
import type { AddressManager, ConnectionManager, Registrar } from '@libp2p/interface-internal';
import type { Ping } from '@libp2p/ping';
import type { Datastore } from 'interface-datastore';
import type { TypedEventTarget } from 'main-event';
import type { Known } from './key-book.ts';
import type { Settings } from './options.ts';
import { dialable } from './peers.ts';
import { unref } from './timers.ts';

/** The parts of a libp2p node that the service works with. */
export interface Components {
  readonly peerId: PeerId;
  readonly privateKey: PrivateKey;
  readonly registrar: Registrar;
  readonly addressManager: AddressManager;
  readonly peerStore: PeerStore;
  readonly connectionManager: ConnectionManager;
  readonly datastore: Datastore;
  readonly events: TypedEventTarget<Libp2pEvents>;
  readonly logger: ComponentLogger;
  readonly ping: Ping;
  readonly metrics?: Metrics;
}

/** Streams to peers. */
export class Connections {
  readonly #components: Components;
  readonly #settings: Settings;

  constructor(components: Components, settings: Settings) {
    this.#components = components;
    this.#settings = settings;
  }

  isConnected(peer: Known): boolean {
    return this.#components.connectionManager.getConnections(peer.peerId).length > 0;
  }

  /**
   * A stream to a peer, at the addresses that others gave us unless there is a connection. Rejects where it
   * takes too long, or nobody waits for it any more.
   */
  async open(peer: Known, signal: AbortSignal): Promise<Stream> {
    const { protocol, maxOutboundStreams, dialTimeout } = this.#settings;
    const isConnected = this.isConnected(peer);
    const addresses = isConnected ? [] : dialable(peer.peerId, peer.addresses);
    // For a peer without addresses, libp2p would ask its peer routers: us.
    if (!isConnected && addresses.length === 0) throw new Error('the peer has no usable address');
    const dial = new AbortController();
    const stop = (): void => dial.abort(signal.reason);
    const timer = setTimeout(() => dial.abort(new Error('no connection in time')), dialTimeout);
    unref(timer);
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await this.#components.connectionManager.openStream(
        isConnected ? peer.peerId : addresses,
        protocol,
        { signal: dial.signal, maxOutboundStreams },
      );
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    }
  }
}
