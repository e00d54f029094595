import { describe, expect, it } from 'vitest';
import {
  applyBatch,
  readNetVis,
  START_MARK,
  takeBatch,
  Trace,
  writeNetVis,
} from '@kadscope/core/trace';
import { packRecords, unpackRecords } from './packed-records.ts';

/** A trace after the way from the worker to the page. */
function sent(trace: Trace): Trace {
  const packed = structuredClone(packRecords(takeBatch(trace, START_MARK)));
  const copy = new Trace(trace.meta);
  applyBatch(copy, unpackRecords(packed));
  return copy;
}

describe('records on their way to the page', () => {
  it('arrive as they were, the last of many included', () => {
    const records = Array.from({ length: 1100 }, (_, i) => ({
      time: new Date(i).toISOString(),
      loggerID: `n${i % 7}`,
      event: 'annotation',
      text: `“${i}”`,
    }));
    const trace = readNetVis(JSON.stringify(records));
    const copy = sent(trace);
    expect(copy.length).toBe(1100);
    for (const index of [0, 511, 512, 1099])
      expect(copy.event(index).data).toEqual(trace.event(index).data);
    expect(writeNetVis(copy)).toBe(writeNetVis(trace));
  });

  it('leave other attachments alone', () => {
    const trace = new Trace({ title: '', source: 'file', epochNs: 0n });
    trace.attachments.push({ text: 'a note' }, 7);
    expect(sent(trace).attachments).toEqual([{ text: 'a note' }, 7]);
  });
});
