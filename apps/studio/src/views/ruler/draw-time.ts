// Time: the lookup as a funnel. Each query is a bar at the depth of its node; the line is the best known.
import { duration, ticks } from '../../model/format.ts';
import type { LookupPicture, Query } from '../../model/lookup-picture.ts';
import { CLASS_GLYPHS } from '../../render/palette.ts';
import type { Span } from './layout.ts';
import { nodeDepthY, timeSpan, timeX } from './scene.ts';
import type { Stage } from './stage.ts';

/** What has not happened yet is there, but faint: where the lookup goes is part of the picture. */
const GHOST = 0.22;

/** The whole lookup as a ghost, with the axis: the same at every moment. */
export function drawTimeGhost(stage: Stage): void {
  const { renderer, palette, scene } = stage;
  const { picture } = scene;
  const { time } = scene.layout;
  if (time === null || picture === null) return;
  for (const mark of axisMarks(time, picture)) {
    const x = timeX(scene, picture.startMs + mark);
    renderer.segments([x, 0, x, scene.layout.bottom], 1, { color: palette.line, alpha: 0.35 });
  }
  for (const query of picture.queries) drawQuery(stage, query, Number.POSITIVE_INFINITY, GHOST);
  drawBest(stage, picture, Number.POSITIVE_INFINITY, GHOST);
}

/** What has happened up to the play head. */
export function drawTime(stage: Stage): void {
  const { scene } = stage;
  const { picture, cursor } = scene;
  const { time } = scene.layout;
  if (time === null || picture === null) return;
  drawHeard(stage, picture);
  drawBest(stage, picture, cursor, 1);
  for (const query of picture.queries) {
    if (query.startEvent < cursor) drawQuery(stage, query, cursor, 1);
  }
  drawHead(stage, time, picture);
}

function axisMarks(time: Span, picture: LookupPicture): number[] {
  return ticks(0, timeSpan(picture), Math.max(2, Math.floor(time.width / 90)));
}

/** The labels of the axis; `coveredX` is where the play head's own label lies. */
function drawAxis(stage: Stage, picture: LookupPicture, coveredX: number): void {
  const { renderer, palette, scene } = stage;
  const time = scene.layout.time!;
  for (const mark of axisMarks(time, picture)) {
    const x = timeX(scene, picture.startMs + mark);
    if (Math.abs(x - coveredX) < 56) continue;
    const isLast = x > time.x + time.width - 30;
    renderer.text(
      mark === 0 ? '0' : duration(mark),
      isLast ? time.x + time.width : x,
      scene.layout.bottom + 13,
      {
        color: palette.text3,
        size: 11,
        align: mark === 0 ? 'left' : isLast ? 'right' : 'center',
      },
    );
  }
}

/** Contacts by when they were heard of: a column of dots for each answer. */
function drawHeard(stage: Stage, picture: LookupPicture): void {
  const { renderer, palette, scene } = stage;
  const at: number[] = [];
  for (const { peer, event, timeMs } of picture.heard) {
    if (event < scene.cursor) at.push(timeX(scene, timeMs), nodeDepthY(scene, peer));
  }
  renderer.points(at, at.length / 2, 1.5, { color: palette.dot });
}

function drawQuery(stage: Stage, query: Query, cursor: number, alpha: number): void {
  const { renderer, palette, scene } = stage;
  const isOver = query.endEvent >= 0 && query.endEvent < cursor;
  const isFailed = query.isFailed && isOver;
  const color = isFailed ? palette.classes.failed : palette.classes[query.messageClass];
  const y = nodeDepthY(scene, query.peer);
  const x1 = timeX(scene, query.startMs);
  const isGhost = cursor === Number.POSITIVE_INFINITY;
  const endMs = isOver
    ? query.endMs
    : Math.min(isGhost ? Number.POSITIVE_INFINITY : scene.timeMs, query.endMs);
  const x2 = timeX(scene, Math.min(endMs, scene.picture?.endMs ?? endMs));
  const line = { color, width: 2.5, alpha: alpha * (isOver ? 1 : 0.9) };
  renderer.segments(
    [x1, y, Math.max(x1, x2), y],
    1,
    isFailed ? { ...line, width: 2, dash: [4, 3] } : line,
  );
  const glyph = CLASS_GLYPHS[query.messageClass];
  renderer.markers([x1, y], 1, glyph, { color, size: 3.4, alpha });
  if (isFailed) renderer.markers([x2, y], 1, 'cross', { color, size: 4, alpha });
  else if (isOver)
    renderer.markers([x2, y], 1, glyph, {
      color,
      size: 3.6,
      alpha,
      isHollow: true,
      fill: palette.bg,
    });
}

function drawBest(stage: Stage, picture: LookupPicture, cursor: number, alpha: number): void {
  const { renderer, palette, scene } = stage;
  const steps = picture.best.filter(({ event }) => event < cursor);
  if (steps.length === 0) return;
  const path: number[] = [timeX(scene, picture.startMs), nodeDepthY(scene, picture.lookup.node)];
  for (const { peer, timeMs } of steps) {
    const x = timeX(scene, timeMs);
    path.push(x, path.at(-1)!, x, nodeDepthY(scene, peer));
  }
  const until =
    cursor === Number.POSITIVE_INFINITY ? picture.endMs : Math.min(scene.timeMs, picture.endMs);
  path.push(timeX(scene, until), path.at(-1)!);
  renderer.polyline(path, path.length / 2, { color: palette.classes.announce, width: 2, alpha });
  if (alpha < 1) return;
  const { time } = scene.layout;
  const x = path.at(-2)!;
  const isRight = x > time!.x + 90;
  renderer.text('best known', isRight ? x - 6 : x + 8, path.at(-1)! - 9, {
    color: palette.classes.announce,
    size: 11,
    align: isRight ? 'right' : 'left',
    halo: palette.bg,
  });
}

/** The play head, with the time that has passed in the lookup. */
function drawHead(stage: Stage, time: Span, picture: LookupPicture): void {
  const { renderer, palette, scene } = stage;
  const passed = scene.timeMs - picture.startMs;
  const isInside = passed >= 0 && passed <= timeSpan(picture);
  const x = timeX(scene, scene.timeMs);
  const text = duration(passed);
  const half = renderer.measure(text, { color: palette.text, size: 11, weight: 600 }) / 2 + 6;
  const centre = Math.min(Math.max(x, time.x + half), time.x + time.width - half);
  drawAxis(stage, picture, isInside ? centre : Number.NEGATIVE_INFINITY);
  if (!isInside) return;
  const { bottom } = scene.layout;
  renderer.segments([x, 0, x, bottom + 4], 1, { color: palette.text, width: 1.5, alpha: 0.9 });
  renderer.rects([centre - half, bottom + 4, 2 * half, 18], 1, { color: palette.text, radius: 4 });
  renderer.text(text, centre, bottom + 13.5, {
    color: palette.bg,
    size: 11,
    weight: 600,
    align: 'center',
  });
}
