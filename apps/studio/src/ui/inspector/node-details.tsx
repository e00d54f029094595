// A node: its id, what it knows, what it holds, and who its true neighbours are.
import type { VNode } from 'preact';
import { nodeName } from '@kadscope/core/trace';
import { closestNodes, contactsByBits } from '../../model/neighbours.ts';
import type { Session } from '../../model/session.ts';
import { KeyText } from '../key-text.tsx';
import { readableState } from '../readable.ts';
import { counted } from '../words.ts';
import { RawData } from './raw-data.tsx';
import { SelectList } from './select-list.tsx';

/** True neighbours to show: enough to see whether a node knows its surroundings. */
const NEIGHBOURS = 8;

/** Buckets shown; the rest is empty or the node's close neighbourhood. */
const ROWS_MAX = 24;

export function NodeDetails({
  session,
  node,
}: {
  readonly session: Session;
  readonly node: number;
}): VNode {
  const trace = session.trace.value;
  const state = readableState(session);
  const info = trace.nodes[node]!;
  const contacts = state.contactsOf(node);
  const records = Array.from(state.recordsOf(node));
  const connections = state.connectionsOf(node).length;
  const isPresent = state.isPresent(node);
  return (
    <>
      {info.key !== undefined && (
        <p>
          <KeyText of={info.key} reference={session.referencePoint.value?.key} />
        </p>
      )}
      <dl class="facts">
        <div class="is-wide">
          <dt>id</dt>
          <dd class="mono id-whole">{info.id}</dd>
        </div>
        <div>
          <dt>state</dt>
          <dd>{isPresent ? 'present' : 'absent'}</dd>
        </div>
        <div>
          <dt>knows</dt>
          <dd>{counted(contacts.length, 'contact')}</dd>
        </div>
        {connections > 0 && (
          <div>
            <dt>connected</dt>
            <dd>{counted(connections, 'node')}</dd>
          </div>
        )}
      </dl>
      <Buckets session={session} node={node} />
      {records.length > 0 && (
        <SelectList
          session={session}
          title={`Holds records of ${counted(records.length, 'key')}`}
          selections={records.map((id) => ({ kind: 'key', id }))}
        />
      )}
      {info.key !== undefined && <Neighbours session={session} node={node} />}
      <RawData data={info.data} />
      <NodeActions session={session} />
    </>
  );
}

/** The contacts of the node by shared bits, against how many nodes there are. */
function Buckets({
  session,
  node,
}: {
  readonly session: Session;
  readonly node: number;
}): VNode | null {
  const trace = session.trace.value;
  const rows = contactsByBits(trace, readableState(session), node);
  if (rows.length === 0) return null;
  const k = trace.meta.k ?? 20;
  return (
    <table class="bucket-table">
      <caption>Contacts by shared bits, of the nodes that exist there</caption>
      <thead class="visually-hidden">
        <tr>
          <th scope="col">shared bits</th>
          <th scope="col">contacts</th>
          <th scope="col">nodes</th>
        </tr>
      </thead>
      <tbody>
        {rows.slice(0, ROWS_MAX).map(({ bits, contacts, existing }) => (
          <tr
            key={bits}
            onPointerEnter={() => session.setHover({ kind: 'row', id: bits })}
            onPointerLeave={() => session.setHover(null)}
          >
            <th scope="row" class="tabular">
              {bits}
            </th>
            <td class="bucket-bar">
              <span style={{ inlineSize: `${Math.min(100, (contacts / k) * 100)}%` }} />
            </td>
            <td class="tabular">
              {contacts} <small>of {existing}</small>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Neighbours({
  session,
  node,
}: {
  readonly session: Session;
  readonly node: number;
}): VNode {
  const trace = session.trace.value;
  const state = readableState(session);
  const known = new Set(state.contactsOf(node));
  const closest = closestNodes(trace, state, trace.nodes[node]!.key!, NEIGHBOURS + 1);
  const others = closest.filter((other) => other !== node).slice(0, NEIGHBOURS);
  const knownCount = others.filter((other) => known.has(other)).length;
  return (
    <SelectList
      session={session}
      title={`Nearest nodes: it knows ${knownCount} of ${others.length}`}
      selections={others.map((id) => ({ kind: 'node', id }))}
      mark={(selection) => (known.has(selection.id) ? 'known' : 'not known')}
      name={(selection) => nodeName(trace, selection.id)}
    />
  );
}

function NodeActions({ session }: { readonly session: Session }): VNode {
  return (
    <div class="inspector-actions">
      <button type="button" class="button" onClick={() => (session.reference.value = 'selected')}>
        Measure from here
      </button>
      {session.source.value?.network != null && (
        <button type="button" class="button" onClick={() => (session.panel.value = 'operations')}>
          Run an operation here
        </button>
      )}
    </div>
  );
}
