// The play head's arithmetic: pure, so that a test can play an hour in a microsecond.
import type { Trace } from '@kadscope/core/trace';
import { cursorAt } from './stepping.ts';
import type { Direction } from './stepping.ts';

/** The slowest and fastest play, as factors of real time (RaftScope's range). */
export const SPEED_MIN = 1 / 1000;
export const SPEED_MAX = 1000;

/** The stops of the speed control: 1, 2, 5 in each decade. */
export const SPEEDS: readonly number[] = [
  1 / 1000,
  1 / 500,
  1 / 200,
  1 / 100,
  1 / 50,
  1 / 20,
  1 / 10,
  1 / 5,
  1 / 2,
  1,
  2,
  5,
  10,
  20,
  50,
  100,
  200,
  500,
  1000,
];

/** Milliseconds of one event in event time at speed 1: NetVis's pace. */
export const EVENT_STEP_MS = 800;

/** Where the play head stands. `cursor` events are applied; `timeMs` lies between the last of them and the next. */
export interface Head {
  readonly cursor: number;
  readonly timeMs: number;
  /** Event time only: how much of the way to the next event has passed, even when both have the same time. */
  readonly fraction: number;
}

export interface Play {
  readonly speed: number;
  readonly direction: Direction;
  readonly isEventTime: boolean;
  /** The part of the trace that is played; `endMs` is how far it is known. */
  readonly startMs: number;
  readonly endMs: number;
}

export interface Advanced extends Head {
  /** True when the head has reached the end (or, in reverse, the start) of what is known. */
  readonly isAtEnd: boolean;
}

/** The head after `elapsedMs` of real time. */
export function advanceHead(trace: Trace, head: Head, play: Play, elapsedMs: number): Advanced {
  return play.isEventTime
    ? advanceByEvents(trace, head, play, elapsedMs)
    : advanceByTime(trace, head, play, elapsedMs);
}

function advanceByTime(trace: Trace, head: Head, play: Play, elapsedMs: number): Advanced {
  const wanted = head.timeMs + elapsedMs * play.speed * play.direction;
  const timeMs = Math.min(Math.max(wanted, play.startMs), Math.max(play.endMs, play.startMs));
  const isAtEnd = play.direction === 1 ? wanted >= play.endMs : wanted <= play.startMs;
  return { cursor: cursorAt(trace, timeMs), timeMs, fraction: 0, isAtEnd };
}

/** Equal spacing: the head moves from event to event at one pace, and time glides between their times. */
function advanceByEvents(trace: Trace, head: Head, play: Play, elapsedMs: number): Advanced {
  const first = cursorAt(trace, play.startMs - 1e-9);
  const last = cursorAt(trace, play.endMs);
  const wanted =
    head.cursor + head.fraction + ((elapsedMs * play.speed) / EVENT_STEP_MS) * play.direction;
  const position = Math.min(Math.max(wanted, first), last);
  const isAtEnd = play.direction === 1 ? wanted >= last : wanted <= first;
  return { ...positionToHead(trace, position), isAtEnd };
}

function positionToHead(trace: Trace, position: number): Head {
  const cursor = Math.min(Math.floor(position), trace.length);
  const from = cursor === 0 ? 0 : trace.time(cursor - 1);
  const to = cursor < trace.length ? trace.time(cursor) : from;
  const fraction = position - cursor;
  return { cursor, timeMs: from + (to - from) * fraction, fraction };
}

/** A stop faster (`1`) or slower (`-1`) than `speed`. */
export function nextSpeed(speed: number, direction: Direction): number {
  const stops = direction === 1 ? SPEEDS : SPEEDS.toReversed();
  return (
    stops.find((stop) => (direction === 1 ? stop > speed * 1.001 : stop < speed / 1.001)) ?? speed
  );
}
