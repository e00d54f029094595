// The rules of the Delegated Routing V1 HTTP API, one by one, asked of a real node in a small network:
// specs.ipfs.tech/routing/http-routing-v1, with IPIP-476 (closest peers), IPIP-484 (filters) and IPIP-513 (empty results).
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { base16 } from 'multiformats/bases/base16';
import { base36 } from 'multiformats/bases/base36';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KadscopeNode } from '../node/create.ts';
import { Router } from '../node/router.ts';
import { ask as askServer } from '../testing/asking.ts';
import type { Answer, Asking } from '../testing/asking.ts';
import { testNetwork } from '../testing/network.ts';
import type { PeerRecord } from './peer-record.ts';
import { serveNode } from './server.ts';
import type { NodeServer } from './server.ts';

const JSON_TYPE = 'application/json';
const NDJSON = 'application/x-ndjson';
const WEB_SITE = 'https://app.example';

let nodes: KadscopeNode[] = [];
let server: NodeServer;
let content: CID;
let unknown: CID;
let ipnsName: string;

const ask = (path: string, asking?: Asking): Promise<Answer> => askServer(server.url, path, asking);

const accepting = (type: string): Asking => ({ headers: { Accept: type } });
const providersPath = (cid: CID | string): string => `/routing/v1/providers/${cid.toString()}`;
const recordsOf = ({ text }: Answer, field: string): PeerRecord[] =>
  (JSON.parse(text) as Record<string, PeerRecord[]>)[field]!;
const linesOf = ({ text }: Answer): PeerRecord[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as PeerRecord);

async function contentOf(name: string): Promise<CID> {
  return CID.createV1(raw.code, await sha256.digest(new TextEncoder().encode(name)));
}

beforeAll(async () => {
  nodes = await testNetwork(5);
  server = await serveNode({ host: '127.0.0.1', port: 0, router: new Router(nodes[0]!.dhts) });
  content = await contentOf('provided');
  unknown = await contentOf('unheard of');
  await nodes[3]!.libp2p.contentRouting.provide(content);
  await nodes[4]!.libp2p.contentRouting.provide(content);
  ipnsName = nodes[1]!.libp2p.peerId.toCID().toString(base36);
});

afterAll(async () => {
  await server.close();
  for (const node of nodes) await node.stop();
});

describe('GET /routing/v1/providers/{cid}', () => {
  test('200: the body has the records under Providers, each of the peer schema', async () => {
    const answer = await ask(providersPath(content));
    expect(answer.status).toBe(200);
    const records = recordsOf(answer, 'Providers');
    const ids = [nodes[3]!, nodes[4]!].map(({ libp2p }) => libp2p.peerId.toString());
    expect(records.map(({ ID }) => ID).toSorted()).toEqual(ids.toSorted());
    for (const { Schema, ID, Addrs, Protocols } of records) {
      const provider = nodes.find(({ libp2p }) => libp2p.peerId.toString() === ID)!.libp2p;
      const addresses = provider.getMultiaddrs().map((one) => one.decapsulate(`/p2p/${ID}`));
      expect([Schema, Protocols]).toEqual(['peer', []]);
      expect([...Addrs].toSorted()).toEqual(addresses.map(String).toSorted());
    }
  });

  test.each([undefined, '*/*', JSON_TYPE, 'text/html, */*;q=0.1'])(
    'MUST default to a JSON answer that is no stream: Accept: %s',
    async (accept) => {
      const { headers } = await ask(
        providersPath(content),
        accept === undefined ? {} : accepting(accept),
      );
      expect(headers['content-type']).toBe(JSON_TYPE);
    },
  );

  test.each([
    NDJSON,
    `${NDJSON}, ${JSON_TYPE}`,
    `${NDJSON}, ${JSON_TYPE};q=0.8`,
    `${JSON_TYPE};q=0.5, ${NDJSON}`,
  ])('SHOULD stream when asked to: Accept: %s', async (accept) => {
    const answer = await ask(providersPath(content), accepting(accept));
    expect([answer.status, answer.headers['content-type']]).toEqual([200, NDJSON]);
    expect(answer.text.endsWith('}\n')).toBe(true);
    expect(linesOf(answer).map(({ Schema }) => Schema)).toEqual(['peer', 'peer']);
  });

  test('SHOULD answer 200 with an empty list when there is nothing (IPIP-513)', async () => {
    const answer = await ask(providersPath(unknown));
    expect([answer.status, answer.text]).toEqual([200, '{"Providers":[]}']);
  });

  test('SHOULD answer 200 with an empty stream when there is nothing (IPIP-513)', async () => {
    const answer = await ask(providersPath(unknown), accepting(NDJSON));
    expect([answer.status, answer.text]).toEqual([200, '']);
    expect(answer.headers['content-type']).toBe(NDJSON);
  });

  test('422: what is no CID is not looked for', async () => {
    for (const name of ['nonsense', 'bafynonsense', '%20', 'b', `b${'a'.repeat(500)}`]) {
      const answer = await ask(providersPath(name));
      expect([name, answer.status]).toEqual([name, 422]);
      expect(answer.text).toMatch(/^".*" is not a CID\n$/);
    }
  });

  test('the same content is found under any spelling of its CID', async () => {
    const other = CID.createV1(0x70, content.multihash);
    for (const cid of [content.toString(base16), content.toString(base36), other, other.toV0()])
      expect(recordsOf(await ask(providersPath(cid)), 'Providers')).toHaveLength(2);
  });

  test('406: the client takes no type that there is', async () => {
    for (const accept of ['text/html', `${JSON_TYPE};q=0`, 'image/*'])
      expect((await ask(providersPath(content), accepting(accept))).status).toBe(406);
  });
});

describe('response headers', () => {
  test.each([JSON_TYPE, NDJSON])('Vary, Last-Modified and Cache-Control: %s', async (type) => {
    const before = Math.floor(Date.now() / 1000) * 1000;
    const { headers } = await ask(providersPath(content), accepting(type));
    expect(headers.vary).toBe('Accept');
    expect(Date.parse(headers['last-modified']!)).toBeGreaterThanOrEqual(before);
    expect(headers['cache-control']).toBe(
      'public, max-age=300, stale-while-revalidate=172800, stale-if-error=172800',
    );
  });

  test.each([JSON_TYPE, NDJSON])(
    'max-age SHOULD be shorter when there are no results: %s',
    async (type) => {
      const { headers } = await ask(providersPath(unknown), accepting(type));
      expect(headers['cache-control']).toContain('max-age=15,');
      expect(headers['last-modified']).toBeDefined();
    },
  );

  test('what was refused is not to be kept', async () => {
    const { headers } = await ask(providersPath('nonsense'));
    expect(headers['cache-control']).toBe('no-store');
  });
});

describe('filters (IPIP-484)', () => {
  const filtered = async (filters: string): Promise<PeerRecord[]> =>
    recordsOf(await ask(`${providersPath(content)}?${filters}`), 'Providers');
  const addressesOf = (records: PeerRecord[]): string[] => records.flatMap(({ Addrs }) => Addrs);

  test.each([
    'filter-addrs=ws',
    'filter-addrs=WS',
    'filter-addrs=quic-v1%2Cws',
    'filter-addrs=tcp,!tcp,ws',
  ])('only the addresses that pass are returned: %s', async (filter) => {
    const addresses = addressesOf(await filtered(filter));
    if (filter.includes('!tcp')) expect(addresses).toEqual([]);
    else expect(addresses.map((one) => one.endsWith('/ws'))).toEqual([true, true]);
  });

  test('with negative filters only, all other addresses are included', async () => {
    const addresses = addressesOf(await filtered('filter-addrs=!ws'));
    expect(addresses).toHaveLength(2);
    for (const address of addresses) expect(address).not.toContain('/ws');
  });

  test('a positive and a negative filter both have to be passed', async () => {
    expect(addressesOf(await filtered('filter-addrs=tcp,!ws'))).toHaveLength(2);
  });

  test('a provider without an address that passes is omitted', async () => {
    expect(await filtered('filter-addrs=webtransport')).toEqual([]);
    expect(await filtered('filter-addrs=!ip4')).toEqual([]);
  });

  test('unknown as an address keeps no provider whose addresses are known', async () => {
    expect(await filtered('filter-addrs=unknown')).toEqual([]);
  });

  test('providers whose protocols are unknown pass with unknown, and only then', async () => {
    expect(await filtered('filter-protocols=unknown,transport-bitswap')).toHaveLength(2);
    expect(await filtered('filter-protocols=transport-bitswap')).toEqual([]);
  });

  test('an empty filter is none', async () => {
    expect(addressesOf(await filtered('filter-addrs=&filter-protocols='))).toHaveLength(4);
  });

  test('422: a name has 63 characters at most', async () => {
    const answer = await ask(`${providersPath(content)}?filter-protocols=${'x'.repeat(64)}`);
    expect(answer.status).toBe(422);
  });

  test('filters hold for streams and for peers as well', async () => {
    const stream = await ask(`${providersPath(content)}?filter-addrs=ws`, accepting(NDJSON));
    expect(linesOf(stream).flatMap(({ Addrs }) => Addrs)).toHaveLength(2);
    const id = nodes[2]!.libp2p.peerId.toString();
    const peers = await ask(`/routing/v1/peers/${id}?filter-addrs=ws`);
    expect(addressesOf(recordsOf(peers, 'Peers'))).toEqual([expect.stringMatching(/\/ws$/)]);
  });
});

describe('GET /routing/v1/peers/{peer-id}', () => {
  test('a peer is found by its id in base58, and as a CID in base36 and base32', async () => {
    const { peerId } = nodes[2]!.libp2p;
    const cid = peerId.toCID();
    for (const name of [peerId.toString(), cid.toString(base36), cid.toString()]) {
      const answer = await ask(`/routing/v1/peers/${name}`);
      expect([name, answer.status]).toEqual([name, 200]);
      const [record, ...others] = recordsOf(answer, 'Peers');
      expect(others).toEqual([]);
      expect([record!.Schema, record!.ID]).toEqual(['peer', peerId.toString()]);
      expect(record!.Addrs.length).toBeGreaterThan(0);
    }
  });

  test('200 with an empty list when nobody knows the peer (IPIP-513)', async () => {
    const stranger = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString();
    const answer = await ask(`/routing/v1/peers/${stranger}`);
    expect([answer.status, answer.text]).toEqual([200, '{"Peers":[]}']);
    const stream = await ask(`/routing/v1/peers/${stranger}`, accepting(NDJSON));
    expect([stream.status, stream.text]).toEqual([200, '']);
  });

  test('422: a CID that names no key, and nonsense', async () => {
    for (const name of [content.toString(), 'nonsense', '12D3KooW'])
      expect((await ask(`/routing/v1/peers/${name}`)).status).toBe(422);
  });
});

describe('GET /routing/v1/dht/closest/peers/{key} (IPIP-476)', () => {
  test('the peers closest to a CID or a peer id, nearest first', async () => {
    const { peerId } = nodes[2]!.libp2p;
    for (const name of [content.toString(), peerId.toString(), peerId.toCID().toString()]) {
      const answer = await ask(`/routing/v1/dht/closest/peers/${name}`);
      expect([name, answer.status]).toEqual([name, 200]);
      const records = recordsOf(answer, 'Peers');
      expect(records.length).toBeGreaterThanOrEqual(nodes.length - 1);
      if (name !== content.toString()) expect(records[0]!.ID).toBe(peerId.toString());
    }
  });

  test('streams, and refuses what is no key with 422', async () => {
    const path = `/routing/v1/dht/closest/peers/${content.toString()}`;
    expect(linesOf(await ask(path, accepting(NDJSON))).length).toBeGreaterThan(2);
    expect((await ask('/routing/v1/dht/closest/peers/nonsense')).status).toBe(422);
  });
});

describe('error codes', () => {
  test('400 MUST be returned for an unknown path', async () => {
    for (const path of ['/routing/v1/nothing', '/routing/v2/providers/x', '/routing/v1/providers/'])
      expect((await ask(path)).status).toBe(400);
  });

  test('501 MUST be returned for a method that is not supported, and Allow says which are', async () => {
    for (const method of ['PUT', 'POST', 'DELETE']) {
      const answer = await ask(providersPath(content), { method });
      expect([answer.status, answer.headers.allow]).toEqual([501, 'GET, HEAD, OPTIONS']);
    }
    const answer = await ask(`/routing/v1/ipns/${ipnsName}`, { method: 'DELETE' });
    expect([answer.status, answer.headers.allow]).toEqual([501, 'GET, HEAD, PUT, OPTIONS']);
  });

  test('404 is for what is not of the API', async () => {
    for (const path of ['/', '/metrics', '/favicon.ico'])
      expect((await ask(path)).status).toBe(404);
  });

  test('HEAD has the headers of GET and no body', async () => {
    for (const type of [JSON_TYPE, NDJSON]) {
      const get = await ask(providersPath(content), accepting(type));
      const head = await ask(providersPath(content), { method: 'HEAD', headers: { Accept: type } });
      expect([head.status, head.text]).toEqual([200, '']);
      for (const name of ['content-type', 'cache-control', 'vary', 'content-length'])
        expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
    }
  });
});

describe('CORS', () => {
  test('every answer lets pages of every origin read it, refusals included', async () => {
    for (const path of [providersPath(content), providersPath('nonsense'), '/routing/v1/nothing']) {
      const { headers } = await ask(path, { headers: { Origin: WEB_SITE } });
      expect(headers['access-control-allow-origin']).toBe('*');
    }
  });

  test('preflight requests are answered', async () => {
    const { status, headers } = await ask(`/routing/v1/ipns/${ipnsName}`, {
      method: 'OPTIONS',
      headers: {
        Origin: WEB_SITE,
        'Access-Control-Request-Method': 'PUT',
        'Access-Control-Request-Headers': 'content-type',
      },
    });
    expect(status).toBe(204);
    expect(headers['access-control-allow-origin']).toBe('*');
    for (const method of ['GET', 'PUT', 'OPTIONS'])
      expect(headers['access-control-allow-methods']).toContain(method);
    expect(headers['access-control-allow-headers']).toContain('Content-Type');
  });
});
