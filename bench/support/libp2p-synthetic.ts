// A process with a network that is made of routing tables only: the lookups of both, from the same nodes
// to the same targets, over the same tables.
//
// Theirs are the stock's own QueryManager, query paths and PeerRouting; instead of a stream, an answer
// comes from the table of whom they ask, after a round trip. Ours run in the simulator.
import { Rng } from '@kadscope/core/keyspace';
import { Oracle, parseScenario, Simulation } from '@kadscope/core/sim';
import type { PeerId } from '@libp2p/interface';
import { peerIdFromMultihash } from '@libp2p/peer-id';
import * as Digest from 'multiformats/hashes/digest';
import { sha256 } from 'multiformats/hashes/sha2';
import { orderOf, reply, sleep } from './child.ts';
import { median } from './measure.ts';

/** What the process is to do. */
export interface SyntheticOrder {
  readonly nodes: number;
  readonly lookups: number;
}

/** Medians, and the share of the true k closest that was found. */
export interface SyntheticFigures {
  readonly rpcs: number;
  readonly rpcsPeer: number;
  readonly recall: number;
  readonly recallPeer: number;
}

interface Lookup {
  readonly node: number;
  readonly target: Uint8Array;
  readonly truth: readonly number[];
}

interface Outcome {
  readonly rpcs: number;
  readonly found: readonly number[];
}

interface StockQueryManager {
  start(): Promise<void>;
}

interface StockPeerRouting {
  getClosestPeers(key: Uint8Array): AsyncIterable<{ name: string; peer?: { id: PeerId } }>;
}

const K = 20;
/** Round trips in milliseconds. */
const RTT = { min: 20, max: 100 };
/** Protobuf head of an Ed25519 key, and the multihash around it. */
const ID_HEAD = [0, 36, 8, 1, 0x12, 32];

const order = orderOf() as SyntheticOrder;
const rng = new Rng(3, 'libp2p synthetic');
const simulation = new Simulation(
  parseScenario({
    nodes: order.nodes,
    seed: 5,
    profile: 'amino',
    checks: 'off',
    latency: { model: 'uniform', minRttMs: RTT.min, maxRttMs: RTT.max },
    workload: { operations: 0 },
  }),
  null,
);
const ids = simulation.nodeKeys.map((key) =>
  peerIdFromMultihash(Digest.decode(Uint8Array.of(...ID_HEAD, ...key))),
);
const nodeOf = new Map(ids.map((id, node) => [id.toString(), node]));
reply(await measure(order));

async function measure({ nodes, lookups: count }: SyntheticOrder): Promise<SyntheticFigures> {
  const oracle = new Oracle(simulation.keys, nodes, () => true);
  const lookups = Array.from({ length: count }, (): Lookup => {
    const node = rng.below(nodes);
    const target = rng.bytes(32);
    const truth = oracle.closest(simulation.keys.intern(target), K, node);
    return { node, target, truth };
  });
  // Theirs first: ours learn from what they do.
  const theirs = await stockOutcomes(lookups);
  const ours = lookups.map((lookup) => ourOutcome(lookup));
  return {
    rpcs: median(ours.map(({ rpcs }) => rpcs)),
    rpcsPeer: median(theirs.map(({ rpcs }) => rpcs)),
    recall: recallOf(lookups, ours),
    recallPeer: recallOf(lookups, theirs),
  };
}

function ourOutcome({ node, target }: Lookup): Outcome {
  let outcome: Outcome | null = null;
  const operation = simulation.startOperation({ kind: 'findNode', node, key: target });
  simulation.onResult = ({ type, operation: { id, lookupRequests, closest } }): void => {
    if (type === 'finished' && id === operation)
      outcome = { rpcs: lookupRequests, found: [...closest] };
  };
  simulation.runUntil(simulation.now + 60_000);
  if (outcome === null) throw new Error('a lookup did not end within a minute');
  return outcome;
}

async function stockOutcomes(lookups: readonly Lookup[]): Promise<Outcome[]> {
  // Keys are points of the keyspace already: the same ones for both.
  Object.assign(sha256, {
    digest: async (bytes: Uint8Array) => ({ digest: bytes.slice(-32) }),
  });
  const outcomes: Outcome[] = [];
  for (const lookup of lookups) outcomes.push(await stockOutcome(lookup));
  return outcomes;
}

async function stockOutcome({ node, target }: Lookup): Promise<Outcome> {
  const { QueryManager, PeerRouting } = await stockClasses();
  const log = Object.assign(() => {}, { error: () => {}, trace: () => {} });
  const components = {
    peerId: ids[node]!,
    logger: { forComponent: () => log },
    connectionManager: { isDialable: async () => true },
  };
  const parts = { routingTable: tableOf(node), logPrefix: 'bench', alpha: 10, disjointPaths: 10 };
  const queryManager = new QueryManager(components, parts);
  await queryManager.start();
  let rpcs = 0;
  const network = {
    async *sendRequest(to: PeerId, message: { key: Uint8Array }, { path }: { path: object }) {
      rpcs++;
      await sleep(RTT.min + rng.fraction() * (RTT.max - RTT.min));
      const closer = closestOf(nodeOf.get(to.toString())!, message.key).map((id) => ({
        id,
        multiaddrs: [],
      }));
      yield { name: 'PEER_RESPONSE', from: to, closer, providers: [], path };
    },
  };
  const routing = new PeerRouting(components, { ...parts, network, validators: {}, queryManager });
  const found: number[] = [];
  for await (const { name, peer } of routing.getClosestPeers(target))
    if (name === 'FINAL_PEER') found.push(nodeOf.get(peer!.id.toString())!);
  return { rpcs, found };
}

function tableOf(node: number): object {
  return {
    kBucketSize: K,
    size: simulation.engine.tables.size(node),
    closestPeers: (key: Uint8Array) => closestOf(node, key),
    queueRoutingTableUpdate: () => {},
  };
}

/** The peers of a node's table that are closest to a key. */
function closestOf(node: number, key: Uint8Array): PeerId[] {
  const out = new Int32Array(K);
  const count = simulation.engine.tables.closest(node, simulation.keys.find(key), K, out);
  return Array.from(out.subarray(0, count), (contact) => ids[contact]!);
}

/** Parts of @libp2p/kad-dht that it does not export. */
async function stockClasses(): Promise<{
  QueryManager: new (components: object, init: object) => StockQueryManager;
  PeerRouting: new (components: object, init: object) => StockPeerRouting;
}> {
  // What they are written for is not in Node 20; our service brings it along.
  await import('@kadscope/libp2p');
  const folder = new URL('./', import.meta.resolve('@libp2p/kad-dht'));
  const load = async (file: string): Promise<object> =>
    (await import(new URL(file, folder).href)) as object;
  return {
    ...(await load('query/manager.js')),
    ...(await load('peer-routing/index.js')),
  } as Awaited<ReturnType<typeof stockClasses>>;
}

function recallOf(lookups: readonly Lookup[], outcomes: readonly Outcome[]): number {
  const shares = lookups.map(({ truth }, i) => {
    const { found } = outcomes[i]!;
    return truth.filter((node) => found.includes(node)).length / K;
  });
  return shares.reduce((sum, share) => sum + share, 0) / shares.length;
}
