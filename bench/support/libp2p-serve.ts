// A process that serves FIND_NODE: what an answer costs in the handler alone, and all the way over streams.
import { fork } from 'node:child_process';
import { Rng } from '@kadscope/core/keyspace';
import { decodeAmino, encodeAmino } from '@kadscope/core/wire';
import type { PeerId } from '@libp2p/interface';
import { peerIdFromMultihash } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import * as Digest from 'multiformats/hashes/digest';
import { cpuMsSince, orderOf, reply } from './child.ts';
import type { LoadOrder } from './libp2p-load.ts';
import { createOurs, createStock } from './libp2p-nodes.ts';
import type { Kind } from './libp2p-nodes.ts';
import { median } from './measure.ts';

/** What the process is to do. */
export interface ServeOrder {
  readonly kind: Kind;
  /** Contacts in the stock's routing table, each with 4 addresses; ours is offered the same peers. */
  readonly contacts: number;
  readonly requests: number;
}

/** Milliseconds of the processor per answer. */
export interface ServeFigures {
  readonly handlerMs: number;
  /** One stream for all requests, and one for each. */
  readonly keptStreamMs: number;
  readonly freshStreamsMs: number;
  /** Peers in an answer. */
  readonly peers: number;
  /** Contacts in the routing table. */
  readonly contacts: number;
}

/** A peer that a table is offered. */
interface Offer {
  readonly id: Uint8Array;
  readonly addresses: readonly Uint8Array[];
}

/** A server, whosever it is. */
interface Server {
  readonly addresses: readonly string[];
  readonly contacts: number;
  /** The bytes of an answer. */
  handle(key: Uint8Array): Uint8Array | Promise<Uint8Array>;
  stop(): Promise<void>;
}

/** The part of @libp2p/kad-dht that serves. */
interface StockParts {
  readonly routingTable: {
    readonly size: number;
    readonly kb: { verify: () => Promise<boolean> };
    add(peer: PeerId): Promise<void>;
  };
  readonly rpc: { handleMessage(from: PeerId, message: object): Promise<object> };
}

const ROUNDS = 5;
const rng = new Rng(7, 'libp2p serve');
const asker = somePeer(0);
const folder = new URL('./message/', import.meta.resolve('@libp2p/kad-dht'));
const { Message } = (await import(new URL('dht.js', folder).href)) as {
  Message: { encode(message: object): Uint8Array };
};

reply(await measure(orderOf() as ServeOrder));

async function measure({ kind, contacts, requests }: ServeOrder): Promise<ServeFigures> {
  const offers = await offersFor(contacts);
  // Ours answers one asker only so often, and needs a new server for each round; theirs takes long to fill.
  const theirs = kind === 'stock' ? await stock(offers) : null;
  const start = async (): Promise<Server> => theirs ?? ours(offers);
  const handler = await handlerAlone(start, requests);
  const server = await start();
  const keptStreamMs = await overStreams(server, { streams: 'kept', requests });
  await server.stop();
  const other = await start();
  const freshStreamsMs = await overStreams(other, { streams: 'fresh', requests });
  return { ...handler, keptStreamMs, freshStreamsMs, contacts: other.contacts };
}

/** The median of some rounds, without the first. */
async function handlerAlone(
  start: () => Promise<Server>,
  requests: number,
): Promise<{ handlerMs: number; peers: number }> {
  const rounds: number[] = [];
  let peers = 0;
  for (let round = 0; round <= ROUNDS; round++) {
    const server = await start();
    const keys = Array.from({ length: requests }, () => someKey());
    const cpu = process.cpuUsage();
    let answer = new Uint8Array(0) as Uint8Array;
    for (const key of keys) answer = await server.handle(key);
    if (round > 0) rounds.push(cpuMsSince(cpu) / requests);
    peers = decodeAmino(answer, 'response').closerPeers.length;
    await server.stop();
  }
  return { handlerMs: median(rounds), peers };
}

async function overStreams(
  { addresses }: Server,
  order: Omit<LoadOrder, 'addresses'>,
): Promise<number> {
  const file = new URL('./libp2p-load.ts', import.meta.url);
  const child = fork(file, [JSON.stringify({ addresses, ...order })]);
  const next = (): Promise<void> =>
    new Promise((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`the client ended with ${code}`)));
    });
  await next();
  const cpu = process.cpuUsage();
  child.send('go');
  await next();
  const ms = cpuMsSince(cpu) / order.requests;
  child.kill();
  return ms;
}

async function ours(offers: readonly Offer[]): Promise<Server> {
  const node = await createOurs();
  const { host } = node.services.dht.node;
  for (const { id, addresses } of offers) {
    const { handle } = host.book.meet(id, addresses, host.now());
    host.engine.tables.observe(0, handle, host.now());
  }
  const from = host.book.know(asker.id, host.now());
  return {
    addresses: node.getMultiaddrs().map(String),
    contacts: host.engine.tables.size(0),
    handle: (key) => {
      const answer = host.receive(from, requestFor(key), true);
      if (typeof answer === 'string') throw new Error(`the request was answered with ${answer}`);
      return answer;
    },
    stop: async () => node.stop(),
  };
}

async function stock(offers: readonly Offer[]): Promise<Server> {
  const node = await createStock();
  const dht = node.services.dht as unknown as StockParts;
  // Nobody is there who could answer the ping that a newcomer gets.
  dht.routingTable.kb.verify = async (): Promise<boolean> => true;
  for (const { id, addresses } of offers) {
    const peer = peerIdFromMultihash(Digest.decode(id));
    await node.peerStore.merge(peer, { multiaddrs: addresses.map((one) => multiaddr(one)) });
    await dht.routingTable.add(peer);
  }
  const from = peerIdFromMultihash(Digest.decode(asker.id));
  return {
    addresses: node.getMultiaddrs().map(String),
    contacts: dht.routingTable.size,
    handle: async (key) => {
      const message = { type: 'FIND_NODE', key, closer: [], providers: [] };
      return Message.encode(await dht.rpc.handleMessage(from, message));
    },
    stop: async () => {},
  };
}

/** So many random peers that the stock's table holds the wanted number: 64 buckets of 20, filled by chance. */
async function offersFor(contacts: number): Promise<Offer[]> {
  const offers: Offer[] = [];
  const buckets = new Map<number, number>();
  for (let held = 0; held < contacts;) {
    const offer = somePeer(offers.length);
    const digest = await crypto.subtle.digest('SHA-256', Uint8Array.from(offer.id));
    const bucket = new Uint8Array(digest)[0]! >>> 2;
    const size = buckets.get(bucket) ?? 0;
    offers.push(offer);
    if (size === 20) continue;
    buckets.set(bucket, size + 1);
    held++;
  }
  return offers;
}

function requestFor(key: Uint8Array): ReturnType<typeof decodeAmino> {
  return decodeAmino(
    encodeAmino({ type: 'find-node', key, record: null, closerPeers: [], providerPeers: [] }),
  );
}

function someKey(): Uint8Array {
  return Uint8Array.of(0x12, 32, ...rng.bytes(32));
}

/** A peer with an Ed25519 key, with TCP and QUIC on IPv4 and IPv6. */
function somePeer(index: number): Offer {
  // Two networks of 2^16 addresses would be one owner's.
  const ip4 = [4, 20 + (index >>> 8), index & 255, ...rng.bytes(2)];
  const ip6 = [41, 0x2a, ...rng.bytes(15)];
  const tcp = [6, 15, 161];
  const quic = [0x91, 2, 15, 161, 0xcd, 3];
  const addresses = [ip4, ip6].flatMap((ip) => [
    Uint8Array.of(...ip, ...tcp),
    Uint8Array.of(...ip, ...quic),
  ]);
  return { id: Uint8Array.of(0, 36, 8, 1, 0x12, 32, ...rng.bytes(32)), addresses };
}
