// What the timeline shows, before any of it is drawn.
import { MessageTimes } from '../../model/histogram.ts';
import type { Histogram } from '../../model/histogram.ts';
import { layOutLanes } from '../../model/lanes.ts';
import type { Lanes } from '../../model/lanes.ts';
import { visibleRange } from '../../model/range.ts';
import type { Session, TimeRange } from '../../model/session.ts';
import type { Trace } from '@kadscope/core/trace';

export const PAD = 16;
export const AXIS_HEIGHT = 20;
export const LANE_HEIGHT = 8;
const LANES_MAX = 5;

/** Bars of the histogram are this wide, gap included. */
const BAR = 4;

export interface TimelineScene {
  readonly range: TimeRange;
  readonly width: number;
  readonly histogram: Histogram;
  readonly lanes: Lanes;
  readonly laneTop: number;
  readonly barTop: number;
  readonly barBottom: number;
  readonly current: number;
  x(timeMs: number): number;
  time(x: number): number;
}

let times: { readonly trace: Trace; readonly list: MessageTimes } | null = null;

/** The message times of a trace; read once and kept up. */
export function messageTimes(trace: Trace): MessageTimes {
  if (times?.trace !== trace) times = { trace, list: new MessageTimes(trace) };
  return times.list;
}

export function timelineScene(session: Session, width: number, height: number): TimelineScene {
  void session.revision.value;
  const trace = session.trace.value;
  const range = visibleRange(session);
  const span = range.toMs - range.fromMs;
  const inner = Math.max(1, width - 2 * PAD);
  const laneTop = height - LANES_MAX * LANE_HEIGHT - 6;
  const current = session.currentLookup.value?.id ?? -1;
  return {
    range,
    width,
    histogram: messageTimes(trace).histogram(
      range.fromMs,
      range.toMs,
      Math.max(1, Math.floor(inner / BAR)),
    ),
    lanes: layOutLanes(trace, range, {
      count: LANES_MAX,
      gapMs: (span / inner) * 3,
      keep: current,
    }),
    laneTop,
    barTop: AXIS_HEIGHT,
    barBottom: laneTop - 6,
    current,
    x: (timeMs) => timelineX(range, width, timeMs),
    time: (x) => range.fromMs + ((x - PAD) / inner) * span,
  };
}

/** Where a moment lies on a timeline of some width. */
export function timelineX(range: TimeRange, width: number, timeMs: number): number {
  return (
    PAD + ((timeMs - range.fromMs) / (range.toMs - range.fromMs)) * Math.max(1, width - 2 * PAD)
  );
}

/** The lookup whose bar lies under a point; -1 for none. */
export function laneAt(scene: TimelineScene, x: number, y: number): number {
  const lane = Math.floor((y - scene.laneTop) / LANE_HEIGHT);
  if (lane < 0) return -1;
  const reach = 3;
  const bar = scene.lanes.bars.find(
    (candidate) =>
      candidate.lane === lane &&
      x >= scene.x(candidate.fromMs) - reach &&
      x <= scene.x(candidate.toMs) + reach,
  );
  return bar?.lookup.id ?? -1;
}
