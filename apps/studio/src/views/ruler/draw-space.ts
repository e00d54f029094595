// Space: every node by how much prefix it shares with the reference, and the messages between them.
import type { Flight } from '../../model/flights.ts';
import type { LookupPicture, PeerRole } from '../../model/lookup-picture.ts';
import { CLASS_GLYPHS } from '../../render/palette.ts';
import type { ColorClass } from '../../render/palette.ts';
import { targetPoint } from './scene.ts';
import type { RulerScene } from './scene.ts';
import type { Stage } from './stage.ts';

/** All nodes that are in the network, as dots. */
export function drawNodes(stage: Stage): void {
  const { renderer, palette, scene, places } = stage;
  const { present, fold } = scene;
  const at = new Float32Array(2 * present.length);
  let count = 0;
  for (let node = 0; node < present.length; node++) {
    if (present[node] === 0 || fold.bits[node]! < 0) continue;
    at[2 * count] = places.x[node]!;
    at[2 * count + 1] = places.y[node]!;
    count++;
  }
  const radius = count <= 300 ? 2.4 : count <= 2000 ? 1.8 : 1.2;
  renderer.points(at, count, radius, { color: palette.dot, alpha: count <= 300 ? 0.9 : 0.75 });
}

/** The lookup in space: what it has heard of, asked, lost, and the way of its best known contact. */
export function drawRoles(stage: Stage): void {
  const { renderer, palette, scene, places } = stage;
  const { picture, roles } = scene;
  if (picture === null || scene.layout.space === null) return;
  drawBestPath(stage, picture);
  const groups: Record<PeerRole, number[]> = { heard: [], waiting: [], answered: [], failed: [] };
  for (const [node, role] of roles) groups[role].push(places.x[node]!, places.y[node]!);
  const hue = palette.classes[classOf(picture)];
  const glyph = CLASS_GLYPHS[classOf(picture)];
  mark(groups.heard, (at, count) =>
    renderer.markers(at, count, 'disc', {
      color: palette.classes.find,
      size: 3.6,
      isHollow: true,
      fill: palette.bg,
    }),
  );
  mark(groups.waiting, (at, count) => {
    renderer.markers(at, count, 'disc', { color: hue, size: 7, isHollow: true, alpha: 0.45 });
    renderer.markers(at, count, glyph, { color: hue, size: 4, isHollow: true, fill: palette.bg });
  });
  mark(groups.answered, (at, count) =>
    renderer.markers(at, count, glyph, { color: hue, size: 4.4 }),
  );
  mark(groups.failed, (at, count) =>
    renderer.markers(at, count, 'cross', { color: palette.classes.failed, size: 4.6 }),
  );
  drawEnds(stage, picture);
}

function mark(at: readonly number[], draw: (at: readonly number[], count: number) => void): void {
  if (at.length > 0) draw(at, at.length / 2);
}

/** The colour class of a lookup: that of its requests. */
export function classOf(picture: LookupPicture): ColorClass {
  return picture.queries[0]?.messageClass ?? 'find';
}

function drawBestPath(stage: Stage, picture: LookupPicture): void {
  const { renderer, palette, scene, places } = stage;
  const path = [places.x[picture.lookup.node]!, places.y[picture.lookup.node]!];
  for (const step of picture.best)
    if (step.event < scene.cursor) path.push(places.x[step.peer]!, places.y[step.peer]!);
  renderer.polyline(path, path.length / 2, {
    color: palette.classes.announce,
    width: 1.5,
    alpha: 0.9,
  });
}

/** Origin and target, with their names. */
function drawEnds(stage: Stage, picture: LookupPicture): void {
  const { renderer, palette, scene, places } = stage;
  const x = places.x[picture.lookup.node]!;
  const y = places.y[picture.lookup.node]!;
  renderer.markers([x, y], 1, 'disc', { color: palette.bg, size: 6.5 });
  renderer.markers([x, y], 1, 'disc', { color: palette.text, size: 4.6 });
  nameEnd(stage, 'origin', { x, y }, palette.text);
  const target = targetPoint(scene);
  if (target === null) return;
  const color = palette.classes.announce;
  renderer.markers([target.x, target.y], 1, 'target', { color, size: 5, fill: palette.bg });
  nameEnd(stage, 'target', target, color);
}

/** A name beside a point, on the side where there is room. */
function nameEnd(
  stage: Stage,
  name: string,
  at: { readonly x: number; readonly y: number },
  color: string,
): void {
  const { renderer, palette, scene } = stage;
  const space = scene.layout.space!;
  const isRight = at.x + 60 > space.x + space.width;
  renderer.text(name, isRight ? at.x - 10 : at.x + 10, at.y, {
    color,
    size: 11,
    align: isRight ? 'right' : 'left',
    halo: palette.bg,
  });
}

/** How much of its way a message's tail covers. */
const TAIL = 0.16;

/** Messages under way: those of the lookup clearly, the others as a background of what else goes on. */
export function drawFlights(stage: Stage, flights: readonly Flight[], isStill: boolean): void {
  const { renderer, scene } = stage;
  const { space, bottom } = scene.layout;
  if (space === null) return;
  const id = scene.picture?.lookup.id ?? -1;
  renderer.clip([space.x - 8, 0, space.width + 16, bottom], () => {
    for (const flight of flights) {
      const isCurrent = id >= 0 && isOfLookup(scene, flight, id);
      drawFlight(stage, flight, { isCurrent, isStill, crowd: flights.length });
    }
  });
}

/** A response carries no lookup (its sender knows of none), but goes to the origin from a node that was asked. */
function isOfLookup(scene: RulerScene, flight: Flight, id: number): boolean {
  const own = scene.trace.get('lookup', flight.message);
  if (own >= 0) return own === id;
  const origin = scene.picture?.lookup.node ?? -1;
  return (
    flight.isResponse &&
    scene.trace.get('rpc', flight.message) >= 0 &&
    flight.to === origin &&
    scene.roles.get(flight.from) === 'waiting'
  );
}

interface FlightLook {
  readonly isCurrent: boolean;
  readonly isStill: boolean;
  /** How many messages are under way at once: the more there are, the less each may say. */
  readonly crowd: number;
}

/** So many messages of other lookups can be told apart; more become a faint texture. */
const CROWD = 60;

function drawFlight(stage: Stage, flight: Flight, { isCurrent, isStill, crowd }: FlightLook): void {
  const { renderer, palette, places } = stage;
  const [x1, y1] = [places.x[flight.from], places.y[flight.from]];
  const [x2, y2] = [places.x[flight.to], places.y[flight.to]];
  if (x1 === undefined || y1 === undefined || x2 === undefined || y2 === undefined) return;
  const name: ColorClass = flight.willArrive ? flight.messageClass : 'failed';
  const color = palette.classes[name];
  const at = (part: number): [number, number] => [x1 + (x2 - x1) * part, y1 + (y2 - y1) * part];
  const part = isStill ? 0.5 : flight.progress;
  const alpha = isCurrent ? 1 : Math.max(0.12, 0.55 * Math.min(1, CROWD / crowd));
  if (isCurrent)
    renderer.segments([x1, y1, x2, y2], 1, {
      color,
      alpha: 0.3,
      ...(name === 'failed' ? { dash: [3, 4] } : {}),
    });
  renderer.segments([...at(Math.max(0, part - TAIL)), ...at(part)], 1, {
    color,
    width: isCurrent ? 2.2 : 1.2,
    alpha: alpha * 0.8,
  });
  renderer.markers(at(part), 1, CLASS_GLYPHS[name], {
    color,
    size: isCurrent ? 4 : crowd > CROWD ? 1.8 : 2.4,
    alpha,
    isHollow: flight.isResponse,
    fill: palette.bg,
  });
}
