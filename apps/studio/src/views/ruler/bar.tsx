// Above the ruler: which lookup is in view, and from where distance is measured.
import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { keyName, nodeName } from '@kadscope/core/trace';
import { nodeOfSelection, REFERENCES } from '../../model/selection.ts';
import type { Reference } from '../../model/selection.ts';
import type { Session } from '../../model/session.ts';
import { togglePanel } from '../../ui/commands.ts';
import { Icon } from '../../ui/icons.tsx';
import { Segmented } from '../../ui/segmented.tsx';
import { COLUMN_IDS, isNarrow } from './layout.ts';
import type { ColumnId } from './layout.ts';

interface Props {
  readonly session: Session;
  readonly column: Signal<ColumnId>;
  readonly width: Signal<number>;
}

const COLUMN_NAMES: Readonly<Record<ColumnId, string>> = {
  space: 'Space',
  time: 'Time',
  state: 'State',
};

export function RulerBar({ session, column, width }: Props): VNode {
  return (
    <div class="view-bar">
      <LookupButton session={session} />
      <OtherLookup session={session} />
      {isNarrow(width.value) && !session.tableTwin.value && (
        <Segmented
          label="Column"
          value={column.value}
          choices={COLUMN_IDS.map((id) => ({ value: id, label: COLUMN_NAMES[id] }))}
          onChange={(next) => (column.value = next)}
        />
      )}
      <div class="measure">
        <span class="dim" id="measure-from">
          measure from
        </span>
        <Segmented
          label="Measure from"
          value={session.reference.value}
          choices={REFERENCES.map((id) => referenceChoice(session, id))}
          onChange={(next) => (session.reference.value = next)}
        />
      </div>
    </div>
  );
}

/** Nothing can be measured from a selection that is not there. */
function referenceChoice(
  session: Session,
  id: Reference,
): { value: Reference; label: string; title: string; isDisabled: boolean } {
  const selection = session.selection.value;
  const isMissing =
    id === 'selected' &&
    session.reference.value !== 'selected' &&
    (selection === null ||
      (selection.kind !== 'key' && nodeOfSelection(session.trace.value, selection) < 0));
  return {
    value: id,
    label: id,
    isDisabled: isMissing,
    title: isMissing ? 'Select a node first' : `Measure from the ${id}  (R)`,
  };
}

/** The event that the inspector shows need not be one of the lookup in view: says so, and switches. */
function OtherLookup({ session }: { readonly session: Session }): VNode | null {
  const trace = session.trace.value;
  const here = session.eventHere.value;
  // While it plays, events of all lookups pass by: that would only flicker.
  if (session.playing.value || here < 0 || here >= trace.length) return null;
  const other = trace.get('lookup', here);
  const current = session.currentLookup.value;
  if (other < 0 || current === null || other === current.id) return null;
  return (
    <span class="dim other-lookup">
      the event here belongs to{' '}
      <button class="link" title="Show that lookup" onClick={() => session.readLookup(other)}>
        lookup {other}
      </button>
    </span>
  );
}

/** Names the lookup in view; opens the list of all of them. */
function LookupButton({ session }: { readonly session: Session }): VNode {
  const lookup = session.currentLookup.value;
  const trace = session.trace.value;
  const isOpen = session.panel.value === 'lookups';
  return (
    <button
      class="button lookup-button"
      aria-haspopup="dialog"
      aria-expanded={isOpen}
      onClick={() => togglePanel(session, 'lookups')}
      title="Choose a lookup  (K)"
    >
      {lookup === null ? (
        'No lookup yet'
      ) : (
        <>
          <span>Lookup {lookup.id}</span>
          <span class="dim">{trace.operation(lookup.operation)?.kind ?? ''}</span>
          <span class="mono lookup-ends">
            {nodeName(trace, lookup.node)} → {keyName(trace, lookup.key)}
          </span>
        </>
      )}
      <Icon name="down" />
    </button>
  );
}
