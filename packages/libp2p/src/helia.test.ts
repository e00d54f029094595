// Helia on our service: files and names between nodes of ours, and between ours and the stock service.
import { withBitswap } from '@helia/bitswap';
import { ipns, IPNSEntry } from '@helia/ipns';
import type { IPNS, IPNSResolveOptions } from '@helia/ipns';
import { libp2pDefaults, withLibp2pLight } from '@helia/libp2p';
import type { HeliaWithLibp2p } from '@helia/libp2p';
import { unixfs } from '@helia/unixfs';
import { Libp2pRecord } from '@libp2p/record';
import { createHeliaLight } from 'helia';
import { Key } from 'interface-datastore/key';
import type { Libp2pOptions } from 'libp2p';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { concat } from 'uint8arrays/concat';
import { equals } from 'uint8arrays/equals';
import { toString } from 'uint8arrays/to-string';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kadscope } from '@kadscope/libp2p';
import type { Selectors, Validators } from '@kadscope/libp2p';
import { oursOptions, stockOptions, until } from './testing/network.ts';

/** What @helia/ipns looks for among the services of libp2p. */
interface Services extends Record<string, unknown> {
  readonly dht: { readonly validators: Validators; readonly selectors: Selectors };
}

interface Node {
  readonly helia: HeliaWithLibp2p<Services>;
  readonly names: IPNS;
}

type PublicKey = Awaited<ReturnType<IPNS['publish']>>['publicKey'];

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Time decides no test; this ends what hangs. */
const patience = (): { signal: AbortSignal } => ({ signal: AbortSignal.timeout(60_000) });

/** A Helia node without gateways, and without routers beyond libp2p's. */
async function start(options: object): Promise<Node> {
  const light = withLibp2pLight(createHeliaLight(), options as Libp2pOptions<Services>);
  const helia = withBitswap(light);
  await helia.start();
  return { helia, names: ipns(helia) };
}

async function connect({ helia }: Node, to: Node): Promise<void> {
  await helia.libp2p.dial(to.helia.libp2p.getMultiaddrs());
}

function areConnected(one: Node, other: Node): boolean {
  const connections = one.helia.libp2p.getConnections(other.helia.libp2p.peerId);
  return connections.length > 0;
}

async function contentOf(name: string): Promise<CID> {
  return CID.createV1(raw.code, await sha256.digest(text(name)));
}

/** What a name stands for in the end. */
async function valueOf(
  { names }: Node,
  key: PublicKey,
  options: IPNSResolveOptions = {},
): Promise<string> {
  let last = '';
  for await (const { value } of names.resolve(key, { ...patience(), ...options })) last = value;
  return last;
}

/** Bytes that are not the same in every test, and more than one block. */
function fileOf(seed: number): Uint8Array {
  const file = new Uint8Array(2_500_000);
  let state = seed + 1;
  for (let i = 0; i < file.length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    file[i] = state >>> 24;
  }
  return file;
}

const servers: Node[] = [];
const clients: Node[] = [];

beforeAll(async () => {
  for (const options of [oursOptions, stockOptions, oursOptions, stockOptions])
    servers.push(await start(options()));
  for (const [i, server] of servers.slice(1).entries()) await connect(server, servers[i]!);
  await until(
    () => servers.every((one) => servers.filter((two) => areConnected(one, two)).length >= 3),
    'the servers know each other',
  );
  // Clients enter nobody's routing table, so no lookup connects them to one another.
  for (const [i, options] of [oursOptions, oursOptions, stockOptions, stockOptions].entries()) {
    const client = await start(options({ clientMode: true }));
    clients.push(client);
    await connect(client, servers[(i + 1) % servers.length]!);
  }
});

afterAll(async () => {
  for (const { helia } of [...clients, ...servers]) await helia.stop();
});

const directions: [string, number, number][] = [
  ['ours from ours', 1, 0],
  ['stock from ours', 2, 0],
  ['ours from stock', 1, 3],
];

test("takes the place of the stock service among Helia's own, for TypeScript too", () => {
  const libp2p = libp2pDefaults();
  const dht = kadscope();
  libp2p.services.dht = dht;
  expect(libp2p.services.dht).toBe(dht);
});

describe('files', () => {
  test.each(directions)('%s: finds who provides a file, and fetches it', async (_, to, from) => {
    const [adder, fetcher] = [clients[from]!, clients[to]!];
    const file = fileOf(to * 10 + from);
    const cid = await unixfs(adder.helia).addBytes(file);
    await adder.helia.routing.provide(cid, patience());
    expect(areConnected(fetcher, adder)).toBe(false);
    const chunks: Uint8Array[] = [];
    for await (const chunk of unixfs(fetcher.helia).cat(cid, patience())) chunks.push(chunk);
    expect(equals(concat(chunks), file)).toBe(true);
    expect(chunks.length).toBeGreaterThan(1);
    expect(areConnected(fetcher, adder)).toBe(true);
  });
});

describe('names', () => {
  test.each(directions)(
    '%s: resolves a name, and what it is changed to',
    async (name, to, from) => {
      const [publisher, resolver] = [clients[from]!, clients[to]!];
      const [first, second] = [await contentOf(name), await contentOf(`${name}, changed`)];
      const { publicKey } = await publisher.names.publish(name, first, patience());
      expect(await valueOf(resolver, publicKey)).toBe(`/ipfs/${first.toString()}`);
      await publisher.names.publish(name, second, patience());
      const fresh = await valueOf(resolver, publicKey, { nocache: true });
      expect(fresh).toBe(`/ipfs/${second.toString()}`);
    },
  );

  test('@helia/ipns adds its validator and selector to our service', () => {
    const { validators, selectors } = servers[0]!.helia.libp2p.services.dht;
    expect(Object.keys(validators)).toEqual(['pk', 'ipns']);
    expect(Object.keys(selectors)).toEqual(['pk', 'ipns']);
  });
});

describe('the shared datastore', () => {
  const keyOf = (publicKey: PublicKey): Uint8Array =>
    concat([text('/ipns/'), publicKey.toMultihash().bytes]);

  test('serves a name that @helia/ipns has only written to the disk', async () => {
    const value = await contentOf('offline');
    const offline = { ...patience(), offline: true };
    const { publicKey } = await servers[0]!.names.publish('offline', value, offline);
    expect(await valueOf(clients[3]!, publicKey)).toBe(`/ipfs/${value.toString()}`);
    expect(await valueOf(clients[1]!, publicKey)).toBe(`/ipfs/${value.toString()}`);
  });

  test('serves the record on the disk rather than an older one that it holds', async () => {
    const [first, second] = [await contentOf('online'), await contentOf('later, offline')];
    const { publicKey, record } = await servers[0]!.names.publish('both', first, patience());
    expect(await valueOf(clients[3]!, publicKey)).toBe(`/ipfs/${first.toString()}`);
    await servers[0]!.names.publish('both', second, { ...patience(), offline: true });
    // Somebody renews the older record, which must not take the place of the newer one.
    await clients[1]!.helia.routing.put(keyOf(publicKey), IPNSEntry.encode(record), patience());
    const fresh = await valueOf(clients[3]!, publicKey, { nocache: true });
    expect(fresh).toBe(`/ipfs/${second.toString()}`);
  });

  test('has records where @helia/ipns reads them', async () => {
    const value = await contentOf('stored by another');
    const { publicKey } = await clients[3]!.names.publish('stored', value, patience());
    const { datastore } = servers[2]!.helia;
    const key = keyOf(publicKey);
    const bytes = await datastore.get(new Key(`/dht/record/${toString(key, 'base32')}`, false));
    expect(Libp2pRecord.deserialize(bytes).key).toEqual(key);
    const resolved = await valueOf(servers[2]!, publicKey, { offline: true });
    expect(resolved).toBe(`/ipfs/${value.toString()}`);
  });
});
