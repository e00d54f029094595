// The list of all lookups: which node looked for what, how long it took, and what came of it.
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import { keyName, nodeName } from '@kadscope/core/trace';
import type { LookupInfo, Trace } from '@kadscope/core/trace';
import { clockTime, duration } from '../model/format.ts';
import { positionOf } from '../model/stepping.ts';
import type { Session } from '../model/session.ts';
import { Dialog } from './dialog.tsx';
import { grouped } from './words.ts';

/** Rows shown at once; around the play head, or the longest. */
const ROWS_MAX = 200;

const order = signal<'near' | 'slow'>('near');

export function LookupPicker({ session }: { readonly session: Session }): VNode {
  void session.revision.value;
  const trace = session.trace.value;
  const current = session.currentLookup.value;
  const shown =
    order.value === 'near' ? nearHead(trace, session.cursorIndex.peek()) : slowest(trace);
  const close = (): void => {
    session.panel.value = null;
  };
  return (
    <Dialog title="Lookups" class="lookups" onClose={close}>
      <div class="lookups-bar">
        <span class="dim">
          {shown.length < trace.lookups.length
            ? `${grouped(shown.length)} of ${grouped(trace.lookups.length)}`
            : grouped(shown.length)}
        </span>
        <button
          class="button"
          aria-pressed={order.value === 'near'}
          onClick={() => (order.value = 'near')}
        >
          Around the play head
        </button>
        <button
          class="button"
          aria-pressed={order.value === 'slow'}
          onClick={() => (order.value = 'slow')}
        >
          Slowest first
        </button>
        <button
          class="button"
          onClick={() => {
            session.lookupId.value = -1;
            session.follow.value = false;
            close();
          }}
        >
          Let the trace choose
        </button>
      </div>
      <div class="scroll lookups-list">
        {shown.length === 0 ? (
          <p class="empty">No node has looked anything up yet. Press Play, or run an operation.</p>
        ) : (
          <LookupTable session={session} lookups={shown} current={current} onChosen={close} />
        )}
      </div>
    </Dialog>
  );
}

interface TableProps {
  readonly session: Session;
  readonly lookups: readonly LookupInfo[];
  readonly current: LookupInfo | null;
  readonly onChosen: () => void;
}

function LookupTable({ session, lookups, current, onChosen }: TableProps): VNode {
  const trace = session.trace.value;
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Lookup</th>
          <th scope="col">For</th>
          <th scope="col">From</th>
          <th scope="col">Target</th>
          <th scope="col" class="is-number">
            Starts
          </th>
          <th scope="col" class="is-number">
            Took
          </th>
        </tr>
      </thead>
      <tbody>
        {lookups.map((lookup) => (
          <tr
            key={lookup.id}
            class={lookup === current ? 'is-here is-row-link' : 'is-row-link'}
            onClick={() => {
              session.followLookup(lookup.id);
              onChosen();
            }}
          >
            <th scope="row">
              <button class="link">Lookup {lookup.id}</button>
            </th>
            <td>{trace.operation(lookup.operation)?.kind ?? 'lookup'}</td>
            <td class="mono">{nodeName(trace, lookup.node)}</td>
            <td class="mono">{keyName(trace, lookup.key)}</td>
            <td class="is-number">{clockTime(trace.time(lookup.startEvent))}</td>
            <td class="is-number">
              {lookup.endEvent < 0 ? 'running' : duration(tookMs(trace, lookup))}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function nearHead(trace: Trace, cursor: number): readonly LookupInfo[] {
  const at = positionOf(trace.lookups, cursor - 1);
  const from = Math.max(0, Math.min(at - ROWS_MAX / 2, trace.lookups.length - ROWS_MAX));
  return trace.lookups.slice(from, from + ROWS_MAX);
}

function slowest(trace: Trace): readonly LookupInfo[] {
  return trace.lookups
    .filter((lookup) => lookup.endEvent >= 0)
    .toSorted((a, b) => tookMs(trace, b) - tookMs(trace, a))
    .slice(0, ROWS_MAX);
}

function tookMs(trace: Trace, lookup: LookupInfo): number {
  return trace.time(lookup.endEvent) - trace.time(lookup.startEvent);
}
