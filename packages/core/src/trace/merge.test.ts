import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { keyToHex } from '../keyspace/key.ts';
import { anyTrace, newTrace } from '../../../../test/support/any-trace.ts';
import type { TraceEvent } from './event.ts';
import { hashTrace } from './hash.ts';
import { instantToNs } from './instant.ts';
import { mergeTraces } from './merge.ts';
import { readNetVis, readNetVisValue } from './netvis-read.ts';
import { writeNetVis } from './netvis-write.ts';
import { simpleRow } from './trace.ts';
import type { Trace } from './trace.ts';

const HOUR_NS = 3_600_000_000_000n;

const anyOffset = fc.oneof(fc.constant(0n), fc.bigInt(-HOUR_NS, HOUR_NS));
const anyParts = fc.array(fc.tuple(anyTrace(12), anyOffset), { minLength: 1, maxLength: 4 });

/** Nanoseconds since 1970. */
function absoluteNs(trace: Trace, index: number): bigint {
  const { timeMs, timeNs } = trace.event(index);
  return trace.meta.epochNs + instantToNs({ ms: timeMs, ns: timeNs });
}

/** What an event says whatever the trace that holds it: names instead of numbers. */
function saidBy(trace: Trace, event: TraceEvent): unknown {
  const { type, step, kind, isResponse, bytes, hop, count, detail } = event;
  const names = [event.node, event.peer].map((node) => trace.nodes[node]?.id);
  const key = trace.keys[event.key];
  const keyName = key === undefined ? null : keyToHex(key);
  return { type, step, kind, isResponse, bytes, hop, count, detail, names, keyName };
}

describe('any traces', () => {
  test('every event of every trace is in the merged one, on one clock and in its order', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const traces = parts.map(([trace]) => trace);
        const offsetsNs = parts.map(([, offset]) => offset);
        const merged = mergeTraces(traces, { offsetsNs });
        const expected = parts
          .flatMap(([trace, offset], file) =>
            Array.from({ length: trace.length }, (_, index) => ({
              file,
              trace,
              index,
              at: absoluteNs(trace, index) + offset,
            })),
          )
          .toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
        expect(merged.length).toBe(expected.length);
        const indexOf = new Map(expected.map(({ file, index }, at) => [`${file} ${index}`, at]));
        const refer = (file: number, index: number): number =>
          indexOf.get(`${file} ${index}`) ?? -1;
        expected.forEach(({ file, trace, index, at }, position) => {
          const [event, original] = [merged.event(position), trace.event(index)];
          expect(absoluteNs(merged, position)).toBe(at);
          expect(saidBy(merged, event)).toEqual(saidBy(trace, original));
          expect(event.cause).toBe(refer(file, original.cause));
          expect(event.message).toBe(refer(file, original.message));
          if (event.type !== 'tableRestored') expect(event.data).toEqual(original.data);
        });
      }),
      { numRuns: 150 },
    );
  });

  test('requests, lookups and operations of different traces stay apart', () => {
    fc.assert(
      fc.property(fc.array(anyTrace(12), { minLength: 2, maxLength: 3 }), (traces) => {
        const merged = mergeTraces(traces);
        for (const family of ['rpc', 'lookup', 'operation'] as const) {
          const idsOf = (trace: Trace): number[] =>
            Array.from({ length: trace.length }, (_, i) => trace.get(family, i)).filter(
              (id) => id >= 0,
            );
          const distinct = traces.reduce((sum, trace) => sum + new Set(idsOf(trace)).size, 0);
          expect(new Set(idsOf(merged)).size).toBe(distinct);
        }
      }),
    );
  });

  test('a merged trace comes back whole from a file', () => {
    fc.assert(
      fc.property(anyParts, (parts) => {
        const merged = mergeTraces(
          parts.map(([trace]) => trace),
          { offsetsNs: parts.map(([, offset]) => offset) },
        );
        const again = readNetVis(writeNetVis(merged));
        expect(again.meta).toEqual(merged.meta);
        expect(again.nodes).toEqual(merged.nodes);
        expect(again.notes).toEqual(merged.notes);
        expect(hashTrace(again)).toBe(hashTrace(merged));
      }),
    );
  });
});

test('one trace alone is returned as it is, and none is an error', () => {
  const trace = newTrace();
  expect(mergeTraces([trace])).toBe(trace);
  expect(mergeTraces([trace], { offsetsNs: [1n] })).not.toBe(trace);
  expect(() => mergeTraces([])).toThrow(RangeError);
});

test('numbers that would not fit one after the other are given anew', () => {
  const traces = [0, 1].map(() => {
    const trace = newTrace();
    for (const lookup of [2147483647, 5, 2147483647]) {
      trace.append({ ...simpleRow(1, 'lookupHeard', -1), lookup });
    }
    return trace;
  });
  const merged = mergeTraces(traces);
  expect(Array.from({ length: 6 }, (_, i) => merged.get('lookup', i))).toEqual([0, 1, 0, 2, 3, 2]);
});

describe('nodes', () => {
  test('a node of several traces is one node with everything they say', () => {
    const [a, b] = [newTrace({ title: 'a' }), newTrace({ title: 'b' })];
    a.addNode({ id: 'x' });
    a.addNode({ id: 'y', label: 'Y', data: { place: 'here' } });
    b.addNode({ id: 'y', key: Uint8Array.of(7), data: { place: 'there' } });
    b.addNode({ id: 'z' });
    b.append({ ...simpleRow(1, 'tableRestored', 1), data: [0, 1] });
    b.append({ ...simpleRow(2, 'contactAdded', 1), peer: 0 });
    const merged = mergeTraces([a, b]);
    expect(merged.nodes).toEqual([
      { id: 'x' },
      { id: 'y', label: 'Y', key: Uint8Array.of(7), data: { place: 'here' } },
      { id: 'z' },
    ]);
    expect(merged.event(0).data).toEqual([1, 2]);
    expect(merged.event(1)).toMatchObject({ node: 2, peer: 1 });
    // What could not be shown is kept.
    expect(merged.meta.extra).toMatchObject({
      merged: [{ title: 'a' }, { title: 'b', nodes: [{ id: 'y', data: { place: 'there' } }] }],
    });
  });

  test('a node with two keys is noted, and keys of different lengths are refused', () => {
    const [a, b, c] = [newTrace({ title: 'a' }), newTrace({ title: 'b' }), newTrace()];
    a.addNode({ id: 'x', key: Uint8Array.of(1) });
    b.addNode({ id: 'x', key: Uint8Array.of(2) });
    c.addNode({ id: 'x', key: Uint8Array.of(1, 2) });
    const merged = mergeTraces([a, b]);
    expect(merged.nodes).toEqual([{ id: 'x', key: Uint8Array.of(1) }]);
    expect(merged.notes).toEqual([
      'Node “x” has one key in a and another in b; the first is shown.',
    ]);
    expect(() => mergeTraces([a, c])).toThrow('a has keys of 8 bits and test of 16');
  });
});

test('the parts are told apart by title, agree where they can, and are noted where far apart', () => {
  const traces = [0, 0, 3].map((day, i) => {
    const trace = newTrace({
      title: i < 2 ? 'log.json' : 'other.json',
      source: 'netvis',
      epochNs: BigInt(day) * 24n * HOUR_NS,
      ...(i < 2 && { k: 20, seed: i }),
    });
    trace.append(simpleRow(1, 'annotation', -1));
    trace.notes.push(`Note ${i}.`);
    return trace;
  });
  const merged = mergeTraces(traces);
  expect(merged.meta).toMatchObject({
    title: 'log.json + log.json (2) + other.json',
    source: 'netvis',
    k: 20,
  });
  expect(merged.meta).not.toHaveProperty('seed');
  expect(merged.notes).toEqual([
    'log.json: Note 0.',
    'log.json (2): Note 1.',
    'other.json: Note 2.',
    'Nothing happens for 3 days between log.json and other.json. If their clocks have nothing in common, give one of them an offset.',
  ]);
});

type Records = Record<string, unknown>[];

interface Said {
  readonly at: number;
  readonly source: string;
  readonly destination: string;
  readonly id: string;
  readonly flight: number;
}

/** The records of a conversation by the node that logs them. */
function logsOf(said: readonly Said[]): ReadonlyMap<string, Records> {
  const logs = new Map<string, Records>();
  const log = (logger: string, record: Record<string, unknown>): void => {
    logs.set(logger, [...(logs.get(logger) ?? []), { loggerID: logger, ...record }]);
  };
  for (const { at, source, destination, id, flight } of said) {
    const ends = { sourceNode: source, destinationNode: destination };
    const message = { request_id: id, type: 'PING' };
    log(source, { time: at / 1000, event: 'messageSent', ...ends, message });
    if (flight > 0) {
      log(destination, { time: (at + flight) / 1000, event: 'messageReceived', ...ends, message });
    }
  }
  return logs;
}

const anySaid = fc.record({
  at: fc.integer({ min: 0, max: 1000 }),
  source: fc.constantFrom('a', 'b', 'c'),
  destination: fc.constantFrom('a', 'b', 'c'),
  id: fc.constantFrom('1', '2', '3'),
  flight: fc.integer({ min: 0, max: 50 }),
});

/** What joins events: numbers of requests count only by who shares them. */
function threads(trace: Trace): unknown[] {
  const first = new Map<number, number>();
  return Array.from({ length: trace.length }, (_, index) => {
    const { type, message, cause, rpc, isResponse, kind, node, peer, data } = trace.event(index);
    if (rpc >= 0 && !first.has(rpc)) first.set(rpc, index);
    const [from, to] = [node, peer].map((one) => trace.nodes[one]?.id);
    return { type, message, cause, isResponse, kind, from, to, data, rpc: first.get(rpc) };
  });
}

describe('messages between files', () => {
  const anyConversation = fc
    .uniqueArray(anySaid, {
      // With one request of each name both ways, there is one way only to join them.
      selector: ({ source, destination, id }) => `${source} ${destination} ${id}`,
      maxLength: 15,
    })
    .map((said) => said.map((one, i) => ({ ...one, at: one.at * 1000 + i * 60 })))
    .filter((said) => said.length > 0);

  const joinsLikeTheWhole = (parts: readonly Records[]): void => {
    const byTime = (records: Records): Records =>
      records.toSorted((a, b) => (a['time'] as number) - (b['time'] as number));
    const all = byTime(parts.flat());
    // Of two records of one time, nobody can say which file comes first.
    fc.pre(new Set(all.map((record) => record['time'])).size === all.length);
    const traces = parts.map((records) => readNetVisValue(byTime(records)));
    expect(threads(mergeTraces(traces))).toEqual(threads(readNetVisValue(all)));
  };

  test('the logs of single nodes, merged, are joined like the log of all', () => {
    fc.assert(
      fc.property(anyConversation, (said) => joinsLikeTheWhole([...logsOf(said).values()])),
      { numRuns: 100 },
    );
  });

  test('a log in pieces, merged, is joined like the whole, wherever it was cut', () => {
    fc.assert(
      fc.property(anyConversation, fc.infiniteStream(fc.nat(2)), (said, pieces) => {
        const records = [...logsOf(said).values()].flat();
        const parts: Records[] = [[], [], []];
        for (const record of records) parts[pieces.next().value as number]!.push(record);
        joinsLikeTheWhole(parts.filter((part) => part.length > 0));
      }),
      { numRuns: 150 },
    );
  });

  const request = { source: 'a', destination: 'b', id: '1', at: 1000, flight: 40 };
  const answer = { source: 'b', destination: 'a', id: '1', at: 1050, flight: 40 };

  test('a message that arrives before it is sent is noted with the offset that it takes', () => {
    const [a, b] = [...logsOf([request, answer]).values()].map((records, i) =>
      readNetVisValue(records, { title: 'ab'[i]! }),
    );
    const behind = { offsetsNs: [0n, -2_000_000_000n] };
    const apart = mergeTraces([a!, b!], behind);
    expect(apart.notes.at(-1)).toBe(
      '1 message arrives in b up to 1960 ms before a sends it, and so cannot be joined. Its clock may be behind: add 1961 ms or more to its times.',
    );
    const mended = mergeTraces([a!, b!], { offsetsNs: [0n, 0n] });
    expect(mended.notes).toContain(
      '2 messages sent in one file and received in another were joined.',
    );
    expect(threads(mended)).toMatchObject([
      { message: 0, rpc: 0 },
      { message: 0, cause: 0, rpc: 0 },
      { message: 2, cause: 1, rpc: 0, isResponse: true },
      { message: 2, cause: 2, rpc: 0, isResponse: true },
    ]);
  });

  test('a corrected clock is in the records too, so that any reader sees the new order', () => {
    const logs = [...logsOf([request]).values()].map((records) => readNetVisValue(records));
    const merged = mergeTraces(logs, { offsetsNs: [0n, 10_000_000n] });
    const records = JSON.parse(writeNetVis(merged)) as Record<string, unknown>[];
    expect(records.map((record) => record['time'])).toEqual([
      '1970-01-01T00:00:01.000000000Z',
      1,
      '1970-01-01T00:00:01.050000000Z',
    ]);
  });
});
