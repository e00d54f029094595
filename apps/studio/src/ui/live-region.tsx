// Says each step to those who listen: politely, once a second at most, and only when the head rests or is stepped.
import { signal } from '@preact/signals';
import { useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import { describeEvent } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import type { Session } from '../model/session.ts';

const PAUSE_MS = 1000;

const spoken = signal('');

export function LiveRegion({ session }: { readonly session: Session }): VNode {
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const lastMs = useRef(0);
  const last = useRef<Trace | null>(null);
  useSignalEffect(() => {
    const here = session.eventHere.value;
    const isPlaying = session.playing.value;
    const trace = session.trace.value;
    clearTimeout(timer.current);
    // What was said of another trace, or of an event that is no longer there, must not be left to be read.
    if (trace !== last.current || here < 0) spoken.value = '';
    last.current = trace;
    if (isPlaying || here < 0) return;
    const waitMs = Math.max(120, PAUSE_MS - (Date.now() - lastMs.current));
    timer.current = setTimeout(() => {
      if (here >= trace.length) return;
      lastMs.current = Date.now();
      spoken.value = `Event ${here + 1}: ${describeEvent(trace, here)}`;
    }, waitMs);
  });
  return (
    <div class="visually-hidden" role="status" aria-live="polite">
      {spoken}
    </div>
  );
}
