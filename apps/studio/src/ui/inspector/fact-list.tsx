// Names and values, one pair a line; what a value names can be selected.
import type { VNode } from 'preact';
import type { Fact } from '../../model/facts.ts';
import type { Session } from '../../model/session.ts';

/** What does not fit into half the pane gets a line of its own. */
function isWide({ label, value, note = '' }: Fact): boolean {
  return label.length > 13 || value.length + note.length > 12;
}

interface FactListProps {
  readonly session: Session;
  readonly facts: readonly Fact[];
}

export function FactList({ session, facts }: FactListProps): VNode | null {
  if (facts.length === 0) return null;
  return (
    <dl class="facts">
      {facts.map((fact) => (
        <div key={fact.label} class={isWide(fact) ? 'is-wide' : ''}>
          <dt>{fact.label}</dt>
          <dd class={fact.isCode === true ? 'mono' : 'tabular'}>
            <FactValue session={session} fact={fact} />
            {fact.note !== undefined && <small> ({fact.note})</small>}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function FactValue({ session, fact }: { readonly session: Session; readonly fact: Fact }): VNode {
  const { target, value } = fact;
  if (target === undefined) return <>{value}</>;
  return (
    <button
      type="button"
      class="link"
      onClick={() => session.select(target)}
      onPointerEnter={() => session.setHover(target)}
      onPointerLeave={() => session.setHover(null)}
    >
      {value}
    </button>
  );
}
