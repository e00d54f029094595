// Opens a file as the source of the session. On failure, what is open stays open.
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import { applyBatch, Trace } from '@kadscope/core/trace';
import { SPEED_MAX, SPEEDS } from '../model/clock.ts';
import { findReference } from '../model/reference.ts';
import type { Session } from '../model/session.ts';
import { FileSource } from '../model/source.ts';
import type { NamedFile, OpenAnswer } from './open-worker.ts';
import { unpackRecords } from './packed-records.ts';
import { FileError } from './read-trace.ts';
import type { FileProblem, ReadProgress } from './read-trace.ts';

/** What is being opened, or why it could not be. */
export type Opening =
  | { readonly state: 'idle' }
  | { readonly state: 'busy'; readonly file: string; readonly progress: ReadProgress | null }
  | { readonly state: 'failed'; readonly problem: FileProblem }
  | { readonly state: 'done'; readonly file: string; readonly notes: readonly string[] };

const current = signal<Opening>({ state: 'idle' });

export const opening: ReadonlySignal<Opening> = current;

export function forgetOpening(): void {
  current.value = { state: 'idle' };
}

/**
 * Reads a file, or several as one recording, and shows it. Resolves to whether that worked; what went
 * wrong is in `opening`. `src` is the path that a link can name.
 */
export async function openFiles(
  session: Session,
  files: readonly NamedFile[],
  src?: string,
): Promise<boolean> {
  const name = files.map((one) => one.name).join(' + ');
  current.value = { state: 'busy', file: name, progress: null };
  try {
    const trace = await readInWorker(name, files);
    show(session, name, trace, src);
    current.value = { state: 'done', file: name, notes: trace.notes };
    return true;
  } catch (error) {
    const problem = error instanceof FileError ? error.details : unknownProblem(name, error);
    current.value = { state: 'failed', problem };
    session.panel.value = 'open-file';
    return false;
  }
}

/** Fetches a recording from where this page comes from, and shows it. */
export async function openPath(session: Session, path: string): Promise<boolean> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const address = new URL(path, document.baseURI);
  current.value = { state: 'busy', file: name, progress: null };
  try {
    if (address.origin !== location.origin) throw new Error('it is not on the server of this page');
    const response = await fetch(address);
    if (!response.ok)
      throw new Error(`the server answered ${response.status} ${response.statusText}`);
    return await openFiles(session, [{ name, file: await response.blob() }], path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    current.value = {
      state: 'failed',
      problem: unknownProblem(name, `It could not be loaded: ${reason}`),
    };
    session.panel.value = 'open-file';
    return false;
  }
}

function unknownProblem(file: string, problem: unknown): FileProblem {
  const text = problem instanceof Error ? problem.message : String(problem);
  return { file, problem: text, line: null, column: null, excerpt: [] };
}

function readInWorker(name: string, files: readonly NamedFile[]): Promise<Trace> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./open-worker.ts', import.meta.url), { type: 'module' });
    const finish = (settle: () => void): void => {
      worker.terminate();
      settle();
    };
    worker.onmessage = ({ data }: MessageEvent<OpenAnswer>) => {
      if (data.type === 'progress')
        current.value = { state: 'busy', file: name, progress: data.progress };
      else if (data.type === 'problem') finish(() => reject(new FileError(data.problem)));
      else {
        const trace = new Trace(data.meta);
        applyBatch(trace, unpackRecords(data.packed));
        finish(() => resolve(trace));
      }
    };
    worker.onerror = (event) => {
      event.preventDefault();
      finish(() =>
        reject(
          new Error(
            event.message || 'the reader stopped; the file may be too large for this machine',
          ),
        ),
      );
    };
    worker.postMessage({ files });
  });
}

/** A trace that takes no longer than this to play is watched event by event, as in NetVis. */
const EVENTS_TO_WATCH = 400;

/** A longer one is played in about this time. */
const PLAY_MS = 60_000;

function show(session: Session, name: string, trace: Trace, src: string | undefined): void {
  session.open(new FileSource(trace.meta.title || name, trace, src));
  // The ruler needs a point to measure from: the target of a lookup, or the key of its origin.
  if (findReference(trace, 'target', trace.lookups[0] ?? null, null) === null)
    session.view.value = 'ring';
  const { isEventTime, speed } = paceOf(trace);
  session.eventTime.value = isEventTime;
  session.setSpeed(speed);
  const hasNotes = trace.notes.length > 0;
  const isPanelOpen = session.panel.peek() === 'open-file';
  session.panel.value = hasNotes && isPanelOpen ? 'open-file' : null;
  if (hasNotes && !isPanelOpen) {
    const count = trace.notes.length === 1 ? 'is 1 note' : `are ${trace.notes.length} notes`;
    session.notify(`There ${count} on what is odd in ${name}; the panel Open has them.`);
  }
  if (trace.length === 0)
    session.notify(
      `${name} holds ${trace.nodes.length} nodes and no events: there is nothing to play.`,
    );
  else if (!matchMedia('(prefers-reduced-motion: reduce)').matches) session.play();
}

/** How to play a trace so that it can be followed. */
function paceOf(trace: Trace): { readonly isEventTime: boolean; readonly speed: number } {
  if (trace.length <= EVENTS_TO_WATCH) return { isEventTime: true, speed: 1 };
  const wanted = trace.endMs / PLAY_MS;
  if (wanted <= SPEED_MAX) return { isEventTime: false, speed: stopFor(wanted) };
  return { isEventTime: true, speed: stopFor((trace.length * 800) / PLAY_MS) };
}

function stopFor(speed: number): number {
  return SPEEDS.find((stop) => stop >= speed) ?? SPEED_MAX;
}
