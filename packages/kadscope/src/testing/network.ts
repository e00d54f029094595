// Small networks of real nodes on loopback.
import { createNode } from '../node/create.ts';
import type { KadscopeNode, NodeOptions } from '../node/create.ts';

/** Not the public network's, lest anybody should be mistaken for it. */
export const TEST_NETWORK = 'kadscope-node-test';

/** A node on loopback that knows nobody. */
export function testNode(options: Partial<NodeOptions> = {}): Promise<KadscopeNode> {
  const listen = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.1/tcp/0/ws'];
  return createNode({ network: TEST_NETWORK, listen, data: null, bootstrap: [], ...options });
}

/** Nodes each of which knows all others; the first one may be told more. */
export async function testNetwork(
  count: number,
  first: Partial<NodeOptions> = {},
): Promise<KadscopeNode[]> {
  const nodes = [await testNode(first)];
  while (nodes.length < count) nodes.push(await testNode());
  const tableOf = ({ dhts }: KadscopeNode): number => dhts[0]!.dht.routingTable.size;
  // Whoever comes is told of those who are there, so each has to have arrived before the next one asks.
  for (const [i, node] of nodes.entries()) {
    if (i === 0) continue;
    await node.libp2p.dial(nodes[0]!.libp2p.getMultiaddrs());
    await until(() => tableOf(nodes[0]!) === i, 'the first node knows the next one');
  }
  await until(
    () => nodes.every((node) => tableOf(node) >= count - 1),
    'every node knows the others',
  );
  return nodes;
}

/** Waits until something is so. Throws when it takes too long. */
export async function until(isSo: () => boolean, what: string, ms = 60_000): Promise<void> {
  const end = Date.now() + ms;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(`${what}: not within ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** All that an iterable has. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}
