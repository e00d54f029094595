// The routing table against npm's k-bucket, side by side: 64 buckets of 20 contacts, closest(20) and inserts.
import { Buffer } from 'node:buffer';
import KBucket from 'k-bucket';
import { AMINO, Kademlia } from '@kadscope/core';
import { KeyTable, Rng } from '@kadscope/core/keyspace';
import { median, paired, print } from './support/measure.ts';

const BUCKETS = 64;
const K = 20;
const CONTACTS = BUCKETS * K;
const TARGETS = 2_000;
const TARGETS_PEER = 100;
const ROUNDS = 7;

const rng = new Rng(1, 'routing-table bench');
const own = rng.bytes(32);
const contacts = shuffled(
  Array.from({ length: CONTACTS }, (_, i) => withPrefix(own, Math.floor(i / K))),
);
const targets = Array.from({ length: TARGETS }, (_, i) => withPrefix(own, i % BUCKETS));

const keys = new KeyTable(256, 4 * CONTACTS);
const handles = contacts.map((key) => keys.intern(key));
const targetHandles = targets.map((key) => keys.intern(key));
const engine = new Kademlia({ profile: AMINO, keys, host: silentHost() });
const node = engine.addNode(keys.intern(own));
const out = new Int32Array(K);
let sum = 0;

const inserts = paired(ROUNDS, insertOurs, insertPeer);
insertOurs();
const peer = insertPeer();
if (engine.tables.size(node) !== CONTACTS || peer.count() !== CONTACTS) {
  throw new Error('both tables must hold all contacts');
}
const closest = paired(ROUNDS, closestOurs, closestPeer);
checkAgreement();

print({
  bench: 'routing-table',
  peer: 'k-bucket 5.1.0 (npm)',
  contacts: CONTACTS,
  closestPerSecond: perSecond(20 * TARGETS, closest.a),
  closestPerSecondPeer: perSecond(TARGETS_PEER, closest.b),
  closestRatio: ratio(20 * TARGETS, closest.a, TARGETS_PEER, closest.b),
  insertsPerSecond: perSecond(50 * CONTACTS, inserts.a),
  insertsPerSecondPeer: perSecond(CONTACTS, inserts.b),
  insertsRatio: ratio(50 * CONTACTS, inserts.a, CONTACTS, inserts.b),
  checksum: median([sum]),
});

function insertOurs(): void {
  for (let round = 0; round < 50; round++) {
    engine.tables.clear(node);
    for (const contact of handles) engine.tables.observe(node, contact, 0);
  }
}

function insertPeer(): KBucket {
  const table = new KBucket({ localNodeId: Buffer.from(own), numberOfNodesPerKBucket: K });
  for (const id of contacts) table.add({ id: Buffer.from(id) });
  return table;
}

function closestOurs(): void {
  for (let round = 0; round < 20; round++) {
    for (const target of targetHandles) {
      engine.tables.closest(node, target, K, out);
      sum += out[0]!;
    }
  }
}

function closestPeer(): void {
  for (let i = 0; i < TARGETS_PEER; i++) sum += peer.closest(Buffer.from(targets[i]!), K).length;
}

/** Both must name the same contacts, or the comparison is worth nothing. */
function checkAgreement(): void {
  for (let i = 0; i < TARGETS; i += 37) {
    engine.tables.closest(node, targetHandles[i]!, K, out);
    const ours = Array.from(out, (handle) => Buffer.from(keys.key(handle)).toString('hex'));
    const theirs = peer
      .closest(Buffer.from(targets[i]!), K)
      .map(({ id }) => Buffer.from(id).toString('hex'));
    if (ours.join() !== theirs.join()) throw new Error(`the tables disagree on target ${i}`);
  }
}

function perSecond(count: number, seconds: number): number {
  return Math.round(count / seconds);
}

function ratio(ours: number, seconds: number, theirs: number, theirSeconds: number): number {
  return Math.round(ours / seconds / (theirs / theirSeconds));
}

/** A random key that shares exactly `bits` leading bits with `origin`. */
function withPrefix(origin: Uint8Array, bits: number): Uint8Array {
  const key = rng.bytes(32);
  const at = bits >>> 3;
  const flip = 0x80 >>> (bits & 7);
  for (let i = 0; i < at; i++) key[i] = origin[i]!;
  const keep = ~(0xff >>> (bits & 7)) & 0xff;
  key[at] = (origin[at]! & keep) | (~origin[at]! & flip) | (key[at]! & ~(keep | flip) & 0xff);
  return key;
}

function shuffled<T>(items: T[]): T[] {
  for (let i = items.length - 1; i > 0; i--) {
    const j = rng.below(i + 1);
    [items[i], items[j]] = [items[j]!, items[i]!];
  }
  return items;
}

function silentHost(): ConstructorParameters<typeof Kademlia>[0]['host'] {
  return { send: () => {}, setTimer: () => {}, result: () => {}, random: () => 0 };
}
