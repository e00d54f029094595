import { utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isBencoded } from './is-bencoded.ts';

const judge = (text: string): boolean => isBencoded(utf8ToBytes(text));

type Value = bigint | string | Value[] | Map<string, Value>;

/** The obvious way to write a value, to compare with. */
function bencode(value: Value): string {
  if (typeof value === 'bigint') return `i${value}e`;
  if (typeof value === 'string') return `${value.length}:${value}`;
  if (Array.isArray(value)) return `l${value.map(bencode).join('')}e`;
  const keys = [...value.keys()].toSorted();
  return `d${keys.map((key) => bencode(key) + bencode(value.get(key)!)).join('')}e`;
}

const ascii = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
const anyValue = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.bigInt(),
    ascii,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(ascii, tie('value')), { maxLength: 5 }).map((entries) => new Map(entries)),
  ),
})).value;

test.each([
  'i0e',
  'i-1e',
  'i9223372036854775807e',
  `i${'9'.repeat(60)}e`,
  '0:',
  '12:Hello World!',
  'le',
  'de',
  'lli1eee',
  'd1:ai1e1:bl1:cee',
  'd0:0:1:a0:2:aa0:1:b0:e',
  'd2:abd1:xi1ee2:aci2ee',
])('%s is one value', (text) => {
  expect(judge(text)).toBe(true);
});

test.each([
  '',
  'e',
  'i1',
  'ie',
  'i-e',
  'i-0e',
  'i01e',
  'i1.5e',
  'i+1e',
  '5:ab',
  '01:a',
  ':',
  '-1:a',
  '1',
  'l',
  'd',
  'i1ei2e',
  '1:ab',
  'di1ei2ee',
  'd1:ae',
  'd1:a1:b',
  'd1:bi1e1:ai2ee',
  'd1:ai1e1:ai2ee',
  'd2:aai1e1:ai2ee',
  'd0:0:0:0:e',
  'x',
  '99999999999999999999999:a',
])("'%s' is none", (text) => {
  expect(judge(text)).toBe(false);
});

test('ten containers within each other are the most, and so are 500 tokens', () => {
  expect(judge('l'.repeat(10) + 'e'.repeat(10))).toBe(true);
  expect(judge('l'.repeat(11) + 'e'.repeat(11))).toBe(false);
  expect(judge('l'.repeat(60_000))).toBe(false);
  expect(judge(`l${'i0e'.repeat(498)}e`)).toBe(true);
  expect(judge(`l${'i0e'.repeat(499)}e`)).toBe(false);
});

test('what is properly written is one value, and nothing may be cut off, added or put before it', () => {
  fc.assert(
    fc.property(anyValue, fc.nat(), (value, place) => {
      const text = bencode(value);
      expect(judge(text)).toBe(true);
      expect(judge(text.slice(0, place % text.length))).toBe(false);
      expect(judge(`${text}e`)).toBe(false);
      expect(judge(`e${text}`)).toBe(false);
    }),
  );
});

test('any bytes are judged', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(typeof isBencoded(bytes)).toBe('boolean');
    }),
  );
});
