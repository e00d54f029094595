// The present of nodes that run: going there, and staying there.
import { batch, signal } from '@preact/signals';
import type { Session } from './session.ts';

/** So far behind the present, and the play head is brought back to it: a slow page draws too few frames to keep pace. */
const BEHIND_MS = 700;

/** A head that falls back by more than this in one frame was moved by somebody. */
const MOVED_MS = 400;

const follows = signal(false);
let behindMs = 0;

/** Whether what is shown is what happens now. Reads signals, so a component can follow it. */
export function isLive(session: Session): boolean {
  return follows.value && keepsPace(session) && session.source.value?.kind === 'live';
}

/** To the present, and on with it at its own pace. */
export function goLive(session: Session): void {
  batch(() => {
    session.letTraceChoose();
    session.loop.value = false;
    session.eventTime.value = false;
    session.setSpeed(1);
    session.seekTime(session.horizonMs.peek());
    session.play(1);
    follows.value = true;
    behindMs = 0;
  });
}

/** Once a frame: stays in the present, until somebody looks back. */
export function keepUp(session: Session): void {
  if (!follows.peek()) return;
  const before = behindMs;
  behindMs = session.horizonMs.peek() - session.timeMs.peek();
  if (!keepsPace(session) || behindMs - before > MOVED_MS) follows.value = false;
  else if (behindMs > BEHIND_MS) {
    session.seekTime(session.horizonMs.peek());
    behindMs = 0;
  }
}

function keepsPace(session: Session): boolean {
  return session.playing.value && session.direction.value === 1 && session.speed.value === 1;
}
