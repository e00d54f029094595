// Find anything by typing: commands, nodes, lookups.
import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { VNode } from 'preact';
import { leadingBits, nodeName } from '@kadscope/core/trace';
import { COMMANDS, strokeLabel } from '../model/keys.ts';
import type { Session } from '../model/session.ts';
import { runCommand } from './commands.ts';
import { Dialog } from './dialog.tsx';

interface Entry {
  readonly id: string;
  readonly text: string;
  readonly note: string;
  readonly keys: readonly string[];
  run(session: Session): void;
}

/** More would not be read. */
const ENTRIES_MAX = 40;

const query = signal('');
const chosen = signal(0);

export function CommandPalette({ session }: { readonly session: Session }): VNode {
  useEffect(() => {
    query.value = '';
    chosen.value = 0;
  }, []);
  const entries = find(session, query.value.trim().toLowerCase());
  const at = Math.min(chosen.value, entries.length - 1);
  const close = (): void => {
    session.panel.value = null;
  };
  const run = (entry: Entry | undefined): void => {
    close();
    entry?.run(session);
  };
  const onKey = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) {
      event.preventDefault();
      chosen.value = Math.min(Math.max(at + step, 0), entries.length - 1);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      run(entries[at]);
    }
  };
  return (
    <Dialog title="Find a command, a node or a lookup" class="palette" isBare onClose={close}>
      <input
        type="text"
        autofocus
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={at >= 0 ? `palette-${at}` : undefined}
        aria-label="Find a command, a node or a lookup"
        placeholder="Find a command, a node or a lookup"
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          chosen.value = 0;
        }}
        onKeyDown={onKey}
      />
      <ul class="palette-list" id="palette-list" role="listbox" aria-label="Found">
        {entries.map((entry, i) => (
          <li
            key={entry.id}
            id={`palette-${i}`}
            class="palette-item"
            role="option"
            aria-selected={i === at}
            ref={(node) => {
              if (i === at) node?.scrollIntoView({ block: 'nearest' });
            }}
            onPointerMove={() => (chosen.value = i)}
            onClick={() => run(entry)}
          >
            <span>{entry.text}</span>
            <span class="dim">{entry.note}</span>
            {entry.keys.map((key) => (
              <kbd class="key" key={key}>
                {strokeLabel(key)}
              </kbd>
            ))}
          </li>
        ))}
        {entries.length === 0 && (
          <li class="empty">
            Nothing is called “{query.value}”. Names, key bits and hexadecimal ids can be found.
          </li>
        )}
      </ul>
    </Dialog>
  );
}

function find(session: Session, text: string): Entry[] {
  const commands = COMMANDS.filter(({ id }) => id !== 'commands').map((each): Entry => ({
    id: each.id,
    text: each.help,
    note: '',
    keys: each.keys,
    run: (target) => runCommand(target, each.id),
  }));
  const matching = commands.filter((entry) =>
    text.split(/\s+/).every((word) => entry.text.toLowerCase().includes(word)),
  );
  if (text === '') return matching;
  return [...matching, ...findNodes(session, text), ...findLookups(session, text)].slice(
    0,
    ENTRIES_MAX,
  );
}

function findNodes(session: Session, text: string): Entry[] {
  const trace = session.trace.value;
  const entries: Entry[] = [];
  for (let node = 0; node < trace.nodes.length && entries.length < ENTRIES_MAX; node++) {
    const info = trace.nodes[node]!;
    const bits = info.key === undefined ? '' : leadingBits(info.key);
    const isFound =
      info.id.toLowerCase().startsWith(text) ||
      (info.label ?? '').toLowerCase().includes(text) ||
      (/^[01]+$/.test(text) && bits.startsWith(text));
    if (!isFound) continue;
    entries.push({
      id: `node-${node}`,
      text: nodeName(trace, node),
      note: bits,
      keys: [],
      run: (target) => target.select({ kind: 'node', id: node }),
    });
  }
  return entries;
}

function findLookups(session: Session, text: string): Entry[] {
  const trace = session.trace.value;
  const wanted = /^(?:lookup\s*)?(\d+)$/.exec(text)?.[1];
  const lookup = wanted === undefined ? undefined : trace.lookup(Number(wanted));
  if (lookup === undefined) return [];
  const kind = trace.operation(lookup.operation)?.kind ?? '';
  return [
    {
      id: `lookup-${lookup.id}`,
      text: `Lookup ${lookup.id}`,
      note: kind,
      keys: [],
      run: (target) => target.followLookup(lookup.id),
    },
  ];
}
