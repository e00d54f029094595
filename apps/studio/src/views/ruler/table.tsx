// The ruler as tables: the rows with what they hold, and the queries of the lookup.
import { nodeName } from '@kadscope/core/trace';
import type { VNode } from 'preact';
import { duration } from '../../model/format.ts';
import type { Query } from '../../model/lookup-picture.ts';
import type { Session } from '../../model/session.ts';
import { grouped } from '../../ui/words.ts';
import type { RulerScene } from './scene.ts';

interface Props {
  readonly session: Session;
  readonly scene: RulerScene;
}

export function RulerTable({ session, scene }: Props): VNode {
  return (
    <div class="ruler-tables scroll" tabIndex={0} role="region" aria-label="XOR ruler as tables">
      <RowsTable session={session} scene={scene} />
      {scene.picture !== null && <QueriesTable session={session} scene={scene} />}
    </div>
  );
}

function RowsTable({ session, scene }: Props): VNode {
  const { rows } = scene.layout;
  const selected = session.selection.value;
  return (
    <table class="table">
      <caption>Nodes by bits shared with the {scene.reference.role}</caption>
      <thead>
        <tr>
          {['Bits', 'Nodes', 'Known', 'Asked', 'Answered', 'Failed'].map((title) => (
            <th scope="col" class="is-number" key={title}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {Array.from({ length: rows }, (_, row) => {
          const slots = scene.slots.filter((slot) => slot.row === row);
          const count = (role: string): number => slots.filter((slot) => slot.role === role).length;
          return (
            <tr
              key={row}
              class={selected?.kind === 'row' && selected.id === row ? 'is-here' : ''}
              onClick={() => session.select({ kind: 'row', id: row })}
            >
              <th scope="row" class="is-number">
                {row === rows - 1 ? `≥${row}` : row}
              </th>
              <td class="is-number">{grouped(scene.counts[row]!)}</td>
              <td class="is-number">{slots.length + scene.overflow[row]!}</td>
              <td class="is-number">{count('waiting')}</td>
              <td class="is-number">{count('answered')}</td>
              <td class="is-number">{count('failed')}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function QueriesTable({ session, scene }: Props): VNode {
  const { picture } = scene;
  return (
    <table class="table">
      <caption>Requests of lookup {picture!.lookup.id}</caption>
      <thead>
        <tr>
          <th scope="col">Node</th>
          <th scope="col" class="is-number">
            Bits
          </th>
          <th scope="col" class="is-number">
            Hop
          </th>
          <th scope="col" class="is-number">
            Asked at
          </th>
          <th scope="col" class="is-number">
            Took
          </th>
          <th scope="col">Result</th>
        </tr>
      </thead>
      <tbody>
        {picture!.queries.map((query) => (
          <QueryRow key={query.startEvent} session={session} scene={scene} query={query} />
        ))}
      </tbody>
    </table>
  );
}

function QueryRow({ session, scene, query }: Props & { readonly query: Query }): VNode {
  const isStarted = query.startEvent < scene.cursor;
  const isOver = query.endEvent >= 0 && query.endEvent < scene.cursor;
  const isHere =
    session.selection.value?.kind === 'node' && session.selection.value.id === query.peer;
  const result = !isStarted
    ? 'not asked yet'
    : !isOver
      ? 'asked'
      : query.isFailed
        ? 'did not answer'
        : `${query.count} contacts, ${query.fresh} new`;
  return (
    <tr class={isHere ? 'is-here' : ''}>
      <td>
        <button class="link mono" onClick={() => session.select({ kind: 'node', id: query.peer })}>
          {nodeName(scene.trace, query.peer)}
        </button>
      </td>
      <td class="is-number">{scene.fold.bits[query.peer]}</td>
      <td class="is-number">{isStarted ? query.hop : ''}</td>
      <td class="is-number">{isStarted ? duration(query.startMs - scene.picture!.startMs) : ''}</td>
      <td class="is-number">{isOver ? duration(query.endMs - query.startMs) : ''}</td>
      <td>{result}</td>
    </tr>
  );
}
