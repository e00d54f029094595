import { describe, expect, test } from 'vitest';
import {
  cursorAt,
  neighbourLookup,
  positionOf,
  stepAtNode,
  stepEvent,
  stepHop,
} from './stepping.ts';
import { sampleTrace } from './testing/sample-trace.ts';

const trace = sampleTrace({ nodes: 60, lookups: 6, spacingMs: 150 });
const lookup = trace.lookups[2]!;

describe('steps', () => {
  test('by event go through the whole trace and stop at its ends', () => {
    expect(stepEvent(trace, 5, 1, null)).toBe(6);
    expect(stepEvent(trace, 0, -1, null)).toBe(0);
    expect(stepEvent(trace, trace.length, 1, null)).toBe(trace.length);
  });

  test('within a lookup visit each of its events, forwards and backwards', () => {
    const forward: number[] = [];
    for (
      let cursor = 0, next = stepEvent(trace, cursor, 1, lookup);
      next !== cursor;
      next = stepEvent(trace, cursor, 1, lookup)
    ) {
      cursor = next;
      forward.push(cursor - 1);
    }
    expect(forward).toEqual([...lookup.events.values.subarray(0, lookup.events.length)]);
    const backward: number[] = [forward.at(-1)!];
    for (
      let cursor = forward.at(-1)! + 1, next = stepEvent(trace, cursor, -1, lookup);
      next !== cursor;
      next = stepEvent(trace, cursor, -1, lookup)
    ) {
      cursor = next;
      backward.push(cursor - 1);
    }
    expect(backward).toEqual(forward.toReversed());
  });

  test('back from between two events of a lookup land on the earlier one', () => {
    const between = lookup.events.values[3]! + 2;
    const events = [...lookup.events.values.subarray(0, lookup.events.length)];
    const expected = events.findLast((event) => event < between - 1)!;
    expect(stepEvent(trace, between, -1, lookup)).toBe(expected + 1);
  });

  test('by hop go to answers, failures and the end', () => {
    let cursor = lookup.startEvent + 1;
    for (let i = 0; i < 5; i++) {
      cursor = stepHop(trace, cursor, 1, lookup);
      expect(['lookupAnswered', 'lookupFailed', 'lookupFinished']).toContain(
        trace.type(cursor - 1),
      );
    }
    expect(stepHop(trace, cursor, -1, lookup)).toBeLessThan(cursor);
  });

  test('by lookup follow the order in which lookups start', () => {
    expect(neighbourLookup(trace, 0, 1, lookup)).toBe(trace.lookups[3]);
    expect(neighbourLookup(trace, 0, -1, lookup)).toBe(trace.lookups[1]);
    expect(neighbourLookup(trace, 0, 1, trace.lookups.at(-1)!)).toBeNull();
    expect(neighbourLookup(trace, lookup.startEvent, 1, null)).toBe(lookup);
  });

  test('on a node visit only events that it takes part in', () => {
    const node = lookup.node;
    const next = stepAtNode(trace, lookup.startEvent + 1, 1, node);
    expect([trace.get('node', next - 1), trace.get('peer', next - 1)]).toContain(node);
    expect(stepAtNode(trace, next, -1, node)).toBeLessThan(next);
  });
});

describe('positions', () => {
  test('a time stands after every event at or before it', () => {
    const time = trace.time(100);
    const cursor = cursorAt(trace, time);
    expect(trace.time(cursor - 1)).toBe(time);
    expect(trace.time(cursor)).toBeGreaterThan(time);
    expect(cursorAt(trace, -1)).toBe(0);
    expect(cursorAt(trace, Number.POSITIVE_INFINITY)).toBe(trace.length);
  });

  test('an event finds the last lookup that had started', () => {
    expect(positionOf(trace.lookups, lookup.startEvent)).toBe(2);
    expect(positionOf(trace.lookups, lookup.startEvent - 1)).toBe(1);
    expect(positionOf(trace.lookups, 0)).toBe(-1);
  });
});
