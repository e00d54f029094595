// The look of NetVis (2015), which many people know: discs, names, purple curves through the centre.
import { pointOnChord } from '../../model/ring-layout.ts';
import type { Palette } from '../../render/palette.ts';
import { longName } from '../../ui/words.ts';
import type { Drawing } from './draw.ts';

interface ClassicColors {
  readonly node: string;
  readonly behind: string;
  readonly message: string;
  readonly dot: string;
}

const LIGHT: ClassicColors = {
  node: '#4682b4',
  behind: '#d8dadd',
  message: '#8b3fa0',
  dot: '#d6337c',
};
const DARK: ClassicColors = {
  node: '#6aa5d6',
  behind: '#2b3346',
  message: '#a872c4',
  dot: '#ff9ecb',
};

const NODE_RADIUS = 10;
/** More names would cover each other. */
const NAMES_MAX = 80;
const MESSAGE_WIDTH = 5.5;

export function drawClassic(drawing: Drawing): void {
  const { renderer, palette, scene, isStill } = drawing;
  const colors = palette.isDark ? DARK : LIGHT;
  drawConnections(drawing);
  for (const { chord, flight } of scene.flights) {
    const { from, control1, control2, to } = chord;
    const curve = [from.x, from.y, control1.x, control1.y, control2.x, control2.y, to.x, to.y];
    const isLost = flight.state === 'dropped';
    const style = isLost
      ? { color: palette.classes.failed, dash: [8, 6] }
      : { color: colors.message };
    renderer.curves(curve, 1, { ...style, width: MESSAGE_WIDTH, alpha: 0.75 });
    const head = pointOnChord(chord, isStill ? 0.5 : flight.progress);
    const mark = { color: isLost ? palette.text : colors.dot, size: 7 };
    renderer.markers([head.x, head.y], 1, isLost ? 'cross' : 'disc', mark);
  }
  drawDiscs(drawing, colors, palette);
}

function drawConnections({ renderer, palette, scene, state }: Drawing): void {
  const lines: number[] = [];
  scene.points.forEach((point, node) => {
    for (const peer of state.connectionsOf(node)) {
      const other = scene.points[peer];
      if (peer > node && other !== undefined) lines.push(point.x, point.y, other.x, other.y);
    }
  });
  renderer.segments(lines, lines.length / 4, { color: palette.text2, width: 1.5 });
}

function drawDiscs(
  { renderer, scene, trace, selection, hover }: Drawing,
  colors: ClassicColors,
  palette: Palette,
): void {
  const present: number[] = [];
  const behind: number[] = [];
  const names: [number, number, number][] = [];
  scene.points.forEach(({ x, y }, node) => {
    behind.push(x, y);
    if (scene.present[node] !== true) return;
    present.push(x, y);
    names.push([node, x, y]);
  });
  // Many nodes get smaller discs, so that they do not cover each other.
  const room = (Math.PI * scene.circle.radius) / scene.points.length;
  const radius = Math.min(NODE_RADIUS, Math.max(1.5, room * 0.8));
  // A node that is not there leaves its grey place.
  renderer.points(behind, behind.length / 2, radius * 1.3, { color: colors.behind });
  renderer.points(present, present.length / 2, radius, { color: colors.node });
  for (const [each, color] of [
    [selection, palette.accent],
    [hover, palette.text],
  ] as const) {
    const point = each?.kind === 'node' ? scene.points[each.id] : undefined;
    if (point === undefined) continue;
    renderer.markers([point.x, point.y], 1, 'disc', {
      color,
      size: NODE_RADIUS + 4,
      isHollow: true,
    });
  }
  if (names.length > NAMES_MAX) return;
  for (const [node, x, y] of names) {
    const style = { color: palette.text, halo: palette.bg, size: 13 };
    renderer.text(longName(trace, node), x + NODE_RADIUS + 8, y, style);
  }
}
