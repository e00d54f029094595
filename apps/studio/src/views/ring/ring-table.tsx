// The ring as a table: every node in the order of the ring, what it is to the lookup, and its messages.
import type { VNode } from 'preact';
import { leadingBits, nodeName } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { PictureCache, rolesAt } from '../../model/lookup-picture.ts';
import { ringFlightsAt } from '../../model/ring-flights.ts';
import { layoutRing } from '../../model/ring-layout.ts';
import type { Session } from '../../model/session.ts';
import { readableMoment, readableState } from '../../ui/readable.ts';
import { VirtualRows } from '../../ui/virtual-rows.tsx';

const ROW_HEIGHT = 28;
const COLUMNS = ['node', 'key starts with', 'to the lookup', 'contacts', 'sending', 'receiving'];
const pictures = new PictureCache();

export function RingTable({ session }: { readonly session: Session }): VNode {
  const trace = session.trace.value;
  const state = readableState(session);
  const moment = readableMoment(session);
  const lookup = session.currentLookup.value;
  const roles = lookup === null ? new Map() : rolesAt(pictures.get(trace, lookup), moment.cursor);
  const { sequence } = layoutRing(trace, 'keyspace');
  const nodes = sequence.filter((node) => state.isPresent(node));
  const sending = new Map<number, number>();
  const receiving = new Map<number, number>();
  for (const { from, to } of ringFlightsAt(trace, moment)) {
    sending.set(from, (sending.get(from) ?? 0) + 1);
    receiving.set(to, (receiving.get(to) ?? 0) + 1);
  }
  const selected = session.selection.value?.kind === 'node' ? session.selection.value.id : -1;
  const cells = (node: number): (string | number)[] => [
    nodeName(trace, node),
    prefixOf(trace, node),
    node === lookup?.node ? 'origin' : (roles.get(node) ?? ''),
    state.contactsOf(node).length,
    sending.get(node) ?? 0,
    receiving.get(node) ?? 0,
  ];
  return (
    <div class="ring-table">
      <VirtualRows
        count={nodes.length}
        rowHeight={ROW_HEIGHT}
        follow={selected < 0 ? -1 : nodes.indexOf(selected)}
        label="Nodes of the ring"
        columns={COLUMNS.length}
        head={
          <div class="grid-row" role="row" aria-rowindex={1}>
            {COLUMNS.map((name) => (
              <span key={name} role="columnheader">
                {name}
              </span>
            ))}
          </div>
        }
        renderRows={(from, to) =>
          Array.from(nodes.subarray(from, to), (node, i) => (
            <div
              key={node}
              role="row"
              class="grid-row"
              aria-rowindex={from + i + 2}
              aria-selected={node === selected}
              onClick={() => session.select({ kind: 'node', id: node })}
              onPointerEnter={() => session.setHover({ kind: 'node', id: node })}
              onPointerLeave={() => session.setHover(null)}
            >
              {cells(node).map((value, column) => (
                <span key={COLUMNS[column]} role="gridcell" class={column < 2 ? 'mono' : 'tabular'}>
                  {value}
                </span>
              ))}
            </div>
          ))
        }
        onKeyDown={(event, page) => {
          const step = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page }[event.key];
          if (step === undefined) return;
          const at = Math.min(Math.max(nodes.indexOf(selected) + step, 0), nodes.length - 1);
          session.select({ kind: 'node', id: nodes[at]! });
          event.preventDefault();
          event.stopPropagation();
        }}
      />
    </div>
  );
}

function prefixOf(trace: Trace, node: number): string {
  const key = trace.nodes[node]?.key;
  return key === undefined ? '' : leadingBits(key);
}
