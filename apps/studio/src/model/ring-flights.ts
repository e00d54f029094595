// How messages fare at a moment: under way, lost on their way, or never heard of again.
//
// The ruler asks only which messages are under way (see `flights.ts`). The ring also shows where messages
// were lost, and can measure progress by events (NetVis: every event takes equally long).
import { MESSAGE_KINDS, messageClass } from '@kadscope/core/trace';
import type { MessageClass, Trace } from '@kadscope/core/trace';

/** One message under way, or just lost. */
export interface RingFlight {
  /** Its `messageSent` event. */
  readonly message: number;
  readonly from: number;
  readonly to: number;
  /** 0 at the sender, 1 at the receiver. */
  readonly progress: number;
  /** How it ends, as far as the trace says. A dropped message is shown for a moment where it was lost. */
  readonly state: 'arrives' | 'dropped' | 'unknown';
  readonly messageClass: MessageClass;
  readonly isResponse: boolean;
}

/** How far along its way a message is drawn: by the time that has passed, or by events. */
export type ProgressBy = 'time' | 'events';

/** More could not be told apart, and drawing them would cost more than a frame. */
const FLIGHTS_MAX = 2000;

/** A dropped message stops on its way, where its cross can be seen, not on its receiver. */
const LOST_AT = 0.6;

/** The part of a trace's time that a message is drawn when no message of the trace says how long it took. */
const ASSUMED_PART = 0.05;
const ASSUMED_MS = 1000;

/** Where the play head stands: `cursor` events are applied, and it is `timeMs`. */
export interface Moment {
  readonly cursor: number;
  readonly timeMs: number;
}

/** The messages in flight, the oldest first. */
export function ringFlightsAt(trace: Trace, moment: Moment, by: ProgressBy = 'time'): RingFlight[] {
  const flights: RingFlight[] = [];
  // Nothing that was sent earlier can still be in flight, or be shown as lost.
  const earliest = moment.timeMs - 2 * assumedFlightMs(trace);
  for (let i = countSent(trace, moment.cursor) - 1; i >= 0 && flights.length < FLIGHTS_MAX; i--) {
    const message = trace.messages[i]!;
    if (trace.time(message) < earliest) break;
    const flight = flightOf(trace, message, moment, by);
    if (flight !== null) flights.push(flight);
  }
  return flights.toReversed();
}

function flightOf(
  trace: Trace,
  message: number,
  moment: Moment,
  by: ProgressBy,
): RingFlight | null {
  const end = trace.get('end', message);
  const isDropped = end >= 0 && trace.type(end) === 'messageDropped';
  if (end >= 0 && end < moment.cursor && !isDropped) return null;
  const assumed = assumedFlightMs(trace);
  const sinceMs = moment.timeMs - trace.time(message);
  let progress = sinceMs / assumed;
  if (isDropped) {
    const stopMs = Math.max(trace.time(end) - trace.time(message), assumed * LOST_AT);
    if (sinceMs > stopMs + assumed * LOST_AT) return null;
    progress = Math.min(sinceMs / stopMs, 1) * LOST_AT;
  } else if (end >= 0) {
    const measure = by === 'time' ? byTime : byEvents;
    progress = measure(trace, message, end, moment);
  } else if (progress > 1) return null;
  return {
    message,
    from: trace.get('node', message),
    to: trace.get('peer', message),
    progress: Math.min(Math.max(progress, 0), 1),
    state: isDropped ? 'dropped' : end >= 0 ? 'arrives' : 'unknown',
    messageClass: messageClass(MESSAGE_KINDS[trace.get('kind', message)] ?? 'other'),
    isResponse: trace.get('isResponse', message) === 1,
  };
}

/** How many messages the first `cursor` events sent. */
function countSent(trace: Trace, cursor: number): number {
  let low = 0;
  let high = trace.messageCount;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (trace.messages[middle]! < cursor) low = middle + 1;
    else high = middle;
  }
  return low;
}

function assumedFlightMs(trace: Trace): number {
  if (trace.longestFlightMs > 0) return trace.longestFlightMs;
  return trace.endMs > 0 ? trace.endMs * ASSUMED_PART : ASSUMED_MS;
}

function byTime(trace: Trace, message: number, end: number, { timeMs }: Moment): number {
  const sentMs = trace.time(message);
  const flightMs = trace.time(end) - sentMs;
  return flightMs === 0 ? 1 : (timeMs - sentMs) / flightMs;
}

function byEvents(trace: Trace, message: number, end: number, moment: Moment): number {
  const { cursor, timeMs } = moment;
  const here = trace.time(cursor - 1);
  const gapMs = cursor < trace.length ? trace.time(cursor) - here : 0;
  const fraction = gapMs > 0 ? Math.min(Math.max((timeMs - here) / gapMs, 0), 1) : 0;
  return (cursor - 1 + fraction - message) / (end - message);
}
