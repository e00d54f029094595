// What a source tells, told to the session.
import { batch } from '@preact/signals';
import type { Session } from './session.ts';
import type { SourceEvent, TraceSource } from './source.ts';

/** Makes `source` the one that the session shows, from its start; returns what lets go of it. */
export function feed(session: Session, source: TraceSource): () => void {
  session.source.peek()?.close();
  batch(() => {
    session.source.value = source;
    session.pause();
    showTrace(session, source);
  });
  return source.subscribe((event) => batch(() => hear(session, source, event)));
}

function hear(session: Session, source: TraceSource, event: SourceEvent): void {
  switch (event.type) {
    case 'started':
      showTrace(session, source);
      return;
    case 'grown':
      grow(session, source);
      return;
    case 'time':
      session.horizonMs.value = source.horizonMs;
      return;
    case 'full':
      session.notify(source.kind === 'live' ? LIVE_FULL : FULL);
      // Whoever waits for a moment that will not come is told.
      grow(session, source);
      return;
    case 'error':
      session.pause();
      session.notify(
        `${source.kind === 'live' ? 'The live view' : 'The simulation'} stopped: ${event.message}. What was traced so far can be replayed.`,
        'error',
      );
      grow(session, source);
      return;
    case 'progress':
      return;
  }
}

const LIVE_FULL =
  'The trace has reached its bound: the nodes go on, but nothing more is recorded. Everything up to now can be replayed.';

const FULL =
  'The trace has reached its bound, so the simulation stops here. Everything up to now can be replayed.';

/** Another trace: nothing that was selected in the last one means anything here. */
function showTrace(session: Session, source: TraceSource): void {
  session.trace.value = source.trace;
  session.selection.value = null;
  session.hover.value = null;
  session.pins.value = [];
  session.marks.value = [];
  session.range.value = null;
  session.lookupId.value = -1;
  session.follow.value = false;
  grow(session, source);
  session.seekIndex(0);
}

function grow(session: Session, source: TraceSource): void {
  session.horizonMs.value = source.horizonMs;
  session.revision.value++;
}
