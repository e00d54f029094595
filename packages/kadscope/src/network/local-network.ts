// A network of real nodes on this machine: libp2p on loopback, every step of every node in one trace.
import { IMMUTABLE } from '@kadscope/core';
import { LiveTrace } from '@kadscope/core/trace';
import type { KadscopeDHT } from '@kadscope/libp2p';
import { kadscope, passthroughMapper, withLateAbort } from '@kadscope/libp2p';
import { identify } from '@libp2p/identify';
import type { Libp2p } from 'libp2p';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import type { LiveFeed } from '../live/live-server.ts';
import { operateOn } from '../live/operate.ts';
import type { LiveOperation } from '../live/operation-request.ts';

/** Not the protocol of the public network: nobody is to be mistaken for a part of it. */
const PROTOCOL = '/kadscope-local/kad/1.0.0';

/** Events of the trace at most: 134 MB of columns. */
const EVENTS_MAX = 2_000_000;

/** Earlier nodes that a new one is connected to. */
const NEIGHBOURS = 3;

type LocalNode = Libp2p<{ dht: KadscopeDHT }>;

/** A running network. */
export interface LocalNetwork {
  readonly feed: LiveFeed;
  readonly nodes: readonly LocalNode[];
  stop(): Promise<void>;
}

/** What a network is made of. */
export interface LocalNetworkOptions {
  readonly nodes: number;
  readonly title: string;
  /** Called as each node comes up. */
  readonly onNode?: (count: number) => void;
}

/** Starts nodes one after the other, each connected to some that were there before. */
export async function startLocalNetwork(options: LocalNetworkOptions): Promise<LocalNetwork> {
  const epochMs = Date.now();
  const live = new LiveTrace({
    meta: {
      title: options.title,
      source: 'node',
      epochNs: BigInt(epochMs) * 1_000_000n,
      keyBits: 256,
      profile: 'amino',
      k: 20,
      alpha: 10,
      beta: 3,
    },
    epochMs,
    hosts: options.nodes,
    eventsMax: EVENTS_MAX,
  });
  const nodes: LocalNode[] = [];
  const stop = async (): Promise<void> => {
    for (const node of nodes) await node.stop();
  };
  try {
    for (let i = 0; i < options.nodes; i++) {
      const node = await startNode(live);
      nodes.push(node);
      for (const other of pick(nodes.slice(0, -1), NEIGHBOURS))
        await node.dial(other.getMultiaddrs());
      options.onNode?.(i + 1);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  const nowMs = (): number => Date.now() - epochMs;
  const dhts = nodes.map(({ peerId, services }) => ({ id: peerId.toString(), dht: services.dht }));
  const operate = (operation: LiveOperation): Promise<number> => operateOn(live, dhts, operation);
  return { feed: { live, nowMs, operate }, nodes, stop };
}

async function startNode(live: LiveTrace): Promise<LocalNode> {
  const dht = kadscope({
    protocol: PROTOCOL,
    clientMode: false,
    peerInfoMapper: passthroughMapper,
    // Plain values, which the public network would refuse.
    validators: { immutable: validateImmutable },
    live,
  });
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [withLateAbort(tcp())],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    // All come from one address, which libp2p would take for one that comes too often.
    connectionManager: { maxConnections: 1_000, inboundConnectionThreshold: 10_000 },
    services: { identify: identify(), ping: ping(), dht },
  });
}

function validateImmutable(key: Uint8Array, value: Uint8Array): void {
  const problem = IMMUTABLE.validate(key.subarray('/immutable/'.length), value, Date.now());
  if (problem !== null) throw new Error(problem);
}

/** Some of a list, at random. */
export function pick<T>(list: readonly T[], count: number): T[] {
  const left = [...list];
  const picked: T[] = [];
  while (picked.length < count && left.length > 0)
    picked.push(...left.splice(Math.floor(Math.random() * left.length), 1));
  return picked;
}
