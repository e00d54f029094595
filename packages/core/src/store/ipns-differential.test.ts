// Our IPNS against the one of js-ipfs, the package `ipns`: each makes records and judges those of the other.
import { generateKeyPairSync, sign as nodeSign } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { createIPNSRecordWithExpiration, marshalIPNSRecord } from 'ipns';
import { ipnsSelector } from 'ipns/selector';
import { ipnsValidator } from 'ipns/validator';
import { describe, expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import type { CborValue } from '../encoding/cbor.ts';
import { editMessage, fieldOf } from '../testing/protobuf-edit.ts';
import { assembleIpnsRecord, createIpnsRecord, ipnsKey, ipnsMessages } from './ipns-record.ts';
import type { IpnsContent } from './ipns-record.ts';
import { formatRfc3339 } from './ipns-time.ts';
import { IPNS } from './ipns.ts';
import { DEFAULT_VALIDATORS, validateRecord } from './validate.ts';

/** A key pair: the public half in protobuf, and as the package wants it. */
interface Pair {
  readonly type: 'Ed25519' | 'RSA' | 'secp256k1' | 'ECDSA';
  readonly publicKey: Uint8Array;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

const SEED = new Uint8Array(32).fill(3);
const EMPTY = new Uint8Array(0);
const MINUTE_NS = 60_000_000_000n;

/** The package asks the clock of the machine, so our records have to go by it, too. */
const NOW = Date.now();
const SOON_NS = BigInt(NOW) * 1_000_000n + 60n * MINUTE_NS;

function pair(type: Pair['type'], code: bigint, data: Uint8Array, sign: Pair['sign']): Pair {
  return { type, publicKey: editMessage(EMPTY, { 1: code, 2: data }), sign };
}

function nodePair(type: 'RSA' | 'ECDSA'): Pair {
  const { publicKey, privateKey } =
    type === 'RSA'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  const sign: Pair['sign'] = (message) => new Uint8Array(nodeSign('sha256', message, privateKey));
  return pair(type, type === 'RSA' ? 0n : 3n, der, sign);
}

const PAIRS: readonly Pair[] = [
  pair('Ed25519', 1n, ed25519.getPublicKey(SEED), (message) => ed25519.sign(message, SEED)),
  pair('secp256k1', 2n, secp256k1.getPublicKey(SEED), (message) =>
    secp256k1.sign(message, SEED, { format: 'der' }),
  ),
  nodePair('RSA'),
];
const [PAIR] = PAIRS as [Pair];

const CONTENT: IpnsContent = {
  value: utf8ToBytes('/ipfs/bafkqaddwgevxmmraojswg33smq'),
  sequence: 7n,
  validUntilNs: SOON_NS,
  ttlNs: 5n * MINUTE_NS,
};

const ours = (record: Uint8Array, { publicKey }: Pair = PAIR): boolean =>
  validateRecord(DEFAULT_VALIDATORS, ipnsKey(publicKey), record, NOW) === null;

async function theirs(record: Uint8Array, { publicKey }: Pair = PAIR): Promise<boolean> {
  try {
    await ipnsValidator(ipnsKey(publicKey), record);
    return true;
  } catch {
    return false;
  }
}

/** A record that the package has made. */
async function made({ type, publicKey, sign }: Pair, isV1: boolean): Promise<Uint8Array> {
  // Of a key the package uses its type, its function to sign and, for RSA, the bytes of the public half.
  const key = { type, sign, publicKey: { type, raw: fieldOf(publicKey, 2) } };
  const text = new TextDecoder().decode(CONTENT.value);
  const { sequence, validUntilNs } = CONTENT;
  const record = await createIPNSRecordWithExpiration(
    key as never,
    text,
    sequence,
    formatRfc3339(validUntilNs),
    { ttlNs: CONTENT.ttlNs!, v1Compatible: isV1 },
  );
  return marshalIPNSRecord(record);
}

/** A record of ours whose signed data have other fields; the V1 fields, if there are any, remain. */
function resigned(
  record: Uint8Array,
  changes: Readonly<Record<string, CborValue | undefined>>,
): Uint8Array {
  const fields = new Map(decodeCbor(fieldOf(record, 9) as Uint8Array) as Map<string, CborValue>);
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) fields.delete(name);
    else fields.set(name, value);
  }
  const data = encodeCbor(fields);
  const message = Uint8Array.of(...utf8ToBytes('ipns-signature:'), ...data);
  return editMessage(record, { 8: PAIR.sign(message), 9: data });
}

describe.each(PAIRS)('with a key of type $type', (keys) => {
  test('records of theirs are valid, with V1 and without', async () => {
    for (const isV1 of [true, false]) {
      const record = await made(keys, isV1);
      expect(ours(record, keys)).toBe(true);
      expect(await theirs(record, keys)).toBe(true);
      expect(
        validateRecord(DEFAULT_VALIDATORS, ipnsKey(keys.publicKey), record, NOW + 3_600_001),
      ).toBe('the record has expired');
    }
  });

  test('records of ours are valid, with V1 and without', async () => {
    const { v2 } = ipnsMessages(CONTENT);
    const alone = assembleIpnsRecord(CONTENT, keys.publicKey, { v2: keys.sign(v2) });
    for (const record of [createIpnsRecord(CONTENT, keys.publicKey, keys.sign), alone]) {
      expect(await theirs(record, keys)).toBe(true);
      expect(ours(record, keys)).toBe(true);
    }
  });

  test('both judge a record alike when one of its fields is changed', async () => {
    const record = createIpnsRecord(CONTENT, keys.publicKey, keys.sign);
    const other = PAIRS[(PAIRS.indexOf(keys) + 1) % PAIRS.length]!;
    const changes = [
      { 2: EMPTY },
      { 2: Uint8Array.of(1) },
      { 1: utf8ToBytes('/ipfs/other') },
      { 3: 1n },
      { 4: utf8ToBytes(formatRfc3339(SOON_NS + 1n)) },
      { 5: 8n },
      { 6: 8n },
      { 7: other.publicKey },
      { 7: keys.publicKey },
      { 7: Uint8Array.of(8, 1) },
      { 8: null },
      { 8: EMPTY },
      { 8: new Uint8Array(64) },
      { 8: fieldOf(record, 2)! },
      { 9: null },
      { 9: EMPTY },
      { 9: Uint8Array.of(0xa0) },
      { 9: (fieldOf(record, 9) as Uint8Array).subarray(1) },
      { 1: null, 2: null, 3: null, 4: null, 5: null, 6: null },
      { 15: 1n },
      { 16: 1n },
      { 15: new Uint8Array(10_240) },
    ];
    const verdicts = [];
    for (const change of changes) {
      const changed = editMessage(record, change);
      expect([change, ours(changed, keys)]).toEqual([change, await theirs(changed, keys)]);
      verdicts.push(ours(changed, keys));
    }
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  });
});

test('both judge a record alike when a byte of it is changed, wherever it is', async () => {
  const { v2 } = ipnsMessages(CONTENT);
  const record = assembleIpnsRecord(CONTENT, PAIR.publicKey, { v2: PAIR.sign(v2) });
  for (let i = 0; i < record.length; i++) {
    const changed = Uint8Array.from(record);
    // The lowest three bits may be the type of a field, which the package does not look at.
    changed[i]! ^= 8 << (i % 5);
    expect([i, ours(changed), await theirs(changed)]).toEqual([i, false, false]);
  }
});

test('both judge a record alike when one of its signed fields is changed and signed again', async () => {
  const record = createIpnsRecord(CONTENT, PAIR.publicKey, PAIR.sign);
  const alone = editMessage(record, { 1: null, 2: null, 3: null, 4: null, 5: null, 6: null });
  const names = ['Value', 'Validity', 'ValidityType', 'Sequence', 'TTL'];
  for (const name of names) {
    const gone = resigned(record, { [name]: undefined });
    const other = resigned(record, { [name]: 1n });
    expect([name, ours(gone), await theirs(gone)]).toEqual([name, false, false]);
    expect([name, ours(other), await theirs(other)]).toEqual([name, false, false]);
  }
  for (const changes of [
    { Validity: utf8ToBytes(formatRfc3339(BigInt(NOW - 1_000) * 1_000_000n)) },
    { Validity: utf8ToBytes('yesterday') },
    { ValidityType: 1n },
  ]) {
    const changed = resigned(alone, changes);
    expect([changes, ours(changed), await theirs(changed)]).toEqual([changes, false, false]);
  }
  for (const changes of [
    { Sequence: (1n << 63n) + 5n },
    { TTL: 0n },
    { _more: 'a field of somebody' },
  ]) {
    const changed = resigned(alone, changes);
    expect([changes, ours(changed), await theirs(changed)]).toEqual([changes, true, true]);
  }
});

test('they differ where the package is laxer or stricter than Go and the specification, as is known', async () => {
  const record = createIpnsRecord(CONTENT, PAIR.publicKey, PAIR.sign);
  const alone = editMessage(record, { 1: null, 2: null, 3: null, 4: null, 5: null, 6: null });
  const laxer = {
    'V1 fields without the value are not compared': editMessage(record, { 1: null, 5: 8n }),
    'V1 fields without the signature are not compared': editMessage(record, { 2: null, 5: 8n }),
    'a time to live may be missing': resigned(alone, { TTL: undefined }),
    'a time to live may be negative (boxo refuses it since 2026)': resigned(alone, { TTL: -1n }),
    'a sequence number may be missing': resigned(alone, { Sequence: undefined }),
  };
  for (const [difference, changed] of Object.entries(laxer))
    expect([difference, ours(changed), await theirs(changed)]).toEqual([difference, false, true]);
  const stricter = {
    'a value has to be a path': resigned(alone, { Value: utf8ToBytes('not a path') }),
    'the default of a field is not the same as none': editMessage(record, { 3: null }),
  };
  for (const [difference, changed] of Object.entries(stricter))
    expect([difference, ours(changed), await theirs(changed)]).toEqual([difference, true, false]);
});

test('ECDSA is between Go and us: the package has keys and signatures of a form of its own', async () => {
  const keys = nodePair('ECDSA');
  const record = createIpnsRecord(CONTENT, keys.publicKey, keys.sign);
  expect(ours(record, keys)).toBe(true);
  expect(await theirs(record, keys)).toBe(false);
});

test('both select the same of two records, where the package decides at all', () => {
  const records = fc.record({
    sequence: fc.bigInt({ min: 0n, max: 3n }),
    validUntilNs: fc.bigInt({ min: 0n, max: 3n }).map((minutes) => SOON_NS + minutes * MINUTE_NS),
    value: fc.constantFrom('/ipfs/a', '/ipfs/b').map((text) => utf8ToBytes(text)),
  });
  fc.assert(
    fc.property(records, records, (a, b) => {
      const values = [a, b].map((content) =>
        createIpnsRecord(content, PAIR.publicKey, () => new Uint8Array(64)),
      );
      const isTie = a.sequence === b.sequence && a.validUntilNs === b.validUntilNs;
      const [one, two] = values as [Uint8Array, Uint8Array];
      const larger = Buffer.compare(two, one) > 0 ? 1 : 0;
      const expected = isTie ? larger : ipnsSelector(ipnsKey(PAIR.publicKey), values);
      expect(IPNS.select(EMPTY, values)).toBe(expected);
    }),
  );
});
