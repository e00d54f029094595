// Helia's client of the Delegated Routing V1 API works with our server.
import { delegatedRoutingV1HttpApiClient } from '@helia/delegated-routing-v1-http-api-client';
import type { DelegatedRoutingV1HttpApiClient } from '@helia/delegated-routing-v1-http-api-client';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { defaultLogger } from '@libp2p/logger';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { createIPNSRecord, marshalIPNSRecord } from 'ipns';
import { CID } from 'multiformats/cid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KadscopeNode } from '../node/create.ts';
import { Router } from '../node/router.ts';
import { collect, testNetwork } from '../testing/network.ts';
import { serveNode } from './server.ts';
import type { NodeServer } from './server.ts';

const content = CID.parse('bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y');
let nodes: KadscopeNode[] = [];
let server: NodeServer;
let client: DelegatedRoutingV1HttpApiClient;

beforeAll(async () => {
  nodes = await testNetwork(4);
  await nodes[3]!.libp2p.contentRouting.provide(content);
  server = await serveNode({ host: '127.0.0.1', port: 0, router: new Router(nodes[0]!.dhts) });
  client = delegatedRoutingV1HttpApiClient({ url: server.url, cacheTTL: 0 })({
    logger: defaultLogger(),
  });
  await client.start();
});

afterAll(async () => {
  await client.stop();
  await server.close();
  for (const node of nodes) await node.stop();
});

test('getProviders', async () => {
  const [provider, ...others] = await collect(client.getProviders(content));
  expect(others).toEqual([]);
  expect(provider!.ID.toString()).toBe(nodes[3]!.libp2p.peerId.toCID().toString());
  expect(provider!.Addrs.length).toBeGreaterThan(0);
  const filterAddrs = ['ws'];
  const [filtered] = await collect(client.getProviders(content, { filterAddrs }));
  expect(filtered!.Addrs.map(String)).toEqual([expect.stringMatching(/\/ws$/)]);
});

test('getPeers', async () => {
  const { peerId } = nodes[2]!.libp2p;
  const [peer] = await collect(client.getPeers(peerId.toCID() as never));
  expect(peer!.ID.toString()).toBe(peerId.toCID().toString());
  expect(peer!.Addrs.length).toBeGreaterThan(0);
});

test('getClosestPeers', async () => {
  const { peerId } = nodes[2]!.libp2p;
  const peers = await collect(client.getClosestPeers(peerId.toCID()));
  expect(peers[0]!.ID.toString()).toBe(peerId.toCID().toString());
  expect(peers.length).toBeGreaterThanOrEqual(nodes.length - 1);
});

test('putIPNS and getIPNS', async () => {
  const key = await generateKeyPair('Ed25519');
  const name = peerIdFromPrivateKey(key).toCID() as never;
  const record = marshalIPNSRecord(await createIPNSRecord(key, content, 1, 3_600_000));
  await expect(client.getIPNS(name)).rejects.toThrow('No matching records found');
  await client.putIPNS(name, record);
  expect(Buffer.from((await client.getIPNS(name)) as never).equals(record)).toBe(true);
});
