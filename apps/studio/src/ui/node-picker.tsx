// A field for a node: write the beginning of its id or number, or pick it in any view.
import { useSignal } from '@preact/signals';
import { useEffect, useId } from 'preact/hooks';
import type { VNode } from 'preact';
import type { Key } from '@kadscope/core/keyspace';
import { leadingBits, nodeName } from '@kadscope/core/trace';
import { findNodes } from '../model/operation-form.ts';
import type { Session } from '../model/session.ts';
import { Icon } from './icons.tsx';

interface NodePickerProps {
  readonly session: Session;
  readonly label: string;
  readonly value: string;
  readonly error?: string | undefined;
  readonly onChange: (text: string) => void;
}

export function NodePicker({ session, label, value, error, onChange }: NodePickerProps): VNode {
  const id = useId();
  const isOpen = useSignal(false);
  const isPicking = useSignal(false);
  const active = useSignal(0);
  const trace = session.trace.value;
  const matches = isOpen.value ? findNodes(trace, value) : [];
  usePick(session, isPicking.value, (node) => {
    isPicking.value = false;
    onChange(nodeName(trace, node));
  });
  const choose = (node: number | undefined): void => {
    if (node !== undefined) onChange(nodeName(trace, node));
    isOpen.value = false;
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && matches.length > 0) {
      active.value = (active.value + step + matches.length) % matches.length;
    } else if (step === 1) isOpen.value = true;
    else if (event.key === 'Enter' && isOpen.value) choose(matches[active.value]);
    else if (event.key === 'Escape' && isOpen.value) isOpen.value = false;
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class="form-field">
      <label for={id}>{label}</label>
      <div class="picker">
        <input
          id={id}
          class="field"
          role="combobox"
          autocomplete="off"
          spellcheck={false}
          placeholder="id, number or leading bits"
          aria-expanded={matches.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={matches.length > 0 ? `${id}-${active.value}` : undefined}
          aria-invalid={error !== undefined}
          aria-describedby={error === undefined ? undefined : `${id}-error`}
          value={value}
          onInput={(event) => {
            active.value = 0;
            isOpen.value = true;
            onChange(event.currentTarget.value);
          }}
          onBlur={() => (isOpen.value = false)}
          onKeyDown={onKeyDown}
        />
        <button
          type="button"
          class="button is-icon"
          aria-pressed={isPicking.value}
          aria-label={`Pick in the view: ${label}`}
          title={isPicking.value ? 'Now click a node in the view' : 'Pick a node in the view'}
          onClick={() => (isPicking.value = !isPicking.value)}
        >
          <Icon name="follow" />
        </button>
        {matches.length > 0 && (
          <ul id={`${id}-list`} role="listbox" aria-label={label} class="picker-list">
            {matches.map((node, i) => (
              <li
                key={node}
                id={`${id}-${i}`}
                role="option"
                aria-selected={i === active.value}
                onPointerDown={(event) => {
                  event.preventDefault();
                  choose(node);
                }}
              >
                <span>{nodeName(trace, node)}</span>
                <KeyStart of={trace.nodes[node]?.key} />
              </li>
            ))}
          </ul>
        )}
      </div>
      {error !== undefined && (
        <p id={`${id}-error`} class="field-error" role="alert">
          {error}
        </p>
      )}
    </div>
  );
}

function KeyStart({ of: key }: { readonly of: Key | undefined }): VNode | null {
  return key === undefined ? null : <span class="mono dim">{leadingBits(key)}…</span>;
}

/** While picking, the next node that is selected anywhere is the answer. */
function usePick(session: Session, isPicking: boolean, onPick: (node: number) => void): void {
  useEffect(() => {
    if (!isPicking) return;
    let isFirst = true;
    return session.selection.subscribe((selection) => {
      const isNew = !isFirst;
      isFirst = false;
      if (isNew && selection?.kind === 'node') onPick(selection.id);
    });
  }, [isPicking]);
}
