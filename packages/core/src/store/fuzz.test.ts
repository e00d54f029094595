// A million damaged inputs for everything in this folder that reads what strangers send: the form only, for
// a signature would refuse nearly all of them. A failure says which input it was.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import type { CborValue } from '../encoding/cbor.ts';
import { equalKeys } from '../keyspace/key.ts';
import { codecTarget, fuzz } from '../testing/fuzz.ts';
import type { FuzzTarget } from '../testing/fuzz.ts';
import { editMessage } from '../testing/protobuf-edit.ts';
import { decodeBep44Item, encodeBep44Item } from './bep44-item.ts';
import { validateImmutableItem } from './bep44.ts';
import { createIpnsRecord, decodeIpnsRecord } from './ipns-record.ts';
import { decodePublicKey, encodePublicKey, peerIdOf } from './public-key.ts';

const EXECUTIONS = 1_000_000;
const SEED = 1;

const SECRET = new Uint8Array(32).fill(1);
const EMPTY = new Uint8Array(0);

const keyOf = (type: number, data: Uint8Array): Uint8Array =>
  editMessage(EMPTY, { 1: BigInt(type), 2: data });
const rsa = hexToBytes(
  `30820122300d06092a864886f70d01010105000382010f003082010a0282010100${'ff'.repeat(256)}0203010001`,
);
const point = p256.getPublicKey(SECRET, false);
const onP256 = hexToBytes('3059301306072a8648ce3d020106082a8648ce3d030107034200');
const keys = [
  keyOf(0, rsa),
  keyOf(1, ed25519.getPublicKey(SECRET)),
  keyOf(2, secp256k1.getPublicKey(SECRET)),
  keyOf(2, secp256k1.getPublicKey(SECRET, false)),
  keyOf(3, Uint8Array.of(...onP256, ...point)),
];

const publicKeys = codecTarget(
  { name: 'public key', seeds: keys },
  (bytes) => {
    const key = decodePublicKey(bytes);
    peerIdOf(key);
    return key;
  },
  encodePublicKey,
);

const cbor: FuzzTarget = {
  name: 'cbor',
  seeds: [
    encodeCbor(
      new Map<string, CborValue>([
        ['TTL', 300_000_000_000n],
        ['_', [true, false, null, -1.5, 'ü€\u{10151}', { cid: Uint8Array.of(1, 0x55) }]],
        ['Value', utf8ToBytes('/ipfs/bafkqaaa')],
        ['more', new Map([['a', [[-1n], -256n, 65_536n]]])],
      ]),
    ),
    encodeCbor(Array.from({ length: 30 }, (_, i) => 1n << BigInt(2 * i))),
  ],
  tokens: ['60', '80', 'a0', 'd82a4100', 'fb0000000000000000', '1b', '5b', '9b', 'bb'].map(
    hexToBytes,
  ),
  run(input) {
    if (!equalKeys(encodeCbor(decodeCbor(input)), input))
      throw new Error('a value has two spellings');
    return true;
  },
};

const ipns: FuzzTarget = {
  name: 'ipns',
  seeds: keys
    .slice(0, 3)
    .map((key, i) =>
      createIpnsRecord(
        { value: utf8ToBytes('/ipfs/bafkqaaa'), sequence: BigInt(i), validUntilNs: BigInt(i) },
        key,
        () => new Uint8Array(64),
      ),
    ),
  tokens: ['Sequence', 'TTL', 'Validity', 'ValidityType', 'Value'].map((name) => encodeCbor(name)),
  run(input) {
    const { value, sequence, ttlNs, message } = decodeIpnsRecord(input);
    if (value.length + message.length > 2 * input.length || sequence < 0n || ttlNs < 0n)
      throw new Error('a record says what it cannot say');
    return true;
  },
};

const bep44: FuzzTarget = {
  name: 'bep44',
  seeds: [
    { v: utf8ToBytes('12:Hello World!') },
    { v: utf8ToBytes('d1:ali1ei-2ee2:bbd1:x0:ee') },
    { k: SECRET, salt: SECRET, seq: 5n, sig: new Uint8Array(64), v: utf8ToBytes('i1e') },
  ].map(encodeBep44Item),
  tokens: ['i0e', 'le', 'de', '1:a', 'l', 'd', 'e', '4:salt1:x'].map(utf8ToBytes),
  run(input) {
    const item = decodeBep44Item(input);
    if (!equalKeys(encodeBep44Item(item), input)) throw new Error('an item has two spellings');
    validateImmutableItem(EMPTY, item.v);
    return true;
  },
};

beforeAll(() => {
  // Most inputs are refused, and most of what that costs is the trace of where.
  Error.stackTraceLimit = 0;
});

afterAll(() => {
  Error.stackTraceLimit = 10;
});

test.each([cbor, ipns, publicKeys, bep44])(
  '$name survives a million damaged inputs',
  (target) => {
    const report = fuzz(target, {
      executions: EXECUTIONS,
      seed: SEED,
      now: () => performance.now(),
    });
    expect(report.accepted + report.refused).toBe(EXECUTIONS);
    // Inputs that are all refused at their first byte would prove nothing.
    expect(report.accepted).toBeGreaterThan(EXECUTIONS / 100);
    expect(report.refused).toBeGreaterThan(EXECUTIONS / 100);
  },
  120_000,
);
