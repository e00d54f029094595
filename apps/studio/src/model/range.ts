// Which part of time the timeline shows: all of it, or what was zoomed to.
import type { Session, TimeRange } from './session.ts';

/** The shortest range: a tenth of a millisecond is below any network's time. */
const SPAN_MIN_MS = 0.1;

/** Lengths, in seconds, that the whole of a growing trace is shown in. */
const SPANS_S = [
  2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14400, 28800, 43200, 86400,
];

/**
 * What the timeline shows. Never empty. All of a trace that grows is shown with room to grow into, so
 * that the scale stands still most of the time.
 */
export function visibleRange(session: Session): TimeRange {
  const range = session.range.value;
  if (range !== null) return range;
  const horizon = Math.max(session.horizonMs.value, 1);
  void session.revision.value;
  if (session.source.value?.isGrowing !== true) return { fromMs: 0, toMs: horizon };
  const span = SPANS_S.find((seconds) => seconds * 1000 >= horizon * 1.02);
  return { fromMs: 0, toMs: span === undefined ? horizon * 1.2 : span * 1000 };
}

/** Makes the range `factor` times as long around `centreMs` (the play head when absent). */
export function zoomRange(
  session: Session,
  factor: number,
  centreMs: number = session.timeMs.peek(),
): void {
  const { fromMs, toMs } = visibleRange(session);
  if ((toMs - fromMs) * factor >= session.horizonMs.peek()) {
    session.range.value = null;
    return;
  }
  const centre = Math.min(Math.max(centreMs, fromMs), toMs);
  setRange(session, centre - (centre - fromMs) * factor, centre + (toMs - centre) * factor);
}

/** Moves the range by a part of its length. */
export function panRange(session: Session, part: number): void {
  if (session.range.peek() === null) return;
  const { fromMs, toMs } = visibleRange(session);
  const by = (toMs - fromMs) * part;
  const kept = Math.min(Math.max(by, -fromMs), Math.max(0, session.horizonMs.peek() - toMs));
  setRange(session, fromMs + kept, toMs + kept);
}

/** Shows the selected or current lookup; when it is shown already, everything. */
export function fitRange(session: Session): void {
  const lookup = session.currentLookup.peek();
  const trace = session.trace.peek();
  if (lookup === null) {
    session.range.value = null;
    return;
  }
  const fromMs = trace.time(lookup.startEvent);
  const toMs = lookup.endEvent < 0 ? session.horizonMs.peek() : trace.time(lookup.endEvent);
  const margin = Math.max((toMs - fromMs) * 0.08, SPAN_MIN_MS);
  const now = session.range.peek();
  const isShown = now !== null && Math.abs(now.fromMs - Math.max(0, fromMs - margin)) < 1e-6;
  if (isShown) session.range.value = null;
  else setRange(session, fromMs - margin, toMs + margin);
}

/** Sets the range within what is known; a range that covers all of it is no range. */
export function setRange(session: Session, fromMs: number, toMs: number): void {
  const horizon = Math.max(session.horizonMs.peek(), SPAN_MIN_MS);
  const from = Math.max(0, Math.min(fromMs, horizon - SPAN_MIN_MS));
  const to = Math.min(horizon, Math.max(toMs, from + SPAN_MIN_MS));
  session.range.value = from <= 0 && to >= horizon ? null : { fromMs: from, toMs: to };
}
