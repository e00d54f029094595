// The inspector: what is selected, and "You are here": what just happened, why, and which code did it.
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { VNode } from 'preact';
import { sameSelection } from '../model/selection.ts';
import type { Selection } from '../model/selection.ts';
import type { Session } from '../model/session.ts';
import { EventBackground, EventSummary } from './inspector/event-details.tsx';
import { Pins } from './inspector/pins.tsx';
import { SelectionDetails } from './inspector/selection-details.tsx';
import '../styles/panes.css';
import './inspector/inspector.css';

type Front = 'selection' | 'here';

/**
 * What the user looked at last comes first, below the sentence that says what just happened: a selection, or
 * the background of the event that was stepped to.
 */
function useFront(session: Session): Front {
  const selection = session.selection.value;
  const here = session.eventHere.value;
  const last = useRef<{ selection: Selection | null; here: number; front: Front }>({
    selection,
    here,
    front: 'here',
  });
  const { current } = last;
  if (selection !== current.selection) current.front = 'selection';
  else if (here !== current.here && !session.playing.value) current.front = 'here';
  current.selection = selection;
  current.here = here;
  return current.front;
}

export function Inspector({ session }: { readonly session: Session }): VNode {
  const host = useRef<HTMLDivElement>(null);
  const front = useFront(session);
  void session.revision.value;
  const trace = session.trace.value;
  const here = session.eventHere.value;
  const selection = session.selection.value;
  const isSelectionHere = sameSelection(selection, { kind: 'event', id: here });
  useLayoutEffect(() => {
    host.current?.closest('.inspector-pane')?.scrollTo(0, 0);
  }, [front, selection]);
  const hasEvent = trace.length > 0 && here >= 0;
  const selected = selection !== null && !isSelectionHere && (
    <SelectionDetails key="selection" session={session} selection={selection} />
  );
  const background = hasEvent && (
    <section key="background" class="inspector-section is-background" aria-label="Code and causes">
      <EventBackground session={session} index={here} />
    </section>
  );
  return (
    <div ref={host} class="inspector-body">
      <Pins session={session} />
      <section class="inspector-section" aria-labelledby="you-are-here">
        {hasEvent ? (
          <EventSummary
            session={session}
            index={here}
            titleId="you-are-here"
            title="You are here"
          />
        ) : (
          <BeforeTheFirst session={session} />
        )}
      </section>
      {front === 'selection' ? [selected, background] : [background, selected]}
    </div>
  );
}

function BeforeTheFirst({ session }: { readonly session: Session }): VNode {
  const isEmpty = session.trace.value.length === 0;
  return (
    <>
      <h2 id="you-are-here">You are here</h2>
      <p>
        {isEmpty
          ? 'Nothing has happened yet. As soon as there is an event, this pane says what it is, what caused it, and which line of code made it.'
          : 'The play head stands before the first event.'}
      </p>
      {!isEmpty && (
        <button type="button" class="button" onClick={() => session.stepEvent(1)}>
          First event <kbd class="key">→</kbd>
        </button>
      )}
    </>
  );
}
