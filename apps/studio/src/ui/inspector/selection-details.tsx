// What is selected, in full: one pane for each kind of thing.
import type { ComponentChildren, VNode } from 'preact';
import type { Selection } from '../../model/selection.ts';
import type { Session } from '../../model/session.ts';
import { EventDetails } from './event-details.tsx';
import { KeyDetails } from './key-details.tsx';
import { LookupDetails } from './lookup-details.tsx';
import { MessageDetails } from './message-details.tsx';
import { NodeDetails } from './node-details.tsx';
import { RowDetails } from './row-details.tsx';
import { selectionName } from './selection-name.ts';

interface SelectionDetailsProps {
  readonly session: Session;
  readonly selection: Selection;
}

export function SelectionDetails({ session, selection }: SelectionDetailsProps): VNode {
  const { kind, id } = selection;
  const name = selectionName(session.trace.value, selection);
  return (
    <section class="inspector-section is-selection" aria-label={`Selected: ${name}`}>
      {kind === 'event' ? (
        <EventDetails
          session={session}
          index={id}
          titleId="selected-event"
          title="Selected event"
        />
      ) : (
        <header class="inspector-head">
          <h2>{name.charAt(0).toUpperCase() + name.slice(1)}</h2>
        </header>
      )}
      {detailsOf(session, selection)}
      <div class="inspector-actions">
        {(kind === 'event' || kind === 'message') && session.eventHere.value !== id && (
          <button type="button" class="button" onClick={() => goTo(session, id)}>
            Go there
          </button>
        )}
        <button type="button" class="button" onClick={() => session.togglePin()}>
          Pin <kbd class="key">P</kbd>
        </button>
        <button type="button" class="button" onClick={() => session.select(null)}>
          Deselect <kbd class="key">Esc</kbd>
        </button>
      </div>
    </section>
  );
}

function detailsOf(session: Session, { kind, id }: Selection): ComponentChildren {
  switch (kind) {
    case 'node':
      return <NodeDetails session={session} node={id} />;
    case 'key':
      return <KeyDetails session={session} keyIndex={id} />;
    case 'lookup':
      return <LookupDetails session={session} id={id} />;
    case 'message':
      return <MessageDetails session={session} message={id} />;
    case 'row':
      return <RowDetails session={session} bits={id} />;
    case 'event':
      return null;
  }
}

function goTo(session: Session, event: number): void {
  session.pause();
  session.seekIndex(event + 1);
}
