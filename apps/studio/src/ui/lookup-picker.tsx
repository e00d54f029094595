// The list of all lookups: which node looked for what, how long it took, and what came of it.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
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
    order.value === 'near'
      ? around(trace, current?.startEvent ?? session.cursorIndex.peek() - 1)
      : slowest(trace);
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
            session.letTraceChoose();
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
  const here = useRef<HTMLTableRowElement>(null);
  const by = order.value;
  // The dialog opens after its contents are there, and what is closed cannot scroll.
  useEffect(() => {
    const frame = requestAnimationFrame(() => here.current?.scrollIntoView({ block: 'center' }));
    return () => cancelAnimationFrame(frame);
  }, [by]);
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
            ref={lookup === current ? here : null}
            aria-current={lookup === current}
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

/** The lookups that start around an event, with the one that starts there in the middle. */
function around(trace: Trace, event: number): readonly LookupInfo[] {
  const at = positionOf(trace.lookups, event);
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
