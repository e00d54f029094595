// Lookups as bars in few lanes: the first lane that is free takes the next one.
import type { LookupInfo, Trace } from '@kadscope/core/trace';
import { positionOf } from './stepping.ts';

/** A lookup on the timeline. */
export interface LaneBar {
  readonly lookup: LookupInfo;
  readonly lane: number;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Lanes {
  readonly bars: readonly LaneBar[];
  /** Lookups for which no lane was free: too many at once to be told apart. */
  readonly hidden: number;
}

/** Lookups that last longer than this before the range are not looked for. */
const LOOKUP_MAX_MS = 120_000;

/**
 * Lays out the lookups of a part of time in `count` lanes, `gapMs` apart. `keep` gets a lane even where
 * none is free, because it is the one that the user looks at.
 */
export function layOutLanes(
  trace: Trace,
  range: { readonly fromMs: number; readonly toMs: number },
  options: { readonly count: number; readonly gapMs: number; readonly keep: number },
): Lanes {
  const free = new Float64Array(options.count).fill(Number.NEGATIVE_INFINITY);
  const bars: LaneBar[] = [];
  let hidden = 0;
  const first = Math.max(
    0,
    positionOf(trace.lookups, trace.firstAtOrAfter(range.fromMs - LOOKUP_MAX_MS)),
  );
  for (let i = first; i < trace.lookups.length; i++) {
    const lookup = trace.lookups[i]!;
    const fromMs = trace.time(lookup.startEvent);
    if (fromMs > range.toMs) break;
    const toMs = lookup.endEvent < 0 ? trace.endMs : trace.time(lookup.endEvent);
    if (toMs < range.fromMs) continue;
    let lane = free.findIndex((until) => until + options.gapMs <= fromMs);
    if (lane < 0 && lookup.id === options.keep) lane = options.count - 1;
    if (lane < 0) {
      hidden++;
      continue;
    }
    free[lane] = toMs;
    bars.push({ lookup, lane, fromMs, toMs });
  }
  return { bars, hidden };
}
