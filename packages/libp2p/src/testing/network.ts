// Networks of real libp2p nodes on loopback, with our service, the stock one, or both.
import { identify } from '@libp2p/identify';
import type { Identify } from '@libp2p/identify';
import type { Libp2p } from '@libp2p/interface';
import { kadDHT as stockDht, passthroughMapper as stockPassthrough } from '@libp2p/kad-dht';
import type { KadDHT, KadDHTInit } from '@libp2p/kad-dht';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import type { Ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import type { Libp2pOptions } from 'libp2p';
import { kadscope, passthroughMapper, withLateAbort } from '@kadscope/libp2p';
import type { KadscopeInit } from '@kadscope/libp2p';
import type { KadscopeDHT } from '@kadscope/libp2p';

/** Not the public network's, lest anybody should be mistaken for it. */
export const TEST_PROTOCOL = '/kadscope-test/kad/1.0.0';

type OurServices = { dht: KadscopeDHT; identify: Identify; ping: Ping };
type StockServices = { dht: KadDHT; identify: Identify; ping: Ping };

export type OurNode = Libp2p<OurServices>;
export type StockNode = Libp2p<StockServices>;

const base = {
  addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
  transports: [withLateAbort(tcp())],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionManager: { maxConnections: 10_000, inboundConnectionThreshold: 10_000 },
};

/** What a libp2p node with our service is made of: on loopback, as a server. */
export function oursOptions(init: KadscopeInit = {}): Libp2pOptions<OurServices> {
  const dht = kadscope({
    protocol: TEST_PROTOCOL,
    clientMode: false,
    peerInfoMapper: passthroughMapper,
    ...init,
  });
  return { ...base, services: { identify: identify(), ping: ping(), dht } };
}

/** The same with the stock service. */
export function stockOptions(init: KadDHTInit = {}): Libp2pOptions<StockServices> {
  const dht = stockDht({
    protocol: TEST_PROTOCOL,
    clientMode: false,
    peerInfoMapper: stockPassthrough,
    ...init,
  });
  return { ...base, services: { identify: identify(), ping: ping(), dht } };
}

/** A node with our service, on loopback, as a server. */
export async function ours(init: KadscopeInit = {}, options: object = {}): Promise<OurNode> {
  return createLibp2p({ ...oursOptions(init), ...options });
}

/** A node with the stock service. */
export async function stock(init: KadDHTInit = {}, options: object = {}): Promise<StockNode> {
  return createLibp2p({ ...stockOptions(init), ...options });
}

/** Connects one node to another. */
export async function connect(from: Libp2p, to: Libp2p): Promise<void> {
  await from.dial(to.getMultiaddrs());
}

/** Waits until something is so. Throws when it takes too long. */
export async function until(isSo: () => boolean, what: string, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
