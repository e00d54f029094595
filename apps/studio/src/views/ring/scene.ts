// What the ring shows at a moment, before any of it is drawn.
import type { LookupInfo, MessageClass, Trace, TraceState } from '@kadscope/core/trace';
import { ringFlightsAt } from '../../model/ring-flights.ts';
import type { RingFlight, Moment, ProgressBy } from '../../model/ring-flights.ts';
import { PictureCache, rolesAt } from '../../model/lookup-picture.ts';
import type { PeerRole } from '../../model/lookup-picture.ts';
import { BEND, chord, layoutRing, pointAt, turnOfKey } from '../../model/ring-layout.ts';
import type { Chord, Circle, Point, RingLayout, RingOrder } from '../../model/ring-layout.ts';

/** How the ring is drawn. `isClassic` is NetVis's look: chords through the centre, labels on every node. */
export interface RingOptions {
  readonly isClassic: boolean;
  readonly order: RingOrder;
  readonly progress: ProgressBy;
}

export const PLAIN: RingOptions = { isClassic: false, order: 'keyspace', progress: 'time' };
export const CLASSIC: RingOptions = { isClassic: true, order: 'load', progress: 'events' };

/** What a node is to the lookup in view. */
export type Role = 'origin' | PeerRole;

/** A message under way and the curve that it takes. */
export interface DrawnFlight {
  readonly flight: RingFlight;
  readonly chord: Chord;
  /** It belongs to the lookup in view. */
  readonly isCurrent: boolean;
}

export interface RingScene {
  readonly circle: Circle;
  readonly layout: RingLayout;
  /** Where each node lies. */
  readonly points: readonly Point[];
  readonly present: readonly boolean[];
  readonly roles: ReadonlyMap<number, Role>;
  /** The colour of the lookup in view: that of its requests. */
  readonly lookupClass: MessageClass;
  readonly target: Point | null;
  readonly flights: readonly DrawnFlight[];
}

export interface SceneInput {
  readonly trace: Trace;
  readonly state: TraceState;
  readonly moment: Moment;
  readonly lookup: LookupInfo | null;
  readonly options: RingOptions;
  readonly width: number;
  readonly height: number;
}

/** Room for labels around the circle, in pixels. */
const MARGIN = 64;

export function ringScene(input: SceneInput): RingScene {
  const { trace, state, moment, lookup, options } = input;
  const circle = circleFor(input);
  const { layout, points } = placed(trace, options.order, circle);
  const present = trace.nodes.map((_, node) => state.isPresent(node));
  const bend = options.isClassic ? 1 : BEND;
  const flights = ringFlightsAt(trace, moment, options.progress).flatMap(
    (flight): DrawnFlight[] => {
      const from = points[flight.from];
      const to = points[flight.to];
      if (from === undefined || to === undefined) return [];
      const isCurrent = lookup !== null && trace.get('lookup', flight.message) === lookup.id;
      return [{ flight, chord: chord(circle, from, to, bend), isCurrent }];
    },
  );
  return {
    circle,
    layout,
    points,
    present,
    roles: options.isClassic ? new Map() : rolesOf(trace, lookup, moment.cursor),
    lookupClass:
      lookup === null ? 'find' : (pictures.get(trace, lookup).queries[0]?.messageClass ?? 'find'),
    target: targetPoint(trace, lookup, layout, circle),
    flights,
  };
}

function circleFor({ width, height, options }: SceneInput): Circle {
  const [x, y] = [width / 2, height / 2];
  // NetVis puts the ring at 0.3 of the width; a low window makes it smaller.
  const classic = Math.min(0.3 * width, Math.max(40, height / 2 - 40));
  const plain = Math.max(40, Math.min(width, height) / 2 - MARGIN);
  return { x, y, radius: options.isClassic ? classic : plain };
}

function targetPoint(
  trace: Trace,
  lookup: LookupInfo | null,
  layout: RingLayout,
  circle: Circle,
): Point | null {
  const key = lookup === null ? undefined : trace.keys[lookup.key];
  return key === undefined || layout.order === 'load' ? null : pointAt(circle, turnOfKey(key));
}

interface Places {
  readonly trace: Trace;
  readonly order: RingOrder;
  readonly circle: Circle;
  readonly layout: RingLayout;
  readonly points: readonly Point[];
}

let places: Places | null = null;

/** Where the nodes lie: the same from frame to frame, until there are more of them or the window changes. */
function placed(trace: Trace, order: RingOrder, circle: Circle): Places {
  const isSame =
    places?.trace === trace &&
    places.order === order &&
    places.points.length === trace.nodes.length &&
    places.circle.x === circle.x &&
    places.circle.y === circle.y &&
    places.circle.radius === circle.radius;
  if (!isSame || places === null) {
    const layout = layoutRing(trace, order);
    const points = Array.from(layout.turns, (turn) => pointAt(circle, turn));
    places = { trace, order, circle, layout, points };
  }
  return places;
}

const pictures = new PictureCache();

function rolesOf(trace: Trace, lookup: LookupInfo | null, cursor: number): Map<number, Role> {
  if (lookup === null || lookup.startEvent >= cursor) return new Map();
  const roles: Map<number, Role> = rolesAt(pictures.get(trace, lookup), cursor);
  return roles.set(lookup.node, 'origin');
}
