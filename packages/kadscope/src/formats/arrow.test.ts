import { hashTrace, simpleRow } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { columnFromArray, tableFromColumns, tableFromIPC, tableToIPC } from '@uwdata/flechette';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyTrace, newTrace } from '../../../../test/support/any-trace.ts';
import { isArrow, readArrow, writeArrow } from './arrow.ts';

test('a trace comes back from Arrow whole', () => {
  fc.assert(
    fc.property(anyTrace(), (trace) => {
      const bytes = writeArrow(trace);
      expect(isArrow(bytes)).toBe(true);
      expectSameTrace(readArrow(bytes), trace);
    }),
  );
});

function expectSameTrace(actual: Trace, expected: Trace): void {
  expect(actual.meta).toEqual(expected.meta);
  expect(actual.nodes).toEqual(expected.nodes);
  expect(actual.notes).toEqual(expected.notes);
  expect(hashTrace(actual)).toBe(hashTrace(expected));
  for (let index = 0; index < expected.length; index++) {
    const [a, b] = [actual.event(index), expected.event(index)];
    expect({ ...a, key: actual.keys[a.key] }).toEqual({ ...b, key: expected.keys[b.key] });
  }
}

test('the columns hold names that a reader of tables understands', () => {
  const trace = newTrace();
  trace.addNode({ id: 'Gandalf' });
  trace.append({
    ...simpleRow(1, 'nodeEntered', 0),
    step: 2,
    detail: 'found',
    kind: 2,
    key: trace.addKey(Uint8Array.of(96)),
  });
  const row = tableFromIPC(writeArrow(trace)).at(0) as Record<string, unknown>;
  expect(row).toMatchObject({
    time_ms: 1,
    type: 'nodeEntered',
    step: 'operation.finished',
    node_id: 'Gandalf',
    peer_id: null,
    kind: 'find-node',
    key: '60',
    detail: 'found',
    hop: null,
  });
});

test('other Arrow files, and damaged ones, are refused with what to do', () => {
  const other = tableToIPC(tableFromColumns([['a', columnFromArray([1, 2])]]), { format: 'file' })!;
  expect(() => readArrow(other)).toThrow('this Arrow file is no trace');
  const bytes = writeArrow(newTrace());
  expect(() => readArrow(bytes.subarray(0, bytes.length >>> 1))).toThrow('damaged or cut off');
  expect(isArrow(new TextEncoder().encode('[]'))).toBe(false);
});
