// Messages that are under way at a moment, at their true time, and nothing that is no longer there.
//
// The ring also shows where messages were lost and can count in events: see `ring-flights.ts`.
import { MESSAGE_KINDS, messageClass } from '@kadscope/core/trace';
import type { MessageClass, Trace } from '@kadscope/core/trace';

/** A point of the play: `cursor` events have happened, and it is `timeMs`. */
interface Moment {
  readonly cursor: number;
  readonly timeMs: number;
}

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
  readonly willArrive: boolean;
}

/** A message of which no end is known counts as under way for this long, if no other message says better. */
const UNKNOWN_MS = 2000;

/** More could not be told apart, and drawing them would cost more than a frame. */
const FLIGHTS_MAX = 1500;

/** The messages under way at a moment, the latest first. */
export function flightsAt(trace: Trace, moment: Moment): Flight[] {
  const flights: Flight[] = [];
  const { messages, longestFlightMs } = trace;
  const unknownMs = longestFlightMs > 0 ? longestFlightMs : UNKNOWN_MS;
  const oldest = moment.timeMs - unknownMs;
  for (let i = countBelow(messages, trace.messageCount, moment.cursor) - 1; i >= 0; i--) {
    const sent = messages[i]!;
    const sentMs = trace.time(sent);
    if (sentMs < oldest || flights.length >= FLIGHTS_MAX) break;
    const end = trace.get('end', sent);
    if (end >= 0 && end < moment.cursor) continue;
    const endMs = end >= 0 ? trace.time(end) : sentMs + unknownMs;
    if (end < 0 && endMs <= moment.timeMs) continue;
    const progress = endMs > sentMs ? (moment.timeMs - sentMs) / (endMs - sentMs) : 1;
    flights.push(flightOf(trace, sent, Math.min(Math.max(progress, 0), 1)));
  }
  return flights;
}

function flightOf(trace: Trace, sent: number, progress: number): Flight {
  const end = trace.get('end', sent);
  return {
    message: sent,
    from: trace.get('node', sent),
    to: trace.get('peer', sent),
    progress,
    messageClass: messageClass(MESSAGE_KINDS[trace.get('kind', sent)] ?? 'other'),
    isResponse: trace.get('isResponse', sent) === 1,
    willArrive: end < 0 || trace.type(end) !== 'messageDropped',
  };
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
