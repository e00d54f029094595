// The moment for what is read rather than watched: while the head plays, it moves a few times a second.
import { untracked } from '@preact/signals';
import type { TraceState } from '@kadscope/core/trace';
import type { Session } from '../model/session.ts';

/** The state of the network; a component that reads it is drawn again when `readCursor` moves. */
export function readableState(session: Session): TraceState {
  void session.readCursor.value;
  return untracked(() => session.state);
}

/** The play head, at the same pace. */
export function readableMoment(session: Session): {
  readonly cursor: number;
  readonly timeMs: number;
} {
  void session.readCursor.value;
  return { cursor: session.cursorIndex.peek(), timeMs: session.timeMs.peek() };
}
