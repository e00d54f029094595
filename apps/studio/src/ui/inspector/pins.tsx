// What was pinned, to come back to and to compare.
import type { VNode } from 'preact';
import { sameSelection } from '../../model/selection.ts';
import type { Session } from '../../model/session.ts';
import { selectionName } from './selection-name.ts';

export function Pins({ session }: { readonly session: Session }): VNode | null {
  const pins = session.pins.value;
  if (pins.length === 0) return null;
  const trace = session.trace.value;
  return (
    <ul class="pins" aria-label="Pinned">
      {pins.map((pin) => (
        <li key={`${pin.kind}:${pin.id}`}>
          <button
            type="button"
            class="button"
            aria-pressed={sameSelection(pin, session.selection.value)}
            onClick={() => session.select(pin)}
            onPointerEnter={() => session.setHover(pin)}
            onPointerLeave={() => session.setHover(null)}
          >
            {selectionName(trace, pin)}
          </button>
        </li>
      ))}
    </ul>
  );
}
