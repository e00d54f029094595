// The present of nodes that run: going there, and staying there.
import { batch, signal } from '@preact/signals';
import type { Session } from './session.ts';

/**
 * So far behind the present, and the play head is brought back to it: a slow page draws too few frames to keep pace,
 * and a hidden one none.
 */
const BEHIND_MS = 700;

const follows = signal(false);
/** Where the last frame left the head. */
let leftAtMs = 0;

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
    leftAtMs = session.timeMs.peek();
  });
}

/** One frame: moves the play head by `elapsedMs`, and stays in the present until somebody looks back. */
export function advanceLive(session: Session, elapsedMs: number): void {
  const wasMoved = session.timeMs.peek() !== leftAtMs;
  const behindMs = session.horizonMs.peek() - session.timeMs.peek();
  session.advance(elapsedMs);
  if (!follows.peek()) return;
  if (!keepsPace(session) || (wasMoved && behindMs > BEHIND_MS)) follows.value = false;
  else if (session.horizonMs.peek() - session.timeMs.peek() > BEHIND_MS) {
    session.seekTime(session.horizonMs.peek());
  }
  leftAtMs = session.timeMs.peek();
}

function keepsPace(session: Session): boolean {
  return session.playing.value && session.direction.value === 1 && session.speed.value === 1;
}
