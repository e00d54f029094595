// Two libp2p nodes with the DHT service of Kadscope: one provides content, the other finds out who does.
import { kadscope, passthroughMapper } from '@kadscope/libp2p';
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p } from 'libp2p';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';

async function startNode() {
  return createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      ping: ping(),
      // A network of its own, whose nodes serve although nobody else can reach them.
      dht: kadscope({
        protocol: '/example/kad/1.0.0',
        clientMode: false,
        peerInfoMapper: passthroughMapper,
      }),
    },
  });
}

const [provider, seeker] = [await startNode(), await startNode()];
await seeker.dial(provider.getMultiaddrs());

const content = new TextEncoder().encode('some content');
const cid = CID.createV1(raw.code, await sha256.digest(content));
await provider.contentRouting.provide(cid);

// What libp2p asks of any router:
for await (const { id } of seeker.contentRouting.findProviders(cid))
  console.log(
    `found: the provider is ${id.equals(provider.peerId) ? 'the other node' : 'unknown'}`,
  );

// And the service itself, which says how it went:
for await (const event of seeker.services.dht.findProviders(cid)) {
  if (event.name === 'PEER_RESPONSE')
    console.log(`query ${event.queryId}: an answer, ${event.commonPrefixLength} bits from the key`);
  else if (event.name === 'PATH_ENDED') console.log(`query ${event.queryId}: ${event.reason}`);
}

await seeker.stop();
await provider.stop();
