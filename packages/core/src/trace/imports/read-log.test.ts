import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  assertSound,
  keptRecords,
  LOG_SAMPLES,
  logRecords,
  logSample,
} from '../../../../../test/support/log-samples.ts';
import { describeEvent } from '../describe.ts';
import { TraceFormatError } from '../format-error.ts';
import { hashTrace } from '../hash.ts';
import { mergeTraces } from '../merge.ts';
import { readNetVis } from '../netvis-read.ts';
import { writeNetVis } from '../netvis-write.ts';
import { readTraceText } from './read-log.ts';

const LINES = LOG_SAMPLES.filter(([name]) => name.endsWith('.ndjson'));

describe.each(LOG_SAMPLES)('the sample %s', (name, format) => {
  const read = readTraceText(logSample(name), { title: name });
  const { trace } = read;

  test('is recognised by its content, and sound', () => {
    expect(read.format).toBe(format);
    expect(trace.meta).toMatchObject({ title: name, source: 'node', keyBits: 256 });
    expect(trace.meta.extra?.['log']).toBe(format);
    assertSound(trace);
  });

  test('has a lookup that asks, hears, is answered and ends', () => {
    const types = new Set(Array.from({ length: trace.length }, (_, i) => trace.type(i)));
    for (const type of [
      'lookupStarted',
      'lookupHeard',
      'lookupQueried',
      'messageSent',
      'messageReceived',
      'lookupAnswered',
      'lookupFinished',
    ] as const)
      expect(types).toContain(type);
    expect(trace.lookups.every((lookup) => lookup.endEvent >= 0)).toBe(true);
  });

  test('comes back from NetVis with the same hash', () => {
    expect(hashTrace(readNetVis(writeNetVis(trace)))).toBe(hashTrace(trace));
  });

  test('can be told in sentences', () => {
    for (let index = 0; index < trace.length; index++)
      expect(describeEvent(trace, index)).toMatch(/^(?:.*\.|Note: .*)$/s);
  });
});

test.each(LINES)('every record of %s is kept, as a list too', (name, format) => {
  const records = logRecords(name);
  const trace = readTraceText(logSample(name)).trace;
  expect(keptRecords(trace)).toEqual(records);
  const list = readTraceText(JSON.stringify(records, null, 2));
  expect(list.format).toBe(format);
  expect(hashTrace(list.trace)).toBe(hashTrace(trace));
});

test('logs of several nodes, and of several formats, become one trace', () => {
  const traces = LOG_SAMPLES.map(([name]) => readTraceText(logSample(name), { title: name }).trace);
  const merged = mergeTraces(traces);
  expect(merged.length).toBe(traces.reduce((sum, trace) => sum + trace.length, 0));
  // One peer is one node, whatever wrote it down.
  expect(merged.nodes.length).toBeLessThan(
    traces.reduce((sum, { nodes }) => sum + nodes.length, 0),
  );
  assertSound(merged);
});

test('NetVis files are NetVis files, whatever their records have besides', () => {
  const record = {
    time: 1,
    event: 'annotation',
    ID: '',
    Type: 1,
    Responses: null,
    queryEvent: 'x',
  };
  expect(readTraceText(JSON.stringify([record])).format).toBe('netvis');
  expect(readTraceText(JSON.stringify({ nodes: [], messages: [] })).format).toBe('netvis');
});

test('a log may begin with a line of something else', () => {
  const text = `{"warning":"no peers"}\n${logSample('kubo-findprovs.ndjson')}`;
  const { trace, format } = readTraceText(text);
  expect(format).toBe('kubo');
  expect(trace.type(0)).toBe('unknown');
  expect(trace.notes.join()).toContain('Record 1: this is no query event; it is kept as it is.');
});

describe('what cannot be read', () => {
  test.each(LINES)('%s: a line that is cut off is named with its column', (name) => {
    const text = logSample(name).trimEnd();
    const cut = text.slice(0, -30);
    const lines = cut.split('\n');
    expect(() => readTraceText(cut)).toThrow(TraceFormatError);
    expect(() => readTraceText(cut)).toThrow(
      `line ${lines.length}, column ${lines.at(-1)!.length + 1}: the file ends too early`,
    );
  });

  test.each([
    ['', 1, 1],
    ['{"resourceSpans":[', 1, 19],
    ['{"resourceSpans":\n  [{]}', 2, 5],
    ['{"resourceSpans": 7}', 1, 1],
    ['[]}', 1, 3],
    ['{"ID":"","Type":"0","Responses":null}', 1, 1],
    ['{"queryEvent":7}', 1, 1],
  ])('%j is refused at line %i, column %i', (text, line, column) => {
    try {
      readTraceText(text);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(TraceFormatError);
      expect(error).toMatchObject({ line, column });
    }
  });
});

test.each(LINES)('%s with anything wrong in it is read all the same, and kept whole', (name) => {
  const records = logRecords(name);
  const at = fc.nat({ max: records.length - 1 });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(at, fc.nat(), anyValue()), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (edits, isReversed) => {
        const edited = structuredClone(records);
        for (const [record, field, value] of edits) edit(edited[record]!, field, value);
        if (isReversed) edited.reverse();
        const { trace, format } = readTraceText(JSON.stringify(edited));
        if (format === 'netvis') return;
        assertSound(trace);
        const kept = new Set(keptRecords(trace).map((record) => JSON.stringify(record)));
        for (const record of edited) expect(kept).toContain(JSON.stringify(record));
        expect(hashTrace(readNetVis(writeNetVis(trace)))).toBe(hashTrace(trace));
      },
    ),
    { numRuns: 60 },
  );
});

test('spans with anything wrong in them are read all the same', () => {
  const [document] = logRecords('otlp-spans.jsonl');
  const count = fieldsOf(document!).length;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: count }), anyValue()), { minLength: 1, maxLength: 20 }),
      (edits) => {
        const edited = structuredClone(document!);
        for (const [field, value] of edits) edit(edited, field, value);
        let trace;
        try {
          ({ trace } = readTraceText(JSON.stringify(edited)));
        } catch (error) {
          expect(error).toBeInstanceOf(TraceFormatError);
          return;
        }
        assertSound(trace);
      },
    ),
    { numRuns: 200 },
  );
});

/** Values of the wrong type, numbers beyond all bounds, and words that mean something elsewhere. */
function anyValue(): fc.Arbitrary<unknown> {
  return fc.oneof(
    fc.constantFrom(null, [], {}, '', -1, 1e300, 2 ** 53, 0.5, true, '__proto__', [null], [[]]),
    fc.constantFrom('9'.repeat(30), '1', 'zzz', 'completed', '2026-10-05T09:30:00Z', undefined),
    fc.jsonValue({ maxDepth: 2 }),
  );
}

/** All places of a value: objects with the names of their fields. */
function fieldsOf(value: unknown): [object, string][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((name): [object, string][] => [
    [value, name],
    ...fieldsOf((value as Record<string, unknown>)[name]),
  ]);
}

function edit(record: object, field: number, value: unknown): void {
  const fields = fieldsOf(record);
  if (fields.length === 0) return;
  const [object, name] = fields[field % fields.length]!;
  (object as Record<string, unknown>)[name] = value;
}
