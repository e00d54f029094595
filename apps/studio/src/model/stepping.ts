// Where the play head goes when it steps: pure functions over a trace and an event index.
//
// The cursor is the number of applied events, so the event "here" is `cursor - 1`. A step returns the
// new cursor, or the old one where there is nothing to step to.
import type { LookupInfo, Trace } from '@kadscope/core/trace';

export type Direction = 1 | -1;

/** One event forward or back: of the lookup when one is followed, else of the whole trace. */
export function stepEvent(
  trace: Trace,
  cursor: number,
  direction: Direction,
  lookup: LookupInfo | null,
): number {
  if (lookup === null) return clamp(cursor + direction, 0, trace.length);
  return stepInList(lookup.events, cursor, direction);
}

/** The event that `cursor` stands on: of the lookup when one is followed and has begun; -1 for none. */
export function eventAt(cursor: number, lookup: LookupInfo | null): number {
  const applied = lookup === null ? 0 : lookup.events.countUpTo(cursor - 1);
  return applied === 0 ? cursor - 1 : lookup!.events.values[applied - 1]!;
}

/** One hop: the next answer or failure of the lookup, or of any lookup when none is followed. */
export function stepHop(
  trace: Trace,
  cursor: number,
  direction: Direction,
  lookup: LookupInfo | null,
): number {
  let at = cursor;
  for (;;) {
    const next = stepEvent(trace, at, direction, lookup);
    if (next === at) return at;
    at = next;
    if (at === 0 || isHop(trace, at - 1)) return at;
  }
}

/** The lookup after (or before) the given one in the order of their starts; `null` at the ends. */
export function neighbourLookup(
  trace: Trace,
  cursor: number,
  direction: Direction,
  current: LookupInfo | null,
): LookupInfo | null {
  const { lookups } = trace;
  if (current !== null) {
    const at = positionOf(lookups, current.startEvent);
    return lookups[at + direction] ?? null;
  }
  const started = positionOf(lookups, cursor - 1);
  return lookups[direction === 1 ? started + 1 : started] ?? null;
}

/** The next or previous event at `node`, or in which it is the other side. */
export function stepAtNode(
  trace: Trace,
  cursor: number,
  direction: Direction,
  node: number,
): number {
  for (let at = cursor + direction; at >= 1 && at <= trace.length; at += direction) {
    if (trace.get('node', at - 1) === node || trace.get('peer', at - 1) === node) return at;
  }
  return cursor;
}

/** How many events have happened at or before `timeMs`. */
export function cursorAt(trace: Trace, timeMs: number): number {
  let low = 0;
  let high = trace.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (trace.time(middle) <= timeMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The position in `lookups` of the last one that starts at or before event `index`; -1 before the first. */
export function positionOf(lookups: readonly LookupInfo[], index: number): number {
  let low = 0;
  let high = lookups.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lookups[middle]!.startEvent <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function stepInList(
  events: {
    readonly values: Int32Array;
    readonly length: number;
    countUpTo(bound: number): number;
  },
  cursor: number,
  direction: Direction,
): number {
  const applied = events.countUpTo(cursor - 1);
  if (direction === 1) return applied < events.length ? events.values[applied]! + 1 : cursor;
  // Standing between two of its events, the step back lands on the one before the head.
  const isOnEvent = applied > 0 && events.values[applied - 1] === cursor - 1;
  const previous = isOnEvent ? applied - 2 : applied - 1;
  return previous >= 0 ? events.values[previous]! + 1 : cursor;
}

function isHop(trace: Trace, index: number): boolean {
  const type = trace.type(index);
  if (type === 'lookupAnswered' || type === 'lookupFailed' || type === 'lookupFinished')
    return true;
  // A trace without lookups (NetVis) has its hops at the messages that arrive.
  return trace.lookups.length === 0 && (type === 'messageReceived' || type === 'messageDropped');
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
