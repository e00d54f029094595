import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTrace } from '../sim/record.ts';
import { parseScenario } from '../sim/scenario.ts';
import { Simulation } from '../sim/simulation.ts';
import { applyBatch, START_MARK, takeBatch } from './batch.ts';
import { decodeBatch, encodeBatch } from './batch-bytes.ts';
import { TraceFormatError } from './format-error.ts';
import { hashTrace } from './hash.ts';
import { Trace } from './trace.ts';

const scenario = parseScenario({ nodes: 60, seed: 3, workload: { operations: 20 } });
const source = createTrace(scenario);
const simulation = new Simulation(scenario, source);

test('a trace that comes in batches, as bytes, is the same trace', () => {
  const copy = new Trace(source.meta);
  let mark = START_MARK;
  for (let until = 100; until <= 3_000; until += 100) {
    simulation.runUntil(until);
    const batch = takeBatch(source, mark);
    mark = batch.mark;
    const bytes = encodeBatch(batch);
    // However the bytes lie in what brought them.
    const shifted = new Uint8Array(bytes.length + (until % 7));
    shifted.set(bytes, until % 7);
    applyBatch(copy, decodeBatch(shifted.subarray(until % 7)));
  }
  expect(copy.length).toBeGreaterThan(500);
  expect(hashTrace(copy)).toBe(hashTrace(source));
  expect(copy.nodes).toEqual(source.nodes);
});

test('bytes that are no batch are refused with a sentence', () => {
  const whole = encodeBatch(takeBatch(source, START_MARK));
  for (const cut of [0, 3, 10, 100, whole.length - 8])
    expect(() => decodeBatch(whole.slice(0, cut))).toThrow(TraceFormatError);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decodeBatch(bytes);
        return false;
      } catch (error) {
        return error instanceof TraceFormatError;
      }
    }),
  );
});
