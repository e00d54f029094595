// Networks of libp2p nodes: how they come up, and what is read off them.
import type { Rng } from '@kadscope/core/keyspace';
import { createNode } from './libp2p-nodes.ts';
import type { BenchNode, Kind } from './libp2p-nodes.ts';

/** Nodes that a newcomer dials. */
const DIALS = 3;

const DIAL_ATTEMPTS = 5;

/** Brings nodes up, one after the other; each dials some of those before it. */
export async function bringUp(kind: Kind, count: number, rng: Rng): Promise<BenchNode[]> {
  const nodes: BenchNode[] = [];
  for (let i = 0; i < count; i++) {
    const node = await createNode(kind);
    await joinNetwork(node, nodes, rng);
    nodes.push(node);
  }
  return nodes;
}

/** Lets a node dial random nodes of a network, one after the other. */
async function joinNetwork(
  node: BenchNode,
  network: readonly BenchNode[],
  rng: Rng,
): Promise<void> {
  const others = [...network];
  for (let dials = 0; dials < DIALS && others.length > 0; dials++) {
    const [other] = others.splice(rng.below(others.length), 1);
    await dialed(node, other!, DIAL_ATTEMPTS);
  }
}

/** On a busy machine, a dial may not be done in time. */
async function dialed(node: BenchNode, other: BenchNode, attempts: number): Promise<void> {
  try {
    await node.dial(other.getMultiaddrs());
  } catch (error) {
    if (attempts === 1) throw error;
    await dialed(node, other, attempts - 1);
  }
}

/** Contacts in the routing table of a node. */
export function tableSize(node: BenchNode): number {
  return node.services.dht.routingTable.size;
}
