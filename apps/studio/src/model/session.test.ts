import { simpleRow, Trace } from '@kadscope/core/trace';
import { describe, expect, test } from 'vitest';
import { fitRange, panRange, setRange, visibleRange, zoomRange } from './range.ts';
import { createSession } from './session.ts';
import type { Session } from './session.ts';
import { FileSource } from './source.ts';
import { sampleTrace } from './testing/sample-trace.ts';

function opened(trace: Trace = sampleTrace({ nodes: 60, lookups: 8, spacingMs: 150 })): Session {
  const session = createSession();
  session.open(new FileSource('sample', trace));
  return session;
}

describe('a session', () => {
  test('opens a source at its start, with nothing selected', () => {
    const session = opened();
    session.select({ kind: 'node', id: 3 });
    session.seekTime(500);
    session.open(new FileSource('another', sampleTrace({ nodes: 20, lookups: 1 })));
    expect(session.cursorIndex.value).toBe(0);
    expect(session.selection.value).toBeNull();
    expect(session.trace.value.nodes).toHaveLength(20);
    expect(session.horizonMs.value).toBe(session.trace.value.endMs);
  });

  test('plays to the end of a recording and stops there; play again starts over', () => {
    const session = opened();
    session.setSpeed(1000);
    session.play();
    for (let i = 0; i < 100; i++) session.advance(100);
    expect(session.playing.value).toBe(false);
    expect(session.cursorIndex.value).toBe(session.trace.value.length);
    session.play();
    expect(session.timeMs.value).toBe(0);
  });

  test('loops over the visible range', () => {
    const session = opened();
    setRange(session, 200, 400);
    session.loop.value = true;
    session.seekTime(390);
    session.setSpeed(1);
    session.play();
    session.advance(50);
    expect(session.playing.value).toBe(true);
    expect(session.timeMs.value).toBe(200);
  });

  test('plays backwards to the start', () => {
    const session = opened();
    session.seekTime(50);
    session.setSpeed(1);
    session.play(-1);
    session.advance(20);
    expect(session.timeMs.value).toBe(30);
    session.advance(100);
    expect(session.timeMs.value).toBe(0);
    expect(session.playing.value).toBe(false);
  });

  test('a step stops play and keeps time and event together', () => {
    const session = opened();
    session.seekTime(300);
    session.play();
    session.stepEvent(1);
    const { trace, cursorIndex, timeMs, eventHere } = session;
    expect(session.playing.value).toBe(false);
    expect(eventHere.value).toBe(cursorIndex.value - 1);
    expect(timeMs.value).toBe(trace.value.time(cursorIndex.value - 1));
  });

  test('following a lookup keeps steps within it, both ways', () => {
    const session = opened();
    const lookup = session.trace.value.lookups[4]!;
    session.followLookup(lookup.id);
    expect(session.currentLookup.value).toBe(lookup);
    expect(session.eventHere.value).toBe(lookup.startEvent);
    session.stepEvent(1);
    session.stepEvent(1);
    expect(session.trace.value.get('lookup', session.eventHere.value)).toBe(lookup.id);
    session.stepEvent(-1);
    session.stepEvent(-1);
    expect(session.eventHere.value).toBe(lookup.startEvent);
    session.stepLookup(1);
    expect(session.currentLookup.value).toBe(session.trace.value.lookups[5]);
  });

  test('selecting an event of a lookup brings that lookup into view', () => {
    const session = opened();
    const lookup = session.trace.value.lookups[3]!;
    session.select({ kind: 'event', id: lookup.events.values[2]! });
    expect(session.currentLookup.value).toBe(lookup);
  });

  test('does not select what does not exist', () => {
    const session = opened();
    session.select({ kind: 'node', id: 60 });
    session.select({ kind: 'event', id: -1 });
    session.select({ kind: 'message', id: 0 });
    expect(session.selection.value).toBeNull();
  });

  test('measures from the target, the origin or the selected node', () => {
    const session = opened();
    const trace = session.trace.value;
    const lookup = trace.lookups[0]!;
    expect(session.referencePoint.value).toEqual({
      key: trace.keys[lookup.key],
      node: -1,
      role: 'target',
    });
    session.cycleReference();
    expect(session.referencePoint.value).toMatchObject({ node: lookup.node, role: 'origin' });
    session.cycleReference();
    // Nothing is selected yet: the origin stands in.
    expect(session.referencePoint.value).toMatchObject({ node: lookup.node, role: 'origin' });
    session.select({ kind: 'node', id: 7 });
    expect(session.referencePoint.value).toMatchObject({ node: 7, role: 'selected' });
  });

  test('has nothing to measure from in a trace without keys', () => {
    const trace = new Trace({ title: 'no keys', source: 'netvis', epochNs: 0n });
    trace.addNode({ id: 'Gandalf' });
    trace.append(simpleRow(0, 'nodeEntered', 0));
    expect(opened(trace).referencePoint.value).toBeNull();
  });

  test('reads within the lookup that is followed while the head stands elsewhere', () => {
    const session = opened();
    const { trace } = session;
    const first = trace.value.lookups[0]!;
    session.seekIndex(trace.value.lookups[1]!.startEvent + 1);
    expect(trace.value.get('lookup', session.eventHere.value)).toBe(1);
    session.readLookup(first.id);
    expect(trace.value.get('lookup', session.eventHere.value)).toBe(first.id);
    expect(session.eventHere.value).toBeLessThan(session.cursorIndex.value);
    session.letTraceChoose();
    expect(session.eventHere.value).toBe(session.cursorIndex.value - 1);
  });

  test('escape closes and clears one thing at a time', () => {
    const session = opened();
    session.followLookup(2);
    session.notify('hello');
    session.panel.value = 'help';
    session.escape();
    expect(session.panel.value).toBeNull();
    session.escape();
    expect(session.notice.value).toBeNull();
    session.escape();
    expect(session.selection.value).toBeNull();
    session.escape();
    expect([session.follow.value, session.lookupId.value]).toEqual([false, -1]);
  });

  test('pins four things at most and marks a moment once', () => {
    const session = opened();
    for (let id = 0; id < 6; id++) {
      session.select({ kind: 'node', id });
      session.togglePin();
    }
    expect(session.pins.value.map(({ id }) => id)).toEqual([2, 3, 4, 5]);
    session.togglePin();
    expect(session.pins.value).toHaveLength(3);
    session.seekTime(120);
    session.toggleMark();
    expect(session.marks.value).toEqual([120]);
    session.toggleMark();
    expect(session.marks.value).toEqual([]);
  });

  test('while it plays, the event to be read moves five times a second', () => {
    const session = opened();
    session.setSpeed(1);
    session.play();
    const seen = new Set<number>();
    for (let frame = 0; frame < 60; frame++) {
      session.advance(1000 / 60);
      seen.add(session.eventHere.value);
    }
    expect(seen.size).toBeLessThanOrEqual(6);
    session.pause();
    expect(session.eventHere.value).toBe(session.cursorIndex.value - 1);
  });

  test('the state follows the head in both directions', () => {
    const session = opened();
    const trace = session.trace.value;
    expect(session.state.presentCount()).toBe(0);
    session.seekIndex(trace.length);
    const contacts = session.state.contactsOf(0).length;
    expect(session.state.presentCount()).toBe(60);
    expect(contacts).toBeGreaterThan(10);
    session.seekIndex(30);
    expect(session.state.presentCount()).toBe(30);
    expect(session.state.contactsOf(0)).toHaveLength(0);
  });
});

describe('the visible time', () => {
  test('zooms around a moment and never leaves the trace', () => {
    const session = opened();
    const end = session.horizonMs.value;
    zoomRange(session, 1 / 2, 0);
    expect(visibleRange(session)).toEqual({ fromMs: 0, toMs: end / 2 });
    panRange(session, 10);
    expect(visibleRange(session).toMs).toBeCloseTo(end);
    zoomRange(session, 100);
    expect(session.range.value).toBeNull();
  });

  test('fits the current lookup, then everything', () => {
    const session = opened();
    const lookup = session.trace.value.lookups[2]!;
    session.followLookup(lookup.id);
    fitRange(session);
    const { fromMs, toMs } = visibleRange(session);
    expect(fromMs).toBeLessThan(session.trace.value.time(lookup.startEvent));
    expect(toMs).toBeGreaterThan(session.trace.value.time(lookup.endEvent));
    fitRange(session);
    expect(session.range.value).toBeNull();
  });
});
