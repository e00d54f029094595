import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from '../encoding/cbor.ts';
import type { CborValue } from '../encoding/cbor.ts';
import { DecodeError } from '../encoding/decode-error.ts';
import { editMessage, fieldOf } from '../testing/protobuf-edit.ts';
import {
  assembleIpnsRecord,
  createIpnsRecord,
  decodeIpnsRecord,
  IPNS_RECORD_BYTES_MAX,
  ipnsKey,
  ipnsMessages,
} from './ipns-record.ts';
import type { IpnsContent } from './ipns-record.ts';
import { parseRfc3339 } from './ipns-time.ts';
import { IPNS } from './ipns.ts';
import { DEFAULT_VALIDATORS, joinKey, selectRecord, validateRecord } from './validate.ts';

const NOW = Date.UTC(2026, 10, 23);

/** The public key of a seed, in protobuf. */
const keyOf = (seed: Uint8Array): Uint8Array =>
  Uint8Array.of(8, 1, 0x12, 32, ...ed25519.getPublicKey(seed));

const SEED = new Uint8Array(32).fill(1);
const KEY = keyOf(SEED);
const NAME = ipnsKey(KEY);
const sign = (message: Uint8Array): Uint8Array => ed25519.sign(message, SEED);

const CONTENT = {
  value: utf8ToBytes('/ipfs/bafkqaddwgevxmmraojswg33smq'),
  sequence: 7n,
  validUntilNs: parseRfc3339('2026-11-25T00:00:00.123456789Z'),
};

/** The fields of the protobuf, by name. */
const F = {
  value: 1,
  signatureV1: 2,
  validityType: 3,
  validity: 4,
  sequence: 5,
  ttl: 6,
  pubKey: 7,
  signatureV2: 8,
  data: 9,
};

const both = (content: Partial<IpnsContent> = {}): Uint8Array =>
  createIpnsRecord({ ...CONTENT, ...content }, KEY, sign);
const v2Only = (content: Partial<IpnsContent> = {}): Uint8Array => {
  const all = { ...CONTENT, ...content };
  return assembleIpnsRecord(all, KEY, { v2: sign(ipnsMessages(all).v2) });
};

/** A record of V2 whose signed data are these bytes, properly signed. */
function signedRecord(data: Uint8Array): Uint8Array {
  const message = Uint8Array.of(...utf8ToBytes('ipns-signature:'), ...data);
  return editMessage(new Uint8Array(0), { [F.signatureV2]: sign(message), [F.data]: data });
}

/** The signed data with some fields replaced, or removed. */
function dataWith(changes: Readonly<Record<string, CborValue | undefined>>): Uint8Array {
  const fields = new Map(
    decodeCbor(fieldOf(v2Only(), F.data) as Uint8Array) as Map<string, CborValue>,
  );
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) fields.delete(name);
    else fields.set(name, value);
  }
  return encodeCbor(fields);
}

const problem = (record: Uint8Array, nowMs = NOW, name = NAME): string | null =>
  validateRecord(DEFAULT_VALIDATORS, name, record, nowMs);

describe('records that others made', () => {
  test('vector 6 of the specification, V2 alone, is valid for a hundred years', () => {
    const record = hexToBytes(
      '42406a7698585e2b170709d4947e148b18b120d76db43515edacf290df96b71e' +
        '29c0ca5a16510256814f8255532ec4549ade26f4ca8335f4c41e2cfffeb1ba0a' +
        'a5014a78a56354544c1b000001a3185c50006556616c756558242f697066732f' +
        '6261666b7161647477676977773633746d70657168657a6c646e357a67696853' +
        '657175656e6365006856616c6964697479581b323132332d30382d3134543132' +
        '3a31373a30332e3639343035325a6c56616c69646974795479706500',
    );
    // k51qzi5uqu5dit2ku9mutlfgwyz8u730on38kd10m97m36bjt66my99hb6103f, without the prefix of a CID.
    const name = hexToBytes(
      '002408011220694cff09afd97a4c8bcf8b791acdf152a2ef5ce3a0c30d142070324792b0d8bb',
    );
    expect(problem(record, NOW, joinKey('ipns', name))).toBeNull();
    expect(problem(record, Date.UTC(2123, 7, 15), joinKey('ipns', name))).toContain('expired');
    expect(decodeIpnsRecord(record)).toMatchObject({
      value: utf8ToBytes('/ipfs/bafkqadtwgiww63tmpeqhezldn5zgi'),
      sequence: 0n,
      publicKey: null,
    });
  });

  // Published by Kubo 0.42 with this seed, a lifetime of 48 hours and a time to live of 17 minutes.
  const kubo = {
    seed: hexToBytes('32e1a1eb35a22c55220781fd739bbdab97470ea5a5873b7a0ad33f20182316cc'),
    record: hexToBytes(
      '0a412f697066732f6261666b726569667a6a7574337465326e6879656b6b6c737332376e68336b37327973636f377933' +
        '326b6f616f356565693636776f6633366e35651240515a665804e39917ceac635e48f239d7960b8a4c874fbf84f6b7d9' +
        '5b524349b227cd2bbc0a741e02ad9f31901831f59f706f70b27a205d20679aa296f8cfb6041800221e323032362d3038' +
        '2d32315430363a30393a30342e3531353939393530325a28003080b0f3e5d71d424097d9301110f31d57b65395f3ab50' +
        '04086edce1b6955660d6afedf9ea449472993f18b59cc3bb89ddf6929243fe2f6df734e8191006c57c36b9cbab963565' +
        'a70d4a9801a56354544c1b000000ed7cbcd8006556616c756558412f697066732f6261666b726569667a6a7574337465' +
        '326e6879656b6b6c737332376e68336b37327973636f377933326b6f616f356565693636776f6633366e356568536571' +
        '75656e6365006856616c6964697479581e323032362d30382d32315430363a30393a30342e3531353939393530325a6c' +
        '56616c69646974795479706500',
    ),
    end: Date.UTC(2026, 7, 21, 6, 9, 4, 515),
  };

  test("one of Kubo's is valid until its last nanosecond, and no longer", () => {
    const name = ipnsKey(keyOf(kubo.seed));
    expect(problem(kubo.record, kubo.end, name)).toBeNull();
    expect(problem(kubo.record, kubo.end + 0.99, name)).toBeNull();
    expect(problem(kubo.record, kubo.end + 1, name)).toBe('the record has expired');
    expect(problem(kubo.record, kubo.end)).toContain('does not belong to the record');
  });

  test("ours is byte for byte what Kubo's is", () => {
    const content = {
      value: utf8ToBytes('/ipfs/bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e'),
      sequence: 0n,
      validUntilNs: parseRfc3339('2026-08-21T06:09:04.515999502Z'),
      ttlNs: 1_020_000_000_000n,
    };
    const ours = createIpnsRecord(content, keyOf(kubo.seed), (message) =>
      ed25519.sign(message, kubo.seed),
    );
    expect(bytesToHex(ours)).toBe(bytesToHex(kubo.record));
    expect(decodeIpnsRecord(ours)).toMatchObject({ ...content, publicKey: null });
  });
});

// The bytes of the specification's other vectors are on IPFS only, so they are made anew here, case by case,
// with a key of our own.
describe('the six cases of the specification', () => {
  test.each([
    [
      '1: V1 alone is invalid',
      editMessage(both(), { [F.signatureV2]: null, [F.data]: null }),
      'no V2 signature',
    ],
    ['2: V1 and V2 are valid', both(), null],
    [
      '3: V1 with another value is invalid',
      editMessage(both(), { [F.value]: utf8ToBytes('/ipfs/x') }),
      'differ',
    ],
    [
      '4: V1 with a bad V2 signature is invalid',
      editMessage(both(), { [F.signatureV2]: new Uint8Array(64) }),
      'does not belong',
    ],
    [
      '5: V2 with a bad V1 signature is valid',
      editMessage(both(), { [F.signatureV1]: new Uint8Array(64) }),
      null,
    ],
    ['6: V2 alone is valid', v2Only(), null],
  ])('%s', (_, record, text) => {
    if (text === null) expect(problem(record)).toBeNull();
    else expect(problem(record)).toContain(text);
  });
});

describe('what is refused', () => {
  test.each([
    ['an empty record', new Uint8Array(0), 'no V2 signature'],
    ['no signature', editMessage(v2Only(), { [F.signatureV2]: null }), 'no V2 signature'],
    ['no data', editMessage(v2Only(), { [F.data]: null }), 'no signed data'],
    ['data that are no map', signedRecord(Uint8Array.of(0x80)), 'no map'],
    ['data that are not DAG-CBOR', signedRecord(Uint8Array.of(0xa1)), 'exceeds what is left'],
    ['keys in another order', signedRecord(hexToBytes('a2616201616102')), 'out of order'],
    ['no value', signedRecord(dataWith({ Value: undefined })), "no bytes 'Value'"],
    ['a value that is text', signedRecord(dataWith({ Value: '/ipfs/x' })), "no bytes 'Value'"],
    ['no date', signedRecord(dataWith({ Validity: undefined })), "no bytes 'Validity'"],
    [
      'a date of another form',
      signedRecord(dataWith({ Validity: utf8ToBytes('tomorrow') })),
      'RFC 3339',
    ],
    [
      'a date that is not ASCII',
      signedRecord(dataWith({ Validity: Uint8Array.of(0xff) })),
      'RFC 3339',
    ],
    [
      'no sequence number',
      signedRecord(dataWith({ Sequence: undefined })),
      "no integer 'Sequence'",
    ],
    [
      'a sequence number that is a float',
      signedRecord(dataWith({ Sequence: 7.5 })),
      "no integer 'Sequence'",
    ],
    ['no time to live', signedRecord(dataWith({ TTL: undefined })), "no integer 'TTL'"],
    ['a negative time to live', signedRecord(dataWith({ TTL: -1n })), 'negative'],
    [
      'no validity type',
      signedRecord(dataWith({ ValidityType: undefined })),
      "no integer 'ValidityType'",
    ],
    ['an unknown validity type', signedRecord(dataWith({ ValidityType: 1n })), 'unknown type'],
    ['another date in V1', editMessage(both(), { [F.validity]: utf8ToBytes('x') }), 'differ'],
    ['another sequence number in V1', editMessage(both(), { [F.sequence]: 8n }), 'differ'],
    ['another time to live in V1', editMessage(both(), { [F.ttl]: 8n }), 'differ'],
    ['another validity type in V1', editMessage(both(), { [F.validityType]: 1n }), 'differ'],
    [
      'a V1 signature without the V1 fields',
      editMessage(v2Only(), { [F.signatureV1]: Uint8Array.of(1) }),
      'differ',
    ],
    ['V1 fields without the value', editMessage(both(), { [F.value]: null }), 'differ'],
    [
      'a public key that is none',
      editMessage(both(), { [F.pubKey]: Uint8Array.of(8) }),
      'ends too early',
    ],
    [
      'the public key of somebody else',
      editMessage(both(), { [F.pubKey]: keyOf(new Uint8Array(32)) }),
      'does not belong to the name',
    ],
  ])('%s', (_, record, text) => {
    expect(problem(record)).toContain(text);
  });

  test('more than ten KiB', () => {
    const padding = (length: number): Uint8Array =>
      editMessage(both(), { 15: new Uint8Array(length) });
    const room = IPNS_RECORD_BYTES_MAX - padding(1_000).length + 1_000;
    expect(padding(room)).toHaveLength(IPNS_RECORD_BYTES_MAX);
    expect(problem(padding(room))).toBeNull();
    expect(problem(padding(room + 1))).toContain('10241 bytes');
    expect(() => both({ value: new Uint8Array(10_000) })).toThrow(RangeError);
  });

  test('names that are not peer ids, and records for the names of others', () => {
    for (const name of [
      new Uint8Array(0),
      Uint8Array.of(0x12, 0x20),
      Uint8Array.of(0, 5, 8, 1),
      KEY,
    ])
      expect(problem(both(), NOW, joinKey('ipns', name))).toContain('public key');
    const embedded = editMessage(both(), { [F.pubKey]: KEY });
    const other = ipnsKey(keyOf(new Uint8Array(32)));
    expect(problem(embedded, NOW, other)).toContain('does not belong to the name');
    expect(problem(both(), NOW, other)).toContain('does not belong to the record');
  });
});

describe('what is not signed may be changed by whoever relays a record, to no effect', () => {
  test('more fields, fields twice, and the public key beside a name that is the key', () => {
    const padded = editMessage(both(), {
      [F.pubKey]: editMessage(KEY, { 9: 9n }),
      15: 1n,
      16: KEY,
    });
    expect(problem(padded)).toBeNull();
    expect(problem(Uint8Array.of(...editMessage(both(), { [F.data]: KEY }), ...both()))).toBeNull();
    expect(problem(Uint8Array.of(...both(), 0x7b, 0x7c))).toBeNull();
  });

  test('no changed byte makes a valid record of V2', () => {
    const record = v2Only();
    for (let i = 0; i < record.length; i++) {
      const changed = Uint8Array.from(record);
      changed[i]! ^= 1 << (i % 8);
      expect(problem(changed)).not.toBeNull();
    }
  });

  test('no changed byte makes a record of V1 and V2 say something else', () => {
    const record = both();
    const said = decodeIpnsRecord(record);
    fc.assert(
      fc.property(
        fc.nat({ max: record.length - 1 }),
        fc.integer({ min: 1, max: 255 }),
        (place, mask) => {
          const changed = Uint8Array.from(record);
          changed[place]! ^= mask;
          if (problem(changed) === null) expect(decodeIpnsRecord(changed)).toEqual(said);
        },
      ),
    );
  });

  test('any bytes are a record or refused in order', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          decodeIpnsRecord(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(DecodeError);
        }
        expect(problem(bytes)).not.toBeNull();
      }),
    );
  });
});

describe('the better record', () => {
  const select = (...values: Uint8Array[]): number =>
    selectRecord(DEFAULT_VALIDATORS, NAME, values);
  const later = CONTENT.validUntilNs + 1n;

  test('has the higher sequence number, then the later date, then the larger bytes', () => {
    expect(select(both({ sequence: 8n }), both({ validUntilNs: later }))).toBe(0);
    expect(select(both(), both({ sequence: 8n }), both({ sequence: 3n }))).toBe(1);
    expect(select(both(), both({ validUntilNs: later }))).toBe(1);
    expect(select(both({ validUntilNs: later }), both())).toBe(0);
    const longer = editMessage(both(), { 15: 1n });
    expect(select(both(), longer)).toBe(1);
    expect(select(longer, both())).toBe(0);
    expect(select(both(), v2Only())).toBe(1);
    expect(select(both(), both())).toBe(0);
    expect(select(both())).toBe(0);
  });

  test('is the same whatever the order in which they are found', () => {
    const records = [
      both(),
      v2Only(),
      both({ sequence: 8n }),
      v2Only({ sequence: 8n, validUntilNs: later }),
      both({ value: utf8ToBytes('/ipfs/y') }),
      editMessage(both({ sequence: 8n }), { 15: 3n }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(records, { minLength: 1 }), (some) => {
        const best = some[select(...some)]!;
        for (const one of some) {
          expect(select(best, one) === 0 || one === best).toBe(true);
          expect(select(one, best) === 1 || one === best).toBe(true);
        }
      }),
    );
  });

  test('is never one that cannot be read', () => {
    const junk = new Uint8Array(3);
    expect(select(junk, both())).toBe(1);
    expect(select(both(), junk)).toBe(0);
    expect(select(junk, new Uint8Array(2))).toBe(0);
  });
});

describe('sequence numbers', () => {
  test('from 2^63 on are negative where Go wrote them, and mean the same', () => {
    const top = dataWith({ Sequence: -1n });
    expect(decodeIpnsRecord(signedRecord(top)).sequence).toBe((1n << 64n) - 1n);
    expect(decodeIpnsRecord(signedRecord(dataWith({ Sequence: 1n << 63n }))).sequence).toBe(
      1n << 63n,
    );
    expect(IPNS.select(NAME, [both(), signedRecord(top)])).toBe(1);
  });

  test('are made only where everybody reads them, and so are times to live', () => {
    expect(decodeIpnsRecord(both({ sequence: (1n << 63n) - 1n })).sequence).toBe((1n << 63n) - 1n);
    for (const sequence of [-1n, 1n << 63n]) expect(() => both({ sequence })).toThrow(RangeError);
    for (const ttlNs of [-1n, 1n << 63n]) expect(() => both({ ttlNs })).toThrow(RangeError);
    expect(decodeIpnsRecord(both()).ttlNs).toBe(300_000_000_000n);
  });
});
