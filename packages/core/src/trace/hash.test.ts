import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashTrace, TeeSink, TraceHasher } from './hash.ts';
import { emptyRow } from './sink.ts';
import type { Row } from './sink.ts';
import { anyTrace, newTrace } from '../../../../test/support/any-trace.ts';
import { rowOf } from './trace.ts';
import type { Trace } from './trace.ts';

test('a hasher that gets the rows of a trace has the hash of the trace', () => {
  fc.assert(
    fc.property(anyTrace(), (trace) => {
      const hasher = new TraceHasher();
      const copy = newTrace();
      const tee = new TeeSink(copy, hasher);
      for (const key of trace.keys) tee.addKey(key);
      for (let index = 0; index < trace.length; index++) tee.append(rowOf(trace, index));
      expect(hasher.length).toBe(trace.length);
      expect(hasher.digest()).toBe(hashTrace(trace));
      expect(hashTrace(copy)).toBe(hashTrace(trace));
      expect(hasher.digest()).toMatch(/^[0-9a-f]{16}$/);
    }),
  );
});

test('every field of a row changes the hash', () => {
  const base: Row = { ...emptyRow(), key: 0, detail: 'word' };
  const hashes = new Set<string>([hashOf(base)]);
  const fields = Object.keys(base).filter((name) => name !== 'detail' && name !== 'data');
  for (const name of fields) {
    for (const value of [1, 2, 77]) hashes.add(hashOf({ ...base, [name]: value }));
  }
  hashes.add(hashOf({ ...base, timeMs: 4294967296 }));
  hashes.add(hashOf({ ...base, detail: 'other' }));
  hashes.add(hashOf({ ...base, detail: null }));
  // `key` 1, 2 and 77: three more keys.
  expect(hashes.size).toBe(1 + fields.length * 3 + 3);
});

test('keys count by content: renumbering them changes nothing, another key does', () => {
  const one = newTrace();
  one.addKey(Uint8Array.of(9));
  one.append({ ...emptyRow(), key: one.addKey(Uint8Array.of(7)) });
  const other = newTrace();
  other.append({ ...emptyRow(), key: other.addKey(Uint8Array.of(7)) });
  expect(hashTrace(other)).toBe(hashTrace(one));
  const third = newTrace();
  third.append({ ...emptyRow(), key: third.addKey(Uint8Array.of(8)) });
  expect(hashTrace(third)).not.toBe(hashTrace(one));
});

test('the hash of a given trace is fixed for good', () => {
  expect(hashTrace(newTrace())).toBe(new TraceHasher().digest());
  const trace = newTrace();
  trace.addKey(Uint8Array.of(1, 2, 3));
  trace.append({ ...emptyRow(), timeMs: 12, timeNs: 500, key: 0, detail: 'timeout' });
  expect(hashTrace(trace)).toMatchInlineSnapshot(`"e2bac37a558afa06"`);
});

function hashOf(row: Row): string {
  const hasher = new TraceHasher();
  for (let i = 0; i < 100; i++) hasher.addKey(Uint8Array.of(i));
  hasher.append(row);
  return hasher.digest();
}

test('the hash does not confuse rows that swap their order', () => {
  const rows = [1, 2].map((node): Row => ({ ...emptyRow(), node }));
  const make = (order: readonly Row[]): string => {
    const trace: Trace = newTrace();
    for (const row of order) trace.append(row);
    return hashTrace(trace);
  };
  expect(make(rows)).not.toBe(make(rows.toReversed()));
});
