// The line above the ring: what it shows, and its switches.
import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { ringFlightsAt } from '../../model/ring-flights.ts';
import type { ProgressBy } from '../../model/ring-flights.ts';
import type { RingOrder } from '../../model/ring-layout.ts';
import type { Session } from '../../model/session.ts';
import { readableMoment, readableState } from '../../ui/readable.ts';
import { Segmented } from '../../ui/segmented.tsx';
import { counted, grouped } from '../../ui/words.ts';
import { CLASSIC, PLAIN } from './scene.ts';
import type { RingOptions } from './scene.ts';

interface RingBarProps {
  readonly session: Session;
  readonly options: Signal<RingOptions>;
  /** Every node has a key, so the ring can be the keyspace. */
  readonly canSort: boolean;
}

export function RingBar({ session, options, canSort }: RingBarProps): VNode {
  const { isClassic, progress } = options.value;
  const order = canSort ? options.value.order : 'load';
  return (
    <header class="view-bar">
      <h2>Ring</h2>
      <p class="view-caption">
        {order === 'keyspace' ? 'the angle is the key' : 'nodes in the order of the trace'}
        <Counts session={session} progress={progress} />
      </p>
      <div class="view-switches">
        <span class="switch-label">
          order
          <Segmented<RingOrder>
            label="Order of the nodes"
            value={order}
            choices={canSort ? ['keyspace', 'load'] : ['load']}
            onChange={(next) => (options.value = { ...options.value, order: next })}
          />
        </span>
        <span class="switch-label">
          progress by
          <Segmented<ProgressBy>
            label="Messages move by"
            value={progress}
            choices={['time', 'events']}
            onChange={(next) => (options.value = { ...options.value, progress: next })}
          />
        </span>
        <button
          type="button"
          class="button"
          aria-pressed={isClassic}
          title="The geometry, colours and pace of NetVis"
          onClick={() => setClassic(session, options, !isClassic)}
        >
          Classic
        </button>
      </div>
    </header>
  );
}

/** NetVis's preset: its look, its order, and 800 ms for each event. */
function setClassic(session: Session, options: Signal<RingOptions>, isClassic: boolean): void {
  options.value = isClassic ? CLASSIC : PLAIN;
  session.eventTime.value = isClassic;
  if (isClassic) session.setSpeed(1);
}

interface CountsProps {
  readonly session: Session;
  readonly progress: ProgressBy;
}

function Counts({ session, progress }: CountsProps): VNode {
  const flying = ringFlightsAt(session.trace.value, readableMoment(session), progress).length;
  return (
    <span class="tabular">
      {' · '}
      {counted(readableState(session).presentCount(), 'node')}
      {' · '}
      {grouped(flying)} in flight
    </span>
  );
}
