import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  compareInstants,
  formatInstant,
  instantAfter,
  instantFromNs,
  instantSince,
  instantToNs,
  parseInstant,
} from './instant.ts';

const anyNs = fc.bigInt(-2_000_000_000_000_000_000n, 200_000_000_000_000_000_000n);

test('every instant is written and read back to the nanosecond', () => {
  fc.assert(
    fc.property(anyNs, (ns) => {
      const instant = instantFromNs(ns);
      expect(instantToNs(instant)).toBe(ns);
      expect(parseInstant(formatInstant(instant))).toEqual(instant);
    }),
  );
});

test('the calendar is that of the platform', () => {
  fc.assert(
    fc.property(fc.integer({ min: -60_000_000_000_000, max: 250_000_000_000_000 }), (ms) => {
      expect(formatInstant({ ms, ns: 0 }).replace('000000Z', 'Z')).toBe(new Date(ms).toISOString());
    }),
  );
});

test('differences and sums of instants are exact', () => {
  fc.assert(
    fc.property(anyNs, anyNs, (a, b) => {
      const [early, late] = a < b ? [a, b] : [b, a];
      const since = instantSince(instantFromNs(early), instantFromNs(late));
      expect(instantToNs(since)).toBe(late - early);
      expect(instantAfter(instantFromNs(early), since.ms, since.ns)).toEqual(instantFromNs(late));
      const order = compareInstants(instantFromNs(early), instantFromNs(late));
      expect(order < 0).toBe(early < late);
    }),
  );
});

test.each([
  ['2014-11-12T11:34:01.477817180Z', 1415792041477817180n],
  ['2014-11-12T11:34:01Z', 1415792041000000000n],
  ['2014-11-12 13:34:01,5+02:00', 1415792041500000000n],
  ['2014-11-12T11:34:01.1234567899Z', 1415792041123456789n],
  ['2014-11-12T11:34:01', 1415792041000000000n],
  ['2016-12-31T23:59:60Z', 1483228800000000000n],
  ['Tue Nov 11 19:44:14 UTC 2014', 1415735054000000000n],
  ['Sat Nov  1 09:04:04 2014', 1414832644000000000n],
  ['1415681484', 1415681484000000000n],
  [1415681484.5, 1415681484500000000n],
  ['1415681484.123456789', 1415681484123456789n],
  [1415681484123, 1415681484123000000n],
  ['-1.25', -1250000000n],
  [0, 0n],
])('reads the time %j', (value, ns) => {
  const instant = parseInstant(value);
  expect(instant === null ? null : instantToNs(instant)).toBe(ns);
});

test.each([
  '',
  'yesterday',
  '2014-13-01T00:00:00Z',
  '2014-02-29T00:00:00Z',
  '2014-11-12T24:00:00Z',
  null,
  {},
  true,
  NaN,
  1e300,
])('does not guess what the time %j means', (value) => {
  expect(parseInstant(value)).toBeNull();
});
