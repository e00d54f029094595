import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyBatch, START_MARK, takeBatch, transferables } from './batch.ts';
import { hashTrace } from './hash.ts';
import { simpleRow } from './trace.ts';
import { anyTrace, newTrace } from '../../../../test/support/any-trace.ts';
import { rowOf, Trace } from './trace.ts';

test('a trace moved in batches is the same trace, with the same index', () => {
  fc.assert(
    fc.property(anyTrace(), fc.array(fc.nat(10), { maxLength: 5 }), (source, sizes) => {
      const growing = new Trace(source.meta);
      const copy = new Trace(source.meta);
      for (const node of source.nodes) growing.addNode(node);
      for (const key of source.keys) growing.addKey(key);
      let mark = START_MARK;
      for (const size of [...sizes, source.length]) {
        const stop = Math.min(growing.length + size, source.length);
        while (growing.length < stop) growing.append(rowOf(source, growing.length));
        const batch = takeBatch(growing, mark);
        mark = batch.mark;
        applyBatch(copy, structuredClone(batch, { transfer: transferables(batch) }));
      }
      expect(hashTrace(copy)).toBe(hashTrace(source));
      expect(copy.nodes).toEqual(source.nodes);
      expect(copy.keys).toEqual(source.keys);
      expect(copy.lookups).toEqual(growing.lookups);
      expect(copy.operations).toEqual(growing.operations);
      expect(copy.longestFlightMs).toBe(growing.longestFlightMs);
      for (let index = 0; index < source.length; index++) {
        expect(copy.event(index)).toEqual(source.event(index));
        expect(copy.get('end', index)).toBe(growing.get('end', index));
      }
    }),
    { numRuns: 50 },
  );
});

test('a batch that comes twice, or after a lost one, is refused before anything changes', () => {
  const source = newTrace();
  source.addNode({ id: 'a' });
  source.append(simpleRow(1, 'annotation', 0));
  const first = takeBatch(source, START_MARK);
  source.append(simpleRow(2, 'annotation', 0));
  const second = takeBatch(source, first.mark);
  const copy = newTrace();
  expect(() => applyBatch(copy, second)).toThrow(RangeError);
  applyBatch(copy, first);
  expect(() => applyBatch(copy, first)).toThrow('this batch continues a trace with 0 events');
  applyBatch(copy, second);
  expect(copy.length).toBe(2);
});
