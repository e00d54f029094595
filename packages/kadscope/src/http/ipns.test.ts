// The rules of the Delegated Routing V1 HTTP API for IPNS, one by one, asked of a real node in a small network:
// specs.ipfs.tech/routing/http-routing-v1, "IPNS API", with IPIP-513 (empty results).
import { generateKeyPair } from '@libp2p/crypto/keys';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { createIPNSRecord, marshalIPNSRecord, unmarshalIPNSRecord } from 'ipns';
import { base36 } from 'multiformats/bases/base36';
import { CID } from 'multiformats/cid';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { KadscopeNode } from '../node/create.ts';
import { Router } from '../node/router.ts';
import { ask as askServer } from '../testing/asking.ts';
import type { Answer, Asking } from '../testing/asking.ts';
import { testNetwork } from '../testing/network.ts';
import { serveNode } from './server.ts';
import type { NodeServer } from './server.ts';

const JSON_TYPE = 'application/json';
const IPNS = 'application/vnd.ipfs.ipns-record';
const content = CID.parse('bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y');

let nodes: KadscopeNode[] = [];
let server: NodeServer;
const ipns = {} as { key: Ed25519PrivateKey; name: string; record: Uint8Array };

const ask = (path: string, asking?: Asking): Promise<Answer> => askServer(server.url, path, asking);
const accepting = (type: string): Asking => ({ headers: { Accept: type } });

async function newRecord(
  sequence: number,
  options: { ttlNs?: number; lifetimeMs?: number } = {},
): Promise<Uint8Array> {
  const { ttlNs = 300e9, lifetimeMs = 3_600_000 } = options;
  const value = `/ipfs/${content.toString()}`;
  const record = await createIPNSRecord(ipns.key, value, sequence, lifetimeMs, { ttlNs });
  return marshalIPNSRecord(record);
}

function putRecord(record: Uint8Array, name = ipns.name): Promise<Answer> {
  const headers = { 'Content-Type': IPNS };
  return ask(`/routing/v1/ipns/${name}`, { method: 'PUT', headers, body: record });
}

beforeAll(async () => {
  nodes = await testNetwork(4);
  server = await serveNode({ host: '127.0.0.1', port: 0, router: new Router(nodes[0]!.dhts) });
  ipns.key = await generateKeyPair('Ed25519');
  ipns.name = peerIdFromPrivateKey(ipns.key).toCID().toString(base36);
  ipns.record = await newRecord(7, { ttlNs: 120e9 });
});

afterAll(async () => {
  await server.close();
  for (const node of nodes) await node.stop();
});

const path = (): string => `/routing/v1/ipns/${ipns.name}`;

test('PUT 200 publishes a record in the DHT, and GET 200 returns it byte by byte', async () => {
  expect((await putRecord(ipns.record)).status).toBe(200);
  const key = new Uint8Array([
    ...new TextEncoder().encode('/ipns/'),
    ...peerIdFromPrivateKey(ipns.key).toMultihash().bytes,
  ]);
  const elsewhere = await nodes[3]!.libp2p.contentRouting.get(key);
  expect(Buffer.from(elsewhere).equals(ipns.record)).toBe(true);
  const answer = await ask(path(), accepting(IPNS));
  expect([answer.status, answer.headers['content-type']]).toEqual([200, IPNS]);
  expect(answer.bytes.equals(ipns.record)).toBe(true);
});

test('Cache-Control SHOULD have the TTL of the record, and how long it is valid; Expires says until when', async () => {
  await putRecord(ipns.record);
  const { headers } = await ask(path(), accepting(IPNS));
  const validity = Date.parse(unmarshalIPNSRecord(ipns.record).validity);
  expect(headers.expires).toBe(new Date(validity).toUTCString());
  const [, maxAge, stale, staleIfError] =
    /^public, max-age=(\d+), stale-while-revalidate=(\d+), stale-if-error=(\d+)$/.exec(
      headers['cache-control']!,
    )!;
  expect(maxAge).toBe('120');
  expect(staleIfError).toBe(stale);
  expect(Math.abs(Number(stale) - (validity - Date.now()) / 1000)).toBeLessThan(60);
  expect(headers.vary).toBe('Accept');
  expect(headers['last-modified']).toBeDefined();
});

test('Cache-Control SHOULD say 60 seconds when the record has no TTL', async () => {
  await putRecord(await newRecord(8, { ttlNs: 0 }));
  expect((await ask(path(), accepting(IPNS))).headers['cache-control']).toContain('max-age=60,');
});

test('the ETag MUST be derived from the record: another record has another', async () => {
  await putRecord(await newRecord(9));
  const first = await ask(path(), accepting(IPNS));
  const again = await ask(path(), accepting(IPNS));
  expect(again.headers.etag).toBe(first.headers.etag);
  const same = await ask(path(), {
    headers: { Accept: IPNS, 'If-None-Match': first.headers.etag! },
  });
  expect([same.status, same.text]).toEqual([304, '']);
  await putRecord(await newRecord(10));
  expect((await ask(path(), accepting(IPNS))).headers.etag).not.toBe(first.headers.etag);
});

test('200 with another type than that of records when there is none (IPIP-513)', async () => {
  const stranger = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toCID();
  const answer = await ask(`/routing/v1/ipns/${stranger.toString()}`, accepting(IPNS));
  expect([answer.status, answer.headers['content-type']]).toEqual([
    200,
    'text/plain; charset=utf-8',
  ]);
  expect(answer.headers['cache-control']).toContain('max-age=15,');
});

test('406: another type is asked for, and the body says what to ask for', async () => {
  const answer = await ask(path(), accepting(JSON_TYPE));
  expect(answer.status).toBe(406);
  expect(answer.text).toContain(`Accept: ${IPNS}`);
});

test('406: another type is sent, and the body says what to send', async () => {
  for (const headers of [{}, { 'Content-Type': JSON_TYPE }]) {
    const answer = await ask(path(), { method: 'PUT', headers, body: ipns.record });
    expect(answer.status).toBe(406);
    expect(answer.text).toContain(`Content-Type: ${IPNS}`);
  }
});

test('400: a name that is none', async () => {
  for (const name of ['nonsense', content.toString()]) {
    const answer = await ask(`/routing/v1/ipns/${name}`, accepting(IPNS));
    expect([name, answer.status]).toEqual([name, 400]);
    expect((await putRecord(ipns.record, name)).status).toBe(400);
  }
});

test('400: a record that is not that of the name, has expired, is none, or is too long', async () => {
  const stranger = peerIdFromPrivateKey(await generateKeyPair('Ed25519'))
    .toCID()
    .toString();
  const changed = ipns.record.slice();
  changed[changed.length - 1]! ^= 1;
  const expired = await newRecord(99, { lifetimeMs: -60_000 });
  expect((await putRecord(ipns.record, stranger)).status).toBe(400);
  for (const record of [changed, expired, Uint8Array.of(1, 2, 3), new Uint8Array(0)])
    expect((await putRecord(record)).status).toBe(400);
  const long = await putRecord(new Uint8Array(10_241));
  expect([long.status, long.text]).toEqual([400, 'A record has at most 10240 bytes\n']);
});

test('400: an older record than the one that is known is not published', async () => {
  await putRecord(await newRecord(50));
  const answer = await putRecord(await newRecord(49));
  expect([answer.status, answer.text]).toEqual([400, 'A newer record of this name is known\n']);
});
