// What one node does for another to find: each check throws where it fails.
import { deepEqual, equal, ok } from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { readTraceText } from '@kadscope/core/trace';
import { KuboParty } from './kubo-party.ts';
import { makeRecord } from './our-party.ts';
import type { Network, Party } from './party.ts';

/** Two nodes of a network: `asks` looks for what `has` has. */
export interface Pair {
  readonly asks: Party;
  readonly has: Party;
  readonly network: Network;
  /** What `asks` asks: the DHT, or an HTTP router. */
  readonly by: 'dht' | 'http';
}

export interface Check {
  readonly name: string;
  /** Where it makes sense; everywhere, if nothing is said. */
  readonly applies?: (pair: Pair) => boolean;
  readonly run: (pair: Pair) => Promise<void>;
}

/** Bytes of a file that is more than one block with either kind of node. */
const FILE_BYTES = 2_500_000;
const SMALL_FILE_BYTES = 1_000;

const newFile = (bytes: number): Uint8Array => Uint8Array.from(randomBytes(bytes));

/** A file that `has` holds, and has told the DHT of. */
async function provided(has: Party, bytes = SMALL_FILE_BYTES): Promise<[string, Uint8Array]> {
  const file = newFile(bytes);
  const cid = await has.add(file);
  await has.provide(cid);
  return [cid, file];
}

/** Reads what Kubo printed, and answers with the ids of the nodes in it. Throws when anything in it is not understood. */
function nodesOfTrace(log: string, operation: string): Set<string> {
  const { trace, format } = readTraceText(log);
  equal(format, 'kubo');
  // Kubo says neither when, who nor what: that is told of the log as a whole. Of its records, nothing may be.
  const complaints = trace.notes.filter((note) => !note.startsWith('The log '));
  deepEqual(complaints, []);
  deepEqual(
    trace.operations.map(({ kind }) => kind),
    [operation],
  );
  ok(trace.lookups.length > 0, 'the trace has no lookup');
  return new Set(trace.nodes.map(({ id }) => id));
}

export const CHECKS: readonly Check[] = [
  {
    name: 'provide, findprovs',
    // The HTTP routing API finds providers, but takes none.
    applies: ({ by, has }) => by === 'dht' || !(has instanceof KuboParty),
    run: async ({ asks, has }) => {
      const cid = await has.add(newFile(SMALL_FILE_BYTES));
      // Else the next lines would not show that it is the command that announces.
      deepEqual(await asks.findProviders(cid), []);
      await has.provide(cid);
      deepEqual(await asks.findProviders(cid), [has.id]);
    },
  },
  {
    name: 'findprovs read as a trace',
    applies: ({ by, asks }) => by === 'dht' && asks instanceof KuboParty,
    run: async ({ asks, has, network }) => {
      const [cid] = await provided(has);
      const log = await (asks as KuboParty).findProvidersLog(cid);
      const seen = nodesOfTrace(log, 'findProviders');
      ok(seen.has(has.id), 'the provider is not in the trace');
      const servers = network.servers.filter(({ id }) => seen.has(id));
      ok(servers.length > 0, 'no server is in the trace');
    },
  },
  {
    name: 'query read as a trace',
    applies: ({ by, asks }) => by === 'dht' && asks instanceof KuboParty,
    run: async ({ asks, has, network }) => {
      const seen = nodesOfTrace(await (asks as KuboParty).queryLog(has.id), 'findNode');
      for (const { id, name } of network.servers)
        ok(seen.has(id) || id === asks.id, `a ${name} is not in the trace`);
    },
  },
  {
    name: 'findpeer',
    // Without a DHT nobody knows the peer that only asks an HTTP router.
    applies: ({ by, has }) => by === 'dht' || !(has instanceof KuboParty),
    run: async ({ asks, has }) => {
      await asks.disconnect(has.id);
      const found = await asks.findPeer(has.id);
      for (const address of has.addresses)
        ok(found.includes(address), `${address} is not among [${found.join(', ')}]`);
    },
  },
  {
    name: 'put, get',
    run: async ({ asks, has }) => {
      const key = await generateKeyPair('Ed25519');
      for (const sequence of [0, 1]) {
        const { name, record } = await makeRecord(key, '/ipfs/bafkqaaa', sequence);
        await has.put(name, record);
        deepEqual(Buffer.from(await asks.get(name)), Buffer.from(record));
      }
    },
  },
  {
    name: 'publish a name, resolve it',
    run: async ({ asks, has }) => {
      const label = `for ${asks.id}`.replace(' ', '-');
      for (let version = 1; version <= 2; version++) {
        const cid = await has.add(newFile(SMALL_FILE_BYTES));
        const name = await has.publish(label, cid);
        equal(await asks.resolve(name), `/ipfs/${cid}`);
      }
    },
  },
  {
    name: 'query',
    applies: ({ by }) => by === 'dht',
    run: async ({ asks, network }) => {
      const target = peerIdFromPrivateKey(await generateKeyPair('Ed25519')).toString();
      const found = await asks.query(target);
      const wanted = network.servers.filter(({ id }) => id !== asks.id).map(({ id }) => id);
      deepEqual(found.toSorted(), wanted.toSorted());
    },
  },
  {
    name: 'ping',
    applies: ({ by }) => by === 'dht',
    run: async ({ asks, has }) => asks.ping(has),
  },
  {
    name: 'fetch blocks',
    applies: ({ by }) => by === 'dht',
    run: async ({ asks, has }) => {
      const [cid, file] = await provided(has, FILE_BYTES);
      await asks.disconnect(has.id);
      ok(Buffer.from(await asks.fetch(cid)).equals(file), 'other bytes came in');
    },
  },
];
