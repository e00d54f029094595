// Draws the ring: keyspace, nodes, the lookup in view, and messages at their true place.
import type { Trace, TraceState } from '@kadscope/core/trace';
import { chord, pointAt, pointOnChord } from '../../model/ring-layout.ts';
import type { Chord, Circle, Point } from '../../model/ring-layout.ts';
import type { Selection } from '../../model/selection.ts';
import { CLASS_GLYPHS } from '../../render/palette.ts';
import type { Palette } from '../../render/palette.ts';
import type { Glyph, MarkerStyle, Renderer } from '../../render/renderer.ts';
import { longName } from '../../ui/words.ts';
import type { DrawnFlight, RingScene, Role } from './scene.ts';

export interface Drawing {
  readonly renderer: Renderer;
  readonly palette: Palette;
  readonly trace: Trace;
  readonly state: TraceState;
  readonly scene: RingScene;
  readonly selection: Selection | null;
  readonly hover: Selection | null;
  /** Messages as arrows that do not move. */
  readonly isStill: boolean;
}

/** With so few nodes, every node has its name beside it. */
const NAMES_MAX = 40;

/** Bits of the prefixes that are written around the ring. */
const TICK_BITS = 3;

export function drawRing(drawing: Drawing): void {
  const { renderer, palette, scene } = drawing;
  drawKeyspace(renderer, palette, scene);
  drawConnections(drawing);
  drawQuestions(drawing);
  drawNodes(drawing);
  const others = scene.flights.filter((flight) => !flight.isCurrent);
  if (scene.flights.length > FLIGHTS_IN_FULL) drawCrowd(drawing, others);
  else for (const flight of others) drawFlight(drawing, flight);
  for (const flight of scene.flights) if (flight.isCurrent) drawFlight(drawing, flight);
  drawTarget(drawing);
  drawNames(drawing);
}

function drawKeyspace(renderer: Renderer, palette: Palette, scene: RingScene): void {
  const { circle, layout } = scene;
  renderer.layer(
    'keyspace',
    [palette, circle.x, circle.y, circle.radius, layout.order],
    (layer) => {
      const around: number[] = [];
      for (let i = 0; i <= 240; i++) {
        const point = pointAt(circle, i / 240);
        around.push(point.x, point.y);
      }
      layer.polyline(around, 241, { color: palette.line, width: 1 });
      if (layout.order === 'load') return;
      const parts = 1 << TICK_BITS;
      for (let i = 0; i < parts; i++) {
        const inner = pointAt(circle, i / parts, circle.radius - 5);
        const outer = pointAt(circle, i / parts, circle.radius + 5);
        layer.segments([inner.x, inner.y, outer.x, outer.y], 1, { color: palette.lineStrong });
        const label = pointAt(circle, (i + 0.5) / parts, circle.radius + 24);
        layer.text(`${i.toString(2).padStart(TICK_BITS, '0')}…`, label.x, label.y, {
          color: palette.text3,
          isMono: true,
          size: 11,
          align: 'center',
        });
      }
    },
  );
}

function drawConnections({ renderer, palette, scene, state }: Drawing): void {
  const lines: number[] = [];
  scene.points.forEach((_, node) => {
    for (const peer of state.connectionsOf(node)) {
      if (peer > node && scene.points[peer] !== undefined)
        lines.push(...flat(chordBetween(scene, node, peer)));
    }
  });
  renderer.curves(lines, lines.length / 8, { color: palette.line, width: 1.5 });
}

/** A chord from the origin to every node that it has asked. */
function drawQuestions({ renderer, palette, scene }: Drawing): void {
  const origin = [...scene.roles].find(([, role]) => role === 'origin')?.[0];
  if (origin === undefined) return;
  const lines: Record<'waiting' | 'answered' | 'failed', number[]> = {
    waiting: [],
    answered: [],
    failed: [],
  };
  for (const [node, role] of scene.roles) {
    if (role === 'origin' || role === 'heard') continue;
    lines[role].push(...flat(chordBetween(scene, origin, node)));
  }
  const { classes } = palette;
  const color = classes[scene.lookupClass];
  renderer.curves(lines.answered, lines.answered.length / 8, { color, alpha: 0.4 });
  renderer.curves(lines.waiting, lines.waiting.length / 8, { color, alpha: 0.8, width: 1.5 });
  const failed = { color: classes.failed, alpha: 0.6, dash: [3, 4] };
  renderer.curves(lines.failed, lines.failed.length / 8, failed);
}

function chordBetween(scene: RingScene, from: number, to: number): Chord {
  return chord(scene.circle, scene.points[from]!, scene.points[to]!);
}

function flat({ from, control1, control2, to }: Chord): number[] {
  return [from.x, from.y, control1.x, control1.y, control2.x, control2.y, to.x, to.y];
}

function drawNodes({ renderer, palette, scene }: Drawing): void {
  const idle: number[] = [];
  const byRole: Record<Role, number[]> = {
    origin: [],
    heard: [],
    waiting: [],
    answered: [],
    failed: [],
  };
  scene.points.forEach((point, node) => {
    if (scene.present[node] !== true) return;
    const role = scene.roles.get(node);
    (role === undefined ? idle : byRole[role]).push(point.x, point.y);
  });
  // A node that has left may still be asked: it keeps its mark.
  for (const [node, role] of scene.roles) {
    const point = scene.points[node];
    if (scene.present[node] !== true && point !== undefined) byRole[role].push(point.x, point.y);
  }
  const radius = nodeRadius(scene);
  renderer.points(idle, idle.length / 2, radius, { color: palette.dot });
  const mark = (role: Role, glyph: Glyph, style: MarkerStyle): void =>
    renderer.markers(byRole[role], byRole[role].length / 2, glyph, { fill: palette.bg, ...style });
  const hue = palette.classes[scene.lookupClass];
  const glyph = CLASS_GLYPHS[scene.lookupClass];
  mark('heard', 'disc', { color: palette.classes.find, size: 4.2, isHollow: true });
  mark('waiting', 'disc', { color: hue, size: 8, isHollow: true, alpha: 0.5 });
  mark('waiting', glyph, { color: hue, size: 4.8, isHollow: true });
  mark('answered', glyph, { color: hue, size: 4.8 });
  mark('failed', 'cross', { color: palette.classes.failed, size: 4.8 });
  mark('origin', 'disc', { color: palette.text, size: 7 });
}

function nodeRadius(scene: RingScene): number {
  const count = scene.points.length;
  if (count <= 32) return 6;
  if (count <= 256) return 3.5;
  return count <= 2000 ? 2 : 1;
}

/** The part of its way that a message leaves behind as a tail. */
const TAIL = 0.16;
/** With more messages than this under way, only those of the lookup in view are drawn in full. */
const FLIGHTS_IN_FULL = 600;
/** The part of its way that one of many covers. */
const CROWD_STROKE = 0.06;

function drawFlight({ renderer, palette, scene, isStill }: Drawing, drawn: DrawnFlight): void {
  const { flight, chord, isCurrent } = drawn;
  const isLost = flight.state === 'dropped';
  const color = palette.classes[isLost ? 'failed' : flight.messageClass];
  // With a lookup in view, the messages of others step back.
  const alpha = isCurrent || isLost || scene.roles.size === 0 ? 1 : 0.75;
  const dash = isLost || flight.state === 'unknown' ? { dash: [3, 4] } : {};
  renderer.curves(flat(chord), 1, { color, alpha: alpha * (isStill ? 0.7 : 0.22), ...dash });
  if (isStill && !isLost) {
    drawArrow(renderer, chord, color, alpha);
    return;
  }
  drawTail(renderer, chord, flight.progress, { color, alpha });
  const head = pointOnChord(chord, flight.progress);
  const glyph = CLASS_GLYPHS[isLost ? 'failed' : flight.messageClass];
  renderer.markers([head.x, head.y], 1, glyph, {
    color,
    size: isLost || flight.messageClass === 'other' ? 6.5 : 5,
    isHollow: flight.isResponse,
    fill: palette.bg,
    alpha,
  });
}

/** Many messages at once: a faint stroke each, where it is; all of a colour in one go. */
function drawCrowd({ renderer, palette }: Drawing, crowd: readonly DrawnFlight[]): void {
  const strokes = new Map<string, number[]>();
  for (const { flight, chord } of crowd) {
    const color = palette.classes[flight.state === 'dropped' ? 'failed' : flight.messageClass];
    const from = pointOnChord(chord, Math.max(0, flight.progress - CROWD_STROKE));
    const to = pointOnChord(chord, flight.progress);
    const ends = strokes.get(color) ?? [];
    ends.push(from.x, from.y, to.x, to.y);
    strokes.set(color, ends);
  }
  for (const [color, ends] of strokes)
    renderer.segments(ends, ends.length / 4, { color, alpha: 0.35, width: 1 });
}

function drawTail(
  renderer: Renderer,
  chord: Chord,
  progress: number,
  style: { readonly color: string; readonly alpha: number },
): void {
  const points: number[] = [];
  for (let i = 0; i <= 6; i++) {
    const point = pointOnChord(chord, Math.max(0, progress - TAIL * (1 - i / 6)));
    points.push(point.x, point.y);
  }
  renderer.polyline(points, 7, { ...style, alpha: style.alpha * 0.7, width: 2 });
}

function drawArrow(renderer: Renderer, chord: Chord, color: string, alpha: number): void {
  const tip = pointOnChord(chord, 0.62);
  const back = pointOnChord(chord, 0.58);
  const angle = Math.atan2(tip.y - back.y, tip.x - back.x);
  const wing = (turn: number): number[] => [
    tip.x - 9 * Math.cos(angle + turn),
    tip.y - 9 * Math.sin(angle + turn),
  ];
  renderer.polyline([...wing(0.45), tip.x, tip.y, ...wing(-0.45)], 3, { color, alpha, width: 2 });
}

function drawTarget({ renderer, palette, scene }: Drawing): void {
  if (scene.target === null) return;
  const { x, y } = scene.target;
  const color = palette.classes.announce;
  renderer.markers([x, y], 1, 'target', { color, size: 8, isHollow: true });
  drawLabel(
    renderer,
    scene.circle,
    { x, y },
    { text: 'target', color, halo: palette.bg, weight: 600 },
  );
}

interface Label {
  readonly text: string;
  readonly color: string;
  readonly halo: string;
  readonly weight?: 400 | 600;
}

/** A name outside the ring, growing away from it. */
function drawLabel(renderer: Renderer, circle: Circle, at: Point, label: Label): void {
  const { text, ...style } = label;
  const dx = (at.x - circle.x) / circle.radius;
  const dy = (at.y - circle.y) / circle.radius;
  const align = dx > 0.2 ? 'left' : dx < -0.2 ? 'right' : 'center';
  const distance = align === 'center' ? 18 : 13;
  renderer.text(text, at.x + dx * distance, at.y + dy * distance, { ...style, align, size: 12 });
}

function drawNames(drawing: Drawing): void {
  const { renderer, palette, trace, scene, selection, hover } = drawing;
  const named = new Set<number>();
  if (scene.points.length <= NAMES_MAX) {
    scene.present.forEach((isPresent, node) => isPresent && named.add(node));
  }
  const name = (node: number, color: string, weight: 400 | 600): void => {
    const point = scene.points[node];
    if (point === undefined) return;
    const text = longName(trace, node);
    drawLabel(renderer, scene.circle, point, { text, color, halo: palette.bg, weight });
  };
  for (const node of named) name(node, palette.text2, 400);
  for (const [each, color] of [
    [selection, palette.accent],
    [hover, palette.text],
  ] as const) {
    for (const node of nodesOf(trace, each)) {
      const point = scene.points[node];
      if (point === undefined) continue;
      renderer.markers([point.x, point.y], 1, 'disc', { color, size: 9, isHollow: true });
      name(node, color, 600);
    }
  }
}

/** The nodes that a selection touches. */
function nodesOf(trace: Trace, selection: Selection | null): number[] {
  if (selection === null) return [];
  if (selection.kind === 'node') return [selection.id];
  if (selection.kind === 'lookup') return [trace.lookup(selection.id)?.node ?? -1];
  if (selection.kind !== 'message' && selection.kind !== 'event') return [];
  return [trace.get('node', selection.id), trace.get('peer', selection.id)];
}
