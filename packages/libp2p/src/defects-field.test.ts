// What users report of @libp2p/kad-dht, and what its source shows: each test shows that ours does not do so.
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { afterEach, describe, expect, test } from 'vitest';
import { entryOf, idOf, knows, own, peer, putOf, stopAll } from './testing/fleet.ts';
import { connect, until } from './testing/network.ts';
import type { OurNode } from './testing/network.ts';
import { ask, streamTo, tell } from './testing/raw.ts';
import { collect, text } from './testing/values.ts';

afterEach(stopAll);

async function contentOf(name: string): Promise<CID> {
  return CID.createV1(raw.code, await sha256.digest(text(name)));
}

describe('14: what the source shows', () => {
  test('records of IPNS are validated, whether or not anybody brings a validator', async () => {
    const node = await own();
    const asker = await peer();
    const key = text('/ipns/'.padEnd(40, 'x'));
    await expect(ask(asker, node, putOf(key, text('nonsense')))).rejects.toThrow('closed');
  });

  test('namespaces that every object has are no namespaces', async () => {
    const node = await own();
    const asker = await peer();
    for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
      const key = text(`/${name}/x`);
      await expect(ask(asker, node, putOf(key, text('anything')))).rejects.toThrow('closed');
      expect((await ask(asker, node, { type: 'get-value', key })).record).toBeNull();
    }
  });

  test('findPeer ends with its FINAL_PEER, though somebody has not answered yet', async () => {
    const target = await own();
    const node = await own();
    await connect(node, await peer(({ key }) => (key.length === 0 ? {} : 'silence')));
    const helper = await own();
    await connect(target, helper);
    await knows(helper, 1);
    await connect(node, helper);
    await knows(node, 1);
    const events = await collect(node.services.dht.findPeer(target.peerId, { useCache: false }));
    expect(events.slice(-2).map(({ name }) => name)).toEqual(['FINAL_PEER', 'PATH_ENDED']);
  });

  test('provider records end with their time', async () => {
    const node = await own({ reprovide: { validity: 400 } });
    const [provider, asker] = [await peer(), await peer()];
    const { bytes: key } = (await contentOf('x')).multihash;
    await tell(provider, node, { type: 'add-provider', key, providerPeers: [entryOf(provider)] });
    const { engine } = node.services.dht.node.host;
    await until(() => engine.providers.size === 0, 'the record has ended');
    const { providerPeers } = await ask(asker, node, { type: 'get-providers', key });
    expect(providerPeers).toEqual([]);
  });

  test('a peer is asked although it is farther than the one that named it', async () => {
    const asked: string[] = [];
    const far = await peer(({ type }) => {
      if (type === 'find-node') asked.push('far');
      return {};
    });
    const near = await peer(({ type, key }) =>
      type === 'find-node' && key.join() === idOf(near).join()
        ? { closerPeers: [entryOf(far)] }
        : {},
    );
    const node = await own();
    await connect(node, near);
    await knows(node, 1);
    await collect(node.services.dht.getClosestPeers(idOf(near)));
    expect(asked).toContain('far');
  });
});

describe('what users report', () => {
  test('a lookup does not ask the whole network (#3419, #3539)', async () => {
    const all: OurNode[] = [];
    for (let i = 0; i < 20; i++) all.push(await own({ kBucketSize: 4, alpha: 3 }));
    for (const node of all.slice(1)) await connect(node, all[0]!);
    for (const node of all) await knows(node, 4);
    let sent = 0;
    for (const [i, node] of all.entries()) {
      const events = await collect(node.services.dht.getClosestPeers(text(`/x/${i}`)));
      sent += events.filter(({ name }) => name === 'SEND_QUERY').length;
      expect(events.filter(({ name }) => name === 'FINAL_PEER')).toHaveLength(4);
    }
    // The 4 closest, and the few on the way to them: a lookup that asks whoever it hears of asks 19.
    expect(sent / all.length).toBeLessThanOrEqual(9);
  });

  test('an abort ends a query at once, and nobody else is asked (#3094)', async () => {
    const node = await own();
    const silent = await peer(({ key }) => (key.join() === idOf(node).join() ? {} : 'silence'));
    await connect(node, silent);
    await knows(node, 1);
    for (const from of ['outside', 'its own event']) {
      const controller = new AbortController();
      const seen: string[] = [];
      const run = async (): Promise<void> => {
        const { signal } = controller;
        const onProgress = (): void => {
          if (from !== 'outside') controller.abort(new Error('enough'));
        };
        for await (const { name } of node.services.dht.getClosestPeers(text(from), {
          signal,
          onProgress,
        })) {
          seen.push(name);
          if (from === 'outside') controller.abort(new Error('enough'));
        }
      };
      await expect(run()).rejects.toThrow('enough');
      const { host } = node.services.dht.node;
      await until(() => [...host.engine.operations].length === 0, 'nothing runs');
      expect(seen.filter((name) => name === 'SEND_QUERY').length).toBeLessThanOrEqual(1);
    }
  });

  test('a listener that throws ends its own query, and no other', async () => {
    const [node, other] = [await own(), await own()];
    await connect(node, other);
    await knows(node, 1);
    const onProgress = (): void => {
      throw new Error('a mistake of the caller');
    };
    const { dht } = node.services;
    await expect(collect(dht.getClosestPeers(text('x'), { onProgress }))).rejects.toThrow(
      'a mistake of the caller',
    );
    const events = await collect(dht.getClosestPeers(text('x')));
    expect(events.at(-1)).toMatchObject({ name: 'PATH_ENDED', reason: 'found' });
  });

  test('a private network of two works as soon as they are connected (#3180, specs #609)', async () => {
    const [node, other] = [await own(), await own()];
    const cid = await contentOf('x');
    // Waits for its first contact, and not a moment longer.
    const provided = node.contentRouting.provide(cid);
    await connect(node, other);
    await provided;
    await other.contentRouting.put(text('/v/x'), Uint8Array.of(1));
    expect(await node.contentRouting.get(text('/v/x'))).toEqual(Uint8Array.of(1));
    const [found] = await collect(other.contentRouting.findProviders(cid));
    expect(found?.id.equals(node.peerId)).toBe(true);
  });

  test('what is answered must be what was asked for (#3577)', async () => {
    const key = text('/v/x');
    const liar = await peer(({ type }) =>
      type === 'get-value'
        ? { key, record: { key: text('/v/y'), value: Uint8Array.of(9), timeReceived: '' } }
        : {},
    );
    const node = await own();
    await connect(node, liar);
    await knows(node, 1);
    const events = await collect(node.services.dht.get(key));
    expect(events.filter(({ name }) => name === 'VALUE')).toEqual([]);
    expect(events.at(-1)).toMatchObject({ reason: 'not-found' });
  });

  test('a provider without addresses is not kept (#889)', async () => {
    const node = await own();
    const [provider, asker] = [await peer(), await peer()];
    const { bytes: key } = (await contentOf('x')).multihash;
    const providerPeers = [{ ...entryOf(provider), addresses: [] }];
    await expect(
      tell(provider, node, { type: 'add-provider', key, providerPeers }),
    ).rejects.toThrow('closed');
    expect((await ask(asker, node, { type: 'get-providers', key })).providerPeers).toEqual([]);
  });

  test('what is provided is announced again after a restart, without waiting for an hour (#2517)', async () => {
    const [node, holder] = [await own(), await own()];
    await connect(node, holder);
    const cid = await contentOf('x');
    await node.contentRouting.provide(cid);
    const { providers } = holder.services.dht.node.host.engine;
    await until(() => providers.size > 0, 'it is announced');
    const { dht } = node.services;
    await dht.stop();
    const dayAgo = Date.now() - 25 * 3_600_000;
    await dht.node.records.putProvider(cid.multihash.bytes, node.peerId, dayAgo);
    providers.forget(0);
    await dht.start();
    await until(() => providers.size > 0, 'it is announced again');
  });
});

describe('starting and stopping', () => {
  test('a node starts and stops again and again, and serves each time', async () => {
    const [node, asker] = [await own(), await peer()];
    const { dht } = node.services;
    for (let i = 1; i <= 5; i++) {
      await ask(asker, node, putOf(text('/v/x'), Uint8Array.of(i)));
      await dht.stop();
      await dht.stop();
      await expect(streamTo(asker, node)).rejects.toThrow();
      await dht.start();
      await dht.start();
      const { record } = await ask(asker, node, { type: 'get-value', key: text('/v/x') });
      expect(record?.value).toEqual(Uint8Array.of(i));
    }
  });

  test('queries end with the node, whether they run or wait for a contact', async () => {
    const [alone, node] = [await own(), await own()];
    const silent = await peer(({ key }) => (key.join() === idOf(node).join() ? {} : 'silence'));
    await connect(node, silent);
    await knows(node, 1);
    const waiting = collect(alone.services.dht.getClosestPeers(text('x')));
    const running = collect(node.services.dht.getClosestPeers(text('x')));
    waiting.catch(() => {});
    await until(() => [...node.services.dht.node.host.engine.operations].length > 0, 'it runs');
    await alone.services.dht.stop();
    await node.services.dht.stop();
    await expect(waiting).rejects.toThrow('stopped');
    expect((await running).at(-1)).toMatchObject({ name: 'PATH_ENDED', reason: 'node-left' });
    await expect(collect(node.services.dht.getClosestPeers(text('x')))).rejects.toThrow('started');
  });

  test('peers that are connected before the start are taken up', async () => {
    const [node, server] = [await own(), await own()];
    const { dht } = node.services;
    await dht.stop();
    await connect(node, server);
    await until(() => server.services.dht.routingTable.size === 0, 'a peer without a DHT');
    await dht.start();
    await knows(node, 1);
  });

  test('a query waits for a contact again when all of them are lost', async () => {
    const [node, lost, found] = [await own(), await own(), await own()];
    await connect(node, lost);
    await knows(node, 1);
    await lost.stop();
    const { dht } = node.services;
    await collect(dht.getClosestPeers(text('x')));
    expect(dht.routingTable.size).toBe(0);
    const waiting = collect(dht.getClosestPeers(text('y')));
    await connect(node, found);
    expect((await waiting).at(-1)).toMatchObject({ name: 'PATH_ENDED', reason: 'found' });
  });

  test('changes of the mode that overlap leave the last one', async () => {
    const [node, asker] = [await own(), await peer()];
    const { dht } = node.services;
    for (const mode of ['client', 'server'] as const) {
      const modes = ['server', 'client', 'server', 'client', mode] as const;
      await Promise.all(modes.map((one) => dht.setMode(one, { force: true })));
      expect(dht.getMode()).toBe(mode);
      const isServed = node.getProtocols().includes(dht.protocol);
      expect(isServed).toBe(mode === 'server');
    }
    const stopped = Promise.all([dht.setMode('client'), dht.setMode('server'), dht.stop()]);
    await stopped;
    expect(node.getProtocols()).not.toContain(dht.protocol);
    await expect(streamTo(asker, node)).rejects.toThrow();
  });

  test('requests on streams that are open when a server becomes a client are refused', async () => {
    const [node, asker] = [await own(), await peer()];
    const stream = await streamTo(asker, node);
    await node.services.dht.setMode('client');
    stream.send(Uint8Array.of(2, 8, 5));
    await until(() => stream.status !== 'open', 'the stream is reset');
    await node.services.dht.setMode('server');
    expect(await ask(asker, node, {})).toMatchObject({ type: 'ping' });
  });
});
