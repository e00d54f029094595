// Opens the source that the address names, and starts the clock.
import { effect } from '@preact/signals';
import type { FromWorker, ToWorker, WorkerPort } from '../model/protocol.ts';
import type { Session } from '../model/session.ts';
import { AHEAD_MS } from '../model/session.ts';
import { applyLook, isSourceOf, wantedMs } from '../model/link.ts';
import { advanceLive, goLive } from '../model/live-edge.ts';
import { LiveSource } from '../model/live-source.ts';
import type { LivePort } from '../model/live-source.ts';
import { SimulationSource } from '../model/source.ts';
import type { Link, LinkScenario } from '../model/url.ts';
import { startDrop } from '../open/drop.ts';
import { openPath } from '../open/open-trace.ts';
import { onFrame, setClock, wakeClock } from '../render/frames.ts';
import { readLink, startLinkWriter, tryPlace } from './link.ts';
import { prefersStillness } from './motion.ts';

/** Brings a session to life. */
export function startSession(session: Session): void {
  const link = readLink(session);
  startClock(session);
  startDrop(session);
  visit(session, link);
  // What the page itself writes replaces the address without this event.
  addEventListener('hashchange', () => visit(session, readLink(session)));
  startLinkWriter(session);
  startPreparing(session);
}

/** Only the link that was followed last decides where the head goes. */
let stopWaiting: () => void = () => {};

/** Shows what a link names: another source when it is another one, else another place. */
function visit(session: Session, link: Link): void {
  stopWaiting();
  stopWaiting = () => {};
  if (isSourceOf(session.source.peek(), link)) {
    session.pause();
    session.source.peek()?.want(wantedMs(link) + AHEAD_MS);
    placeWhenThere(session, link);
  } else if (link.route === 'live' && link.token !== undefined) {
    openLive(session, link, link.token);
  } else if (link.route !== 'replay' || link.src === undefined) {
    openSimulation(session, link);
  } else {
    void openRecording(session, link, link.src);
  }
}

/** A new simulation in a worker of its own, at the place of the link. */
function openSimulation(session: Session, link: Link): void {
  session.open(simulate(link.scenario, wantedMs(link) + AHEAD_MS));
  placeWhenThere(session, link);
}

/** Nodes that run where this page comes from: their present, or the moment of the link. */
function openLive(session: Session, link: Link, token: string): void {
  const address = new URL(`/live?token=${token}`, location.href);
  address.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:';
  const socket = new WebSocket(address);
  socket.binaryType = 'arraybuffer';
  session.open(new LiveSource(socket as LivePort, token, () => performance.now()));
  if (link.timeMs === undefined) whenThere(session, () => goLive(session));
  else placeWhenThere(session, link);
}

/** Does something as soon as the source that is open now has brought events. */
function whenThere(session: Session, act: () => void): void {
  const source = session.source.peek();
  const stop = effect(() => {
    void session.revision.value;
    if (session.source.value === source && session.trace.value.length === 0) return;
    if (session.source.value === source) act();
    queueMicrotask(() => stop());
  });
  stopWaiting = stop;
}

/** Goes to the place of a link as soon as the trace has come so far. */
function placeWhenThere(session: Session, link: Link): void {
  const isFresh = link.timeMs === undefined && link.selection === undefined;
  const source = session.source.peek();
  const stop = effect(() => {
    void session.revision.value;
    if (session.source.value !== source) {
      // Somebody opened something else in the meantime.
      queueMicrotask(() => stop());
      return;
    }
    if (session.trace.value.length === 0 || !tryPlace(session, link)) return;
    // A link shows its moment; without one the network is alive at once, unless motion is unwelcome.
    if (isFresh && !prefersStillness.peek()) session.play();
    queueMicrotask(() => stop());
  });
  stopWaiting = stop;
}

/** The recording of a link, at its place; without one, or when it cannot be read, a network runs. */
async function openRecording(session: Session, link: Link, src: string): Promise<void> {
  let isLatest = true;
  stopWaiting = () => (isLatest = false);
  const isOpen = await openPath(session, src);
  if (!isLatest) return;
  if (!isOpen) {
    // Beside something that is open already, the panel alone says what went wrong.
    if (session.source.peek() !== null) return;
    openSimulation(session, { route: 'sim', panel: 'open-file' });
    return;
  }
  // A link to a moment says how it looked; a link to a recording alone leaves that to the recording.
  if (link.timeMs === undefined) return;
  applyLook(session, link);
  session.pause();
  tryPlace(session, link);
}

/** The default network, or that of a link. */
function simulate(
  scenario: LinkScenario | undefined,
  untilMs: number = AHEAD_MS,
): SimulationSource {
  const worker = new Worker(new URL('../worker.ts', import.meta.url), {
    type: 'module',
    name: 'simulation',
  });
  const port: WorkerPort = {
    postMessage: (message: ToWorker) => worker.postMessage(message),
    onmessage: null,
    onerror: null,
    terminate: () => worker.terminate(),
  };
  worker.onmessage = (event: MessageEvent<FromWorker>) => port.onmessage?.(event);
  worker.onerror = (event) => port.onerror?.(event);
  return new SimulationSource(port, scenario ?? {}, untilMs);
}

/** A trace that has grown is made ready for far seeks, a slice in each frame. */
function startPreparing(session: Session): void {
  const prepare = (): void => {
    if (!session.prepare()) onFrame(prepare);
  };
  effect(() => {
    void session.trace.value;
    void session.revision.value;
    onFrame(prepare);
  });
}

/** Frames move the play head while it plays. */
function startClock(session: Session): void {
  setClock((elapsedMs) => {
    advanceLive(session, elapsedMs);
    return session.playing.peek();
  });
  effect(() => {
    if (session.playing.value) wakeClock();
  });
}
