// A node whose process is killed again and again: our service on real libp2p, with its records on LevelDB.
// It loads first and waits; told of a folder, it starts there and says where it can be reached.
import { identify } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { LevelDatastore } from 'datastore-level';
import { createLibp2p } from 'libp2p';
import { kadscope, passthroughMapper } from '@kadscope/libp2p';
import { COUNTERS } from './counters.ts';

/** Starts a node on the records in a folder; returns its addresses. */
async function start(folder: string): Promise<string[]> {
  const datastore = new LevelDatastore(folder);
  await datastore.open();
  const dht = kadscope({
    protocol: '/kadscope-test/kad/1.0.0',
    clientMode: false,
    peerInfoMapper: passthroughMapper,
    ...COUNTERS,
  });
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    datastore,
    services: { identify: identify(), ping: ping(), dht },
  });
  return node.getMultiaddrs().map(String);
}

process.on('message', (folder: string) => {
  start(folder).then(
    (addresses) => process.send!({ addresses }),
    (error: unknown) => process.send!({ problem: String(error) }),
  );
});
// Without a parent there is nobody to be killed by.
process.on('disconnect', () => process.exit());
process.send!('loaded');
