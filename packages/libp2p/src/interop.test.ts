// Our nodes and those of @libp2p/kad-dht in one network: everything that one asks, the other answers.
import type { PeerId } from '@libp2p/interface';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { QueryEvent } from '@kadscope/libp2p';
import { connect, ours, stock, until } from './testing/network.ts';
import type { OurNode, StockNode } from './testing/network.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Values of the namespace `v` are numbers, and the largest is best. */
const validators = {
  v: (_: Uint8Array, value: Uint8Array): void => {
    if (value.length !== 1) throw new Error('a value has one byte');
  },
};
const selectors = {
  v: (_: Uint8Array, values: Uint8Array[]): number =>
    values.reduce((best, value, i) => (value[0]! > values[best]![0]! ? i : best), 0),
};

async function contentOf(name: string): Promise<CID> {
  return CID.createV1(raw.code, await sha256.digest(text(name)));
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

describe('a network of both', () => {
  let own: OurNode[] = [];
  let theirs: StockNode[] = [];
  let all: (OurNode | StockNode)[] = [];

  beforeAll(async () => {
    own = await Promise.all(Array.from({ length: 4 }, () => ours({ validators, selectors })));
    theirs = await Promise.all(Array.from({ length: 4 }, () => stock({ validators, selectors })));
    all = own.flatMap((node, i) => [node, theirs[i]!]);
    for (let i = 1; i < all.length; i++) await connect(all[i]!, all[i - 1]!);
    // Those who looked around before the last ones came look again.
    for (const node of own)
      await collect(node.services.dht.getClosestPeers(node.peerId.toMultihash().bytes));
    await until(
      () => own.every((node) => node.services.dht.routingTable.size >= all.length - 1),
      'our nodes know everybody',
    );
    await until(() => theirs.every((node) => tableSize(node) >= 4), 'theirs know several');
  });

  afterAll(async () => {
    for (const node of all) await node.stop();
  });

  const directions: [string, () => OurNode | StockNode, () => OurNode | StockNode][] = [
    ['ours asks for what theirs has', () => own[0]!, () => theirs[3]!],
    ['theirs asks for what ours has', () => theirs[0]!, () => own[3]!],
    ['ours asks for what ours has', () => own[1]!, () => own[2]!],
  ];

  test.each(directions)('provide and findProviders: %s', async (name, asks, has) => {
    const cid = await contentOf(name);
    await has().contentRouting.provide(cid);
    const found = await collect(asks().contentRouting.findProviders(cid));
    const provider = found.find(({ id }) => id.equals(has().peerId))!;
    expect(found).toHaveLength(1);
    expect(provider.multiaddrs.map(String)).toEqual(addressesOf(has()));
    expect(provider.routing).toBe('kad-dht');
  });

  test.each(directions)('putValue and getValue: %s', async (name, asks, has) => {
    const key = text(`/v/${name}`);
    await has().contentRouting.put(key, Uint8Array.of(7));
    expect(await asks().contentRouting.get(key)).toEqual(Uint8Array.of(7));
    await has().contentRouting.put(key, Uint8Array.of(9));
    expect(await asks().contentRouting.get(key)).toEqual(Uint8Array.of(9));
  });

  test('putValue rejects what does not fit its key, and what is worse than the value that is held', async () => {
    const key = text('/v/rejected');
    const put = async (bytes: number[]): Promise<void> =>
      own[0]!.contentRouting.put(key, Uint8Array.from(bytes));
    await expect(put([1, 2])).rejects.toThrow('does not fit its key');
    await put([5]);
    await put([5]);
    await expect(put([4])).rejects.toThrow('A better value is held');
    expect(await own[3]!.contentRouting.get(key)).toEqual(Uint8Array.of(5));
  });

  test.each(directions)('findPeer: %s', async (_, asks, has) => {
    const { id, multiaddrs } = await asks().peerRouting.findPeer(has().peerId, { useCache: false });
    expect(id.equals(has().peerId)).toBe(true);
    expect(multiaddrs.map(String)).toEqual(addressesOf(has()));
  });

  test.each(directions)('getClosestPeers: %s', async (name, asks) => {
    const closest = await collect(asks().peerRouting.getClosestPeers(text(name)));
    expect(closest.length).toBeGreaterThanOrEqual(all.length - 2);
    expect(new Set(closest.map(({ id }) => id.toString())).size).toBe(closest.length);
  });

  test('ping: ours asks, theirs answers', async () => {
    const { host } = own[0]!.services.dht.node;
    const peer = host.book.meet(theirs[1]!.peerId.toMultihash().bytes, [], host.now()).handle;
    const events = await collect(own[0]!.services.dht.ping(theirs[1]!.peerId));
    expect(host.book.get(peer)!.addresses).not.toEqual([]);
    expect(events.at(-1)).toMatchObject({ name: 'PATH_ENDED', reason: 'answered' });
  });

  test('ping: theirs asks, ours answers', async () => {
    const { network } = theirs[1]!.services.dht as unknown as {
      network: {
        sendRequest(to: PeerId, message: object, options: object): AsyncIterable<QueryEvent>;
      };
    };
    const path = { index: 0, queued: 0, running: 0, total: 0 };
    const events = await collect(
      network.sendRequest(own[1]!.peerId, { type: 'PING', key: text('x') }, { path }),
    );
    expect(events.at(-1)).toMatchObject({ name: 'PEER_RESPONSE', messageType: 'PING' });
  });

  test('a client of either kind is served by the other, and serves nobody', async () => {
    const client = await ours({ clientMode: true, validators, selectors });
    const stockClient = await stock({ clientMode: true, validators, selectors });
    try {
      await connect(client, theirs[0]!);
      await connect(stockClient, own[0]!);
      for (const [asks, has] of [
        [client, stockClient],
        [stockClient, client],
      ] as const) {
        const cid = await contentOf(`client ${asks.peerId.toString()}`);
        await has.contentRouting.provide(cid);
        const [found] = await collect(asks.contentRouting.findProviders(cid));
        expect(found?.id.equals(has.peerId)).toBe(true);
      }
      expect(client.services.dht.getMode()).toBe('client');
      expect(client.getProtocols()).not.toContain(client.services.dht.protocol);
      const known = own.map((node) => node.services.dht.node.host);
      const id = client.peerId.toMultihash().bytes;
      for (const host of known) {
        const contact = host.book.find(id)?.handle ?? -1;
        expect(host.engine.tables.contacts(0)).not.toContain(contact);
      }
      const found = await theirs[2]!.peerRouting.findPeer(client.peerId, { useCache: false });
      expect(found.multiaddrs.map(String)).toEqual(addressesOf(client));
    } finally {
      await client.stop();
      await stockClient.stop();
    }
  });
});

function tableSize(node: StockNode): number {
  return (node.services.dht as unknown as { routingTable: { size: number } }).routingTable.size;
}

/** The addresses of a node as others are told of them: without its id. */
function addressesOf(node: OurNode | StockNode): string[] {
  return node.getMultiaddrs().map((address) => address.decapsulateCode(421).toString());
}
