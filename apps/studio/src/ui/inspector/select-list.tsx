// A short list of things that can be selected.
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import type { Selection } from '../../model/selection.ts';
import type { Session } from '../../model/session.ts';
import { selectionName } from './selection-name.ts';

/** Shown before "all" is asked for. */
const SHOWN = 8;

/** Even "all" has an end: a longer list belongs into a table. */
const ALL_MAX = 200;

interface SelectListProps {
  readonly session: Session;
  readonly title: string;
  readonly selections: readonly Selection[];
  readonly name?: (selection: Selection) => string;
  /** A word behind an entry. */
  readonly mark?: (selection: Selection) => string;
}

export function SelectList({ session, title, selections, name, mark }: SelectListProps): VNode {
  const isWhole = useSignal(false);
  const trace = session.trace.value;
  const shown = selections.slice(0, isWhole.value ? ALL_MAX : SHOWN);
  return (
    <div class="select-list">
      <h3>{title}</h3>
      <ul>
        {shown.map((selection) => (
          <li key={`${selection.kind}:${selection.id}`}>
            <button
              type="button"
              class="link mono"
              onClick={() => session.select(selection)}
              onPointerEnter={() => session.setHover(selection)}
              onPointerLeave={() => session.setHover(null)}
            >
              {name === undefined ? selectionName(trace, selection) : name(selection)}
            </button>
            {mark !== undefined && <small> {mark(selection)}</small>}
          </li>
        ))}
      </ul>
      {selections.length > shown.length && !isWhole.value && (
        <button type="button" class="link" onClick={() => (isWhole.value = true)}>
          all {selections.length}
        </button>
      )}
    </div>
  );
}
