// What each verb asks a DHT, and which of the events are its results: as Kubo's `ipfs routing` has them.
import type { KadscopeDHT, QueryEvent } from '@kadscope/libp2p';
import type { PeerId } from '@libp2p/interface';
import type { CID } from 'multiformats/cid';
import { UsageError } from '../errors.ts';
import { parseCid, parseKey, parsePeerId } from '../http/keys.ts';
import { peerRecordOf } from '../http/peer-record.ts';
import type { Named } from '../recorder.ts';
import type { Told } from './ask.ts';
import { durationText } from './duration.ts';

/** A verb with its arguments. */
export interface Task {
  /** The method of the DHT, for those who read a recording. */
  readonly operation: string;
  /** What it is about, as the user named it. */
  readonly subject: string;
  readonly key: Named | Uint8Array;
  readonly isForPeer: boolean;
  /** What it is about in words, such as `the providers of …`. */
  readonly title: string;
  ask(dht: KadscopeDHT, signal: AbortSignal): AsyncIterable<QueryEvent>;
  /** The lines that an event adds to the results: `null` for none, empty where it is a result that is not printed. */
  result(told: Told): string | null;
  /** What is printed at the end, if anything. */
  final?(): string | Uint8Array | null;
  /** Results that are enough. */
  readonly enough: number;
  /** What it means that there was no result. */
  readonly missing: string;
}

const NO_LIMIT = Number.POSITIVE_INFINITY;
const IPNS_PREFIX = '/ipns/';
const PK_PREFIX = '/pk/';

/** `findprovs`: who has some content. */
export function findProvidersTask(text: string, count: number): Task {
  const cid = cidOf(text);
  const seen = new Set<string>();
  return {
    operation: 'findProviders',
    subject: text,
    key: cid,
    isForPeer: false,
    title: `providers of ${text}`,
    ask: (dht, signal) => dht.findProviders(cid, { signal, count }),
    result: ({ event }) => {
      if (event.name !== 'PROVIDER') return null;
      const found = event.providers.map(({ id }) => id.toString()).filter((id) => !seen.has(id));
      for (const id of found) seen.add(id);
      return found.length === 0 ? null : found.map((id) => `${id}\n`).join('');
    },
    enough: count,
    missing: `nobody was found who provides ${text}; 'kadscope check ${text}' says why`,
  };
}

/** `findpeer`: where a peer is. */
export function findPeerTask(text: string): Task {
  const peer = peerOf(text);
  return {
    operation: 'findPeer',
    subject: text,
    key: peer,
    isForPeer: true,
    title: `the addresses of ${text}`,
    ask: (dht, signal) => dht.findPeer(peer, { signal, useCache: false }),
    result: ({ event }) => {
      if (event.name !== 'FINAL_PEER') return null;
      return peerRecordOf(event.peer)
        .Addrs.map((address) => `${address}\n`)
        .join('');
    },
    enough: NO_LIMIT,
    missing: `nobody knows where ${text} is; 'kadscope check ${text}' says why`,
  };
}

/** `query`: the peers closest to a peer or to content. */
export function queryTask(text: string): Task {
  const key = parseKey(text);
  if (key === null) throw new UsageError(`${text}: this is neither a peer id nor a CID`);
  return {
    operation: 'getClosestPeers',
    subject: text,
    key: parsePeerId(text) ?? cidOf(text),
    isForPeer: false,
    title: `the nodes closest to ${text}`,
    ask: (dht, signal) => dht.getClosestPeers(key, { signal }),
    result: ({ event }) => (event.name === 'FINAL_PEER' ? `${event.peer.id.toString()}\n` : null),
    enough: NO_LIMIT,
    missing: `nobody answered who is close to ${text}; check the network, or try again`,
  };
}

/** `get`: the value of a key, byte by byte. */
export function getTask(text: string): Task {
  const key = recordKey(text);
  let value: Uint8Array | null = null;
  return {
    operation: 'get',
    subject: text,
    key,
    isForPeer: false,
    title: `the value of ${text}`,
    ask: (dht, signal) => dht.get(key, { signal }),
    result: ({ event }) => {
      if (event.name !== 'VALUE') return null;
      ({ value } = event);
      return '';
    },
    // Each value that comes is better than the one before.
    final: () => value,
    enough: NO_LIMIT,
    missing: `nobody holds a value of ${text}; whoever publishes it has to do so again`,
  };
}

/** `put`: stores a value with the nodes closest to its key. */
export function putTask(text: string, value: Uint8Array): Task {
  const key = recordKey(text);
  return {
    operation: 'put',
    subject: text,
    key,
    isForPeer: false,
    title: `storing ${value.length} bytes under ${text}`,
    ask: (dht, signal) => dht.put(key, value, { signal }),
    result: ({ event }) =>
      event.name === 'PEER_RESPONSE' && event.messageName === 'PUT_VALUE'
        ? `${event.from.toString()}\n`
        : null,
    enough: NO_LIMIT,
    missing: `nobody took the value of ${text}; check that it is a record of this key, and try again`,
  };
}

/** `provide`: announces that this node has some content. */
export function provideTask(text: string): Task {
  const cid = cidOf(text);
  return {
    operation: 'provide',
    subject: text,
    key: cid,
    isForPeer: false,
    title: `announcing ${text}`,
    ask: (dht, signal) => dht.provide(cid, { signal }),
    result: ({ event }) => (event.name === 'PATH_ENDED' && event.reason === 'stored' ? '' : null),
    enough: NO_LIMIT,
    missing: `nobody took the announcement of ${text}; check the network, or try again`,
  };
}

/** `ping`: asks a peer whether it is there. */
export function pingTask(text: string, count: number): Task {
  const peer = peerOf(text);
  const times: number[] = [];
  let sentMs = 0;
  return {
    operation: 'ping',
    subject: text,
    key: peer,
    isForPeer: true,
    title: `whether ${text} answers`,
    ask: (dht, signal) => pings({ dht, peer, count }, signal),
    result: ({ event, atMs }) => {
      if (event.name === 'SEND_QUERY' && event.messageName === 'PING') sentMs = atMs;
      if (event.name !== 'PEER_RESPONSE' || event.messageName !== 'PING') return null;
      const ms = atMs - sentMs;
      times.push(ms);
      return `Pong received: time=${ms.toFixed(2)} ms\n`;
    },
    final: () => {
      const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
      return times.length === 0 ? null : `Average latency: ${mean.toFixed(2)} ms\n`;
    },
    enough: NO_LIMIT,
    missing: `${text} does not answer; 'kadscope check ${text}' says why`,
  };
}

interface Pings {
  readonly dht: KadscopeDHT;
  readonly peer: PeerId;
  readonly count: number;
}

async function* pings(
  { dht, peer, count }: Pings,
  signal: AbortSignal,
): AsyncGenerator<QueryEvent> {
  // Where a peer is has to be known before it can be asked.
  yield* dht.findPeer(peer, { signal });
  for (let i = 0; i < count; i++) yield* dht.ping(peer, { signal });
}

/** `bootstrap`: gets to know the network, as a node does that joins. */
export function bootstrapTask(self: () => Named): Task {
  let startMs: number | null = null;
  let requests = 0;
  return {
    operation: 'bootstrap',
    subject: 'the own key',
    get key() {
      return self();
    },
    isForPeer: false,
    title: 'getting to know the network',
    ask: (dht, signal) => dht.bootstrap({ signal }),
    result: ({ event, network, atMs }) => {
      startMs ??= atMs;
      if (event.name === 'SEND_QUERY') requests++;
      if (event.name !== 'PATH_ENDED' || event.reason !== 'refreshed') return null;
      return `${network}: ${requests} requests in ${durationText(atMs - startMs)}\n`;
    },
    enough: NO_LIMIT,
    missing: 'nobody answered; check the network, or try again',
  };
}

/** The bytes of a record's key: a namespace, and the bytes of a peer id. Throws a `UsageError` at anything else. */
export function recordKey(text: string): Uint8Array {
  const prefix = [IPNS_PREFIX, PK_PREFIX].find((one) => text.startsWith(one));
  const peer = prefix === undefined ? null : parsePeerId(text.slice(prefix.length));
  if (prefix === undefined || peer === null)
    throw new UsageError(`${text}: expected /ipns/ or /pk/, and the name of a key behind it`);
  return Uint8Array.from([...new TextEncoder().encode(prefix), ...peer.toMultihash().bytes]);
}

function cidOf(text: string): CID {
  const cid = parseCid(text);
  if (cid === null) throw new UsageError(`${text}: this is no CID`);
  return cid;
}

function peerOf(text: string): PeerId {
  const peer = parsePeerId(text.startsWith('/p2p/') ? text.slice('/p2p/'.length) : text);
  if (peer === null) throw new UsageError(`${text}: this is no peer id`);
  return peer;
}
