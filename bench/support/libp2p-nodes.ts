// Nodes of libp2p on loopback, the same but for their DHT: ours, or @libp2p/kad-dht.
import { kadscope, passthroughMapper } from '@kadscope/libp2p';
import type { KadscopeDHT } from '@kadscope/libp2p';
import { identify } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { kadDHT, passthroughMapper as stockPassthroughMapper } from '@libp2p/kad-dht';
import type { KadDHT } from '@libp2p/kad-dht';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';

/** Not the public network's, lest anybody should be mistaken for it. */
export const BENCH_PROTOCOL = '/kadscope-bench/kad/1.0.0';

/** Whose DHT. */
export type Kind = 'ours' | 'stock';

/** What the events of both say, and a little is read of. */
export interface BenchEvent {
  readonly name: string;
  readonly peer?: object;
}

/** What both have. */
export interface BenchDht {
  readonly routingTable: { readonly size: number };
  getClosestPeers(key: Uint8Array): AsyncIterable<BenchEvent>;
  provide(cid: Parameters<KadDHT['provide']>[0]): AsyncIterable<BenchEvent>;
}

export type OurNode = Libp2p<{ dht: KadscopeDHT }>;
export type BenchNode = Libp2p<{ dht: BenchDht }>;

/** Options of libp2p that differ from node to node. */
export type NodeOptions = Pick<
  NonNullable<Parameters<typeof createLibp2p>[0]>,
  'datastore' | 'privateKey'
>;

const base = {
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  // Nobody is turned away: with the default of 300 connections and 5 new ones a second no network would come up.
  connectionManager: { maxConnections: 100_000, inboundConnectionThreshold: 100_000 },
  // libp2p pings each connection every 10 s, which drowns all else where a process has thousands.
  connectionMonitor: { enabled: false },
};

/** A node, as a server, with the default options of its DHT. */
export async function createNode(kind: Kind, options: NodeOptions = {}): Promise<BenchNode> {
  return kind === 'ours' ? createOurs(options) : createStock(options);
}

/** A node with our DHT. */
export async function createOurs(options: NodeOptions = {}): Promise<OurNode> {
  return createLibp2p({
    ...base,
    ...parts(),
    ...options,
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadscope({
        protocol: BENCH_PROTOCOL,
        clientMode: false,
        peerInfoMapper: passthroughMapper,
      }),
    },
  });
}

/** A node with the stock DHT. */
export async function createStock(options: NodeOptions = {}): Promise<BenchNode> {
  const node = await createLibp2p({
    ...base,
    ...parts(),
    ...options,
    services: {
      identify: identify(),
      ping: ping(),
      dht: kadDHT({
        protocol: BENCH_PROTOCOL,
        clientMode: false,
        peerInfoMapper: stockPassthroughMapper,
      }),
    },
  });
  // Its type hides the routing table that it has.
  return node as unknown as BenchNode;
}

function parts(): Pick<
  NonNullable<Parameters<typeof createLibp2p>[0]>,
  'transports' | 'connectionEncrypters' | 'streamMuxers'
> {
  return { transports: [tcp()], connectionEncrypters: [noise()], streamMuxers: [yamux()] };
}
