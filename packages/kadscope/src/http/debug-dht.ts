// What a node knows, for whoever sits at its machine: its routing tables, bucket by bucket.
import type { KadscopeDHT } from '@kadscope/libp2p';
import { isOwnHost } from './own-host.ts';
import { JSON_TYPE, Refusal, sendBody } from './answer.ts';
import type { Exchange } from './answer.ts';

/** A bucket of a routing table. */
export interface BucketReport {
  readonly index: number;
  readonly peers: readonly { readonly id: string; readonly addresses: readonly string[] }[];
}

/** A DHT of a node. */
export interface DhtReport {
  readonly name: string;
  readonly protocol: string;
  readonly mode: 'client' | 'server';
  readonly contacts: number;
  readonly buckets: readonly BucketReport[];
}

/** The routing tables of a node. */
export interface TablesReport {
  readonly peerId: string;
  readonly networks: readonly DhtReport[];
}

/** The path under which a node serves this. */
export const DEBUG_PATH = '/debug/dht';

const NODE = 0;
const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;

/** The routing table of a DHT. */
export function dhtReport(name: string, dht: KadscopeDHT): DhtReport {
  const { engine, book } = dht.node.host;
  const { tables } = engine;
  const buckets = Array.from({ length: tables.bucketCount(NODE) }, (_, index) => ({
    index,
    peers: [] as BucketReport['peers'][number][],
  }));
  for (const contact of tables.contacts(NODE)) {
    const known = book.get(contact)!;
    const addresses = dht.addressesOf(known.peerId).map(String);
    buckets[tables.bucketIndex(NODE, contact)]!.peers.push({
      id: known.peerId.toString(),
      addresses,
    });
  }
  return {
    name,
    protocol: dht.protocol,
    mode: dht.getMode(),
    contacts: tables.size(NODE),
    buckets,
  };
}

/** Serves the tables to this machine alone: pages of others cannot ask, and nobody else may. */
export function sendTables(exchange: Exchange, tables: () => TablesReport): void {
  const { request, response } = exchange;
  const isNear = LOOPBACK.test(request.socket.remoteAddress ?? '');
  if (!isNear || !isOwnHost(request.headers.host) || request.headers.origin !== undefined)
    throw new Refusal(403, 'Only programs on this machine are told.');
  if (request.method !== 'GET' && request.method !== 'HEAD')
    throw new Refusal(405, 'Only GET and HEAD work here.', { Allow: 'GET, HEAD' });
  response.setHeader('Cache-Control', 'no-store');
  sendBody(exchange, JSON_TYPE, `${JSON.stringify(tables())}\n`);
}
