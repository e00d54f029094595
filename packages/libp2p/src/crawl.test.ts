import { afterEach, expect, test } from 'vitest';
import type { QueryEvent } from '@kadscope/libp2p';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { connect, ours, until } from './testing/network.ts';
import type { OurNode } from './testing/network.ts';

const nodes: OurNode[] = [];
afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

/** Nodes in a row, each connected to the one before it. */
async function network(count: number, init: Parameters<typeof ours>[0] = {}): Promise<OurNode[]> {
  while (nodes.length < count) {
    const node = await ours(init);
    if (nodes.length > 0) await connect(node, nodes.at(-1)!);
    nodes.push(node);
  }
  await until(
    () => nodes.every((node) => node.services.dht.routingTable.size > 0),
    'everybody knows somebody',
  );
  await Promise.all(nodes.map(({ services }) => all(services.dht.bootstrap())));
  return nodes;
}

async function all(events: AsyncIterable<QueryEvent>): Promise<QueryEvent[]> {
  const list: QueryEvent[] = [];
  for await (const event of events) list.push(event);
  return list;
}

test('a crawl finds every other node once, and says where it is', async () => {
  // With k = 3, no lookup sees all of them.
  const all12 = await network(12, { kBucketSize: 3 });
  const events = await all(all12[0]!.services.dht.crawl({ parallel: 2 }));
  const found = events.filter((event) => event.name === 'FINAL_PEER').map(({ peer }) => peer);
  const expected = all12.slice(1).map(({ peerId }) => peerId.toString());
  const ids = found.map(({ id }) => id.toString()).filter((id) => id !== String(all12[0]!.peerId));
  expect(ids.toSorted()).toEqual(expected.toSorted());
  expect(found.every(({ multiaddrs }) => multiaddrs.length > 0)).toBe(true);
  expect(events.at(-1)).toMatchObject({ name: 'PATH_ENDED', reason: 'found' });
});

test('a lookup for providers ends when there are as many as were wanted', async () => {
  const [first, ...others] = await network(6);
  const cid = CID.createV1(raw.code, await sha256.digest(Uint8Array.of(1, 2, 3)));
  for (const other of others) await all(other.services.dht.provide(cid));
  const wanted = await all(first!.services.dht.findProviders(cid, { count: 2 }));
  expect(wanted.filter((event) => event.name === 'PROVIDER')).toHaveLength(2);
  const every = await all(first!.services.dht.findProviders(cid));
  expect(every.filter((event) => event.name === 'PROVIDER')).toHaveLength(5);
});
