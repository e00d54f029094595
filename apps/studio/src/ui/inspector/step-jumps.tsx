// Where else this line ran: to the previous and the next event that the same statement made.
import type { VNode } from 'preact';
import type { Trace } from '@kadscope/core/trace';
import type { Session } from '../../model/session.ts';
import { Icon } from '../icons.tsx';

interface StepJumpsProps {
  readonly session: Session;
  readonly index: number;
}

export function StepJumps({ session, index }: StepJumpsProps): VNode {
  const trace = session.trace.value;
  const jump = (direction: 1 | -1): void => {
    const next = sameStep(trace, index, direction);
    if (next < 0) {
      session.notify(
        direction === 1 ? 'This line has not run again yet.' : 'This line had not run before.',
      );
      return;
    }
    session.pause();
    session.seekIndex(next + 1);
  };
  return (
    <span class="step-jumps" role="group" aria-label="Other times that this line ran">
      <button
        type="button"
        class="button is-quiet is-icon"
        aria-label="The previous time that this line ran"
        title="The previous time that this line ran"
        onClick={() => jump(-1)}
      >
        <Icon name="event-back" />
      </button>
      <button
        type="button"
        class="button is-quiet is-icon"
        aria-label="The next time that this line ran"
        title="The next time that this line ran"
        onClick={() => jump(1)}
      >
        <Icon name="event-forward" />
      </button>
    </span>
  );
}

/** The nearest event before or after `index` with the same step; -1 when there is none. */
function sameStep(trace: Trace, index: number, direction: 1 | -1): number {
  const step = trace.get('step', index);
  for (let at = index + direction; at >= 0 && at < trace.length; at += direction) {
    if (trace.get('step', at) === step) return at;
  }
  return -1;
}
