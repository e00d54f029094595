import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../encoding/decode-error.ts';
import { formatRfc3339, parseRfc3339 } from './ipns-time.ts';

const FIRST = parseRfc3339('0000-01-01T00:00:00Z');
const LAST = parseRfc3339('9999-12-31T23:59:59.999999999Z');
const MILLISECOND = 1_000_000n;

describe('a date is so many nanoseconds from 1970', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01T00:00:00.000000001Z', 1n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
    ['2000-02-29T12:00:00.5Z', 951_825_600_500_000_000n],
    ['2123-08-14T12:17:03.694052Z', 4_847_689_023_694_052_000n],
    ['2026-11-23T01:30:00+01:30', 1_795_392_000_000_000_000n],
    ['2026-11-22T22:30:00-01:30', 1_795_392_000_000_000_000n],
  ])('%s', (text, ns) => {
    expect(parseRfc3339(text)).toBe(ns);
  });

  test('as JavaScript counts them, over all years of four digits', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0000-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(parseRfc3339(date.toISOString())).toBe(BigInt(date.getTime()) * MILLISECOND);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});

describe('a date is written', () => {
  test.each([
    ['1970-01-01T00:00:00Z', 0n],
    ['1970-01-01T00:00:00.000000001Z', 1n],
    ['1969-12-31T23:59:59.999999999Z', -1n],
    ['1970-01-01T00:00:01.5Z', 1_500_000_000n],
    ['0000-01-01T00:00:00Z', FIRST],
    ['9999-12-31T23:59:59.999999999Z', LAST],
  ])('%s', (text, ns) => {
    expect(formatRfc3339(ns)).toBe(text);
  });

  test('so that it reads as what it was', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: FIRST, max: LAST }), (ns) => {
        const text = formatRfc3339(ns);
        expect(parseRfc3339(text)).toBe(ns);
        const date = new Date(
          Number((ns - (((ns % MILLISECOND) + MILLISECOND) % MILLISECOND)) / MILLISECOND),
        );
        expect(text.slice(0, 19)).toBe(date.toISOString().slice(0, 19));
      }),
      { numRuns: 2_000 },
    );
  });

  test('unless its year has not four digits', () => {
    expect(() => formatRfc3339(FIRST - 1n)).toThrow(RangeError);
    expect(() => formatRfc3339(LAST + 1n)).toThrow(RangeError);
  });
});

test.each([
  '',
  '2026-11-23',
  '2026-11-23T00:00:00',
  '2026-11-23 00:00:00Z',
  '2026-11-23t00:00:00Z',
  '2026-11-23T00:00:00z',
  '2026-11-23T00:00Z',
  '2026-11-23T00:00:00.Z',
  '2026-11-23T00:00:00,5Z',
  '2026-11-23T00:00:00.1234567890Z',
  '2026-11-23T00:00:00+01',
  '2026-11-23T00:00:00+0100',
  '2026-11-23T00:00:00Z ',
  ' 2026-11-23T00:00:00Z',
  '2026-11-23T00:00:00Z\n',
  '+002026-11-23T00:00:00Z',
  '12026-11-23T00:00:00Z',
  '2026-1-23T00:00:00Z',
  '2026-00-23T00:00:00Z',
  '2026-13-23T00:00:00Z',
  '2026-11-00T00:00:00Z',
  '2026-11-31T00:00:00Z',
  '2026-02-29T00:00:00Z',
  '1900-02-29T00:00:00Z',
  '2026-11-23T24:00:00Z',
  '2026-11-23T00:60:00Z',
  '2026-12-31T23:59:60Z',
  '2026-11-23T00:00:00+24:00',
  '2026-11-23T00:00:00-00:60',
  '\u0662026-11-23T00:00:00Z',
])("'%s' is no date", (text) => {
  expect(() => parseRfc3339(text)).toThrow(DecodeError);
});
