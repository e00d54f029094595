// Which network a node joins: the public IPFS DHT with that of the local network, or a private one.
import {
  AMINO_PROTOCOL,
  kadscope,
  passthroughMapper,
  removePublicAddressesMapper,
} from '@kadscope/libp2p';
import type { KadscopeInit } from '@kadscope/libp2p';
import type { LiveTrace } from '@kadscope/core/trace';
import { UsageError } from '../errors.ts';

/** What the command line says of the network. */
export interface NetworkFlags {
  readonly network?: string;
  readonly protocol?: string;
}

/** A DHT to be made. */
export interface DhtPlan {
  readonly name: string;
  readonly init: KadscopeInit;
}

/** A network to join. */
export interface NetworkPlan {
  readonly dhts: readonly DhtPlan[];
  /** Nodes to begin with, unless others are named. */
  readonly bootstrap: readonly string[];
  /** Whether a node that says nothing of it takes requests of others; `undefined` where that depends on its addresses. */
  readonly isServer: boolean | undefined;
}

/** The bootstrap nodes of the public network (go-libp2p-kad-dht, dht_bootstrap.go). */
export const AMINO_BOOTSTRAP: readonly string[] = [
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN',
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmQCU2EcMqAqQPR2i9bChDtGNJchTbq5TbXJJ16u19uLTa',
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmbLHAnMoJPWSCR5Zhtx6BHJX9KiKNN6tpvbUcqanj75Nb',
  '/dnsaddr/bootstrap.libp2p.io/p2p/QmcZf59bWwK5XFi76CZX8cbJ4BhTzzA3gU1ZjYZYcW3dwt',
  '/ip4/104.131.131.82/tcp/4001/p2p/QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ',
];
/** The DHT of a local network beside the public one (go-libp2p-kad-dht, dual/dual.go). */
const LAN_PROTOCOL = '/ipfs/lan/kad/1.0.0';
const NAME = /^[\w-]{1,64}$/;
const PROTOCOL = /^(?:\/[\w.-]{1,64}){1,16}$/;

/** What to join. Throws a `UsageError` for names that cannot be. */
export function networkOf({ network, protocol }: NetworkFlags): NetworkPlan {
  if (network !== undefined && protocol !== undefined)
    throw new UsageError('--network and --protocol name the same thing; use one of them');
  if (network !== undefined && !NAME.test(network))
    throw new UsageError(`--network ${network}: expected letters, digits, - and _, 64 at most`);
  if (protocol !== undefined && !PROTOCOL.test(protocol))
    throw new UsageError(`--protocol ${protocol}: expected a protocol such as /my-app/kad/1.0.0`);
  const id = protocol ?? (network === undefined ? AMINO_PROTOCOL : `/${network}/kad/1.0.0`);
  return id === AMINO_PROTOCOL ? PUBLIC : privateNetwork(network ?? id, id);
}

const PUBLIC: NetworkPlan = {
  dhts: [
    { name: 'wan', init: { protocol: AMINO_PROTOCOL } },
    {
      name: 'lan',
      init: {
        protocol: LAN_PROTOCOL,
        peerInfoMapper: removePublicAddressesMapper,
        datastorePrefix: '/dht-lan',
        metricsPrefix: 'libp2p_kad_dht_lan',
        logPrefix: 'libp2p:kad-dht:lan',
        // Whoever is in the local network can be reached in it.
        clientMode: false,
        // Most local networks have no other node, and nobody should wait for one.
        allowQueryWithZeroPeers: true,
      },
    },
  ],
  bootstrap: AMINO_BOOTSTRAP,
  isServer: undefined,
};

/** A private network is one network, whatever the addresses are; its nodes serve each other. */
function privateNetwork(name: string, protocol: string): NetworkPlan {
  const init = { protocol, peerInfoMapper: passthroughMapper };
  return { dhts: [{ name, init }], bootstrap: [], isServer: true };
}

/** The services of a plan, by name. */
export function dhtServices(
  { dhts, isServer }: NetworkPlan,
  mode: 'client' | 'server' | undefined,
  live: LiveTrace | undefined,
): Record<string, ReturnType<typeof kadscope>> {
  const serves = mode === undefined ? isServer : mode === 'server';
  return Object.fromEntries(
    dhts.map(({ name, init }, i) => {
      const clientMode = serves === undefined ? init.clientMode : !serves;
      return [
        serviceName(i),
        kadscope({
          logPrefix: `libp2p:kad-dht:${name}`,
          ...init,
          ...(clientMode !== undefined && { clientMode }),
          ...(live !== undefined && { live }),
        }),
      ];
    }),
  );
}

/** The first DHT is the one that other tools look for. */
export function serviceName(index: number): string {
  return index === 0 ? 'dht' : `dht${index + 1}`;
}
