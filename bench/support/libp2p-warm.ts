// A process whose node leaves a network of other processes and comes back with what it has saved: how long its first lookup takes.
import { Rng } from '@kadscope/core/keyspace';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { multiaddr } from '@multiformats/multiaddr';
import { MemoryDatastore } from 'datastore-core';
import { isQuiet, open, orderOf, reply } from './child.ts';
import type { Hosts } from './libp2p-hosts.ts';
import { tableSize } from './libp2p-network-parts.ts';
import { createNode } from './libp2p-nodes.ts';
import type { Kind } from './libp2p-nodes.ts';
import { median } from './measure.ts';

/** What the process is to do. */
export interface WarmOrder {
  readonly kind: Kind;
  readonly nodes: number;
  readonly starts: number;
}

/** Medians in milliseconds. */
export interface WarmFigures {
  /** Until the node runs. */
  readonly startMs: number;
  /** From then on until its first lookup has ended; nobody has told it of anybody. */
  readonly firstLookupMs: number;
}

/** Nodes that are dialed when the node joins. */
const DIALS = 3;

const rng = new Rng(13, 'libp2p warm start');
reply(await measure(orderOf() as WarmOrder));

async function measure({ kind, nodes: count, starts }: WarmOrder): Promise<WarmFigures> {
  const hosts = await open<Hosts>('./libp2p-hosts.ts', { kind, nodes: count });
  const options = {
    datastore: new MemoryDatastore(),
    privateKey: await generateKeyPair('Ed25519'),
  };
  let node = await createNode(kind, options);
  for (const addresses of hosts.reply.slice(0, DIALS))
    await node.dial(addresses.map((address) => multiaddr(address)));
  await isQuiet(() => tableSize(node));
  const startTimes: number[] = [];
  const lookupTimes: number[] = [];
  for (let i = 0; i < starts; i++) {
    await node.stop();
    const created = performance.now();
    node = await createNode(kind, options);
    const started = performance.now();
    for await (const _ of node.services.dht.getClosestPeers(rng.bytes(32)));
    startTimes.push(started - created);
    lookupTimes.push(performance.now() - started);
    await isQuiet(() => tableSize(node));
  }
  hosts.close();
  return { startMs: median(startTimes), firstLookupMs: median(lookupTimes) };
}
