// A lookup: its result and what it cost.
import type { VNode } from 'preact';
import { commonPrefixLength } from '@kadscope/core/keyspace';
import { keyName, nodeName } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { duration } from '../../model/format.ts';
import type { Fact } from '../../model/facts.ts';
import { pictureLookup } from '../../model/lookup-picture.ts';
import type { LookupPicture } from '../../model/lookup-picture.ts';
import type { Session } from '../../model/session.ts';
import { FactList } from './fact-list.tsx';
import { SelectList } from './select-list.tsx';

export function LookupDetails({
  session,
  id,
}: {
  readonly session: Session;
  readonly id: number;
}): VNode {
  const trace = session.trace.value;
  const lookup = trace.lookup(id)!;
  const picture = pictureLookup(trace, lookup);
  const answered = closestAnswered(trace, picture);
  const key = trace.keys[lookup.key];
  const bits = (node: number): string => {
    const own = trace.nodes[node]?.key;
    if (key === undefined || own?.length !== key.length) return '';
    return `${commonPrefixLength(own, key)} bits`;
  };
  return (
    <>
      <FactList session={session} facts={lookupFacts(trace, picture)} />
      {answered.length > 0 && (
        <SelectList
          session={session}
          title={picture.isFinished ? 'Found, nearest first' : 'Nearest that answered so far'}
          selections={answered.map((node) => ({ kind: 'node', id: node }))}
          name={(selection) => nodeName(trace, selection.id)}
          mark={(selection) => bits(selection.id)}
        />
      )}
      <div class="inspector-actions">
        <button type="button" class="button" onClick={() => session.followLookup(id)}>
          Follow from its start
        </button>
      </div>
    </>
  );
}

function lookupFacts(trace: Trace, picture: LookupPicture): Fact[] {
  const { lookup, queries, heard } = picture;
  const failed = queries.filter((query) => query.isFailed).length;
  const ended = queries.filter((query) => query.endEvent >= 0);
  const detail = lookup.endEvent < 0 ? -1 : trace.get('detail', lookup.endEvent);
  const operation = trace.operation(lookup.operation);
  const facts: Fact[] = [
    {
      label: 'origin',
      value: nodeName(trace, lookup.node),
      target: { kind: 'node', id: lookup.node },
      isCode: true,
    },
  ];
  if (lookup.key >= 0) {
    facts.push({
      label: 'target',
      value: keyName(trace, lookup.key),
      target: { kind: 'key', id: lookup.key },
      isCode: true,
    });
  }
  if (operation !== undefined) {
    const target = { kind: 'event', id: operation.startEvent } as const;
    facts.push({ label: 'for', value: operation.kind, target });
  }
  facts.push(
    { label: 'ended', value: endText(trace, picture, detail) },
    { label: 'time', value: duration(picture.endMs - picture.startMs) },
    {
      label: 'requests',
      value: String(queries.length),
      note: `${ended.length - failed} answered, ${failed} failed`,
    },
    { label: 'heard of', value: `${heard.length} contacts` },
    { label: 'hops', value: String(Math.max(0, ...ended.map((query) => query.hop))) },
  );
  return facts;
}

function endText(trace: Trace, picture: LookupPicture, detail: number): string {
  if (!picture.isFinished) return 'not yet';
  return detail < 0 ? 'yes' : trace.words[detail]!.replaceAll('-', ' ');
}

/** The nodes that answered, nearest to the target first; at most k. */
function closestAnswered(trace: Trace, { lookup, queries }: LookupPicture): number[] {
  const key = trace.keys[lookup.key];
  const answered = queries
    .filter((query) => query.endEvent >= 0 && !query.isFailed)
    .map((query) => query.peer);
  if (key === undefined) return answered;
  const shared = (node: number): number => {
    const own = trace.nodes[node]?.key;
    return own?.length === key.length ? commonPrefixLength(own, key) : -1;
  };
  return answered.toSorted((a, b) => shared(b) - shared(a)).slice(0, trace.meta.k ?? 20);
}
