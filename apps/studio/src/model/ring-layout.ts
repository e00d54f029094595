// Where nodes lie on the ring.
import type { Key } from '@kadscope/core/keyspace';
import type { Trace } from '@kadscope/core/trace';

/** By key: the ring is the keyspace. By load: NetVis's order, evenly spread. */
export type RingOrder = 'keyspace' | 'load';

/** The ring in turns: 0 at the top, clockwise, below 1. */
export interface RingLayout {
  readonly order: RingOrder;
  /** The turn of each node. */
  readonly turns: Float64Array;
  /** The nodes in the order in which they lie on the ring. */
  readonly sequence: Int32Array;
}

/** True when every node has a key, so that the ring can be the keyspace. */
export function hasKeys(trace: Trace): boolean {
  return trace.nodes.length > 0 && trace.nodes.every((node) => node.key !== undefined);
}

/** Places the nodes of a trace; by load when `order` needs keys that are not there. */
export function layoutRing(trace: Trace, order: RingOrder): RingLayout {
  const count = trace.nodes.length;
  const turns = new Float64Array(count);
  const byKey = order === 'keyspace' && hasKeys(trace);
  for (let node = 0; node < count; node++) {
    turns[node] = byKey ? turnOfKey(trace.nodes[node]!.key!) : node / count;
  }
  const sequence = Int32Array.from({ length: count }, (_, node) => node);
  if (byKey) sequence.sort((a, b) => turns[a]! - turns[b]! || a - b);
  return { order: byKey ? 'keyspace' : 'load', turns, sequence };
}

/** The fraction of the keyspace that lies before a key. */
export function turnOfKey(key: Key): number {
  let turn = 0;
  for (let i = Math.min(key.length, 7) - 1; i >= 0; i--) turn = (turn + key[i]!) / 256;
  return turn;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A circle on the screen. */
export interface Circle extends Point {
  readonly radius: number;
}

/** The point of the circle at a turn. */
export function pointAt(circle: Circle, turn: number, radius: number = circle.radius): Point {
  const angle = turn * 2 * Math.PI;
  return { x: circle.x + radius * Math.sin(angle), y: circle.y - radius * Math.cos(angle) };
}

/** How strongly chords bend towards the centre: 0 straight, 1 through it (NetVis). */
export const BEND = 0.35;

/** A cubic Bézier between two points of a circle; both control points lie towards its centre. */
export interface Chord {
  readonly from: Point;
  readonly to: Point;
  readonly control1: Point;
  readonly control2: Point;
}

export function chord(circle: Circle, from: Point, to: Point, bend: number = BEND): Chord {
  const towards = (point: Point): Point => ({
    x: point.x + (circle.x - point.x) * bend,
    y: point.y + (circle.y - point.y) * bend,
  });
  return { from, to, control1: towards(from), control2: towards(to) };
}

/** The point of a chord at `t`, 0 to 1. */
export function pointOnChord({ from, to, control1, control2 }: Chord, t: number): Point {
  const u = 1 - t;
  const [a, b, c, d] = [u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t];
  return {
    x: a * from.x + b * control1.x + c * control2.x + d * to.x,
    y: a * from.y + b * control1.y + c * control2.y + d * to.y,
  };
}

/** The node whose point lies nearest to `point`, if any is within `reach`; -1 otherwise. */
export function nodeAt(layout: RingLayout, circle: Circle, point: Point, reach: number): number {
  const dx = point.x - circle.x;
  const dy = point.y - circle.y;
  if (Math.abs(Math.hypot(dx, dy) - circle.radius) > reach) return -1;
  const turn = (Math.atan2(dx, -dy) / (2 * Math.PI) + 1) % 1;
  let best = -1;
  let nearest = Math.atan2(reach, circle.radius) / (2 * Math.PI);
  layout.turns.forEach((at, node) => {
    const gap = Math.abs(at - turn);
    const around = Math.min(gap, 1 - gap);
    if (around <= nearest) {
      nearest = around;
      best = node;
    }
  });
  return best;
}
