// A process with one network of libp2p nodes on loopback: brings it up, works with it, and says what that cost.
import { hashKey } from '@kadscope/core';
import { compareDistance, Rng } from '@kadscope/core/keyspace';
import type { PeerId, PeerInfo } from '@libp2p/interface';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { create as createDigest } from 'multiformats/hashes/digest';
import { cpuMsSince, isQuiet, orderOf, reply, sleep } from './child.ts';
import { bringUp, tableSize } from './libp2p-network-parts.ts';
import { createNode } from './libp2p-nodes.ts';
import type { BenchNode, Kind } from './libp2p-nodes.ts';
import { median } from './measure.ts';

/** What the process is to do. */
export interface NetworkOrder {
  readonly kind: Kind;
  readonly nodes: number;
  readonly seed: number;
  /** Lookups, and announcements, that are measured; before them come half as many that are not. */
  readonly operations: number;
}

/** What it cost. */
export interface NetworkFigures {
  readonly bootstrapCpuMs: number;
  readonly bootstrapWallMs: number;
  readonly connectionsPerNode: number;
  /** Contacts of the smallest, the median and the largest routing table. */
  readonly tables: readonly [number, number, number];
  readonly heapPerNodeKb: number;
  readonly heapPerNodeAfterKb: number;
  readonly lookup: OperationFigures;
  readonly provide: OperationFigures;
}

/** Per operation: medians. Whatever happens in the process until the next one begins counts. */
export interface OperationFigures {
  readonly rpcs: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  /** The mean share of the true k closest that lookups found. */
  readonly recall: number;
  /** Before the nodes that matter know each other. */
  readonly coldCpuMs: number;
}

/** What became of one operation. */
interface Done {
  readonly rpcs: number;
  readonly recall: number;
}

/** Milliseconds between two operations: what they set off ends in between. */
const PAUSE_MS = 100;

const SHA2_256 = 0x12;
const K = 20;

const order = orderOf() as NetworkOrder;
const rng = new Rng(order.seed, 'libp2p bench');
reply(await measure(order));

async function measure({ kind, nodes: count, operations }: NetworkOrder): Promise<NetworkFigures> {
  // What is loaded and compiled once is no part of a node.
  const first = await createNode(kind);
  await first.stop();
  const heapBefore = heapKb();
  const cpu = process.cpuUsage();
  const start = performance.now();
  const nodes = await bringUp(kind, count, rng);
  await isQuiet(() => sum(nodes, tableSize));
  const bootstrapCpuMs = cpuMsSince(cpu);
  const bootstrapWallMs = performance.now() - start;
  const heap = (heapKb() - heapBefore) / count;
  const figures = {
    bootstrapCpuMs,
    bootstrapWallMs,
    connectionsPerNode: sum(nodes, (node) => node.getConnections().length) / count,
    tables: spread(nodes.map(tableSize)),
    heapPerNodeKb: heap,
    lookup: await repeat(operations, () => lookup(nodes)),
    provide: await repeat(operations, () => provide(nodes)),
  };
  return { ...figures, heapPerNodeAfterKb: (heapKb() - heapBefore) / count };
}

/** Looks for the peers closest to a random key. */
async function lookup(nodes: readonly BenchNode[]): Promise<Done> {
  const node = pick(nodes);
  const key = rng.bytes(32);
  const found = new Set<string>();
  let rpcs = 0;
  for await (const { name, peer } of node.services.dht.getClosestPeers(key)) {
    if (name === 'SEND_QUERY') rpcs++;
    if (name === 'FINAL_PEER') found.add((peer as PeerInfo).id.toString());
  }
  const others = nodes.filter((other) => other !== node).map(({ peerId }) => peerId);
  const truth = closestPeers(others, key);
  return { rpcs, recall: truth.filter((id) => found.has(id)).length / truth.length };
}

/** Announces random content. */
async function provide(nodes: readonly BenchNode[]): Promise<Done> {
  const cid = CID.createV1(raw.code, createDigest(SHA2_256, rng.bytes(32)));
  let rpcs = 0;
  for await (const { name } of pick(nodes).services.dht.provide(cid))
    if (name === 'SEND_QUERY') rpcs++;
  return { rpcs, recall: 1 };
}

/** The peers that a lookup should find. */
function closestPeers(peers: readonly PeerId[], key: Uint8Array): string[] {
  const target = hashKey(key, 32);
  const points = peers.map((id) => ({ id, point: hashKey(id.toMultihash().bytes, 32) }));
  points.sort((a, b) => compareDistance(target, a.point, b.point));
  return points.slice(0, K).map(({ id }) => id.toString());
}

async function repeat(count: number, work: () => Promise<Done>): Promise<OperationFigures> {
  const cold = await batch(Math.ceil(count / 2), work);
  return { ...(await batch(count, work)), coldCpuMs: cold.cpuMs };
}

async function batch(
  count: number,
  work: () => Promise<Done>,
): Promise<Omit<OperationFigures, 'coldCpuMs'>> {
  const runs: { rpcs: number; recall: number; wallMs: number; cpuMs: number }[] = [];
  for (let i = 0; i < count; i++) {
    const cpu = process.cpuUsage();
    const start = performance.now();
    const done = await work();
    const wallMs = performance.now() - start;
    await sleep(PAUSE_MS);
    runs.push({ ...done, wallMs, cpuMs: cpuMsSince(cpu) });
  }
  return {
    rpcs: median(runs.map(({ rpcs }) => rpcs)),
    cpuMs: median(runs.map(({ cpuMs }) => cpuMs)),
    wallMs: median(runs.map(({ wallMs }) => wallMs)),
    recall: runs.reduce((sum, { recall }) => sum + recall, 0) / count,
  };
}

function pick(nodes: readonly BenchNode[]): BenchNode {
  return nodes[rng.below(nodes.length)]!;
}

function sum(nodes: readonly BenchNode[], value: (node: BenchNode) => number): number {
  return nodes.reduce((total, node) => total + value(node), 0);
}

function spread(values: readonly number[]): [number, number, number] {
  return [Math.min(...values), median(values), Math.max(...values)];
}

function heapKb(): number {
  for (let i = 0; i < 4; i++) globalThis.gc!();
  return process.memoryUsage().heapUsed / 1024;
}
