// Messages that are under way at a moment, at their true time.
import { MESSAGE_KINDS, messageClass } from '@kadscope/core/trace';
import type { MessageClass, Trace } from '@kadscope/core/trace';

/** A point of the play: `cursor` events have happened, and it is `timeMs`. */
export interface Moment {
  readonly cursor: number;
  readonly timeMs: number;
}

/** How far along its way a message is drawn: by the time that has passed, or by events (NetVis). */
export type ProgressBy = 'time' | 'events';

/** One message under way. */
export interface Flight {
  /** Its `messageSent` event. */
  readonly message: number;
  readonly from: number;
  readonly to: number;
  /** 0 at its source, 1 at its destination. */
  readonly progress: number;
  readonly messageClass: MessageClass;
  readonly isResponse: boolean;
  /** How it will end, as far as the trace says. */
  readonly state: 'arrives' | 'dropped' | 'unknown';
}

/** A message of which no end is known counts as under way for this long at most. */
const UNKNOWN_MS = 2000;

/** The messages under way at a moment, the oldest first. */
export function flightsAt(trace: Trace, moment: Moment, by: ProgressBy = 'time'): Flight[] {
  const flights: Flight[] = [];
  const { messages, longestFlightMs } = trace;
  const unknownMs = longestFlightMs > 0 ? longestFlightMs : UNKNOWN_MS;
  const oldest = moment.timeMs - unknownMs;
  for (let i = countBelow(messages, trace.messageCount, moment.cursor) - 1; i >= 0; i--) {
    const sent = messages[i]!;
    if (trace.time(sent) < oldest) break;
    const end = trace.get('end', sent);
    const isOver = end >= 0 ? end < moment.cursor : trace.time(sent) + unknownMs <= moment.timeMs;
    if (isOver) continue;
    const isByEvents = by === 'events' && end >= 0;
    const progress = isByEvents
      ? (moment.cursor - 1 - sent) / (end - sent)
      : progressByTime(trace, moment, sent, unknownMs);
    flights.push(flightOf(trace, sent, progress));
  }
  return flights.toReversed();
}

function flightOf(trace: Trace, sent: number, progress: number): Flight {
  const end = trace.get('end', sent);
  return {
    message: sent,
    from: trace.get('node', sent),
    to: trace.get('peer', sent),
    progress: Math.min(Math.max(progress, 0), 1),
    messageClass: messageClass(MESSAGE_KINDS[trace.get('kind', sent)] ?? 'other'),
    isResponse: trace.get('isResponse', sent) === 1,
    state: end < 0 ? 'unknown' : trace.type(end) === 'messageDropped' ? 'dropped' : 'arrives',
  };
}

function progressByTime(trace: Trace, moment: Moment, sent: number, unknownMs: number): number {
  const end = trace.get('end', sent);
  const sentMs = trace.time(sent);
  const endMs = end >= 0 ? trace.time(end) : sentMs + unknownMs;
  return endMs > sentMs ? (moment.timeMs - sentMs) / (endMs - sentMs) : 1;
}

/** How many of the ascending `values` are below `bound`. */
function countBelow(values: Int32Array, length: number, bound: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! < bound) low = middle + 1;
    else high = middle;
  }
  return low;
}
