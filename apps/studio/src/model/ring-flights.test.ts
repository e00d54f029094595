import { describe, expect, it } from 'vitest';
import { simpleRow, Trace } from '@kadscope/core/trace';
import type { EventType } from '@kadscope/core/trace';
import { ringFlightsAt } from './ring-flights.ts';
import type { RingFlight } from './ring-flights.ts';

/** Node 0 sends three messages to node 1: one arrives after 100 ms, one is dropped after 50, one is never seen again. */
function threeMessages(): Trace {
  const trace = new Trace({ title: '', source: 'file', epochNs: 0n });
  trace.addNode({ id: 'a' });
  trace.addNode({ id: 'b' });
  const at = (timeMs: number, type: EventType, message = -1): number =>
    trace.append({
      ...simpleRow(timeMs, type, message < 0 ? 0 : 1),
      peer: message < 0 ? 1 : 0,
      message,
    });
  const arriving = at(0, 'messageSent');
  const dropped = at(10, 'messageSent');
  at(20, 'messageSent');
  at(60, 'messageDropped', dropped);
  at(100, 'messageReceived', arriving);
  return trace;
}

function shown(
  trace: Trace,
  timeMs: number,
  by: 'time' | 'events' = 'time',
): Pick<RingFlight, 'state' | 'progress'>[] {
  let cursor = 0;
  while (cursor < trace.length && trace.time(cursor) <= timeMs) cursor++;
  return ringFlightsAt(trace, { cursor, timeMs }, by).map(({ state, progress }) => ({
    state,
    progress,
  }));
}

describe('messages in flight', () => {
  const trace = threeMessages();

  it('are where the time between sending and receiving puts them', () => {
    expect(shown(trace, 0)).toEqual([{ state: 'arrives', progress: 0 }]);
    expect(shown(trace, 25)[0]).toEqual({ state: 'arrives', progress: 0.25 });
    expect(shown(trace, 99.9)[0]!.progress).toBeCloseTo(0.999);
    expect(shown(trace, 100).map(({ state }) => state)).toEqual(['dropped', 'unknown']);
  });

  it('that are lost stop on their way, are shown for a moment, and go', () => {
    expect(shown(trace, 40)[1]).toEqual({ state: 'dropped', progress: 0.3 });
    expect(shown(trace, 80)[1]).toEqual({ state: 'dropped', progress: 0.6 });
    expect(shown(trace, 131)).toEqual([]);
  });

  it('that nobody hears of again are shown for as long as the slowest took', () => {
    expect(shown(trace, 70)[2]).toEqual({ state: 'unknown', progress: 0.5 });
    expect(shown(trace, 119).map(({ state }) => state)).toContain('unknown');
    expect(shown(trace, 121).map(({ state }) => state)).not.toContain('unknown');
  });

  it('can move by events: each takes equally long, and glides between its times', () => {
    expect(shown(trace, 20, 'events')[0]!.progress).toBe(0.5);
    expect(shown(trace, 40, 'events')[0]!.progress).toBe(0.625);
  });

  it('of which none ever arrives are still shown', () => {
    const never = new Trace({ title: '', source: 'file', epochNs: 0n });
    never.addNode({ id: 'a' });
    never.append({ ...simpleRow(0, 'messageSent', 0), peer: 0 });
    expect(shown(never, 500)).toEqual([{ state: 'unknown', progress: 0.5 }]);
  });
});
