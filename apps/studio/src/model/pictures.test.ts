import { commonPrefixLength, compareDistance } from '@kadscope/core/keyspace';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FeaturedLookups } from './featured.ts';
import { flightsAt } from './flights.ts';
import { countRows, depthOf, foldNodes, rowCount } from './fold.ts';
import { clockTime, duration, speedLabel, tickLabel, ticks } from './format.ts';
import { HISTOGRAM_CLASSES, MessageTimes } from './histogram.ts';
import { layOutLanes } from './lanes.ts';
import { pictureLookup, rolesAt } from './lookup-picture.ts';
import { cursorAt } from './stepping.ts';
import { sampleTrace } from './testing/sample-trace.ts';

const trace = sampleTrace({ nodes: 120, lookups: 20, seed: 3 });
const lookup = trace.lookups[5]!;
const target = trace.keys[lookup.key]!;

describe('the fold', () => {
  const fold = foldNodes(trace, target);

  test('puts a node in the row of the prefix that it shares with the reference', () => {
    trace.nodes.forEach((info, node) =>
      expect(fold.bits[node]).toBe(commonPrefixLength(target, info.key!)),
    );
  });

  test('orders nodes by distance: row first, place in the row second', () => {
    fc.assert(
      fc.property(fc.nat({ max: 119 }), fc.nat({ max: 119 }), (a, b) => {
        fc.pre(a !== b);
        const byKey = Math.sign(
          compareDistance(target, trace.nodes[a]!.key!, trace.nodes[b]!.key!),
        );
        const byFold = Math.sign(fold.bits[b]! - fold.bits[a]! || fold.place[a]! - fold.place[b]!);
        expect(byFold).toBe(byKey);
        expect(Math.sign(depthOf(fold, b) - depthOf(fold, a))).toBe(byKey);
      }),
    );
  });

  test('counts halve from row to row, and add up to all nodes', () => {
    const rows = rowCount(120, 256);
    const counts = countRows(fold, rows, () => true);
    expect(rows).toBe(12);
    expect(counts.reduce((sum, count) => sum + count)).toBe(120);
    expect(counts[0]!).toBeGreaterThan(counts[2]!);
  });
});

describe('the picture of a lookup', () => {
  const picture = pictureLookup(trace, lookup);

  test('has a query for each node that was asked, with its end', () => {
    expect(picture.queries.length).toBeGreaterThan(10);
    for (const query of picture.queries) {
      expect(query.endMs).toBeGreaterThan(query.startMs);
      expect(trace.type(query.endEvent)).toBe(query.isFailed ? 'lookupFailed' : 'lookupAnswered');
    }
  });

  test('the best known contact comes closer, unless it fails', () => {
    for (const each of trace.lookups.map((other) => pictureLookup(trace, other))) {
      const failed = (peer: number): boolean =>
        each.queries.some((query) => query.isFailed && query.peer === peer);
      const rank = (node: number): number => rankOf(trace.keys[each.lookup.key]!, node);
      each.best.forEach(({ peer }, i) => {
        const before = each.best[i - 1]?.peer ?? each.lookup.node;
        if (!failed(before)) expect(rank(peer)).toBeLessThan(rank(before));
      });
      const reachable = each.heard
        .filter(({ peer }) => !failed(peer))
        .map(({ peer }) => rank(peer));
      const end = each.best.at(-1)?.peer ?? each.lookup.node;
      expect(rank(end)).toBe(Math.min(rank(each.lookup.node), ...reachable));
    }
  });

  test('roles follow the play head: heard, waiting, then answered or failed', () => {
    const query = picture.queries[4]!;
    expect(rolesAt(picture, query.startEvent).get(query.peer)).toBe('heard');
    expect(rolesAt(picture, query.startEvent + 1).get(query.peer)).toBe('waiting');
    expect(rolesAt(picture, query.endEvent + 1).get(query.peer)).toBe(
      query.isFailed ? 'failed' : 'answered',
    );
    expect(rolesAt(picture, lookup.startEvent).size).toBe(0);
  });
});

/** How many nodes are closer to `key`. */
function rankOf(key: Uint8Array, node: number): number {
  const own = trace.nodes[node]!.key!;
  return trace.nodes.filter((info) => compareDistance(key, info.key!, own) < 0).length;
}

describe('the featured lookup', () => {
  test('is the same at a moment, whichever way it is reached', () => {
    const forwards = new FeaturedLookups(trace);
    const seen = Array.from({ length: 50 }, (_, i) =>
      forwards.at(Math.floor((i * trace.length) / 50)),
    );
    for (let i = 49; i >= 0; i -= 7)
      expect(new FeaturedLookups(trace).at(Math.floor((i * trace.length) / 50))).toBe(seen[i]);
    expect(new Set(seen).size).toBeGreaterThan(2);
  });
});

describe('messages under way', () => {
  test('are those sent before the head that end after it, at the right part of their way', () => {
    const timeMs = trace.time(lookup.startEvent) + 60;
    const cursor = cursorAt(trace, timeMs);
    const expected = [...trace.messages.subarray(0, trace.messageCount)].filter(
      (sent) => sent < cursor && trace.get('end', sent) >= cursor,
    );
    const flights = flightsAt(trace, { cursor, timeMs });
    expect(flights.map(({ message }) => message).toSorted((a, b) => a - b)).toEqual(expected);
    for (const { message, progress } of flights) {
      const from = trace.time(message);
      const to = trace.time(trace.get('end', message));
      expect(progress).toBeCloseTo((timeMs - from) / (to - from), 6);
    }
  });
});

describe('the histogram', () => {
  test('counts every message once, whatever the bins', () => {
    const times = new MessageTimes(trace);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), (bins) => {
        const { counts, peak } = times.histogram(0, trace.endMs + 1, bins);
        const sent = counts
          .slice(0, -1)
          .reduce((sum, row) => sum + row.reduce((a, b) => a + b, 0), 0);
        expect(sent).toBe(trace.messageCount);
        expect(peak).toBeGreaterThan(0);
      }),
    );
  });

  test('counts a failed request as failed', () => {
    let failed = 0;
    for (let i = 0; i < trace.length; i++) if (trace.type(i) === 'requestFailed') failed++;
    const { counts } = new MessageTimes(trace).histogram(0, trace.endMs + 1, 10);
    expect(counts[HISTOGRAM_CLASSES.indexOf('failed')]!.reduce((a, b) => a + b)).toBe(failed);
  });
});

describe('the lanes', () => {
  test('never overlap, and always hold the lookup in view', () => {
    const range = { fromMs: 0, toMs: trace.endMs };
    const { bars, hidden } = layOutLanes(trace, range, { count: 2, gapMs: 5, keep: lookup.id });
    expect(bars.length + hidden).toBe(trace.lookups.length);
    expect(bars.some((bar) => bar.lookup === lookup)).toBe(true);
    for (const lane of [0, 1]) {
      const inLane = bars.filter((bar) => bar.lane === lane && bar.lookup !== lookup);
      for (let i = 1; i < inLane.length; i++)
        expect(inLane[i]!.fromMs).toBeGreaterThan(inLane[i - 1]!.toMs);
    }
  });
});

describe('numbers', () => {
  test('are written with their unit, as short as they can be', () => {
    expect(
      [0.04, 0.42, 1.234, 92.4, 999.6, 1712, 12_345, 200_000, 7_260_000].map(duration),
    ).toEqual([
      '0.04 ms',
      '0.42 ms',
      '1.2 ms',
      '92 ms',
      '1.00 s',
      '1.71 s',
      '12.3 s',
      '3 min 20 s',
      '2 h 1 min',
    ]);
    expect([0, 3412.7, 723_412, 4_323_412].map(clockTime)).toEqual([
      '0:00.000',
      '0:03.412',
      '12:03.412',
      '1:12:03.412',
    ]);
    expect([1 / 1000, 1 / 5, 1, 20].map(speedLabel)).toEqual(['×1/1000', '×1/5', '×1', '×20']);
  });

  test('marks on an axis are round, few and inside', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: 0.01, max: 1e7, noNaN: true }),
        (from, span) => {
          const marks = ticks(from, from + span, 8);
          expect(marks.length).toBeLessThanOrEqual(14);
          for (const mark of marks) expect(mark).toBeGreaterThanOrEqual(from - span * 1e-6);
        },
      ),
    );
    expect(ticks(0, 1000, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(tickLabel(1500, 500)).toBe('1.5 s');
  });
});
