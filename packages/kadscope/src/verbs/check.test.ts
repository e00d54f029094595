import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kadscope, NETWORK_FLAGS, startAskedNetwork } from '../testing/asked-network.ts';
import type { AskedNetwork } from '../testing/asked-network.ts';

const NODES = 6;
const BITSWAP = '/ipfs/bitswap/1.2.0';
let network: AskedNetwork;

beforeAll(async () => {
  network = await startAskedNetwork(NODES);
});
afterAll(async () => {
  await network.stop();
});

async function provided(text: string, by: number): Promise<string> {
  const cid = CID.createV1(raw.code, await sha256.digest(new TextEncoder().encode(text)));
  for await (const _ of network.nodes[by]!.services.dht.provide(cid));
  return cid.toString();
}

async function stranger(): Promise<string> {
  return peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString();
}

test('content whose provider answers and speaks Bitswap can be found', async () => {
  await network.nodes[1]!.handle(BITSWAP, (stream) => void stream.close());
  const cid = await provided('a file', 1);
  const { code, stdout } = await network.ask('check', cid);
  expect(stdout).toContain(`Closest nodes: ${NODES} asked, ${NODES} answered, ${NODES} hold`);
  expect(stdout).toMatch(new RegExp(`  ${network.id(1)}, named by \\d of .*, speaks Bitswap\n`));
  expect(stdout).toMatch(/\/ip4\/127\.0\.0\.1\/tcp\/\d+ works \(\d+ ms\)/);
  expect(stdout).toContain('\nYes. It can be found and fetched: 1 of 1 providers');
  expect(code).toBe(0);
  const json = JSON.parse((await network.ask('check', `/ipfs/${cid}`, '--json')).stdout) as object;
  expect(json).toMatchObject({
    kind: 'content',
    ok: true,
    next: null,
    providers: [{ id: network.id(1), hasBitswap: true }],
  });
});

test('content that nobody announces is said not to be, and how to mend that', async () => {
  const cid = CID.createV1(raw.code, await sha256.digest(Uint8Array.of(9))).toString();
  const { code, stdout, stderr } = await network.ask('check', cid);
  expect([code, stderr]).toEqual([1, '']);
  expect(stdout).toContain(`none of the ${NODES} closest nodes that answered knows a provider`);
  expect(stdout).toContain(`Next: announce it where it is, with 'kadscope routing provide ${cid}`);
});

test('a provider without Bitswap cannot be fetched from', async () => {
  const cid = await provided('another file', 2);
  const { code, stdout } = await network.ask('check', cid);
  expect(code).toBe(1);
  expect(stdout).toContain('without Bitswap');
  expect(stdout).toContain('No. It is announced and a provider answers, but none of them speaks');
});

test('a peer is looked for, dialed, and asked what it speaks', async () => {
  const { code, stdout } = await network.ask('check', network.id(3));
  expect(stdout).toContain('Yes. It can be found and reached, and serves the DHT.');
  expect(stdout).toMatch(/\nLatency: \d+ ms\nProtocols: .*\/kadscope-local\/kad\/1\.0\.0/);
  expect(code).toBe(0);
  const unknown = await network.ask('check', `/p2p/${await stranger()}`);
  expect(unknown.code).toBe(1);
  expect(unknown.stdout).toContain('No. Nobody in the network knows it');
});

test('an address needs no network to be checked', async () => {
  const works = await kadscope('check', network.address(4), ...NETWORK_FLAGS, '--json');
  expect(works.code).toBe(0);
  expect(JSON.parse(works.stdout)).toMatchObject({
    kind: 'address',
    servesDht: true,
    hasBitswap: false,
    identity: { id: network.id(4), latencyMs: expect.any(Number) as number },
  });
  const other = network.address(4).replace(/\/p2p\/.*$/, `/p2p/${await stranger()}`);
  for (const [address, why] of [
    [`/ip4/127.0.0.1/tcp/1/p2p/${network.id(4)}`, 'nobody listens there'],
    [other, 'somebody else answers there'],
  ] as const) {
    const { code, stdout } = await kadscope('check', address, ...NETWORK_FLAGS);
    expect(code).toBe(1);
    expect(stdout).toContain(`No. Nobody can be reached there: ${why}.`);
  }
});

// The last one: it takes a node away.
test('a provider that has gone is announced, but cannot be reached', async () => {
  const cid = await provided('a file that is gone', 5);
  await network.nodes[5]!.stop();
  const { code, stdout } = await network.ask('check', cid);
  expect(stdout).toContain('No. It is announced, but not even its only provider can be reached');
  expect(stdout).toContain('see that it runs');
  expect(code).toBe(1);
});

test.each(['nonsense', '/nonsense', '/ip4/1.2.3'])('“%s” is nothing to check', async (what) => {
  const { code, stderr } = await network.ask('check', what);
  expect(code).toBe(2);
  expect(stderr).toContain('this is no CID, no peer id and no multiaddr');
});
