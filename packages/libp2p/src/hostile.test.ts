// Peers that mean harm: what they can make us keep is bounded, and everybody else is served meanwhile.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Profile } from '@kadscope/core';
import { Rng } from '@kadscope/core/keyspace';
import { encodeAmino, frame, FrameReader } from '@kadscope/core/wire';
import type { Libp2p, Stream } from '@libp2p/interface';
import { MemoryDatastore } from 'datastore-core';
import { afterEach, describe, expect, test } from 'vitest';
import { plainBytes } from './bytes.ts';
import { WAITING_BYTES_MAX } from './inbound.ts';
import { entryOf, idOf, own, peer, putOf, stopAll } from './testing/fleet.ts';
import { connect, until } from './testing/network.ts';
import type { OurNode } from './testing/network.ts';
import { ask, askBytes, field, joined, messageOf, streamTo, tell } from './testing/raw.ts';
import { collect, text } from './testing/values.ts';

afterEach(stopAll);

/** Resolves when a client that behaves has been served. */
async function serves(node: OurNode, client: Libp2p): Promise<void> {
  const { closerPeers } = await ask(client, node, { type: 'find-node', key: idOf(node) });
  expect(closerPeers[0]?.id.join()).toBe(idOf(node).join());
}

async function isCut(stream: Stream): Promise<void> {
  await until(() => stream.status !== 'open', 'the stream is cut');
}

/** Counts the answers that come on a stream. */
function counted(stream: Stream): { count: number } {
  const answers = { count: 0 };
  const reader = new FrameReader();
  stream.addEventListener('message', ({ data }) => {
    reader.push(plainBytes(data));
    while (reader.next() !== null) answers.count++;
  });
  return answers;
}

/** Bytes of live objects. */
function heapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  collectGarbage();
  collectGarbage();
  return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
}

async function rowsOf(datastore: MemoryDatastore, folder: string): Promise<number> {
  let count = 0;
  for await (const _ of datastore.queryKeys({ prefix: `/dht/${folder}/` })) count++;
  return count;
}

describe('frames', () => {
  test('that claim too much cut their stream, before anything of them has come', async () => {
    const [node, liar, client] = [await own(), await peer(), await peer()];
    for (const claim of [
      [0x81, 0x80, 0x02],
      [0xff, 0xff, 0xff, 0x7f],
      [0x80, 0x80, 0x80, 0x80],
    ]) {
      const stream = await streamTo(liar, node);
      stream.send(Uint8Array.from(claim));
      await isCut(stream);
    }
    expect(node.services.dht.node.waitingBytes).toBe(0);
    await serves(node, client);
  });

  test('that end in the middle end their stream', async () => {
    const [node, liar, client] = [await own(), await peer(), await peer()];
    const stream = await streamTo(liar, node);
    stream.send(Uint8Array.of(100, 8, 4));
    await stream.close();
    await isCut(stream);
    await serves(node, client);
  });

  test('of garbage are refused one and all, and nothing else happens', async () => {
    const [node, liar, client] = [await own(), await peer(), await peer()];
    const rng = new Rng(1);
    const sample = encodeAmino(putOf(text('/v/x'), Uint8Array.of(1)));
    let answers = 0;
    for (let i = 0; i < 200; i++) {
      const bytes =
        i % 2 === 0
          ? Uint8Array.from({ length: rng.below(64) + 1 }, () => rng.below(256))
          : sample.map((byte) => (rng.below(8) === 0 ? rng.below(256) : byte));
      await askBytes(liar, node, bytes).then(
        () => answers++,
        () => {},
      );
    }
    expect(answers).toBeLessThan(100);
    await serves(node, client);
  });
});

test('who sends slowly is cut in time, on as many streams as he may have, and holds up nobody', async () => {
  const node = await own({ incomingMessageTimeout: 1_000, maxInboundStreams: 32 });
  const [slow, client] = [await peer(), await peer()];
  const request = frame(encodeAmino(messageOf({ type: 'find-node', key: idOf(node) })));
  const streams: Stream[] = [];
  while (streams.length < 32) streams.push(await streamTo(slow, node));
  // No more than he may have: the next one comes to nothing.
  await expect(ask(slow, node, {})).rejects.toThrow();
  let at = 0;
  const drip = setInterval(() => {
    const byte = request.subarray(at, ++at);
    if (at < request.length)
      for (const stream of streams) if (stream.status === 'open') stream.send(byte);
  }, 50);
  try {
    await serves(node, client);
    for (const stream of streams) await isCut(stream);
    await serves(node, client);
    await serves(node, slow);
  } finally {
    clearInterval(drip);
  }
});

test('who never reads is not answered any further, and cut; what he sends meanwhile is bounded', async () => {
  const node = await own({ incomingMessageTimeout: 2_000 });
  const others = await Promise.all(Array.from({ length: 4 }, () => own()));
  for (const other of others) await connect(other, node);
  const [deaf, client] = [await peer(), await peer()];
  const stream = await streamTo(deaf, node);
  counted(stream);
  stream.pause();
  const request = frame(encodeAmino(messageOf({ type: 'find-node', key: text('x') })));
  const many = joined(...Array.from({ length: 100 }, () => request));
  let most = 0;
  while (stream.status === 'open') {
    if (!stream.writableNeedsDrain && stream.writeStatus === 'writable') stream.send(many);
    most = Math.max(most, node.services.dht.node.waitingBytes);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(most).toBeLessThanOrEqual(WAITING_BYTES_MAX);
  await until(() => node.services.dht.node.waitingBytes === 0, 'nothing waits');
  await serves(node, client);
});

test('requests faster than they can be answered: others have their turn in between', async () => {
  const [node, greedy, client] = [await own(), await peer(), await peer()];
  const stream = await streamTo(greedy, node);
  const answers = counted(stream);
  const request = frame(encodeAmino(messageOf({ type: 'find-node', key: idOf(node) })));
  const total = 3_000;
  await serves(node, client);
  stream.send(joined(...Array.from({ length: total }, () => request)));
  await until(() => answers.count > 0, 'the first answer');
  await serves(node, client);
  const then = answers.count;
  await until(() => answers.count === total || stream.status !== 'open', 'the end');
  expect(then).toBeLessThan(total);
  // Whoever asks on is refused once his budget is used up, and only he.
  const more = await streamTo(greedy, node);
  more.send(joined(...Array.from({ length: total }, () => request)));
  await isCut(more);
  await serves(node, client);
});

/** So many inventions, each with so many addresses that nobody can dial. */
function inventions(rng: Rng, count: number, addresses: number): Uint8Array {
  const list = Array.from({ length: addresses }, (_, i) =>
    field(0x12, Uint8Array.of(4, 1, 2, i >> 8, i & 255, 0x91, 2, 0, 1)),
  );
  const all = joined(...list);
  const entries = Array.from({ length: count }, () => {
    const digest = Uint8Array.from({ length: 32 }, () => rng.below(256));
    return field(0x42, joined(field(0x0a, joined(Uint8Array.of(18, 32), digest)), all));
  });
  return joined(Uint8Array.of(8, 4), field(0x12, text('x')), ...entries);
}

test('10,000 invented peers of 1,000 addresses each leave 1,000 peers of 16, and soon none', async () => {
  const rng = new Rng(2);
  let named = 0;
  const liar = await peer(({ type, key }) => {
    if (type !== 'find-node' || key.join() === idOf(node).join()) return {};
    named += 320;
    return inventions(rng, 320, 1_000);
  });
  const node = await own();
  const client = await peer();
  await connect(node, liar);
  await until(() => node.services.dht.routingTable.size > 0, 'it is a contact');
  const { host } = node.services.dht.node;
  const before = heapBytes();
  const booked = host.book.size;
  const { dht } = node.services;
  for (let i = 0; named < 10_000; i++) {
    await collect(dht.getClosestPeers(text(`/x/${i}`)));
    expect(host.engine.tables.size(0)).toBeGreaterThan(0);
  }
  await serves(node, client);
  expect(named).toBeGreaterThanOrEqual(10_000);
  const lookups = named / 320;
  expect(host.book.size - booked).toBeLessThanOrEqual(lookups * 42);
  expect(host.book.size - booked).toBeGreaterThan(lookups * 20);
  const grown = heapBytes() - before;
  expect(grown).toBeLessThan(32_000_000);
  expect((await node.peerStore.all()).length).toBeLessThanOrEqual(1_100);
  expect(host.engine.tables.size(0)).toBeLessThanOrEqual(2);
  host.book.sweep(host.engine, host.now() + 120_000);
  expect(host.book.size - booked).toBeLessThan(lookups * 2);
});

test('a request that names others makes us remember nobody, and moves nobody', async () => {
  const [node, honest, liar] = [await own(), await own(), await peer()];
  await connect(node, honest);
  await until(() => node.services.dht.routingTable.size > 0, 'a contact');
  const { book } = node.services.dht.node.host;
  const before = book.size;
  const wrong = Uint8Array.of(4, 127, 0, 0, 9, 6, 0, 9);
  const closerPeers = [{ ...entryOf(honest), addresses: [wrong] }];
  await ask(liar, node, { type: 'find-node', key: text('x'), closerPeers });
  for (let i = 0; i < 20; i++)
    await askBytes(liar, node, inventions(new Rng(i), 40, 2)).catch(() => {});
  expect(book.size - before).toBeLessThanOrEqual(1);
  expect(book.find(idOf(honest))!.addresses).toEqual(entryOf(honest).addresses);
});

test('an answer cannot send anybody to the wrong address of a peer that has spoken for itself', async () => {
  const honest = await own();
  const wrong = Uint8Array.of(4, 127, 0, 0, 9, 6, 0, 9);
  const liar = await peer(({ type }) =>
    type === 'find-node' ? { closerPeers: [{ ...entryOf(honest), addresses: [wrong] }] } : {},
  );
  const node = await own();
  await connect(node, honest);
  await connect(node, liar);
  await until(() => node.services.dht.routingTable.size === 2, 'two contacts');
  await collect(node.services.dht.getClosestPeers(text('x')));
  const client = await peer();
  const { closerPeers } = await ask(client, node, { type: 'find-node', key: idOf(honest) });
  expect(closerPeers[0]!.addresses).toEqual(entryOf(honest).addresses);
});

describe('records', () => {
  test('with wrong keys are refused', async () => {
    const [node, liar] = [await own(), await peer()];
    for (const bytes of [
      joined(Uint8Array.of(8, 2), field(0x12, new Uint8Array(81).fill(1))),
      joined(Uint8Array.of(8, 2)),
      joined(Uint8Array.of(8, 0), field(0x12, text('/v/x'))),
      encodeAmino(putOf(text('/nobody/x'), Uint8Array.of(1))),
      encodeAmino(putOf(text('no namespace'), Uint8Array.of(1))),
      encodeAmino(putOf(text('/v/x'), new Uint8Array(2))),
    ])
      await expect(askBytes(liar, node, bytes)).rejects.toThrow('closed');
    const { values, providers } = node.services.dht.node.host.engine;
    expect([values.size, providers.size]).toEqual([0, 0]);
  });

  const profile: Partial<Profile> = {
    valueLimits: { perNode: 100, perKey: 1, perSource: 64, perGroup: Number.POSITIVE_INFINITY },
    providerLimits: { perNode: 300, perKey: 50, perSource: 200, perGroup: 1_000 },
  };

  test('values: one peer has room for 64, all together for what the node holds, on the disk too', async () => {
    const datastore = new MemoryDatastore();
    const [node, client] = [await own({ profile }, { datastore }), await peer()];
    const { values } = node.services.dht.node.host.engine;
    for (let spammer = 0; spammer < 4; spammer++) {
      const from = await peer();
      let stored = 0;
      for (let i = 0; i < 80; i++) {
        const put = putOf(text(`/v/${spammer}/${i}`), Uint8Array.of(i));
        await askBytes(from, node, encodeAmino(put)).then(
          () => stored++,
          () => {},
        );
      }
      // Values of the first that give way to nearer ones of others make room for others of his.
      if (spammer === 0) expect(stored).toBe(64);
    }
    expect(values.size).toBeLessThanOrEqual(100);
    await node.services.dht.node.records.settled();
    expect(await rowsOf(datastore, 'record')).toBe(values.size);
    await serves(node, client);
  });

  test('providers: a key, a peer and the node have room for so many, on the disk too', async () => {
    const datastore = new MemoryDatastore();
    const [node, client] = [await own({ profile }, { datastore }), await peer()];
    const { host, records } = node.services.dht.node;
    for (let spammer = 0; spammer < 4; spammer++) {
      const from = await peer();
      const stream = await streamTo(from, node);
      const announce = (name: string): Uint8Array =>
        frame(
          encodeAmino(
            messageOf({ type: 'add-provider', key: text(name), providerPeers: [entryOf(from)] }),
          ),
        );
      for (let i = 0; i < 250; i++) stream.send(announce(`content ${spammer} ${i}`));
      await tell(from, node, {
        type: 'add-provider',
        key: text('popular'),
        providerPeers: [entryOf(from)],
      });
      const held = (): number => host.engine.providers.counts(0).held;
      await until(() => held() >= Math.min(300, 200 * (spammer + 1)), 'it is taken up');
      expect(held()).toBeLessThanOrEqual(spammer === 0 ? 201 : 300);
    }
    await records.settled();
    expect(await rowsOf(datastore, 'provider')).toBe(host.engine.providers.counts(0).held);
    expect(await rowsOf(datastore, 'peer')).toBeLessThanOrEqual(4);
    await serves(node, client);
  });
});
