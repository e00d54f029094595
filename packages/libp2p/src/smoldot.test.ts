// smoldot, a client of Polkadot's networks with a libp2p of its own (Rust, compiled to WebAssembly),
// looks for peers in a DHT of ours. It is the only foreign Kademlia that npm has; test-only for its licence.
import type { Connection, Stream } from '@libp2p/interface';
import { westend2 } from '@substrate/connect-known-chains';
import { start } from 'smoldot';
import { afterEach, expect, test } from 'vitest';
import { LiveTrace } from '@kadscope/core/trace';
import { connect, ours, until } from './testing/network.ts';
import type { OurNode } from './testing/network.ts';

/** The hash of Westend's first block, after which its protocols are called. */
const GENESIS = 'e143f23803ac50e8f6f8e62695d1ce9e4e1d68aa36c1cd2cfd15340213f3423e';

/** Bytes of a handshake: role, number and hash of the best block, hash of the first. */
const HANDSHAKE_BYTES = 1 + 4 + 32 + 32;

const ends: (() => void | Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** A server of Westend's DHT, which greets those who come for blocks: smoldot asks nobody else for peers. */
async function westender(live?: LiveTrace): Promise<OurNode> {
  const node = await ours({
    protocol: `/${GENESIS}/kad`,
    ...(live !== undefined && { live }),
  });
  ends.push(() => node.stop());
  await node.handle(`/${GENESIS}/block-announces/1`, greet);
  return node;
}

/** Says that we know the same blocks: sends the handshake back. */
function greet(stream: Stream): void {
  let heard = 0;
  stream.addEventListener('message', ({ data }) => {
    if (heard <= HANDSHAKE_BYTES) stream.send(data);
    heard += data.byteLength;
  });
}

/** Who has dialed a node, but for nodes of ours. */
function watchStrangers(node: OurNode, own: ReadonlySet<string>): Connection[] {
  const strangers: Connection[] = [];
  node.addEventListener('connection:open', ({ detail }) => {
    const isStranger = !own.has(detail.remotePeer.toString());
    if (isStranger && detail.direction === 'inbound') strangers.push(detail);
  });
  return strangers;
}

test('smoldot sends FIND_NODE to our server, and dials the peer that only the answer named', async () => {
  const live = new LiveTrace({
    meta: { title: 'smoldot', source: 'node', epochNs: 0n, keyBits: 256 },
    epochMs: Date.now(),
    hosts: 1,
    eventsMax: 10_000,
  });
  const server = await westender(live);
  const named = await westender();
  await connect(named, server);
  await until(() => server.services.dht.routingTable.size === 1, 'the server knows the other');
  const own = new Set([server, named].map(({ peerId }) => peerId.toString()));
  const [atServer, atNamed] = [watchStrangers(server, own), watchStrangers(named, own)];

  const client = start({ logCallback: () => {} });
  ends.push(() => client.terminate());
  const bootNodes = server.getMultiaddrs().map(String);
  const chainSpec = JSON.stringify({ ...(JSON.parse(westend2) as object), bootNodes });
  await client.addChain({ chainSpec, disableJsonRpc: true });

  await until(() => atServer.length > 0, 'smoldot dials the server', 60_000);
  expect(atNamed).toEqual([]);
  await until(() => atNamed.length > 0, 'smoldot dials the other', 60_000);
  const stranger = atServer[0]!.remotePeer.toString();
  const { trace } = live;
  const answers = Array.from({ length: trace.length }, (_, at) => trace.event(at))
    .filter(({ step, peer }) => step === 'responder.answered' && trace.nodes[peer]!.id === stranger)
    .map(({ kind, count }) => ({ kind, count }));
  expect(answers).toContainEqual({ kind: 'find-node', count: 1 });
});
