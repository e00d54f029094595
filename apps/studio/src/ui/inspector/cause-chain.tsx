// Why it happened: the events that led here, each a step back in the chain of causes.
import { useSignal } from '@preact/signals';
import type { VNode } from 'preact';
import { explainCause, MESSAGE_KINDS, nodeName } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { effectsOf } from '../../model/facts.ts';
import type { Session } from '../../model/session.ts';
import { ClassGlyph } from '../glyph.tsx';
import { classOf, typeInWords } from '../words.ts';

/** A longer chain shows its first link and the nearest ones; the rest on demand. */
const SHOWN = 3;
/** Effects shown: with the chain they are a few lines. */
const EFFECTS_SHOWN = 2;

interface CauseChainProps {
  readonly session: Session;
  readonly index: number;
}

export function CauseChain({ session, index }: CauseChainProps): VNode | null {
  const isWhole = useSignal(false);
  const trace = session.trace.value;
  const chain = explainCause(trace, index);
  const hidden = isWhole.value || chain.length <= SHOWN ? 0 : chain.length - SHOWN;
  const links = hidden === 0 ? chain : [chain[0]!, ...chain.slice(hidden + 1)];
  const effects = effectsOf(trace, index);
  if (chain.length === 1 && effects.length === 0) return null;
  return (
    <nav class="causes" aria-label="What led to this event">
      <ol>
        {links.map((event, i) => (
          <li key={event}>
            {i === 1 && hidden > 0 && (
              <button
                type="button"
                class="cause-gap"
                title="Show the whole chain"
                aria-label={`Show ${hidden} more causes`}
                onClick={() => (isWhole.value = true)}
              >
                … {hidden}
              </button>
            )}
            <CauseLink session={session} event={event} isHere={event === index} />
          </li>
        ))}
        {isWhole.value && chain.length > SHOWN && (
          <li>
            <button type="button" class="cause-gap" onClick={() => (isWhole.value = false)}>
              show fewer
            </button>
          </li>
        )}
      </ol>
      {effects.length > 0 && (
        <p class="effects">
          led to{' '}
          {effects.slice(0, EFFECTS_SHOWN).map((event) => (
            <CauseLink key={event} session={session} event={event} isHere={false} />
          ))}
          {effects.length > EFFECTS_SHOWN && (
            <span> and {effects.length - EFFECTS_SHOWN} more</span>
          )}
        </p>
      )}
    </nav>
  );
}

interface CauseLinkProps {
  readonly session: Session;
  readonly event: number;
  readonly isHere: boolean;
}

function CauseLink({ session, event, isHere }: CauseLinkProps): VNode {
  const trace = session.trace.value;
  const colorClass = classOf(trace, event);
  const label = (
    <>
      {colorClass !== null && (
        <ClassGlyph of={colorClass} isHollow={trace.get('isResponse', event) === 1} />
      )}
      {linkInWords(trace, event)}
    </>
  );
  if (isHere) {
    return (
      <span class="cause is-here" aria-current="step">
        {label}
      </span>
    );
  }
  return (
    <button
      type="button"
      class="cause"
      title={`Go to event ${event + 1}`}
      onClick={() => {
        session.pause();
        session.seekIndex(event + 1);
      }}
      onPointerEnter={() => session.setHover({ kind: 'event', id: event })}
      onPointerLeave={() => session.setHover(null)}
    >
      {label}
    </button>
  );
}

/** What an event was and whom it was about, in a few words: `find-node → 82…a1`. */
function linkInWords(trace: Trace, event: number): string {
  const type = trace.type(event);
  const peer = trace.get('peer', event);
  const kind = MESSAGE_KINDS[trace.get('kind', event)] ?? 'other';
  const isMessage = type === 'messageSent' || type === 'messageReceived';
  if (isMessage && peer >= 0) {
    const what =
      trace.get('isResponse', event) === 1 ? 'answer' : kind === 'other' ? 'message' : kind;
    return `${what} ${type === 'messageSent' ? '→' : '←'} ${nodeName(trace, peer)}`;
  }
  const detail = trace.get('detail', event);
  if (type === 'operationStarted' && detail >= 0) return `${trace.words[detail]!} started`;
  const words = typeInWords(type);
  return peer < 0 ? words : `${words}: ${nodeName(trace, peer)}`;
}
