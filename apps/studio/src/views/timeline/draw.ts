// The timeline on a canvas: messages by class, lookups in lanes, the play over.
import type { Trace } from '@kadscope/core/trace';
import { tickLabel, ticks } from '../../model/format.ts';
import { HISTOGRAM_CLASSES } from '../../model/histogram.ts';
import type { Palette } from '../../render/palette.ts';
import type { Renderer } from '../../render/renderer.ts';
import { AXIS_HEIGHT, LANE_HEIGHT, PAD } from './scene.ts';
import type { TimelineScene } from './scene.ts';

/** What lies over the bars and changes without them. */
export interface TimelineOver {
  readonly horizonMs: number;
  readonly isGrowing: boolean;
  readonly marks: readonly number[];
  readonly hoveredLookup: number;
  /** Where the pointer is; -1 when it is elsewhere. */
  readonly pointerX: number;
}

/** Everything that only a new range or new events change. */
export function drawTimeline(
  renderer: Renderer,
  palette: Palette,
  trace: Trace,
  scene: TimelineScene,
): void {
  drawAxis(renderer, palette, scene);
  drawBars(renderer, palette, scene);
  drawLanes(renderer, palette, trace, scene);
}

function drawAxis(renderer: Renderer, palette: Palette, scene: TimelineScene): void {
  const { fromMs, toMs } = scene.range;
  const marks = ticks(fromMs, toMs, Math.max(2, Math.floor(scene.width / 140)));
  const step = (marks[1] ?? toMs) - (marks[0] ?? fromMs);
  for (const mark of marks) {
    const x = Math.round(scene.x(mark)) + 0.5;
    const label = tickLabel(mark, step);
    const isLast = x > scene.width - 44;
    renderer.segments([x, AXIS_HEIGHT - 4, x, renderer.height - 6], 1, {
      color: palette.line,
      alpha: 0.6,
    });
    renderer.text(label, isLast ? x - 8 : x + 8, AXIS_HEIGHT / 2, {
      color: palette.text3,
      size: 11,
      align: isLast ? 'right' : 'left',
    });
  }
  const base = scene.barBottom + 0.5;
  renderer.segments([PAD, base, scene.width - PAD, base], 1, { color: palette.line });
}

function drawBars(renderer: Renderer, palette: Palette, scene: TimelineScene): void {
  const { histogram, barTop, barBottom } = scene;
  if (histogram.peak === 0) return;
  const room = barBottom - barTop - 4;
  const scale = room / histogram.peak;
  const pitch = (scene.width - 2 * PAD) / histogram.bins;
  const tops = new Float32Array(histogram.bins).fill(barBottom);
  HISTOGRAM_CLASSES.forEach((name, row) => {
    const counts = histogram.counts[row]!;
    const rects: number[] = [];
    for (let bin = 0; bin < histogram.bins; bin++) {
      const count = counts[bin]!;
      if (count === 0) continue;
      const height = Math.max(count * scale, 1);
      tops[bin]! -= height;
      rects.push(PAD + bin * pitch, tops[bin]!, Math.max(1, pitch - 1), height);
    }
    renderer.rects(rects, rects.length / 4, { color: palette.classes[name] });
  });
}

function drawLanes(renderer: Renderer, palette: Palette, trace: Trace, scene: TimelineScene): void {
  const done: number[] = [];
  const failed: number[] = [];
  for (const bar of scene.lanes.bars) {
    if (bar.lookup.id === scene.current) continue;
    (isLost(trace, bar.lookup.endEvent) ? failed : done).push(
      ...barRect(scene, bar.lane, bar.fromMs, bar.toMs),
    );
  }
  renderer.rects(done, done.length / 4, { color: palette.classes.find, alpha: 0.5, radius: 2 });
  renderer.rects(failed, failed.length / 4, {
    color: palette.classes.failed,
    alpha: 0.6,
    radius: 2,
  });
  const current = scene.lanes.bars.find((bar) => bar.lookup.id === scene.current);
  if (current === undefined) return;
  const rect = barRect(scene, current.lane, current.fromMs, current.toMs);
  renderer.rects(rect, 1, { color: palette.classes.announce, radius: 2 });
}

/** A lookup that ended without its answer. */
function isLost(trace: Trace, endEvent: number): boolean {
  if (endEvent < 0) return false;
  const reason = trace.words[trace.get('detail', endEvent)];
  return reason === 'nobody-answered' || reason === 'cancelled';
}

function barRect(
  scene: TimelineScene,
  lane: number,
  fromMs: number,
  toMs: number,
): [number, number, number, number] {
  const left = Math.max(scene.x(fromMs), PAD);
  const right = Math.min(scene.x(toMs), scene.width - PAD);
  return [left, scene.laneTop + lane * LANE_HEIGHT + 1, Math.max(2, right - left), LANE_HEIGHT - 3];
}

/** What the pointer and the simulation's progress change. */
export function drawOver(
  renderer: Renderer,
  palette: Palette,
  scene: TimelineScene,
  over: TimelineOver,
): void {
  const { height } = renderer;
  drawUnknown(renderer, palette, scene, over);
  const hovered = scene.lanes.bars.find((bar) => bar.lookup.id === over.hoveredLookup);
  if (hovered !== undefined) {
    const rect = barRect(scene, hovered.lane, hovered.fromMs, hovered.toMs);
    renderer.frames([rect[0] - 1.5, rect[1] - 1.5, rect[2] + 3, rect[3] + 3], 1, {
      color: palette.text,
      width: 1.5,
      radius: 3,
    });
  }
  for (const mark of over.marks) {
    const x = scene.x(mark);
    if (x >= PAD && x <= scene.width - PAD)
      renderer.markers([x, AXIS_HEIGHT - 3], 1, 'diamond', { color: palette.accent, size: 4 });
  }
  if (over.pointerX >= 0) {
    const x = Math.round(over.pointerX) + 0.5;
    renderer.segments([x, AXIS_HEIGHT, x, height - 4], 1, { color: palette.text3, dash: [2, 3] });
  }
}

/** What the simulation has not reached is hatched: nothing is known there, which is not the same as nothing. */
function drawUnknown(
  renderer: Renderer,
  palette: Palette,
  scene: TimelineScene,
  over: TimelineOver,
): void {
  if (!over.isGrowing) return;
  const from = Math.max(PAD, scene.x(over.horizonMs));
  const to = scene.width - PAD;
  if (from >= to) return;
  renderer.clip([from, AXIS_HEIGHT, to - from, renderer.height - AXIS_HEIGHT - 4], () => {
    const lines: number[] = [];
    const rise = renderer.height;
    for (let x = Math.floor(from / 8) * 8 - rise; x < to; x += 8)
      lines.push(x, renderer.height, x + rise, 0);
    renderer.segments(lines, lines.length / 4, { color: palette.line, alpha: 0.5 });
  });
}
