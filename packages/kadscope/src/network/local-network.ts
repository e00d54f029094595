// A network of real nodes on this machine: libp2p on loopback, every step of every node in one trace.
import { IMMUTABLE } from '@kadscope/core';
import { LiveTrace } from '@kadscope/core/trace';
import type { KadscopeDHT, QueryEvent } from '@kadscope/libp2p';
import { kadscope, passthroughMapper } from '@kadscope/libp2p';
import { identify } from '@libp2p/identify';
import type { Libp2p } from 'libp2p';
import { noise } from '@libp2p/noise';
import { peerIdFromString } from '@libp2p/peer-id';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import * as Digest from 'multiformats/hashes/digest';
import type { LiveFeed } from '../live/live-server.ts';
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
  const operate = (operation: LiveOperation): Promise<number> => run(live, nodes, operation);
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
    transports: [tcp()],
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

/** Starts an operation at a node and returns its number in the trace; results are seen there. */
async function run(
  live: LiveTrace,
  nodes: readonly LocalNode[],
  operation: LiveOperation,
): Promise<number> {
  const id = live.trace.nodes[operation.node]?.id;
  const node = nodes.find(({ peerId }) => peerId.toString() === id);
  if (node === undefined) throw new Error('This node is not one of those that run here.');
  const before = live.trace.operations.length;
  const events = start(node.services.dht, live, operation)[Symbol.asyncIterator]();
  void drain(events);
  for (let wait = 0; wait < 100; wait++) {
    const started = live.trace.operations
      .slice(before)
      .find((one) => one.node === operation.node && one.kind === operation.kind);
    if (started !== undefined) return started.id;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The operation did not start: the node knows nobody yet.');
}

async function drain(events: AsyncIterator<QueryEvent>): Promise<void> {
  try {
    while ((await events.next()).done !== true);
  } catch {
    // How it ended is in the trace.
  }
}

/** The query of the service that an operation is. */
function start(
  dht: KadscopeDHT,
  live: LiveTrace,
  { kind, key, value, peer }: LiveOperation,
): AsyncIterable<QueryEvent> {
  const bytes = (): Uint8Array => key ?? missing('a key');
  const id = (): ReturnType<typeof peerIdFromString> =>
    peerIdFromString(live.trace.nodes[peer ?? -1]?.id ?? missing('a peer'));
  const options = { useCache: false };
  switch (kind) {
    case 'findNode':
      return dht.getClosestPeers(bytes(), options);
    case 'findPeer':
      return dht.findPeer(id(), options);
    case 'ping':
      return dht.ping(id());
    case 'putValue':
      return dht.put(bytes(), value ?? missing('a value'));
    case 'getValue':
      return dht.get(bytes());
    case 'provide':
      return dht.provide(contentOf(bytes()));
    case 'findProviders':
      return dht.findProviders(contentOf(bytes()));
    case 'bootstrap':
      return dht.bootstrap();
  }
}

/** Content by its multihash, or by any bytes: then the bytes themselves stand for their hash. */
function contentOf(key: Uint8Array): CID {
  try {
    return CID.createV1(raw.code, Digest.decode(key));
  } catch {
    return CID.createV1(raw.code, Digest.create(0, key));
  }
}

function missing(what: string): never {
  throw new Error(`The operation needs ${what}.`);
}
