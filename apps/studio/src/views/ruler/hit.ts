// What lies under the pointer, and what to say of it.
import { leadingBits, nodeName } from '@kadscope/core/trace';
import { duration } from '../../model/format.ts';
import type { Selection } from '../../model/selection.ts';
import { slotBox } from './draw-state.ts';
import { isInside, rowAt } from './layout.ts';
import type { Places } from './places.ts';
import { nodeDepthY, timeX } from './scene.ts';
import type { RulerScene } from './scene.ts';
import type { Stage } from './stage.ts';

/** How far from a mark the pointer may be: hit targets of 24 px. */
const REACH = 12;

export function hitRuler(
  scene: RulerScene,
  places: Places,
  x: number,
  y: number,
): Selection | null {
  const { layout } = scene;
  const row = rowAt(layout, y);
  if (row < 0) return null;
  if (isInside(layout.space, x)) {
    const node = nearestNode(scene, places, x, y);
    if (node >= 0) return { kind: 'node', id: node };
  } else if (isInside(layout.time, x)) {
    const event = nearestQuery(scene, x, y);
    if (event >= 0) return { kind: 'event', id: event };
  } else if (isInside(layout.state, x)) {
    const column = Math.floor((x - layout.state.x) / layout.slot);
    const slot = scene.slots.find(
      (candidate) => candidate.row === row && candidate.column === column,
    );
    if (slot !== undefined) return { kind: 'node', id: slot.node };
  }
  return { kind: 'row', id: row };
}

function nearestNode(scene: RulerScene, places: Places, x: number, y: number): number {
  let best = -1;
  let bestDistance = REACH * REACH;
  for (let node = 0; node < places.x.length; node++) {
    if (scene.present[node] === 0 || scene.fold.bits[node]! < 0) continue;
    // Nodes that take part in the lookup are what the pointer is after.
    const favour = scene.roles.has(node) || node === scene.picture?.lookup.node ? 0.5 : 1;
    const distance = ((places.x[node]! - x) ** 2 + (places.y[node]! - y) ** 2) * favour;
    if (distance < bestDistance) {
      bestDistance = distance;
      best = node;
    }
  }
  return best;
}

/** The query whose bar is under the pointer, as the event that ended it (or began it). */
function nearestQuery(scene: RulerScene, x: number, y: number): number {
  const { picture } = scene;
  if (picture === null) return -1;
  let best = -1;
  let bestDistance = REACH;
  for (const query of picture.queries) {
    const x1 = timeX(scene, query.startMs);
    const x2 = timeX(scene, Math.min(query.endMs, picture.endMs));
    const aside = Math.max(x1 - x, x - x2, 0);
    const distance = Math.hypot(aside, nodeDepthY(scene, query.peer) - y);
    if (distance >= bestDistance) continue;
    bestDistance = distance;
    const isNearEnd = query.endEvent >= 0 && x > (x1 + x2) / 2;
    best = isNearEnd ? query.endEvent : query.startEvent;
  }
  return best;
}

/** The node that a hover or selection points at in all columns; -1 for none. */
export function nodeOf(scene: RulerScene, selection: Selection | null): number {
  if (selection === null) return -1;
  const { trace } = scene;
  switch (selection.kind) {
    case 'node':
      return selection.id;
    case 'event':
    case 'message': {
      if (selection.id >= trace.length) return -1;
      const node = trace.get('node', selection.id);
      const peer = trace.get('peer', selection.id);
      return peer >= 0 && node === scene.picture?.lookup.node ? peer : node;
    }
    default:
      return -1;
  }
}

/** The row of a hover or selection; -1 for none. */
export function rowOf(scene: RulerScene, selection: Selection | null): number {
  if (selection?.kind === 'row') return Math.min(selection.id, scene.layout.rows - 1);
  const node = nodeOf(scene, selection);
  const bits = node < 0 ? -1 : (scene.fold.bits[node] ?? -1);
  return bits < 0 ? -1 : Math.min(bits, scene.layout.rows - 1);
}

/** Rings around one node in Space and State, a halo on its query in Time. */
export function drawFocus(stage: Stage, node: number, color: string): void {
  const { renderer, scene, places } = stage;
  const { layout } = scene;
  if (node < 0 || scene.fold.bits[node]! < 0) return;
  if (layout.space !== null) {
    renderer.markers([places.x[node]!, places.y[node]!], 1, 'disc', {
      color,
      size: 8,
      isHollow: true,
    });
  }
  const query = scene.picture?.queries.find(({ peer }) => peer === node);
  if (query !== undefined && layout.time !== null && scene.picture !== null) {
    const y = nodeDepthY(scene, node);
    const x1 = timeX(scene, query.startMs);
    const x2 = timeX(scene, Math.min(query.endMs, scene.picture.endMs));
    renderer.frames([x1 - 7, y - 7, x2 - x1 + 14, 14], 1, { color, width: 1.5, radius: 7 });
  }
  const slot = scene.slots.find((candidate) => candidate.node === node);
  if (slot !== undefined && layout.state !== null) {
    const box = slotBox(layout, layout.state, slot.row, slot.column);
    renderer.frames([box.x - 2, box.y - 2, box.width + 4, box.height + 4], 1, {
      color,
      width: 1.5,
      radius: 3,
    });
  }
}

/** The name and facts of a node, beside it. */
export function drawNodeLabel(stage: Stage, node: number): void {
  const { renderer, palette, scene, places } = stage;
  const { space } = scene.layout;
  const key = scene.trace.nodes[node]?.key;
  if (space === null || key === undefined || scene.fold.bits[node]! < 0) return;
  const query = scene.picture?.queries.find(({ peer }) => peer === node);
  const took =
    query === undefined || query.endEvent < 0 || query.endEvent >= scene.cursor
      ? ''
      : ` · ${duration(query.endMs - query.startMs)}`;
  const lines = [nodeName(scene.trace, node), `${leadingBits(key)}…${took}`];
  const style = { color: palette.text, size: 11 } as const;
  const mono = { ...style, isMono: true, color: palette.text2 };
  const width =
    Math.max(
      renderer.measure(lines[0]!, { ...style, weight: 600 }),
      renderer.measure(lines[1]!, mono),
    ) + 16;
  const right = Math.max(space.x + space.width, width + 4);
  const x = Math.min(Math.max(places.x[node]! - width / 2, 4), right - width);
  const isBelow = places.y[node]! < 52;
  const y = isBelow ? places.y[node]! + 14 : places.y[node]! - 14 - 38;
  renderer.rects([x, y, width, 38], 1, { color: palette.s2, radius: 5 });
  renderer.frames([x + 0.5, y + 0.5, width - 1, 37], 1, { color: palette.lineStrong, radius: 5 });
  renderer.text(lines[0]!, x + 8, y + 12, { ...style, weight: 600 });
  renderer.text(lines[1]!, x + 8, y + 27, mono);
}

/** The node before or after another in a row, nearest to the reference first; -1 at the ends. */
export function nodeBeside(
  scene: RulerScene,
  row: number,
  node: number,
  direction: 1 | -1,
): number {
  const inRow: number[] = [];
  for (let other = 0; other < scene.fold.bits.length; other++) {
    const bits = scene.fold.bits[other]!;
    if (scene.present[other] === 1 && bits >= 0 && Math.min(bits, scene.layout.rows - 1) === row)
      inRow.push(other);
  }
  inRow.sort((a, b) => scene.fold.place[a]! - scene.fold.place[b]!);
  const at = inRow.indexOf(node);
  return inRow[at < 0 ? 0 : at + direction] ?? -1;
}
