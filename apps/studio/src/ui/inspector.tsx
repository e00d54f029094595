// The inspector: what is selected, and "You are here": what just happened, why, and which code did it.
import type { VNode } from 'preact';
import { sameSelection } from '../model/selection.ts';
import type { Session } from '../model/session.ts';
import { EventDetails } from './inspector/event-details.tsx';
import { Pins } from './inspector/pins.tsx';
import { SelectionDetails } from './inspector/selection-details.tsx';
import '../styles/panes.css';
import './inspector/inspector.css';

export function Inspector({ session }: { readonly session: Session }): VNode {
  void session.revision.value;
  const trace = session.trace.value;
  const here = session.eventHere.value;
  const selection = session.selection.value;
  const isSelectionHere = sameSelection(selection, { kind: 'event', id: here });
  return (
    <div class="inspector-body">
      <Pins session={session} />
      {selection !== null && !isSelectionHere && (
        <SelectionDetails session={session} selection={selection} />
      )}
      <section class="inspector-section" aria-labelledby="you-are-here">
        {trace.length === 0 || here < 0 ? (
          <BeforeTheFirst session={session} />
        ) : (
          <EventDetails session={session} index={here} titleId="you-are-here" title="You are here" />
        )}
      </section>
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
