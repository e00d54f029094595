// The server around the routing API: who may ask, how much, and what becomes of those who go away.
import { connect } from 'node:net';
import { multiaddr } from '@multiformats/multiaddr';
import type { PeerInfo } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { Registry } from 'prom-client';
import { afterEach, expect, test } from 'vitest';
import type { KadscopeNode } from '../node/create.ts';
import { Router } from '../node/router.ts';
import type { Routing } from '../node/router.ts';
import { ask } from '../testing/asking.ts';
import { testNetwork, testNode, until } from '../testing/network.ts';
import { serveNode } from './server.ts';
import type { NodeServer, NodeServerOptions } from './server.ts';

const PROVIDERS =
  '/routing/v1/providers/bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y';
const CLOSEST = PROVIDERS.replace('providers', 'dht/closest/peers');
const PEER = peerIdFromString('12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA');
const ADDRESSES = [
  multiaddr('/ip4/192.0.2.1/tcp/4001'),
  multiaddr('/ip4/192.0.2.1/udp/4001/quic-v1'),
];

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

async function serve(
  router: Routing,
  options: Partial<NodeServerOptions> = {},
): Promise<NodeServer> {
  // So long that no test passes only because time is up.
  const place = { host: '127.0.0.1', port: 0, timeoutMs: 3_600_000 };
  const server = await serveNode({ ...place, router, ...options });
  closing.push(() => server.close());
  return server;
}

function kept(nodes: KadscopeNode[]): KadscopeNode[] {
  for (const node of nodes) closing.push(() => node.stop());
  return nodes;
}

type Find = (signal: AbortSignal) => AsyncGenerator<PeerInfo>;

/** Finds what the test lets it, when the test lets it: no network is as slow, or as large, as it is told to be. */
function scripted(find: Find): Routing & { readonly signals: AbortSignal[] } {
  const signals: AbortSignal[] = [];
  const findProviders: Routing['findProviders'] = (_, options) => {
    const { signal } = options!;
    signals.push(signal!);
    return find(signal!);
  };
  const nothing = new Router([]);
  return {
    signals,
    isReady: true,
    findProviders,
    findPeer: (id, options) => nothing.findPeer(id, options),
    closestPeers: (key, options) => nothing.closestPeers(key, options),
    getIpns: (key, options) => nothing.getIpns(key, options),
    put: (key, value, options) => nothing.put(key, value, options),
  };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason as Error);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

async function* oneAndNoMore(signal: AbortSignal): AsyncGenerator<PeerInfo> {
  yield { id: PEER, multiaddrs: ADDRESSES };
  await aborted(signal);
}

// eslint-disable-next-line require-yield
async function* nothingEver(signal: AbortSignal): AsyncGenerator<PeerInfo> {
  await aborted(signal);
}

async function* without(count: number): AsyncGenerator<PeerInfo> {
  for (let i = 0; i < count; i++) yield { id: PEER, multiaddrs: ADDRESSES };
}

test('a stream has each result as it comes, and not only at the end', async () => {
  const router = scripted(oneAndNoMore);
  const { url } = await serve(router);
  const stop = new AbortController();
  const response = await fetch(url + PROVIDERS, {
    headers: { Accept: 'application/x-ndjson' },
    signal: stop.signal,
  });
  const { value } = await response.body!.getReader().read();
  expect(JSON.parse(new TextDecoder().decode(value))).toEqual({
    Schema: 'peer',
    ID: PEER.toString(),
    Addrs: ADDRESSES.map(String),
    Protocols: [],
  });
  expect(router.signals[0]!.aborted).toBe(false);
  stop.abort();
  await until(() => router.signals[0]!.aborted, 'the lookup ends');
});

test('the lookup ends when the client goes away before there is anything', async () => {
  const router = scripted(nothingEver);
  const { url } = await serve(router);
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`GET ${PROVIDERS} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await until(() => router.signals.length === 1, 'the lookup begins');
  expect(router.signals[0]!.aborted).toBe(false);
  socket.destroy();
  await until(() => router.signals[0]!.aborted, 'the lookup ends');
});

test('when time is up, what was found by then is the answer', async () => {
  const { url } = await serve(scripted(oneAndNoMore), { timeoutMs: 50 });
  const { status, text } = await ask(url, PROVIDERS);
  expect([status, (JSON.parse(text) as { Providers: unknown[] }).Providers.length]).toEqual([
    200, 1,
  ]);
  const late = await serve(scripted(nothingEver), { timeoutMs: 50 });
  expect((await ask(late.url, PROVIDERS)).text).toBe('{"Providers":[]}');
});

test('JSON answers SHOULD be limited to 100 providers; streams have more, but not without end', async () => {
  const { url } = await serve(scripted(() => without(5_000)));
  const { text } = await ask(url, PROVIDERS);
  expect((JSON.parse(text) as { Providers: unknown[] }).Providers).toHaveLength(100);
  const stream = await ask(url, PROVIDERS, { headers: { Accept: 'application/x-ndjson' } });
  expect(stream.text.trim().split('\n')).toHaveLength(1000);
});

test('429: more requests than can be served at once are told to come back, and then are served', async () => {
  const router = scripted(nothingEver);
  const { url } = await serve(router, { requestsMax: 2 });
  const stop = new AbortController();
  const busy = [0, 1].map(() => fetch(url + PROVIDERS, { signal: stop.signal }).catch(() => null));
  await until(() => router.signals.length === 2, 'both are being answered');
  const refused = await ask(url, PROVIDERS);
  expect([refused.status, refused.headers['retry-after']]).toEqual([429, '1']);
  expect(refused.headers['access-control-allow-origin']).toBe('*');
  stop.abort();
  await Promise.all(busy);
  await until(() => router.signals.every(({ aborted }) => aborted), 'the lookups end');
  void ask(url, PROVIDERS).catch(() => {});
  await until(() => router.signals.length === 3, 'the next one is answered');
});

test('500: what goes wrong inside is not told to everybody, but to the one who runs the node', async () => {
  const errors: unknown[] = [];
  // eslint-disable-next-line require-yield
  const router = scripted(async function* () {
    await Promise.resolve();
    throw new Error('a secret');
  });
  const { url } = await serve(router, { onError: (error) => errors.push(error) });
  const { status, text } = await ask(url, PROVIDERS);
  expect([status, text]).toEqual([500, 'The lookup failed.\n']);
  expect(errors).toEqual([new Error('a secret')]);
});

test('503: a node that knows nobody says so, instead of that there is nothing', async () => {
  const [node] = kept([await testNode()]);
  const { url } = await serve(new Router(node!.dhts));
  const { status, headers, text } = await ask(url, CLOSEST);
  expect([status, headers['retry-after']]).toEqual([503, '5']);
  expect(text).toContain('knows nobody yet');
});

test.each([
  ['127.0.0.1:8190', 200],
  ['localhost', 200],
  ['[::1]:8190', 200],
  ['router.example', 200],
  ['router.example:443', 200],
  ['evil.example', 403],
  ['router.example.evil.example', 403],
])('a request for the host %s gets %i', async (host, status) => {
  const { url } = await serve(
    scripted(() => without(1)),
    { names: ['router.example'] },
  );
  expect((await ask(url, PROVIDERS, { headers: { Host: host } })).status).toBe(status);
});

test('metrics have those of the DHT, and pages of other origins cannot read them', async () => {
  const registry = new Registry();
  const [node] = kept(await testNetwork(3, { registry }));
  const { url } = await serve(new Router(node!.dhts), { metrics: registry });
  expect((await ask(url, CLOSEST)).status).toBe(200);
  const { status, headers, text } = await ask(url, '/metrics');
  expect([status, headers['content-type']]).toEqual([200, registry.contentType]);
  expect(headers['access-control-allow-origin']).toBeUndefined();
  expect(text).toMatch(/^libp2p_kad_dht_routing_table_size 2$/m);
  expect(text).toMatch(/^libp2p_kad_dht_outbound_rpc_requests_total\{[^}]*"FIND_NODE"\} [1-9]/m);
  expect((await ask(url, '/metrics', { method: 'POST' })).status).toBe(405);
});

test('closing ends what is being answered', async () => {
  const router = scripted(nothingEver);
  const server = await serve(router);
  const pending = ask(server.url, PROVIDERS).catch((error: unknown) => error);
  await until(() => router.signals.length === 1, 'the lookup begins');
  await server.close();
  expect(router.signals[0]!.aborted).toBe(true);
  await pending;
});

test('a port in use is said with what to do', async () => {
  const { url } = await serve(scripted(() => without(1)));
  const port = Number(new URL(url).port);
  await expect(serve(new Router([]), { port })).rejects.toThrow(/is in use.*--http HOST:PORT/);
});
