// A key: who holds records of it, who provides it, and which nodes are closest to it.
import type { VNode } from 'preact';
import { keyToHex } from '@kadscope/core/keyspace';
import { nodeName } from '@kadscope/core/trace';
import { closestNodes } from '../../model/neighbours.ts';
import type { Session } from '../../model/session.ts';
import { KeyText } from '../key-text.tsx';
import { readableState } from '../readable.ts';
import { counted } from '../words.ts';
import { SelectList } from './select-list.tsx';

export function KeyDetails({
  session,
  keyIndex,
}: {
  readonly session: Session;
  readonly keyIndex: number;
}): VNode {
  const trace = session.trace.value;
  const state = readableState(session);
  const key = trace.keys[keyIndex]!;
  const k = trace.meta.k ?? 20;
  const holders = Array.from(state.holdersOf(keyIndex));
  const providers = [
    ...new Set(holders.flatMap((holder) => Array.from(state.providersOf(holder, keyIndex)))),
  ];
  const closest = closestNodes(trace, state, key, k);
  const holding = new Set(holders);
  const held = closest.filter((node) => holding.has(node)).length;
  const lookups = trace.lookups.filter((lookup) => lookup.key === keyIndex);
  return (
    <>
      <p>
        <KeyText of={key} reference={session.referencePoint.value?.key} />
      </p>
      <dl class="facts">
        <div class="is-wide">
          <dt>key</dt>
          <dd class="mono id-whole">{keyToHex(key)}</dd>
        </div>
        <div class="is-wide">
          <dt>held by</dt>
          <dd>
            {counted(holders.length, 'node')}
            {closest.length > 0 && (
              <small>
                {' '}
                ({held} of the {closest.length} closest)
              </small>
            )}
          </dd>
        </div>
      </dl>
      {providers.length > 0 && (
        <SelectList
          session={session}
          title="Provided by"
          selections={providers.map((id) => ({ kind: 'node', id }))}
          name={({ id }) => nodeName(trace, id)}
        />
      )}
      {closest.length > 0 && (
        <SelectList
          session={session}
          title="Closest nodes"
          selections={closest.map((id) => ({ kind: 'node', id }))}
          name={({ id }) => nodeName(trace, id)}
          mark={({ id }) => (holding.has(id) ? 'holds it' : '')}
        />
      )}
      {lookups.length > 0 && (
        <SelectList
          session={session}
          title={counted(lookups.length, 'lookup')}
          selections={lookups.map(({ id }) => ({ kind: 'lookup', id }))}
          name={({ id }) => `lookup ${id}`}
        />
      )}
    </>
  );
}
