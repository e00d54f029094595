// The routers that libp2p asks: queries, reduced to what they find.
import type {
  AbortOptions,
  ContentRouting,
  PeerId,
  PeerInfo,
  PeerRouting,
  Provider,
  RoutingOptions,
} from '@libp2p/interface';
import { NotFoundError } from '@libp2p/interface';
import type { CID } from 'multiformats/cid';
import type { QueryEvent } from './events.ts';

/** The queries of a DHT. */
export interface Queries {
  get(key: Uint8Array, options?: RoutingOptions): AsyncIterable<QueryEvent>;
  put(key: Uint8Array, value: Uint8Array, options?: RoutingOptions): AsyncIterable<QueryEvent>;
  findProviders(cid: CID, options?: RoutingOptions): AsyncIterable<QueryEvent>;
  provide(cid: CID, options?: RoutingOptions): AsyncIterable<QueryEvent>;
  findPeer(id: PeerId, options?: RoutingOptions): AsyncIterable<QueryEvent>;
  getClosestPeers(key: Uint8Array, options?: RoutingOptions): AsyncIterable<QueryEvent>;
  cancelReprovide(cid: CID, options?: AbortOptions): Promise<void>;
}

/** Content and values. */
export class DhtContentRouting implements ContentRouting {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  async provide(cid: CID, options?: RoutingOptions): Promise<void> {
    await drain(this.#queries.provide(cid, options));
  }

  async cancelReprovide(cid: CID, options?: AbortOptions): Promise<void> {
    await this.#queries.cancelReprovide(cid, options);
  }

  async *findProviders(cid: CID, options?: RoutingOptions): AsyncGenerator<Provider> {
    for await (const event of this.#queries.findProviders(cid, options)) {
      if (event.name !== 'PROVIDER') continue;
      for (const peer of event.providers) yield { ...peer, routing: 'kad-dht' };
    }
  }

  async put(key: Uint8Array, value: Uint8Array, options?: RoutingOptions): Promise<void> {
    await drain(this.#queries.put(key, value, options));
  }

  /** The best value that the closest nodes have. */
  async get(key: Uint8Array, options?: RoutingOptions): Promise<Uint8Array> {
    let best: Uint8Array | null = null;
    for await (const event of this.#queries.get(key, options))
      if (event.name === 'VALUE') best = event.value;
    if (best === null) throw new NotFoundError('Could not find value for key');
    return best;
  }
}

/** Peers. */
export class DhtPeerRouting implements PeerRouting {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  async findPeer(id: PeerId, options?: RoutingOptions): Promise<PeerInfo> {
    for await (const event of this.#queries.findPeer(id, options))
      if (event.name === 'FINAL_PEER') return event.peer;
    throw new NotFoundError('Peer not found');
  }

  async *getClosestPeers(key: Uint8Array, options?: RoutingOptions): AsyncGenerator<PeerInfo> {
    for await (const event of this.#queries.getClosestPeers(key, options))
      if (event.name === 'FINAL_PEER') yield event.peer;
  }
}

async function drain(events: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of events);
}
