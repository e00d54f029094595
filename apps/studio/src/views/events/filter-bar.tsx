// The line above the event table: words to look for, kinds of events, one node, one lookup.
import type { Signal } from '@preact/signals';
import type { VNode } from 'preact';
import { nodeName } from '@kadscope/core/trace';
import { EVENT_GROUPS, NO_FILTER } from '../../model/event-filter.ts';
import type { EventFilter, EventGroup } from '../../model/event-filter.ts';
import { nodeOfSelection } from '../../model/selection.ts';
import type { Session } from '../../model/session.ts';
import { counted, grouped } from '../../ui/words.ts';

interface FilterBarProps {
  readonly session: Session;
  readonly filter: Signal<EventFilter>;
  readonly shown: number;
}

const GROUP_NAMES: Readonly<Record<EventGroup, string>> = {
  all: 'all events',
  messages: 'messages',
  lookups: 'lookups',
  operations: 'operations',
  tables: 'routing tables',
  records: 'records',
  nodes: 'nodes',
  notes: 'notes and unknown',
};

export function EventFilterBar({ session, filter, shown }: FilterBarProps): VNode {
  const trace = session.trace.value;
  const change = (part: Partial<EventFilter>): void => {
    filter.value = { ...filter.value, ...part };
  };
  const lookup = session.currentLookup.value;
  const selection = session.selection.value;
  const node = selection === null ? -1 : nodeOfSelection(trace, selection);
  const { text, group } = filter.value;
  const isFiltered = shown < trace.length;
  return (
    <header class="view-bar">
      <h2>Events</h2>
      <p class="view-caption" role="status">
        {isFiltered
          ? `${grouped(shown)} of ${counted(trace.length, 'event')}`
          : counted(trace.length, 'event')}
      </p>
      <div class="view-switches">
        <input
          type="search"
          class="field event-search"
          aria-label="Find words in the events and what is said of them"
          placeholder="find words"
          spellcheck={false}
          value={text}
          onInput={(event) => change({ text: event.currentTarget.value })}
        />
        <label class="choice">
          <span class="visually-hidden">kind of event</span>
          <select
            class="field"
            value={group}
            onChange={(event) => change({ group: event.currentTarget.value as EventGroup })}
          >
            {EVENT_GROUPS.map((each) => (
              <option key={each} value={each}>
                {GROUP_NAMES[each]}
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="button"
          aria-pressed={filter.value.lookup >= 0}
          disabled={lookup === null && filter.value.lookup < 0}
          onClick={() => change({ lookup: filter.value.lookup >= 0 ? -1 : (lookup?.id ?? -1) })}
        >
          {filter.value.lookup >= 0 ? `lookup ${filter.value.lookup}` : 'this lookup'}
        </button>
        <button
          type="button"
          class="button"
          aria-pressed={filter.value.node >= 0}
          disabled={node < 0 && filter.value.node < 0}
          onClick={() => change({ node: filter.value.node >= 0 ? -1 : node })}
        >
          {filter.value.node >= 0 ? nodeName(trace, filter.value.node) : 'this node'}
        </button>
        {isFiltered && (
          <button type="button" class="button is-quiet" onClick={() => (filter.value = NO_FILTER)}>
            Clear
          </button>
        )}
      </div>
    </header>
  );
}
