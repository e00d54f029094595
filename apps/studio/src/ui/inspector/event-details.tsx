// One event in full: sentence, causes, values, source, reason.
import type { VNode } from 'preact';
import { describeEvent, STEPS } from '@kadscope/core/trace';
import type { StepId } from '@kadscope/core/trace';
import { factsOf, stepPosition } from '../../model/facts.ts';
import type { Session } from '../../model/session.ts';
import { SourcePane } from '../source-pane.tsx';
import { grouped } from '../words.ts';
import { CauseChain } from './cause-chain.tsx';
import { FactList } from './fact-list.tsx';
import { RawData } from './raw-data.tsx';
import { StepJumps } from './step-jumps.tsx';

interface EventDetailsProps {
  readonly session: Session;
  readonly index: number;
  readonly title: string;
  readonly titleId: string;
}

export function EventDetails({ session, index, title, titleId }: EventDetailsProps): VNode {
  const trace = session.trace.value;
  void session.revision.value;
  const { step, count, lookup } = stepPosition(trace, index);
  const event = trace.event(index);
  const facts = factsOf(trace, index);
  const table = event.step === null ? null : STEPS[event.step as StepId];
  return (
    <>
      <header class="inspector-head">
        <h2 id={titleId}>{title}</h2>
        <span class="tabular">
          {lookup >= 0 ? 'step' : 'event'} {grouped(step)} of {grouped(count)}
          {lookup >= 0 && ` in lookup ${lookup}`}
        </span>
      </header>
      <p class="sentence">{describeEvent(trace, index)}</p>
      <CauseChain session={session} index={index} />
      <FactList session={session} facts={facts} />
      <RawData data={event.data} isOpen={event.step === null} />
      {event.step === null || table === null ? (
        <p class="dim">
          This trace comes from elsewhere, so no source line of this engine belongs to the event.
        </p>
      ) : (
        <>
          {session.isCodeOpen.value && (
            <SourcePane step={event.step} aside={<StepJumps session={session} index={index} />} />
          )}
          <p class="why">
            <b>{table.title}.</b> {table.why}
          </p>
        </>
      )}
    </>
  );
}
