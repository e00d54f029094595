// The ring: nodes by key on a circle, and messages in flight at their true time.
//
// Good for few nodes, for the look of a whole network, and for Chord. It is no proof of closeness: XOR
// neighbours need not be neighbours here, which is why the ruler is the first view.
import { signal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import { nodeName } from '@kadscope/core/trace';
import { hasKeys, nodeAt, pointOnChord } from '../model/ring-layout.ts';
import type { Selection } from '../model/selection.ts';
import type { Session } from '../model/session.ts';
import { CanvasView } from '../render/canvas-view.tsx';
import type { CanvasPoint, Frame } from '../render/canvas-view.tsx';
import { prefersStillness } from '../ui/motion.ts';
import { drawClassic } from './ring/classic.ts';
import { drawRing } from './ring/draw.ts';
import { RingBar } from './ring/ring-bar.tsx';
import { RingTable } from './ring/ring-table.tsx';
import { PLAIN, ringScene } from './ring/scene.ts';
import type { RingOptions, RingScene } from './ring/scene.ts';
import '../styles/panes.css';
import './ring/ring.css';

/** How far from a mark the pointer may be, in pixels. */
const REACH = 14;

/** The options outlive the view, so that switching to another view and back changes nothing. */
const options: Signal<RingOptions> = signal(PLAIN);

export function RingView({ session }: { readonly session: Session }): VNode {
  const scene = useRef<RingScene | null>(null);
  const trace = session.trace.value;
  void session.revision.value;
  if (trace.nodes.length === 0) {
    return <p class="empty">The ring shows every node of a network. This trace has none yet.</p>;
  }
  const find = (point: CanvasPoint): Selection | null => {
    return scene.current === null ? null : hit(scene.current, point);
  };
  return (
    <section class="ring-view" aria-label="Ring">
      <RingBar session={session} options={options} canSort={hasKeys(trace)} />
      {session.tableTwin.value ? (
        <RingTable session={session} />
      ) : (
        <div class="ring-canvas">
          <CanvasView
            label={label(session)}
            draw={(frame) => {
              scene.current = draw(session, frame);
            }}
            onMove={(point) => session.setHover(find(point))}
            onLeave={() => session.setHover(null)}
            onDown={(point) => session.select(find(point))}
            onKeyDown={(event) => scene.current !== null && walk(session, scene.current, event)}
          />
          <Spoken session={session} />
        </div>
      )}
    </section>
  );
}

function label(session: Session): string {
  const { nodes, meta } = session.trace.value;
  const what = meta.title === '' ? 'this trace' : meta.title;
  return `Ring of the ${nodes.length} nodes of ${what}. Arrow up and down go from node to node, Enter selects, T shows a table.`;
}

/** The node under the keyboard's cursor, for those who listen. */
function Spoken({ session }: { readonly session: Session }): VNode {
  const hover = session.hover.value;
  return (
    <output class="visually-hidden" aria-live="polite">
      {hover?.kind === 'node' ? nodeName(session.trace.value, hover.id) : ''}
    </output>
  );
}

function draw(session: Session, { renderer, palette }: Frame): RingScene {
  void session.revision.value;
  const trace = session.trace.value;
  const state = session.state;
  const scene = ringScene({
    trace,
    state,
    moment: { cursor: session.cursorIndex.value, timeMs: session.timeMs.value },
    lookup: session.currentLookup.value,
    options: options.value,
    width: renderer.width,
    height: renderer.height,
  });
  const drawing = {
    renderer,
    palette,
    trace,
    state,
    scene,
    selection: session.selection.value,
    hover: session.hover.value,
    isStill: prefersStillness.value,
  };
  if (options.value.isClassic) drawClassic(drawing);
  else drawRing(drawing);
  return scene;
}

/** What lies under the pointer: a message first, because it is small and moves, else a node. */
function hit(scene: RingScene, point: CanvasPoint): Selection | null {
  let nearest = REACH;
  let message = -1;
  for (const { flight, chord } of scene.flights) {
    const at = pointOnChord(chord, flight.progress);
    const distance = Math.hypot(at.x - point.x, at.y - point.y);
    if (distance >= nearest) continue;
    nearest = distance;
    message = flight.message;
  }
  const node = nodeAt(scene.layout, scene.circle, point, REACH);
  if (node >= 0 && scene.present[node] === true && (message < 0 || nearest > 5)) {
    return { kind: 'node', id: node };
  }
  return message < 0 ? null : { kind: 'message', id: message };
}

/** Arrow up and down walk around the ring; Enter selects; the screen reader hears each name. */
function walk(session: Session, scene: RingScene, event: KeyboardEvent): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const { sequence } = scene.layout;
  const here = session.hover.peek()?.kind === 'node' ? session.hover.peek() : null;
  if (event.key === 'Enter' && here !== null) session.select(here);
  else if (step === undefined) return;
  else {
    let at = here === null ? (step === 1 ? -1 : 0) : sequence.indexOf(here.id);
    for (let tries = 0; tries < sequence.length; tries++) {
      at = (at + step + sequence.length) % sequence.length;
      if (scene.present[sequence[at]!] === true) break;
    }
    session.setHover({ kind: 'node', id: sequence[at]! });
  }
  event.preventDefault();
  event.stopPropagation();
}
