// The node of the command line: its identity and data, its networks, and how it fails.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { multiaddr } from '@multiformats/multiaddr';
import { CID } from 'multiformats/cid';
import { afterAll, afterEach, expect, test } from 'vitest';
import { collect, testNetwork, testNode, TEST_NETWORK, until } from '../testing/network.ts';
import { Bootstrapper } from './bootstrap.ts';
import { createNode } from './create.ts';
import type { KadscopeNode, NodeOptions } from './create.ts';
import { defaultDataFolder } from './identity.ts';
import { AMINO_BOOTSTRAP, networkOf } from './network.ts';
import { Router } from './router.ts';
import { defaultListen, loadTransports } from './transports.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-node-'));
const content = CID.parse('bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y');
const running: KadscopeNode[] = [];

afterEach(async () => {
  for (const node of running.splice(0)) await node.stop();
});
afterAll(() => rmSync(folder, { recursive: true }));

async function started(options: Partial<NodeOptions> = {}): Promise<KadscopeNode> {
  const node = await testNode(options);
  running.push(node);
  return node;
}

const tableOf = ({ dhts }: KadscopeNode): number => dhts[0]!.dht.routingTable.size;

test('a node that starts again has its identity and its routing table, and needs no bootstrap node', async () => {
  const data = join(folder, 'again');
  const network = await testNetwork(4, { data });
  running.push(...network.slice(1));
  const [first] = network;
  const id = first!.libp2p.peerId.toString();
  await first!.stop();
  expect(statSync(join(data, 'identity.key')).mode & 0o777).toBe(0o600);
  const again = await started({ data });
  expect(again.libp2p.peerId.toString()).toBe(id);
  expect(tableOf(again)).toBe(3);
  await network[3]!.libp2p.contentRouting.provide(content);
  const found = await collect(new Router(again.dhts).findProviders(content));
  expect(found.map((peer) => peer.id.toString())).toEqual([network[3]!.libp2p.peerId.toString()]);
});

test('what several DHTs of a node find is told once', async () => {
  const nodes = await testNetwork(3);
  running.push(...nodes);
  await nodes[2]!.libp2p.contentRouting.provide(content);
  const { dhts } = nodes[0]!;
  const router = new Router([...dhts, ...dhts]);
  expect(await collect(router.findProviders(content))).toHaveLength(1);
  const closest = await collect(router.closestPeers(content.multihash.bytes));
  expect(new Set(closest.map(({ id }) => id.toString())).size).toBe(closest.length);
});

test('without a folder a node is new each time', async () => {
  const [a, b] = [await started(), await started()];
  expect(a.libp2p.peerId.equals(b.libp2p.peerId)).toBe(false);
});

test('a folder that another node uses is said', async () => {
  const data = join(folder, 'shared');
  await started({ data });
  await expect(testNode({ data })).rejects.toThrow(/another node is using it.*--data/);
});

test('a file that is no key is said, and not overwritten', async () => {
  const data = mkdtempSync(join(folder, 'broken-'));
  writeFileSync(join(data, 'identity.key'), 'not a key');
  await expect(testNode({ data })).rejects.toThrow('this is no private key');
  expect(readFileSync(join(data, 'identity.key'), 'utf8')).toBe('not a key');
});

test.runIf(process.getuid?.() !== 0)('a folder that may not be written is said', async () => {
  const data = mkdtempSync(join(folder, 'locked-'));
  await import('node:fs').then(({ chmodSync }) => chmodSync(data, 0o500));
  await expect(testNode({ data })).rejects.toThrow('may not be accessed');
});

test('bootstrap nodes lead into the network, and are looked for again when they were away', async () => {
  const away = await started();
  const [there] = away.libp2p.getMultiaddrs().map(String);
  const data = join(folder, 'bootstrap');
  const port = Number(multiaddr(there).getComponents()[1]!.value);
  await away.stop();
  const notes: string[] = [];
  const node = await started({
    bootstrap: [`/ip4/127.0.0.1/tcp/${port}`],
    onNote: (note) => notes.push(note),
  });
  await until(() => notes.some((note) => note.startsWith('No bootstrap node')), 'it says so');
  await started({ data, listen: [`/ip4/127.0.0.1/tcp/${port}`] });
  await until(() => tableOf(node) === 1, 'it finds the node that has come back');
});

test('the bootstrap nodes are left alone as soon as enough others are known', async () => {
  let known = 11;
  const dialed: string[] = [];
  const addresses = ['/ip4/192.0.2.1/tcp/1', '/ip4/192.0.2.2/tcp/1', '/ip4/192.0.2.3/tcp/1'];
  const bootstrapper = new Bootstrapper({
    addresses: addresses.map((one) => multiaddr(one)),
    known: () => known,
    dial: (to) => Promise.resolve(dialed.push(to.toString())),
    onAlone: () => {},
    firstWaitMs: 1,
  });
  await bootstrapper.start();
  expect(dialed).toEqual([]);
  known = 10;
  await until(() => dialed.length >= 4, 'two at a time are dialed');
  bootstrapper.stop();
  expect(new Set(dialed).size).toBe(3);
});

test('the public network is two DHTs, a private one is one and has no public bootstrap nodes', () => {
  const all = networkOf({});
  expect(all.dhts.map(({ init }) => init.protocol)).toEqual([
    '/ipfs/kad/1.0.0',
    '/ipfs/lan/kad/1.0.0',
  ]);
  expect(all.bootstrap).toBe(AMINO_BOOTSTRAP);
  expect(networkOf({ network: 'ipfs' })).toBe(all);
  const own = networkOf({ network: 'my-app' });
  expect([own.dhts.map(({ init }) => init.protocol), own.bootstrap]).toEqual([
    ['/my-app/kad/1.0.0'],
    [],
  ]);
  expect(networkOf({ protocol: '/a/b/kad' }).dhts[0]!.init.protocol).toBe('/a/b/kad');
});

test('on loopback, nodes of the public network are in the DHT of the local network and not in the other', async () => {
  const listen = ['/ip4/127.0.0.1/tcp/0'];
  const lone = { listen, data: null, bootstrap: [] };
  const [a, b] = [await createNode(lone), await createNode(lone)];
  running.push(a, b);
  await a.libp2p.dial(b.libp2p.getMultiaddrs());
  await until(() => a.dhts[1]!.dht.routingTable.size === 1, 'they know each other');
  expect(a.dhts.map(({ name, dht }) => [name, dht.getMode(), dht.routingTable.size])).toEqual([
    ['wan', 'client', 0],
    ['lan', 'server', 1],
  ]);
  for await (const _ of b.dhts[1]!.dht.provide(content));
  const [found] = await collect(new Router(a.dhts).findProviders(content));
  expect(found!.id.equals(b.libp2p.peerId)).toBe(true);
});

test('a node answers over WebSockets as over TCP', async () => {
  const [a, b] = [await started(), await started()];
  const socket = b.libp2p.getMultiaddrs().find((one) => one.toString().includes('/ws'))!;
  await a.libp2p.dial(socket);
  await until(() => tableOf(a) === 1, 'they know each other');
  expect(a.libp2p.getConnections()[0]!.remoteAddr.toString()).toContain('/ws');
});

test('a connection over WebSockets that fails when nobody listens any more does not end the process', async () => {
  const uncaught: unknown[] = [];
  const onUncaught = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', onUncaught);
  try {
    const closed = await started();
    const [tcp] = closed.libp2p.getMultiaddrs();
    const port = tcp!.getComponents()[1]!.value!;
    await closed.stop();
    const socket = new WebSocket(`ws://127.0.0.1:${port}`);
    await new Promise((resolve) => socket.addEventListener('close', resolve));
    expect(uncaught).toEqual([]);
  } finally {
    process.off('uncaughtException', onUncaught);
  }
});

test('a client asks and is not asked', async () => {
  const [server, client] = [await started(), await started({ mode: 'client' })];
  await client.libp2p.dial(server.libp2p.getMultiaddrs());
  await until(() => tableOf(client) === 1, 'the client knows the server');
  expect(client.dhts[0]!.dht.getMode()).toBe('client');
  expect(client.libp2p.getProtocols()).not.toContain(`/${TEST_NETWORK}/kad/1.0.0`);
  expect(tableOf(server)).toBe(0);
});

test('QUIC is there when its module loads, and the reason is known when it does not', async () => {
  const quic = (): (() => object) => () => ({});
  const { transports, quicProblem } = await loadTransports(() => Promise.resolve({ quic }));
  expect([transports.length, quicProblem]).toEqual([4, null]);
  const missing = Object.assign(new Error('Cannot find it'), { code: 'ERR_MODULE_NOT_FOUND' });
  const without = await loadTransports(() => Promise.reject(missing));
  expect([without.transports.length, without.quicProblem]).toEqual([
    3,
    '@chainsafe/libp2p-quic is not installed',
  ]);
  const broken = await loadTransports(() => Promise.reject(new Error('no binding\n  at here')));
  expect(broken.quicProblem).toBe('no binding');
  expect(defaultListen(true, false).filter((one) => one.includes('quic'))).toHaveLength(1);
  expect(defaultListen(false, false).join()).not.toContain('quic');
});

test('data lies where XDG says, or else in the home folder', () => {
  expect(defaultDataFolder({ XDG_DATA_HOME: '/srv/data' })).toBe('/srv/data/kadscope');
  for (const env of [{}, { XDG_DATA_HOME: '' }, { XDG_DATA_HOME: 'relative' }])
    expect(defaultDataFolder(env)).toMatch(/\.local.share.kadscope$/);
});

test.each([
  [{ bootstrap: ['nonsense'] }, '--bootstrap nonsense: this is no multiaddr'],
  [{ listen: ['nonsense'] }, '--listen nonsense: this is no multiaddr'],
  [{ listen: ['/ip4/203.0.113.1/tcp/0'] }, 'the node cannot listen: /ip4/203.0.113.1/tcp/0'],
  [{ protocol: '/x' }, '--network and --protocol name the same thing'],
  [{ network: 'a/b' }, '--network a/b: expected'],
])('%o is said with what to do', async (options, message) => {
  await expect(testNode(options)).rejects.toThrow(message);
});
