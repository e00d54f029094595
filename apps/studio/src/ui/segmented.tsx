// A few choices of which one is taken: a radio group whose arrows move and choose at once.
import { useRef } from 'preact/hooks';
import type { ComponentChildren, VNode } from 'preact';

interface Choice<T extends string> {
  readonly value: T;
  readonly label: ComponentChildren;
  readonly title?: string;
  readonly isDisabled?: boolean;
}

interface SegmentedProps<T extends string> {
  readonly label: string;
  readonly value: T;
  /** A word alone is its own label. */
  readonly choices: readonly (T | Choice<T>)[];
  readonly onChange: (value: T) => void;
  readonly class?: string;
}

export function Segmented<T extends string>(props: SegmentedProps<T>): VNode {
  const { label, value, onChange } = props;
  const choices = props.choices.map((choice): Choice<T> =>
    typeof choice === 'string' ? { value: choice, label: choice } : choice,
  );
  const host = useRef<HTMLDivElement>(null);
  const move = (event: KeyboardEvent): void => {
    const step =
      event.key === 'ArrowRight' || event.key === 'ArrowDown'
        ? 1
        : event.key === 'ArrowLeft' || event.key === 'ArrowUp'
          ? -1
          : 0;
    if (step === 0 || event.shiftKey) return;
    event.preventDefault();
    const open = choices.filter((choice) => choice.isDisabled !== true);
    const at = open.findIndex((choice) => choice.value === value);
    const next = open[(at + step + open.length) % open.length];
    if (next === undefined) return;
    onChange(next.value);
    host.current?.querySelector<HTMLButtonElement>(`[data-value="${next.value}"]`)?.focus();
  };
  return (
    <div
      ref={host}
      class={`segmented ${props.class ?? ''}`}
      role="radiogroup"
      aria-label={label}
      onKeyDown={move}
    >
      {choices.map((choice) => (
        <button
          key={choice.value}
          type="button"
          role="radio"
          data-value={choice.value}
          aria-checked={choice.value === value}
          tabIndex={choice.value === value ? 0 : -1}
          title={choice.title}
          disabled={choice.isDisabled === true}
          onClick={() => onChange(choice.value)}
        >
          {choice.label}
        </button>
      ))}
    </div>
  );
}
