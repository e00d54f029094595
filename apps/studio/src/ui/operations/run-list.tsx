// The operations that were run, with their results as the play head reaches them.
import type { VNode } from 'preact';
import { describeEvent } from '@kadscope/core/trace';
import { duration } from '../../model/format.ts';
import type { RunWatch } from '../../model/operation-watch.ts';
import type { Session } from '../../model/session.ts';

interface RunListProps {
  readonly session: Session;
  readonly runs: readonly RunWatch[];
}

export function RunList({ session, runs }: RunListProps): VNode | null {
  void session.revision.value;
  if (runs.length === 0) return null;
  return (
    <section class="runs" aria-label="Operations that were run">
      <h3>Results</h3>
      <ol aria-live="polite">
        {runs.map((watch) => (
          <RunItem key={watch.run.operation} session={session} watch={watch} />
        ))}
      </ol>
    </section>
  );
}

interface RunItemProps {
  readonly session: Session;
  readonly watch: RunWatch;
}

function RunItem({ session, watch }: RunItemProps): VNode {
  const trace = session.trace.value;
  const cursor = session.readCursor.value;
  const { results, endEvent, lookups } = watch.state();
  const { run } = watch;
  const seen = results.filter((event) => event < cursor);
  const hasEnded = endEvent >= 0 && endEvent < cursor;
  const goTo = (event: number): void => {
    session.pause();
    session.seekIndex(event + 1);
  };
  return (
    <li class="run">
      <p class="run-head">
        <b>{run.title}</b>
        <span class={hasEnded ? 'run-state is-done' : 'run-state'}>
          {hasEnded ? outcomeOf(session, endEvent) : 'under way'}
        </span>
      </p>
      {run.about !== '' && <p class="run-about mono">{run.about}</p>}
      <ul>
        {seen.slice(0, RESULTS_MAX).map((event) => (
          <li key={event}>
            <button type="button" class="link" onClick={() => goTo(event)}>
              {describeEvent(trace, event)}
            </button>
          </li>
        ))}
      </ul>
      {seen.length > RESULTS_MAX && <p class="dim">and {seen.length - RESULTS_MAX} more</p>}
      <p class="run-links">
        {hasEnded && <span class="dim">{duration(trace.time(endEvent) - run.timeMs)}</span>}
        {!hasEnded && endEvent >= 0 && (
          <button type="button" class="link" onClick={() => goTo(endEvent)}>
            to its end
          </button>
        )}
        {lookups.map((id) => (
          <button key={id} type="button" class="link" onClick={() => session.followLookup(id)}>
            follow lookup {id}
          </button>
        ))}
      </p>
    </li>
  );
}

/** Results shown of one operation; the event table has them all. */
const RESULTS_MAX = 6;

function outcomeOf(session: Session, endEvent: number): string {
  const trace = session.trace.value;
  const detail = trace.get('detail', endEvent);
  return detail < 0 ? 'finished' : trace.words[detail]!.replaceAll('-', ' ');
}
