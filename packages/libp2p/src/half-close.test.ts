// Peers that end their side of a stream in the very frame of their only message, as smoldot does.
import { decodeAmino, encodeAmino, frame, FrameReader } from '@kadscope/core/wire';
import type { AminoMessage } from '@kadscope/core/wire';
import type { Stream } from '@libp2p/interface';
import { afterEach, expect, test } from 'vitest';
import { plainBytes } from './bytes.ts';
import { connect, ours, TEST_PROTOCOL, until } from './testing/network.ts';
import type { OurNode } from './testing/network.ts';

/** The flag of Yamux's last frame of a stream. */
const FIN = 4;

const EMPTY: Omit<AminoMessage, 'type' | 'key'> = {
  record: null,
  closerPeers: [],
  providerPeers: [],
};

const nodes: OurNode[] = [];

afterEach(async () => {
  for (const node of nodes.splice(0)) await node.stop();
});

async function start(): Promise<OurNode> {
  const node = await ours();
  nodes.push(node);
  return node;
}

/** Sends a message whose frame ends the stream. libp2p's own streams send the end in a frame apart. */
function sendLast(stream: Stream, message: AminoMessage): void {
  Object.assign(stream, { getSendFlags: () => FIN });
  stream.send(frame(encodeAmino(message)));
}

/** Calls back with each message that comes. */
function listen(stream: Stream, hear: (message: AminoMessage) => void): void {
  const reader = new FrameReader();
  stream.addEventListener('message', ({ data }) => {
    reader.push(plainBytes(data));
    for (let one = reader.next(); one !== null; one = reader.next())
      hear(decodeAmino(one, 'response'));
  });
}

test('a request that ends its stream is answered', async () => {
  const [server, other, asker] = [await start(), await start(), await start()];
  await connect(other, server);
  const { routingTable } = server.services.dht;
  await until(() => routingTable.size === 1, 'the server knows the other');
  const stream = await asker.dialProtocol(server.getMultiaddrs(), TEST_PROTOCOL);
  const answers: AminoMessage[] = [];
  listen(stream, (answer) => answers.push(answer));
  const key = other.peerId.toMultihash().bytes;
  sendLast(stream, { type: 'find-node', key, ...EMPTY });
  await until(() => answers.length > 0, 'an answer');
  expect(answers[0]!.closerPeers.map(({ id }) => id)).toContainEqual(key);
});

test('an answer that ends its stream is heard', async () => {
  const [asker, server] = [await start(), await start()];
  await connect(asker, server);
  await until(() => asker.services.dht.routingTable.size === 1, 'the asker knows the server');
  const named = { id: nodes[0]!.peerId.toMultihash().bytes, addresses: [], connection: 0 } as const;
  await server.unhandle(TEST_PROTOCOL);
  await server.handle(TEST_PROTOCOL, (stream) =>
    listen(stream, ({ type, key }) =>
      sendLast(stream, { type, key, ...EMPTY, closerPeers: [named] }),
    ),
  );
  for (const connection of asker.getConnections(server.peerId))
    for (const stream of connection.streams)
      if (stream.protocol === TEST_PROTOCOL) stream.abort(new Error('once more'));
  const events: string[] = [];
  for await (const { name } of asker.services.dht.getClosestPeers(Uint8Array.of(1)))
    events.push(name);
  expect(events).toContain('PEER_RESPONSE');
  expect(events).not.toContain('QUERY_ERROR');
});
