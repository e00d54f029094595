// The XOR ruler: Space, Time and State on one vertical axis of shared-prefix bits.
//
// The same height means the same distance in all three columns, and "measure from" folds all of them at
// once by XOR: distance is relative, and this one switch shows it.
import { signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import { flightsAt } from '../model/flights.ts';
import { rowCount } from '../model/fold.ts';
import type { Selection } from '../model/selection.ts';
import type { Session } from '../model/session.ts';
import { CanvasView } from '../render/canvas-view.tsx';
import type { Frame } from '../render/canvas-view.tsx';
import { prefersStillness } from '../ui/motion.ts';
import { RulerBar } from './ruler/bar.tsx';
import { drawRows, drawRowShade } from './ruler/draw-rows.ts';
import { drawFlights, drawNodes, drawRoles } from './ruler/draw-space.ts';
import { drawEmptySlots, drawSlots, drawStateKey } from './ruler/draw-state.ts';
import { drawTime, drawTimeGhost } from './ruler/draw-time.ts';
import { RulerHeadings } from './ruler/headings.tsx';
import { drawFocus, drawNodeLabel, hitRuler, nodeBeside, nodeOf, rowOf } from './ruler/hit.ts';
import { isInside, leastRulerHeight } from './ruler/layout.ts';
import type { ColumnId } from './ruler/layout.ts';
import { Places } from './ruler/places.ts';
import { SceneMaker, timeAtX } from './ruler/scene.ts';
import type { RulerScene } from './ruler/scene.ts';
import type { Stage } from './ruler/stage.ts';
import { RulerTable } from './ruler/table.tsx';
import { finding } from './ruler/words.ts';
import './ruler/ruler.css';

/** What outlives a switch to another view and back. */
const column = signal<ColumnId>('time');
const width = signal(0);
const maker = new SceneMaker();
const places = new Places();

export function RulerView({ session }: { readonly session: Session }): VNode {
  const scene = useRef<RulerScene | null>(null);
  void session.revision.value;
  if (session.trace.value.nodes.length === 0) return <NoNodes session={session} />;
  if (session.referencePoint.value === null) return <NoKeys session={session} />;
  return (
    <section class="ruler" aria-label="XOR ruler">
      <RulerBar session={session} column={column} width={width} />
      {session.tableTwin.value ? (
        <Twin session={session} />
      ) : (
        <>
          <RulerHeadings session={session} maker={maker} column={column} width={width} />
          <div class="ruler-canvas" style={{ '--least-height': `${leastHeight(session)}px` }}>
            <CanvasView
              label="Network by shared prefix bits, the current lookup over time, and what is known. Up and down arrows move over rows, Shift with them over nodes. Press T for tables."
              draw={(frame) => {
                scene.current = maker.make(
                  session,
                  frame.renderer.width,
                  frame.renderer.height,
                  column.value,
                );
                width.value = frame.renderer.width;
                return scene.current === null ? false : paint(session, scene.current, frame);
              }}
              onMove={(point) =>
                session.setHover(
                  scene.current === null ? null : hitRuler(scene.current, places, point.x, point.y),
                )
              }
              onLeave={() => session.setHover(null)}
              onDown={(point) =>
                scene.current !== null && press(session, scene.current, point.x, point.y)
              }
              onKeyDown={(event) => scene.current !== null && walk(session, scene.current, event)}
            />
          </div>
        </>
      )}
      <Caption session={session} />
    </section>
  );
}

/** The height below which the picture scrolls. */
function leastHeight(session: Session): number {
  const bits = 8 * (session.referencePoint.value?.key.length ?? 32);
  return leastRulerHeight(rowCount(session.trace.value.nodes.length, bits));
}

/** The tables show what the picture would, at a size that does not matter. */
function Twin({ session }: { readonly session: Session }): VNode | null {
  const scene = maker.make(session, 1200, 600, 'time');
  return scene === null ? null : <RulerTable session={session} scene={scene} />;
}

function Caption({ session }: { readonly session: Session }): VNode {
  void session.readCursor.value;
  const lookup = session.currentLookup.value;
  const picture = lookup === null ? null : maker.picture(session.trace.value, lookup);
  return <p class="ruler-caption">{finding(session, picture)}</p>;
}

function NoNodes({ session }: { readonly session: Session }): VNode {
  const isRecording = session.source.value?.kind === 'file';
  return (
    <p class="empty">{isRecording ? 'This recording holds no events.' : 'Starting the network…'}</p>
  );
}

function NoKeys({ session }: { readonly session: Session }): VNode {
  return (
    <div class="empty">
      <p>
        The ruler measures the XOR distance between keys, and the nodes of this trace have none.
      </p>
      <p class="empty-action">
        <button class="button is-primary" onClick={() => (session.view.value = 'ring')}>
          Show the ring <kbd class="key">2</kbd>
        </button>
      </p>
    </div>
  );
}

/** Draws one frame; true while the network folds. */
function paint(session: Session, scene: RulerScene, { renderer, palette, nowMs }: Frame): boolean {
  const isFolding = places.update(scene, nowMs, prefersStillness.value);
  const stage: Stage = { renderer, palette, scene, places };
  const { layout, counts, slotsPerRow, picture, fold, present } = scene;
  const { width: w, height: h, rows } = layout;
  const only = column.value;
  const keys = [w, h, rows, only, palette, counts, slotsPerRow, picture, fold, present, isFolding];
  renderer.layer(
    'still',
    keys,
    (layer) => drawStill({ ...stage, renderer: layer }, isFolding),
    palette.bg,
  );
  if (isFolding) drawNodes(stage);
  drawMoving(session, stage);
  drawAttention(session, stage);
  return isFolding;
}

/** What only another lookup, reference or size changes. */
function drawStill(stage: Stage, isFolding: boolean): void {
  drawRows(stage);
  drawEmptySlots(stage);
  drawStateKey(stage);
  if (!isFolding) drawNodes(stage);
  drawTimeGhost(stage);
}

/** What the play head moves. */
function drawMoving(session: Session, stage: Stage): void {
  const { scene } = stage;
  drawRowShade(stage, rowOf(scene, session.selection.value), true);
  drawRowShade(stage, rowOf(scene, session.hover.value), false);
  drawFlights(stage, flightsAt(scene.trace, scene), prefersStillness.value);
  drawRoles(stage);
  drawTime(stage);
  drawSlots(stage);
}

/** Rings around what is pinned, selected and under the pointer, and the name of the latter. */
function drawAttention(session: Session, stage: Stage): void {
  const { scene, palette } = stage;
  for (const pin of session.pins.value) drawFocus(stage, nodeOf(scene, pin), palette.accent);
  drawFocus(stage, nodeOf(scene, session.selection.value), palette.focus);
  const hovered = nodeOf(scene, session.hover.value);
  drawFocus(stage, hovered, palette.text);
  if (hovered >= 0) drawNodeLabel(stage, hovered);
}

function press(session: Session, scene: RulerScene, x: number, y: number): void {
  const hit = hitRuler(scene, places, x, y);
  if (hit?.kind === 'row' && isInside(scene.layout.time, x) && scene.picture !== null) {
    session.pause();
    session.seekTime(timeAtX(scene, x));
    return;
  }
  session.select(hit);
  if (hit?.kind === 'event') {
    session.pause();
    session.seekIndex(hit.id + 1);
  }
}

/** Up and down over the rows; with Shift over the nodes of the row. */
function walk(session: Session, scene: RulerScene, event: KeyboardEvent): void {
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return;
  event.preventDefault();
  const direction = event.key === 'ArrowDown' ? 1 : -1;
  const selection = session.selection.peek();
  const row = rowOf(scene, selection);
  let next: Selection;
  if (event.shiftKey && row >= 0) {
    const node = nodeBeside(scene, row, nodeOf(scene, selection), direction);
    if (node < 0) return;
    next = { kind: 'node', id: node };
  } else {
    next = { kind: 'row', id: Math.min(Math.max(row + direction, 0), scene.layout.rows - 1) };
  }
  session.select(next);
}
