// State: who is known, row by row: the shortlist of the lookup, or the k-buckets of a node.
import type { PeerRole } from '../../model/lookup-picture.ts';
import type { Renderer } from '../../render/renderer.ts';
import { rowCentre } from './layout.ts';
import type { RulerLayout, Span } from './layout.ts';
import { classOf } from './draw-space.ts';
import type { Slot } from './scene.ts';
import type { Stage } from './stage.ts';

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function slotBox(layout: RulerLayout, state: Span, row: number, column: number): Box {
  const height = Math.min(14, layout.rowHeight - 8);
  return {
    x: state.x + column * layout.slot + 0.5,
    y: Math.round(rowCentre(layout, row) - height / 2) + 0.5,
    width: layout.slot - 3,
    height,
  };
}

/** The empty slots: every row has room for k. */
export function drawEmptySlots(stage: Stage): void {
  const { renderer, palette, scene } = stage;
  const { layout, slotsPerRow } = scene;
  if (layout.state === null) return;
  const rects: number[] = [];
  for (let row = 0; row < layout.rows; row++) {
    for (let column = 0; column < slotsPerRow; column++) {
      const box = slotBox(layout, layout.state, row, column);
      rects.push(box.x, box.y, box.width, box.height);
    }
  }
  renderer.frames(rects, rects.length / 4, { color: palette.line, alpha: 0.8, radius: 1.5 });
}

/** What the fillings mean, on the line of the axis. */
export function drawStateKey(stage: Stage): void {
  const { renderer, palette, scene } = stage;
  const { state, bottom } = scene.layout;
  if (state === null) return;
  const hue =
    scene.picture === null ? palette.classes.find : palette.classes[classOf(scene.picture)];
  const style = { color: palette.text3, size: 11 };
  const widthOf = (text: string): number => 28 + renderer.measure(text, style);
  const all = ['known', 'asked', 'answered', 'failed'].reduce(
    (sum, text) => sum + widthOf(text),
    0,
  );
  // Beside an open drawer there is no room for one line.
  const isOneLine = all - 14 <= state.width + 12;
  let x = state.x;
  let y = bottom + (isOneLine ? 13 : 10);
  const entry = (text: string, draw: (box: number[]) => void): void => {
    draw([x + 0.5, y - 5.5, 8, 11]);
    renderer.text(text, x + 14, y, style);
    x += widthOf(text);
  };
  entry('known', (box) => frame(renderer, box, palette.classes.find));
  entry('asked', (box) => {
    fill(renderer, box, hue, 0.3);
    frame(renderer, box, hue);
  });
  if (!isOneLine) [x, y] = [state.x, y + 15];
  entry('answered', (box) => fill(renderer, box, hue, 1));
  entry('failed', (box) => {
    frame(renderer, box, palette.classes.failed);
    cross(renderer, box, palette.classes.failed);
  });
}

/** Who is in them: hollow is known, filled has answered, dotted waits, crossed has failed. */
export function drawSlots(stage: Stage): void {
  const { renderer, palette, scene } = stage;
  const { layout, slots, overflow } = scene;
  const { state } = layout;
  if (state === null) return;
  const groups: Record<PeerRole | 'known', number[]> = {
    known: [],
    heard: [],
    waiting: [],
    answered: [],
    failed: [],
  };
  for (const slot of slots) pushBox(groups[slot.role ?? 'known'], layout, state, slot);
  const hue =
    scene.picture === null ? palette.classes.find : palette.classes[classOf(scene.picture)];
  const isBuckets = scene.reference.node >= 0;
  frame(renderer, groups.known, isBuckets ? palette.dot : palette.classes.find);
  frame(renderer, groups.heard, palette.classes.find);
  fill(renderer, groups.waiting, hue, 0.3);
  frame(renderer, groups.waiting, hue);
  fill(renderer, groups.answered, hue, 1);
  frame(renderer, groups.failed, palette.classes.failed);
  cross(renderer, groups.failed, palette.classes.failed);
  for (let row = 0; row < layout.rows; row++) {
    if (overflow[row] === 0) continue;
    renderer.text(`+${overflow[row]}`, state.x + state.width, rowCentre(layout, row), {
      color: palette.text3,
      size: 11,
      align: 'right',
    });
  }
}

function pushBox(rects: number[], layout: RulerLayout, state: Span, slot: Slot): void {
  const box = slotBox(layout, state, slot.row, slot.column);
  rects.push(box.x, box.y, box.width, box.height);
}

function frame(renderer: Renderer, rects: readonly number[], color: string): void {
  renderer.frames(rects, rects.length / 4, { color, width: 1.4, radius: 1.5 });
}

function fill(renderer: Renderer, rects: readonly number[], color: string, alpha: number): void {
  renderer.rects(rects, rects.length / 4, { color, alpha, radius: 1.5 });
}

function cross(renderer: Renderer, rects: readonly number[], color: string): void {
  const lines: number[] = [];
  for (let i = 0; i < rects.length; i += 4) {
    const [x, y, width, height] = [
      rects[i]! + 2,
      rects[i + 1]! + 2,
      rects[i + 2]! - 4,
      rects[i + 3]! - 4,
    ];
    lines.push(x, y, x + width, y + height, x, y + height, x + width, y);
  }
  renderer.segments(lines, lines.length / 4, { color, width: 1.4 });
}
