import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeCbor, encodeCbor } from './cbor.ts';
import type { CborValue } from './cbor.ts';
import { DecodeError } from './decode-error.ts';

const decode = (hex: string): CborValue => decodeCbor(hexToBytes(hex));
const encode = (value: CborValue): string => bytesToHex(encodeCbor(value));

// RFC 8949, appendix A: those of the examples that DAG-CBOR has, too.
const EXAMPLES: [string, CborValue][] = [
  ['00', 0n],
  ['0a', 10n],
  ['17', 23n],
  ['1818', 24n],
  ['1864', 100n],
  ['1903e8', 1000n],
  ['1a000f4240', 1_000_000n],
  ['1b000000e8d4a51000', 1_000_000_000_000n],
  ['1bffffffffffffffff', 18_446_744_073_709_551_615n],
  ['3bffffffffffffffff', -18_446_744_073_709_551_616n],
  ['20', -1n],
  ['3863', -100n],
  ['3903e7', -1000n],
  ['fb3ff199999999999a', 1.1],
  ['fb7e37e43c8800759c', 1e300],
  ['fbc010666666666666', -4.1],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array(0)],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', '\u00fc'],
  ['63e6b0b4', '\u6c34'],
  ['64f0908591', '\u{10151}'],
  ['80', []],
  ['8301820203820405', [1n, [2n, 3n], [4n, 5n]]],
  ['a0', new Map()],
  [
    'a26161016162820203',
    new Map<string, CborValue>([
      ['a', 1n],
      ['b', [2n, 3n]],
    ]),
  ],
  ['826161a161626163', ['a', new Map([['b', 'c']])]],
];

/** Everything that DAG-CBOR can say, for round trips. */
const anyValue = fc.letrec<{ value: CborValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.constantFrom<CborValue>(null, true, false),
    fc.bigInt({ min: -(1n << 64n), max: (1n << 64n) - 1n }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.string({ unit: 'binary' }),
    fc.uint8Array(),
    fc.uint8Array({ minLength: 1 }).map((cid) => ({ cid })),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .array(fc.tuple(fc.string({ unit: 'grapheme' }), tie('value')), { maxLength: 5 })
      .map((entries) => new Map(entries)),
  ),
})).value;

describe('a value', () => {
  test.each(EXAMPLES)('is written %s', (hex, value) => {
    expect(decode(hex)).toEqual(value);
    expect(encode(value)).toBe(hex);
  });

  test('that has been written reads as what it was', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        const bytes = encodeCbor(value);
        expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes);
        expect(decodeCbor(bytes)).toEqual(value);
      }),
    );
  });

  test('may be a link, whose bytes begin with zero on the wire', () => {
    const link = { cid: Uint8Array.of(1, 0x55, 0) };
    expect(encode(link)).toBe('d82a4400015500');
    expect(decode('d82a4400015500')).toEqual(link);
  });

  test('is a view of the input where it is bytes', () => {
    const bytes = hexToBytes('4401020304');
    const value = decodeCbor(bytes) as Uint8Array;
    bytes[1] = 9;
    expect(value[0]).toBe(9);
  });
});

test('keys are ordered by length, then by bytes', () => {
  const fields = ['ValidityType', 'Validity', 'Sequence', 'Value', 'TTL'];
  const bytes = encodeCbor(new Map(fields.map((field) => [field, 0n])));
  expect([...(decodeCbor(bytes) as Map<string, CborValue>).keys()]).toEqual([
    'TTL',
    'Value',
    'Sequence',
    'Validity',
    'ValidityType',
  ]);
});

describe('what is refused, because it has another spelling or none', () => {
  test.each([
    ['nothing at all', '', 'ends too early'],
    ['two values', '0000', 'something follows'],
    ['a number in two bytes that fits one', '1817', 'shortest'],
    ['a number in three bytes that fits two', '1900ff', 'shortest'],
    ['a number in five bytes that fits three', '1a0000ffff', 'shortest'],
    ['a number in nine bytes that fits five', '1b00000000ffffffff', 'shortest'],
    ['a negative number that is too long', '3800', 'shortest'],
    ['a length that is too long', '580100', 'shortest'],
    ['a number that is cut off', '1b0000', 'ends too early'],
    ['bytes that are cut off', '4301', 'exceeds what is left'],
    ['an array longer than what is left', '9b00000001000000000000', 'exceeds what is left'],
    ['a map longer than what is left', 'a2616101', 'exceeds what is left'],
    ['an array of no length', '9f01ff', 'length is missing'],
    ['a map of no length', 'bf616101ff', 'length is missing'],
    ['bytes of no length', '5f4101ff', 'length is missing'],
    ['keys in the wrong order', 'a2616201616102', 'out of order'],
    ['a longer key before a shorter one', 'a262616100616200', 'out of order'],
    ['a key twice', 'a2616101616102', 'out of order'],
    ['a key that is a number', 'a10102', 'no text'],
    ['a key that is bytes', 'a1416102', 'no text'],
    ['a float of 16 bits', 'f93c00', 'not allowed'],
    ['a float of 32 bits', 'fa47c35000', 'not allowed'],
    ['not-a-number', 'fb7ff8000000000000', 'no number'],
    ['infinity', 'fb7ff0000000000000', 'no number'],
    ['a float that is cut off', 'fb3ff1', 'ends too early'],
    ['undefined', 'f7', 'not allowed'],
    ['a simple value', 'f0', 'not allowed'],
    ['a break', 'ff', 'not allowed'],
    ['a date', 'c074323031332d30332d32315432303a30343a30305a', 'not 42'],
    ['a link that is text', 'd82a6100', 'no byte string'],
    ['a link without the zero', 'd82a4101', 'begin with zero'],
    ['an empty link', 'd82a40', 'begin with zero'],
    ['text that begins within a character', '6180', 'UTF-8'],
    ['text that ends within a character', '62e6b0', 'UTF-8'],
    ['a character followed by none of its own', '62c361', 'UTF-8'],
    ['a character that is too long', '62c080', 'UTF-8'],
    ['half a surrogate pair', '63eda080', 'UTF-8'],
    ['a character beyond the last', '64f4908080', 'UTF-8'],
    ['a byte that UTF-8 never has', '61ff', 'UTF-8'],
  ])('%s', (_, hex, problem) => {
    expect(() => decode(hex)).toThrow(DecodeError);
    expect(() => decode(hex)).toThrow(problem);
  });

  test('arrays within arrays, from the 33rd on', () => {
    expect(decode('81'.repeat(31) + '80')).toBeInstanceOf(Array);
    expect(decode('81'.repeat(32) + '00')).toBeInstanceOf(Array);
    expect(() => decode('81'.repeat(33) + '00')).toThrow('too deep');
    expect(() => decode('81'.repeat(100_000))).toThrow(DecodeError);
  });

  test('more than 16,384 values', () => {
    const zeros = (count: number): string =>
      '99' + count.toString(16).padStart(4, '0') + '00'.repeat(count);
    expect(decode(zeros(16_383))).toHaveLength(16_383);
    expect(() => decode(zeros(16_384))).toThrow('too many');
  });
});

test('whatever the bytes, they are refused in order or the only spelling of a value', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      let value: CborValue;
      try {
        value = decodeCbor(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
        return;
      }
      expect(encodeCbor(value)).toEqual(bytes);
    }),
    { numRuns: 5_000 },
  );
});

test('a changed byte makes another value or none', () => {
  fc.assert(
    fc.property(anyValue, fc.nat(), fc.integer({ min: 1, max: 255 }), (value, place, mask) => {
      const bytes = encodeCbor(value);
      bytes[place % bytes.length]! ^= mask;
      try {
        expect(encodeCbor(decodeCbor(bytes))).toEqual(bytes);
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error;
      }
    }),
  );
});

test('what DAG-CBOR cannot say is not written', () => {
  for (const value of [NaN, Infinity, -Infinity, 1n << 64n, -(1n << 64n) - 1n])
    expect(() => encodeCbor(value)).toThrow(RangeError);
  expect(encodeCbor(utf8ToBytes('x'.repeat(70_000)))).toHaveLength(70_005);
});
