import fc from 'fast-check';
import { expect, test } from 'vitest';
import { keyFromHex, keyToHex } from '../keyspace/key.ts';
import { decodeBase58, decodeBase64, decodeHex, decodeMultibase } from './multibase.ts';

// Bytes whose text is published: the multibase specification's test vectors for "yes mani !", and the
// peer id of the libp2p peer-ids specification in both of its spellings.
const YES = '796573206d616e692021';

test.each([
  ['z7paNL19xttacUY', YES],
  ['k2lcpzo5yikidynfl', YES],
  ['bpfsxgidnmfxgsibb', YES],
  ['meWVzIG1hbmkgIQ', YES],
  ['ueWVzIG1hbmkgIQ', YES],
  ['f796573206d616e692021', YES],
  ['F796573206D616E692021', null],
  ['', null],
  ['xyz', null],
  ['z', ''],
  ['z0OIl', null],
  ['b1', null],
  ['f1', null],
  ['f1g', null],
  ['m=', null],
])('multibase %j is %j', (text, hex) => {
  const bytes = decodeMultibase(text);
  expect(bytes === null ? null : keyToHex(bytes)).toBe(hex);
});

test('leading zeros are bytes of their own', () => {
  expect(decodeBase58('11')).toEqual(Uint8Array.of(0, 0));
  expect(decodeBase58('112')).toEqual(Uint8Array.of(0, 0, 1));
  expect(decodeMultibase('k01')).toEqual(Uint8Array.of(0, 1));
});

test('bits that are left over must be zero, and a character too many is refused', () => {
  expect(decodeMultibase('bae')).toEqual(Uint8Array.of(1));
  expect(decodeMultibase('baf')).toBeNull();
  expect(decodeMultibase('baea')).toBeNull();
});

test('texts without end are refused instead of read', () => {
  expect(decodeBase58('2'.repeat(513))).toBeNull();
  expect(decodeMultibase(`b${'a'.repeat(40_000)}`)).toBeNull();
});

test('base58 and hexadecimal bring back what was written', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(decodeHex(keyToHex(bytes))).toEqual(bytes);
      expect(decodeBase58(encodeBase58(bytes))).toEqual(bytes);
      expect(decodeBase64(Buffer.from(bytes).toString('base64'))).toEqual(bytes);
    }),
  );
  expect(keyFromHex(YES)).toEqual(decodeHex(YES));
});

/** The textbook way, with big numbers. */
function encodeBase58(bytes: Uint8Array): string {
  const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
  let number = BigInt(`0x0${keyToHex(bytes)}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = alphabet[Number(number % 58n)]! + text;
  let zeros = 0;
  while (bytes[zeros] === 0) zeros++;
  return '1'.repeat(zeros) + text;
}
