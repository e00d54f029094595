// Spans as moments in order of time: each has a start and an end, and what happened between.
import type { Span, SpanEvent } from './otlp-spans.ts';

/** A point in time at which a span says something. */
export interface Moment {
  readonly ns: bigint;
  readonly span: Span;
  readonly what: 'start' | 'end' | SpanEvent;
}

/** All moments. What ends comes before what starts at the same time, except that a span starts before it ends. */
export function momentsOf(spans: readonly Span[]): Moment[] {
  const moments = spans.flatMap((span): Moment[] => [
    { ns: span.startNs, span, what: 'start' },
    ...span.events.map((event): Moment => ({ ns: within(event.ns, span), span, what: event })),
    { ns: span.endNs, span, what: 'end' },
  ]);
  return moments.toSorted(
    (a, b) => sign(a.ns - b.ns) || rank(a) - rank(b) || depthOf(a) - depthOf(b),
  );
}

/** An event outside its span would be told before or after all that it belongs to. */
function within(ns: bigint, span: Span): bigint {
  if (ns < span.startNs) return span.startNs;
  return ns > span.endNs ? span.endNs : ns;
}

function sign(difference: bigint): number {
  return difference < 0n ? -1 : Number(difference > 0n);
}

/** The order of what happens at one time. */
function rank({ what, span, ns }: Moment): number {
  const isShort = span.startNs === span.endNs;
  if (what === 'start') return 2;
  if (what === 'end') return isShort ? 4 : 1;
  return isShort || ns < span.endNs ? 3 : 0;
}

/** Outer spans start before inner ones, and end after them. */
function depthOf({ what, span }: Moment): number {
  return what === 'end' ? -span.depth : span.depth;
}
