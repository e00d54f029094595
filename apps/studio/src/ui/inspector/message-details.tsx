// A message: from whom to whom, when, and what became of it.
import type { VNode } from 'preact';
import { nodeName } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { factsOf } from '../../model/facts.ts';
import { duration } from '../../model/format.ts';
import type { Fact } from '../../model/facts.ts';
import type { Session } from '../../model/session.ts';
import { FactList } from './fact-list.tsx';
import { RawData } from './raw-data.tsx';

export function MessageDetails({
  session,
  message,
}: {
  readonly session: Session;
  readonly message: number;
}): VNode {
  const trace = session.trace.value;
  const rest = factsOf(trace, message).filter(({ label }) => !['node', 'peer'].includes(label));
  return (
    <>
      <FactList session={session} facts={[...wayFacts(trace, message), ...rest]} />
      <RawData data={trace.event(message).data} />
    </>
  );
}

function wayFacts(trace: Trace, message: number): Fact[] {
  const node = (label: string, id: number): Fact[] =>
    id < 0
      ? []
      : [{ label, value: nodeName(trace, id), target: { kind: 'node', id }, isCode: true }];
  const end = trace.get('end', message);
  const sent = trace.time(message);
  const facts = [
    ...node('from', trace.get('node', message)),
    ...node('to', trace.get('peer', message)),
    { label: 'sent at', value: duration(sent) },
  ];
  if (end < 0) return [...facts, { label: 'arrival', value: 'not in this trace' }];
  const isDropped = trace.type(end) === 'messageDropped';
  facts.push({
    label: isDropped ? 'lost after' : 'arrived after',
    value: duration(trace.time(end) - sent),
    target: { kind: 'event', id: end },
  });
  return facts;
}
