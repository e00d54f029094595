// One line of the event table.
import type { VNode } from 'preact';
import { describeEvent, keyName, MESSAGE_KINDS } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { formatBytes } from '../../model/facts.ts';
import type { Session } from '../../model/session.ts';
import { ClassGlyph } from '../../ui/glyph.tsx';
import { classOf, grouped, nodeOrNothing, typeInWords } from '../../ui/words.ts';

/** The columns; the class says how they are set and when they give way to others. */
export const COLUMNS = [
  { name: '#', class: 'number' },
  { name: 'time (ms)', class: 'number' },
  { name: 'event', class: 'wide' },
  { name: 'node', class: 'code' },
  { name: 'peer', class: 'code' },
  { name: 'key', class: 'code from-large' },
  { name: 'lookup', class: 'number from-large' },
  { name: 'hop', class: 'number from-large' },
  { name: 'size', class: 'number from-large' },
  { name: 'in words', class: 'words' },
] as const;

interface EventRowProps {
  readonly session: Session;
  readonly trace: Trace;
  readonly index: number;
  readonly row: number;
  /** On which side of the play head it lies. */
  readonly state: 'past' | 'here' | 'ahead';
  /** It belongs to the lookup in view. */
  readonly isCurrent: boolean;
}

export function EventRow({ session, trace, index, row, state, isCurrent }: EventRowProps): VNode {
  const colorClass = classOf(trace, index);
  const cells = [
    grouped(index + 1),
    grouped(trace.time(index), 3),
    <>
      {colorClass === null ? (
        <span class="no-glyph" />
      ) : (
        <ClassGlyph of={colorClass} isHollow={trace.get('isResponse', index) === 1} />
      )}
      {typeInWords(trace.type(index))}
      <small class="about">{kindInWords(trace, index)}</small>
    </>,
    nodeOrNothing(trace, trace.get('node', index)),
    nodeOrNothing(trace, trace.get('peer', index)),
    trace.get('key', index) < 0 ? '' : keyName(trace, trace.get('key', index)),
    numberOrNothing(trace.get('lookup', index)),
    numberOrNothing(trace.get('hop', index)),
    trace.get('bytes', index) < 0 ? '' : formatBytes(trace.get('bytes', index)),
    describeEvent(trace, index),
  ];
  return (
    <div
      role="row"
      class={`grid-row is-${state}${isCurrent ? ' is-current' : ''}`}
      aria-rowindex={row + 2}
      aria-selected={state === 'here'}
      onClick={() => {
        session.pause();
        session.seekIndex(index + 1);
        session.select({ kind: 'event', id: index });
      }}
      onPointerEnter={() => session.setHover({ kind: 'event', id: index })}
      onPointerLeave={() => session.setHover(null)}
    >
      {COLUMNS.map((column, i) => (
        <span key={column.name} role="gridcell" class={column.class}>
          {cells[i]}
        </span>
      ))}
    </div>
  );
}

function kindInWords(trace: Trace, index: number): string {
  const kind = MESSAGE_KINDS[trace.get('kind', index)] ?? 'other';
  const isResponse = trace.get('isResponse', index) === 1;
  if (kind !== 'other') return isResponse ? `${kind} ↩` : kind;
  const detail = trace.get('detail', index);
  return detail < 0 ? '' : trace.words[detail]!;
}

function numberOrNothing(value: number): string {
  return value < 0 ? '' : String(value);
}
