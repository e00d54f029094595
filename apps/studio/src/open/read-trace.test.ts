import { describe, expect, test } from 'vitest';
import { gzipSync } from 'node:zlib';
import { applyBatch, START_MARK, takeBatch, Trace } from '@kadscope/core/trace';
import { LOG_SAMPLES, logSample } from '../../../../test/support/log-samples.ts';
import { pictureLookup } from '../model/lookup-picture.ts';
import { layOutLanes } from '../model/lanes.ts';
import { factsOf } from '../model/facts.ts';
import { findReference } from '../model/reference.ts';
import { layoutRing } from '../model/ring-layout.ts';
import { packRecords, unpackRecords } from './packed-records.ts';
import { FileError, readTrace } from './read-trace.ts';

const read = (text: string | Uint8Array<ArrayBuffer>): Promise<Trace> =>
  readTrace('a log', new Blob([text]), () => {});

describe.each(LOG_SAMPLES)('the log %s', (name, format) => {
  test('opens, also compressed, and comes from the worker as it was read', async () => {
    const trace = await read(logSample(name));
    expect(trace.meta.extra?.['log']).toBe(format);
    expect((await read(new Uint8Array(gzipSync(logSample(name))))).length).toBe(trace.length);
    const copy = new Trace(trace.meta);
    applyBatch(copy, unpackRecords(structuredClone(packRecords(takeBatch(trace, START_MARK)))));
    expect(copy.event(0)).toEqual(trace.event(0));
    expect(copy.attachments).toEqual(trace.attachments);
  });

  test('has pictures: lookups, lanes, a ring, facts', async () => {
    const trace = await read(logSample(name));
    for (const lookup of trace.lookups) {
      const picture = pictureLookup(trace, lookup);
      expect(picture.queries.length).toBeGreaterThan(3);
      expect(picture.heard.length).toBeGreaterThanOrEqual(picture.queries.length);
      // Without a target nothing is best; with one, something is.
      expect(picture.best.length > 0).toBe(lookup.key >= 0);
    }
    const range = { fromMs: 0, toMs: trace.endMs };
    expect(layOutLanes(trace, range, { count: 4, gapMs: 1, keep: -1 }).hidden).toBe(0);
    expect(layoutRing(trace, 'keyspace').turns).toHaveLength(trace.nodes.length);
    for (let index = 0; index < trace.length; index++)
      expect(factsOf(trace, index)).not.toEqual([]);
  });
});

test('the ruler has a point to measure from in every log that names its target or its node', async () => {
  for (const [name] of LOG_SAMPLES) {
    const trace = await read(logSample(name));
    const reference = findReference(trace, 'target', trace.lookups[0]!, null);
    expect(reference === null).toBe(name === 'kubo-findprovs.ndjson');
  }
});

test('a log that is cut off is refused with the place', async () => {
  const failure = await read(logSample('go-lookup-events.ndjson').slice(0, 5000)).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(FileError);
  const { line, excerpt } = (failure as FileError).details;
  expect(line).toBeGreaterThan(1);
  expect(excerpt.at(-1)!.number).toBe(line);
});
