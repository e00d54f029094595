// Our side of the network: Helia nodes on our service, which speak Kubo's protocol for private networks.
import { withBitswap } from '@helia/bitswap';
import { withLibp2pLight } from '@helia/libp2p';
import type { HeliaWithLibp2p } from '@helia/libp2p';
import { identify } from '@libp2p/identify';
import type { Identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import type { Ping } from '@libp2p/ping';
import { preSharedKey } from '@libp2p/pnet';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createHeliaLight } from 'helia';
import { kadscope, passthroughMapper } from '@kadscope/libp2p';
import type { KadscopeDHT } from '@kadscope/libp2p';

/**
 * Kubo's second DHT (go-libp2p-kad-dht, dual/dual.go, `LanExtension`): the one for the internet takes no peer with a
 * private address.
 */
export const LAN_PROTOCOL = '/ipfs/lan/kad/1.0.0';

type Services = { dht: KadscopeDHT; identify: Identify; ping: Ping };

export type OurNode = HeliaWithLibp2p<Services>;

/** A Helia node with our service and no other router, in the network of those who have the key, if there is one. */
export async function startOurNode(clientMode: boolean, swarmKey?: Uint8Array): Promise<OurNode> {
  const dht = kadscope({ protocol: LAN_PROTOCOL, peerInfoMapper: passthroughMapper, clientMode });
  const node = withBitswap(
    withLibp2pLight(createHeliaLight(), {
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      connectionEncrypters: [noise()],
      streamMuxers: [yamux()],
      ...(swarmKey === undefined ? {} : { connectionProtector: preSharedKey({ psk: swarmKey }) }),
      services: { dht, identify: identify(), ping: ping() },
    }),
  );
  await node.start();
  return node;
}
