// Operations that a page asks for, run by nodes that are watched.
import type { LiveTrace } from '@kadscope/core/trace';
import type { KadscopeDHT, QueryEvent } from '@kadscope/libp2p';
import { peerIdFromString } from '@libp2p/peer-id';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import * as Digest from 'multiformats/hashes/digest';
import type { LiveOperation } from './operation-request.ts';

/** A DHT that runs here, and the peer id of its node. */
export interface OwnDht {
  readonly id: string;
  readonly dht: KadscopeDHT;
}

/** Starts an operation at a node and returns its number in the trace; results are seen there. */
export async function operateOn(
  live: LiveTrace,
  dhts: readonly OwnDht[],
  operation: LiveOperation,
): Promise<number> {
  const id = live.trace.nodes[operation.node]?.id;
  // Of two networks of one node, the one that knows somebody is asked.
  const own = dhts.filter((one) => one.id === id);
  const one = own.find(({ dht }) => dht.routingTable.size > 0) ?? own[0];
  if (one === undefined) throw new Error('This node is not one of those that run here.');
  const before = live.trace.operations.length;
  const events = start(one.dht, live, operation)[Symbol.asyncIterator]();
  void drain(events);
  for (let wait = 0; wait < 100; wait++) {
    const started = live.trace.operations
      .slice(before)
      .find((one) => one.node === operation.node && one.kind === operation.kind);
    if (started !== undefined) return started.id;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error('The operation did not start: the node knows nobody yet.');
}

async function drain(events: AsyncIterator<QueryEvent>): Promise<void> {
  try {
    while ((await events.next()).done !== true);
  } catch {
    // How it ended is in the trace.
  }
}

/** The query of the service that an operation is. */
function start(
  dht: KadscopeDHT,
  live: LiveTrace,
  { kind, key, value, peer }: LiveOperation,
): AsyncIterable<QueryEvent> {
  const bytes = (): Uint8Array => key ?? missing('a key');
  const id = (): ReturnType<typeof peerIdFromString> =>
    peerIdFromString(live.trace.nodes[peer ?? -1]?.id ?? missing('a peer'));
  const options = { useCache: false };
  switch (kind) {
    case 'findNode':
      return dht.getClosestPeers(bytes(), options);
    case 'findPeer':
      return dht.findPeer(id(), options);
    case 'ping':
      return dht.ping(id());
    case 'putValue':
      return dht.put(bytes(), value ?? missing('a value'));
    case 'getValue':
      return dht.get(bytes());
    case 'provide':
      return dht.provide(contentOf(bytes()));
    case 'findProviders':
      return dht.findProviders(contentOf(bytes()));
    case 'bootstrap':
      return dht.bootstrap();
  }
}

/** Content by its multihash, or by any bytes: then the bytes themselves stand for their hash. */
function contentOf(key: Uint8Array): CID {
  try {
    return CID.createV1(raw.code, Digest.decode(key));
  } catch {
    return CID.createV1(raw.code, Digest.create(0, key));
  }
}

function missing(what: string): never {
  throw new Error(`The operation needs ${what}.`);
}
