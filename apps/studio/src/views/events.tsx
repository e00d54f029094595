// The event table: the whole trace, one line each. It is the table twin of every other view.
import { useSignal } from '@preact/signals';
import type { Signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { VNode } from 'preact';
import { FilteredEvents, NO_FILTER } from '../model/event-filter.ts';
import type { EventFilter } from '../model/event-filter.ts';
import type { Session } from '../model/session.ts';
import { VirtualRows } from '../ui/virtual-rows.tsx';
import { EventFilterBar } from './events/filter-bar.tsx';
import { COLUMNS, EventRow } from './events/row.tsx';
import '../styles/panes.css';
import './events/events.css';

const ROW_HEIGHT = 26;
/** Events searched before the page may do something else: some 20 ms. */
const LOOK_EVENTS = 10_000;

/** The filter outlives the view, so that a look at another view does not lose it. */
let kept: EventFilter = NO_FILTER;

export function EventsView({ session }: { readonly session: Session }): VNode {
  const filter: Signal<EventFilter> = useSignal(kept);
  kept = filter.value;
  const trace = session.trace.value;
  const events = useMemo(() => new FilteredEvents(trace, filter.value), [trace, filter.value]);
  void session.revision.value;
  events.update(LOOK_EVENTS);
  const looks = useSignal(0);
  useEffect(() => {
    if (events.isComplete) return undefined;
    const next = setTimeout(() => looks.value++);
    return () => clearTimeout(next);
  }, [events, looks.value, session.revision.value]);
  const here = session.eventHere.value;
  const follow = events.rowOf(here);
  const lookup = session.currentLookup.value?.id ?? -1;
  const moveTo = (row: number): void => {
    if (events.length === 0) return;
    const index = events.at(Math.min(Math.max(row, 0), events.length - 1));
    session.pause();
    session.seekIndex(index + 1);
  };
  return (
    <section class="events-view" aria-label="Events">
      <EventFilterBar session={session} filter={filter} shown={events.length} />
      {events.length === 0 ? (
        <p class="empty">
          {trace.length === 0
            ? 'Every event of the trace will be a line here. Nothing has happened yet.'
            : !events.isComplete
              ? 'Searching…'
              : 'No event matches. Take a word away, or clear the filter.'}
        </p>
      ) : (
        <VirtualRows
          count={events.length}
          rowHeight={ROW_HEIGHT}
          follow={follow}
          label="Events of the trace; arrow up and down move the play head, Enter selects"
          columns={COLUMNS.length}
          head={<EventHead />}
          renderRows={(from, to) =>
            Array.from({ length: to - from }, (_, i) => {
              const index = events.at(from + i);
              const state = index === here ? 'here' : index > here ? 'ahead' : 'past';
              return (
                <EventRow
                  key={index}
                  session={session}
                  trace={trace}
                  index={index}
                  row={from + i}
                  state={state}
                  isCurrent={lookup >= 0 && trace.get('lookup', index) === lookup}
                />
              );
            })
          }
          onKeyDown={(event, page) =>
            onKey(event, page, { session, here, follow, moveTo, last: events.length - 1 })
          }
        />
      )}
    </section>
  );
}

function EventHead(): VNode {
  return (
    <div class="grid-row" role="row" aria-rowindex={1}>
      {COLUMNS.map(({ name, class: kind }) => (
        <span key={name} role="columnheader" class={kind}>
          {name}
        </span>
      ))}
    </div>
  );
}

interface Place {
  readonly session: Session;
  readonly here: number;
  readonly follow: number;
  readonly last: number;
  readonly moveTo: (row: number) => void;
}

function onKey(
  event: KeyboardEvent,
  page: number,
  { session, here, follow, last, moveTo }: Place,
): void {
  const rows: Readonly<Record<string, number>> = {
    ArrowDown: follow + 1,
    ArrowUp: follow - 1,
    PageDown: follow + page,
    PageUp: follow - page,
    Home: 0,
    End: last,
  };
  const row = rows[event.key];
  if (row !== undefined) moveTo(row);
  else if (event.key === 'Enter' && here >= 0) session.select({ kind: 'event', id: here });
  else return;
  event.preventDefault();
  event.stopPropagation();
}
