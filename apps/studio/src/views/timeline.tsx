// The timeline: when what kind of message was sent, which lookups ran, and the play head to drag.
import { signal, useComputed } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import { clockTime } from '../model/format.ts';
import { panRange, visibleRange, zoomRange } from '../model/range.ts';
import type { Session } from '../model/session.ts';
import { CanvasView } from '../render/canvas-view.tsx';
import type { CanvasPoint, Frame } from '../render/canvas-view.tsx';
import type { Renderer } from '../render/renderer.ts';
import { drawOver, drawTimeline } from './timeline/draw.ts';
import { laneAt, PAD, timelineScene, timelineX } from './timeline/scene.ts';
import type { TimelineScene } from './timeline/scene.ts';
import { TimelineTable } from './timeline/table.tsx';
import { Transport } from './timeline/transport.tsx';
import './timeline/timeline.css';

const pointerX = signal(-1);
const width = signal(0);

export function Timeline({ session }: { readonly session: Session }): VNode {
  return (
    <section class="timeline" aria-label="Timeline">
      <Transport session={session} />
      {session.tableTwin.value ? (
        <TimelineTable session={session} />
      ) : (
        <TimelineCanvas session={session} />
      )}
    </section>
  );
}

function TimelineCanvas({ session }: { readonly session: Session }): VNode {
  const scene = useRef<TimelineScene | null>(null);
  const isDragging = useRef(false);
  const seek = (point: CanvasPoint): void => {
    if (scene.current !== null) session.seekTime(scene.current.time(point.x));
  };
  return (
    <div class="timeline-canvas">
      <Head session={session} />
      <CanvasView
        background="s1"
        label="Messages by class over time, with a bar for each lookup. Press T for a table."
        draw={(frame) => {
          scene.current = paint(session, frame, scene.current);
          width.value = frame.renderer.width;
        }}
        onDown={(point, event) => {
          (event.currentTarget as HTMLElement).setPointerCapture(event.pointerId);
          const lookup = scene.current === null ? -1 : laneAt(scene.current, point.x, point.y);
          if (lookup >= 0) {
            session.followLookup(lookup);
            return;
          }
          isDragging.current = true;
          session.pause();
          seek(point);
        }}
        onMove={(point) => {
          pointerX.value = point.x;
          if (isDragging.current) seek(point);
          const lookup = scene.current === null ? -1 : laneAt(scene.current, point.x, point.y);
          session.setHover(lookup < 0 ? null : { kind: 'lookup', id: lookup });
        }}
        onUp={() => (isDragging.current = false)}
        onLeave={() => {
          pointerX.value = -1;
          session.setHover(null);
        }}
        onWheel={(point, event) => onWheel(session, scene.current, point, event)}
      />
    </div>
  );
}

/**
 * The play head. It is an element of its own over the picture, because moving an element costs a frame
 * next to nothing, while drawing the picture again would cost most of it.
 */
function Head({ session }: { readonly session: Session }): VNode {
  const style = useComputed(() => {
    const x = timelineX(visibleRange(session), width.value, session.timeMs.value);
    return x < PAD - 1 || x > width.value - PAD + 1
      ? 'display: none'
      : `transform: translateX(${x.toFixed(2)}px)`;
  });
  const nowMs = useComputed(() => Math.floor(session.timeMs.value / 100) * 100);
  const text = useComputed(() => clockTime(nowMs.value));
  return (
    <>
      <div
        class="head-slider"
        role="slider"
        tabIndex={0}
        aria-label="Play head"
        aria-valuemin={0}
        aria-valuemax={Math.round(visibleRange(session).toMs)}
        aria-valuenow={nowMs}
        aria-valuetext={text}
      />
      <div class="head" style={style} />
    </>
  );
}

function onWheel(
  session: Session,
  scene: TimelineScene | null,
  point: CanvasPoint,
  event: WheelEvent,
): void {
  if (scene === null) return;
  event.preventDefault();
  const isPan = Math.abs(event.deltaX) > Math.abs(event.deltaY) || event.shiftKey;
  if (isPan) panRange(session, (event.deltaX === 0 ? event.deltaY : event.deltaX) / point.width);
  else zoomRange(session, Math.exp(event.deltaY * 0.0016), scene.time(point.x));
}

/** Draws one frame. The bars are laid out again only when their range or their events have changed. */
function paint(
  session: Session,
  { renderer, palette }: Frame,
  last: TimelineScene | null,
): TimelineScene {
  const { width, height } = renderer;
  const trace = session.trace.value;
  const range = visibleRange(session);
  void session.revision.value;
  // A trace grows at its end only: as long as that stays on its pixel, there is nothing new to see.
  const horizonX = Math.floor(timelineX(range, width, session.horizonMs.value));
  const keys = [
    trace,
    horizonX,
    range.fromMs,
    range.toMs,
    session.currentLookup.value?.id,
    palette,
    width,
    height,
  ];
  let scene = last;
  const drawStill = (layer: Renderer): void => {
    scene = timelineScene(session, width, height);
    drawTimeline(layer, palette, trace, scene);
  };
  renderer.layer('still', keys, drawStill, palette.s1);
  scene ??= timelineScene(session, width, height);
  const hover = session.hover.value;
  drawOver(renderer, palette, scene, {
    horizonMs: session.horizonMs.value,
    isGrowing: session.source.value?.isGrowing ?? false,
    marks: session.marks.value,
    hoveredLookup: hover?.kind === 'lookup' ? hover.id : -1,
    pointerX: pointerX.value,
  });
  return scene;
}
