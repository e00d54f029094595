// A file goes from one Helia node to another, which finds it through the DHT of Kadscope. The swap is two lines.
import { unixfs } from '@helia/unixfs';
import { kadscope, passthroughMapper } from '@kadscope/libp2p'; // import { kadDHT } from '@libp2p/kad-dht';
import { identify } from '@libp2p/identify';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { createHelia } from 'helia';

type Node = Awaited<ReturnType<typeof startNode>>;

/** A node that talks to nobody beyond this machine: the defaults of Helia would reach the public network. */
async function startNode(clientMode: boolean) {
  const loopback = {
    protocol: '/example/kad/1.0.0',
    peerInfoMapper: passthroughMapper,
    clientMode,
  };
  const helia = createHelia({
    libp2p: {
      addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
      transports: [tcp()],
      peerDiscovery: [],
      services: {
        dht: kadscope(loopback), // dht: kadDHT(loopback),
        identify: identify(),
        ping: ping(),
      },
    },
    http: { delegatedRouters: [], recursiveGateways: [] },
  });
  return helia.start();
}

async function read(node: Node, cid: Awaited<ReturnType<typeof add>>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of unixfs(node).cat(cid, { signal: AbortSignal.timeout(15_000) }))
    chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function add(node: Node, text: string) {
  const cid = await unixfs(node).addBytes(new TextEncoder().encode(text));
  await node.routing.provide(cid);
  return cid;
}

// One server, and two clients that know only the server.
const server = await startNode(false);
const [alice, bob] = [await startNode(true), await startNode(true)];
for (const client of [alice, bob]) await client.libp2p.dial(server.libp2p.getMultiaddrs());

const cid = await add(alice, 'Hello from the other side of the DHT');
const before = bob.libp2p.getConnections(alice.libp2p.peerId).length;
console.log(`Bob knows ${before} ways to Alice, and asks the DHT for ${cid.toString()}`);
console.log(`Bob reads: ${await read(bob, cid)}`);

for (const node of [alice, bob, server]) await node.stop();
