// A process with a network that others join from theirs.
import { Rng } from '@kadscope/core/keyspace';
import { isQuiet, orderOf, reply } from './child.ts';
import { bringUp, tableSize } from './libp2p-network-parts.ts';
import type { Kind } from './libp2p-nodes.ts';

/** What the process is to do. */
export interface HostsOrder {
  readonly kind: Kind;
  readonly nodes: number;
}

/** The addresses of each node. */
export type Hosts = readonly (readonly string[])[];

const { kind, nodes: count } = orderOf() as HostsOrder;
const nodes = await bringUp(kind, count, new Rng(17, 'libp2p hosts'));
await isQuiet(() => nodes.reduce((sum, node) => sum + tableSize(node), 0));
reply(nodes.map((node) => node.getMultiaddrs().map(String)));
