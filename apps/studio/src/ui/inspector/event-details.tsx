// One event in full: sentence and reason, then source, values and causes.
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

/** What happened and why: what stays in sight whatever else is looked at. */
export function EventSummary({ session, index, title, titleId }: EventDetailsProps): VNode {
  const trace = session.trace.value;
  void session.revision.value;
  const { step, count, lookup } = stepPosition(trace, index);
  const reason = reasonOf(trace.event(index).step);
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
      {reason !== null && (
        <p class="why">
          <b>{reason.title}.</b> {reason.why}
        </p>
      )}
    </>
  );
}

interface EventPartProps {
  readonly session: Session;
  readonly index: number;
}

/** Which code did it, with which values, and what led to it. */
export function EventBackground({ session, index }: EventPartProps): VNode {
  const trace = session.trace.value;
  void session.revision.value;
  const event = trace.event(index);
  return (
    <>
      {reasonOf(event.step) === null || event.step === null ? (
        <p class="dim">
          This trace comes from elsewhere, so no source line of this engine belongs to the event.
        </p>
      ) : (
        session.isCodeOpen.value && (
          <SourcePane step={event.step} aside={<StepJumps session={session} index={index} />} />
        )
      )}
      <FactList session={session} facts={factsOf(trace, index)} />
      <RawData data={event.data} isOpen={event.step === null} />
      <CauseChain key={index} session={session} index={index} />
    </>
  );
}

export function EventDetails(props: EventDetailsProps): VNode {
  return (
    <>
      <EventSummary {...props} />
      <EventBackground session={props.session} index={props.index} />
    </>
  );
}

function reasonOf(step: string | null): { readonly title: string; readonly why: string } | null {
  return step === null ? null : (STEPS[step as StepId] ?? null);
}
