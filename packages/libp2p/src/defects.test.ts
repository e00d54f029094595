// What is wrong with @libp2p/kad-dht 16.4: each test shows that ours does not have one of its defects.
import { hashKey } from '@kadscope/core';
import { commonPrefixLength } from '@kadscope/core/keyspace';
import type { AminoMessage, AminoPeer } from '@kadscope/core/wire';
import { MemoryDatastore } from 'datastore-core';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import * as Digest from 'multiformats/hashes/digest';
import { sha512 } from 'multiformats/hashes/sha2';
import { afterEach, describe, expect, test } from 'vitest';
import { addressBytes } from './peers.ts';
import { entryOf, idOf, knows, own, peer, putOf, stopAll } from './testing/fleet.ts';
import { connect, until } from './testing/network.ts';
import type { OurNode } from './testing/network.ts';
import {
  ask,
  askBytes,
  field,
  joined,
  LogLines,
  NOTHING,
  rawPeer,
  streamTo,
  tell,
} from './testing/raw.ts';
import { collect, text } from './testing/values.ts';

afterEach(stopAll);

const texts = (peers: readonly AminoPeer[]): string[] => peers.map(({ id }) => id.join());

describe('1: PUT_VALUE', () => {
  test('an older value never replaces a newer one', async () => {
    const node = await own();
    const asker = await peer();
    const key = text('/v/x');
    await ask(asker, node, putOf(key, Uint8Array.of(9)));
    await expect(ask(asker, node, putOf(key, Uint8Array.of(1)))).rejects.toThrow('closed');
    const { record } = await ask(asker, node, { type: 'get-value', key });
    expect(record?.value).toEqual(Uint8Array.of(9));
  });

  test('nor does an older value of its own user', async () => {
    const node = await own();
    await connect(node, await own());
    await node.contentRouting.put(text('/v/x'), Uint8Array.of(9));
    await expect(collect(node.services.dht.put(text('/v/x'), Uint8Array.of(1)))).rejects.toThrow(
      'A better value is held',
    );
    expect(await node.contentRouting.get(text('/v/x'))).toEqual(Uint8Array.of(9));
  });
});

test('2: a record whose key differs from that of its message is refused', async () => {
  const node = await own();
  const asker = await peer();
  const [key, other] = [text('/v/x'), text('/v/y')];
  const record = joined(field(0x0a, other), field(0x12, Uint8Array.of(9)));
  const message = joined(field(0x12, key), field(0x1a, record));
  await expect(askBytes(asker, node, message)).rejects.toThrow('closed');
  for (const one of [key, other])
    expect((await ask(asker, node, { type: 'get-value', key: one })).record).toBeNull();
});

test('3: provider keys are multihashes of any kind, in both directions', async () => {
  const [node, provider, finder] = [await own(), await own(), await own()];
  const asker = await peer();
  await connect(provider, node);
  await connect(finder, node);
  const digests = [
    await sha512.digest(text('a')),
    Digest.create(0xb220, hashKey(text('b'), 32)),
    Digest.create(0x00, text('a short text')),
  ];
  for (const digest of digests) {
    const cid = CID.createV1(raw.code, digest);
    await provider.contentRouting.provide(cid);
    const found = await collect(finder.contentRouting.findProviders(cid));
    expect(found.map(({ id }) => id.toString())).toEqual([provider.peerId.toString()]);
    const answer = await ask(asker, node, { type: 'get-providers', key: digest.bytes });
    expect(texts(answer.providerPeers)).toEqual([idOf(provider).join()]);
  }
});

test('4: addresses of providers live as long as their records, also over a restart', async () => {
  const datastore = new MemoryDatastore();
  const node = await own({}, { datastore });
  const [provider, asker] = [await peer(), await peer()];
  const key = (await sha512.digest(text('x'))).bytes;
  await tell(provider, node, { type: 'add-provider', key, providerPeers: [entryOf(provider)] });
  const entry = entryOf(provider);
  await provider.stop();
  await until(() => node.getConnections(provider.peerId).length === 0, 'the provider is gone');
  await node.peerStore.delete(provider.peerId);
  const first = await ask(asker, node, { type: 'get-providers', key });
  expect(first.providerPeers[0]?.addresses).toEqual(entry.addresses);
  await node.stop();
  const again = await own({}, { datastore });
  const second = await ask(asker, again, { type: 'get-providers', key });
  expect(second.providerPeers[0]?.addresses).toEqual(entry.addresses);
});

test('5: answers have no duplicates, and nobody is told of himself', async () => {
  const node = await own();
  const others = await Promise.all(Array.from({ length: 6 }, () => own()));
  for (const other of others) await connect(other, node);
  await knows(node, others.length);
  const provided = text('\x12\x20'.padEnd(34, 'x'));
  for (const other of others)
    await tell(other, node, {
      type: 'add-provider',
      key: provided,
      providerPeers: [entryOf(other)],
    });
  for (const asker of others) {
    const own = idOf(asker).join();
    for (const key of [...others.map(idOf), idOf(node), text('/v/x'), provided]) {
      for (const type of ['find-node', 'get-value', 'get-providers'] as const) {
        const { closerPeers, providerPeers } = await ask(asker, node, { type, key });
        const closer = texts(closerPeers);
        expect(new Set(closer).size).toBe(closer.length);
        expect([...closer, ...texts(providerPeers)]).not.toContain(own);
        if (type === 'find-node' && key === idOf(node)) expect(closer).toContain(idOf(node).join());
      }
    }
  }
});

test('6: every answer, also to GET_VALUE, has only addresses that the mapper lets pass', async () => {
  const node = await own({
    peerInfoMapper: ({ id, multiaddrs }) => ({
      id,
      multiaddrs: multiaddrs.filter((one) => !one.toString().includes('127.0.0.2')),
    }),
  });
  const listen = ['/ip4/127.0.0.1/tcp/0', '/ip4/127.0.0.2/tcp/0'];
  const other = await own({}, { addresses: { listen } });
  expect(other.getMultiaddrs()).toHaveLength(2);
  await connect(other, node);
  await knows(node, 1);
  const key = text('/v/x');
  await tell(other, node, { type: 'add-provider', key, providerPeers: [entryOf(other)] });
  const asker = await peer();
  for (const type of ['find-node', 'get-value', 'get-providers'] as const) {
    const { closerPeers, providerPeers } = await ask(asker, node, { type, key });
    const [closer] = closerPeers;
    expect(closer?.addresses).toEqual(entryOf(other).addresses.slice(0, 1));
    for (const { addresses } of providerPeers) expect(addresses).toEqual(closer?.addresses);
  }
});

describe('7: options', () => {
  test('a stream that brings no whole request within incomingMessageTimeout is cut', async () => {
    const node = await own({ incomingMessageTimeout: 200 });
    const asker = await peer();
    for (const bytes of [NOTHING, Uint8Array.of(5, 1)]) {
      const stream = await streamTo(asker, node);
      if (bytes.length > 0) stream.send(bytes);
      await until(() => stream.status !== 'open', 'the stream is cut');
    }
    expect(await ask(asker, node, {})).toMatchObject({ type: 'ping' });
  });

  test('those without effect, and those that do not exist, are named in the log', async () => {
    const logger = new LogLines();
    const init = { providers: { cacheSize: 1 }, prefixLenght: 8 } as object;
    await own(init, { logger });
    const said = logger.lines.join('\n');
    expect(said).toContain('no effect here providers');
    expect(said).toContain('prefixLenght');
  });
});

describe('8: refreshRoutingTable', () => {
  test('resolves when it is done, and stop ends it', async () => {
    const node = await own();
    const server = await peer(() => ({}));
    await connect(node, server);
    await knows(node, 1);
    const { dht } = node.services;
    const { engine } = dht.node.host;
    await dht.refreshRoutingTable();
    expect([...engine.operations].filter(({ kind }) => kind === 'refresh')).toEqual([]);
    const calls = Array.from({ length: 8 }, () => dht.refreshRoutingTable());
    await dht.stop();
    await Promise.all(calls.map((call) => call.catch(() => {})));
    const { sent } = engine.requests;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(engine.requests.sent).toBe(sent);
    expect([...engine.operations]).toEqual([]);
  });
});

test('9: the lookup of its own key finds the k closest to a node', async () => {
  const all: OurNode[] = [];
  for (let i = 0; i < 14; i++) all.push(await own({ kBucketSize: 4 }));
  for (const node of all.slice(1)) await connect(node, all[0]!);
  for (const node of all) await knows(node, 4);
  for (const node of all) {
    const distance = (other: OurNode): string => distanceOf(idOf(node), idOf(other));
    const closest = all
      .filter((other) => other !== node)
      .toSorted((a, b) => (distance(a) < distance(b) ? -1 : 1))
      .slice(0, 4);
    const found = await collect(node.peerRouting.getClosestPeers(idOf(node)));
    expect(found.map(({ id }) => String(id))).toEqual(closest.map(({ peerId }) => String(peerId)));
  }
});

test('10: a refresh looks into every bucket, which are those of bits', async () => {
  const node = await own({ kBucketSize: 2 });
  const asked = new Set<number>();
  const point = hashKey(idOf(node), 32);
  const { tables } = node.services.dht.node.host.engine;
  const serve = ({ type, key }: AminoMessage): Partial<AminoMessage> => {
    if (type === 'find-node') asked.add(commonPrefixLength(point, hashKey(key, 32)));
    return {};
  };
  while (tables.bucketCount(0) < 4) {
    const before = node.getPeers().length;
    const server = await peer(serve);
    await connect(node, server);
    await until(() => node.getPeers().length > before, 'one more');
    await ask(server, node, {});
  }
  asked.clear();
  await node.services.dht.refreshRoutingTable();
  for (let depth = 0; depth < tables.bucketCount(0) - 1; depth++)
    expect([...asked]).toContain(depth);
});

test('11: a refusal of a correction does not fail get', async () => {
  const key = text('/v/x');
  let refused = 0;
  const stale = await peer(({ type }) => {
    if (type === 'put-value') refused++;
    if (type === 'get-value') return { record: { key, value: Uint8Array.of(3), timeReceived: '' } };
    return type === 'put-value' ? 'reset' : {};
  });
  const [holder, node] = [await own(), await own()];
  await ask(node, holder, putOf(key, Uint8Array.of(9)));
  await connect(node, stale);
  await connect(node, holder);
  await knows(node, 2);
  expect(await node.contentRouting.get(key)).toEqual(Uint8Array.of(9));
  await until(() => refused > 0, 'a correction is refused');
});

test('12: an entry that cannot be used costs only itself', async () => {
  const good = [await own(), await own()];
  const address = addressBytes(good[0]!.getMultiaddrs())[0]!;
  const key = text('x');
  // A Secp256k1 key whose point is not on the curve, and an id of nothing known.
  const offCurve = joined(
    Uint8Array.of(0, 37, 8, 2, 18, 33, 2),
    new Uint8Array(31).fill(255),
    Uint8Array.of(5),
  );
  const random = joined(Uint8Array.of(18, 32), hashKey(key, 32));
  const entries = [
    rawPeer(0x42, random, [Uint8Array.of(0x91, 0x4e, 1, 2, 3)]),
    rawPeer(0x42, idOf(good[0]!), [address.subarray(0, 3), Uint8Array.of(0x91, 0x4e, 9), address]),
    rawPeer(0x42, offCurve, [address]),
    rawPeer(0x42, Uint8Array.of(1, 2, 3), [address]),
    rawPeer(0x42, idOf(good[1]!), addressBytes(good[1]!.getMultiaddrs())),
  ];
  const liar = await peer(({ type }) =>
    type === 'find-node' ? joined(Uint8Array.of(8, 4), field(0x12, key), ...entries) : {},
  );
  const node = await own();
  await connect(node, liar);
  await knows(node, 1);
  const named: string[] = [];
  const events = await collect(node.services.dht.getClosestPeers(key));
  for (const event of events)
    if (event.name === 'PEER_RESPONSE') named.push(...event.closer.map(({ id }) => String(id)));
  const closest = events.flatMap((event) => (event.name === 'FINAL_PEER' ? [event.peer] : []));
  for (const { peerId } of good) {
    expect(named).toContain(peerId.toString());
    expect(closest.map(({ id }) => id.toString())).toContain(peerId.toString());
  }
});

describe('13: sizes are limited', () => {
  test('a key of a mebibyte is refused, from peers and from users', async () => {
    const node = await own();
    const asker = await peer();
    await connect(node, await own());
    const key = new Uint8Array(1_048_576).fill(0x61);
    key.set(text('/v/'));
    await expect(
      askBytes(asker, node, joined(Uint8Array.of(8, 1), field(0x12, key))),
    ).rejects.toThrow('closed');
    const { dht } = node.services;
    await expect(collect(dht.get(key))).rejects.toThrow('1048576 bytes');
    await expect(collect(dht.put(key, Uint8Array.of(1)))).rejects.toThrow('2097153 bytes');
    expect(await ask(asker, node, {})).toMatchObject({ type: 'ping' });
  });

  test('of 2,000 addresses in an announcement few are kept and served', async () => {
    const node = await own();
    const [provider, asker] = [await peer(), await peer()];
    const key = (await sha512.digest(text('x'))).bytes;
    const addresses = Array.from({ length: 2_000 }, (_, i) =>
      Uint8Array.of(4, 127, 0, 0, 1, 6, i >> 8, i & 255),
    );
    const entry = rawPeer(0x4a, idOf(provider), addresses);
    const bytes = joined(Uint8Array.of(8, 2), field(0x12, key), entry);
    const { host } = node.services.dht.node;
    // What identify says of a provider is its own word, too, and comes first.
    await ask(provider, node, {});
    await until(() => host.book.find(idOf(provider))?.isProven === true, 'the provider is known');
    const stream = await streamTo(provider, node);
    stream.send(field(0, bytes).subarray(1));
    await until(() => host.engine.providers.size > 0, 'it is kept');
    const { providerPeers } = await ask(asker, node, { type: 'get-providers', key });
    expect(providerPeers).toHaveLength(1);
    expect(providerPeers[0]!.addresses.length).toBeLessThanOrEqual(16);
    expect(host.book.find(idOf(provider))!.addresses.length).toBe(16);
  });
});

function distanceOf(a: Uint8Array, b: Uint8Array): string {
  const [x, y] = [hashKey(a, 32), hashKey(b, 32)];
  return x.reduce((hex, byte, i) => hex + (byte ^ y[i]!).toString(16).padStart(2, '0'), '');
}
