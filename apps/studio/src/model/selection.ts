// What the views share about attention: what is selected, what the pointer is over, what is measured from.
import type { Trace } from '@kadscope/core/trace';

/** What can be selected. A `message` is its `messageSent` event; a `row` is a number of shared prefix bits. */
export const SELECTION_KINDS = ['node', 'message', 'lookup', 'event', 'key', 'row'] as const;

export type SelectionKind = (typeof SELECTION_KINDS)[number];

/** One typed value for all views: nodes, keys and events by their index in the trace, lookups by their id. */
export interface Selection {
  readonly kind: SelectionKind;
  readonly id: number;
}

/** From where the XOR ruler measures distance. */
export const REFERENCES = ['target', 'origin', 'selected'] as const;

export type Reference = (typeof REFERENCES)[number];

/** The main views, in the order of their tabs and of the keys 1, 2, 3. */
export const VIEWS = ['ruler', 'ring', 'events'] as const;

export type ViewId = (typeof VIEWS)[number];

/** The drawer or dialog that is open over or beside the main view. */
export const PANELS = [
  'operations',
  'add-file',
  'open-file',
  'lookups',
  'help',
  'commands',
] as const;

export type PanelId = (typeof PANELS)[number];

export function sameSelection(a: Selection | null, b: Selection | null): boolean {
  return a === b || (a !== null && b !== null && a.kind === b.kind && a.id === b.id);
}

/** True when the selection names something that exists in the trace. */
export function isSelectable(trace: Trace, selection: Selection): boolean {
  const { kind, id } = selection;
  if (!Number.isInteger(id) || id < 0) return false;
  switch (kind) {
    case 'node':
      return id < trace.nodes.length;
    case 'key':
      return id < trace.keys.length;
    case 'row':
      return id <= 256;
    case 'lookup':
      return trace.lookup(id) !== undefined;
    case 'event':
      return id < trace.length;
    case 'message':
      return id < trace.length && trace.type(id) === 'messageSent';
  }
}

/** The lookup to which a selection belongs; -1 when it belongs to none. */
export function lookupOfSelection(trace: Trace, selection: Selection): number {
  if (selection.kind === 'lookup') return selection.id;
  if (selection.kind !== 'event' && selection.kind !== 'message') return -1;
  return selection.id < trace.length ? trace.get('lookup', selection.id) : -1;
}

/** The node that a selection is about, for "measure from: selected"; -1 when it is about none. */
export function nodeOfSelection(trace: Trace, selection: Selection): number {
  if (selection.kind === 'node') return selection.id;
  if (selection.kind === 'lookup') return trace.lookup(selection.id)?.node ?? -1;
  if (selection.kind !== 'event' && selection.kind !== 'message') return -1;
  return selection.id < trace.length ? trace.get('node', selection.id) : -1;
}

/** A list with an item switched on or off; the oldest items give way when it gets longer than `max`. */
export function toggled<T>(
  list: readonly T[],
  item: T,
  isSame: (a: T, b: T) => boolean,
  max: number,
): readonly T[] {
  const rest = list.filter((other) => !isSame(other, item));
  return rest.length < list.length ? rest : [...rest, item].slice(-max);
}

/** The moments marked on the timeline, with one switched on or off, in order. */
export function toggledMark(marks: readonly number[], timeMs: number): readonly number[] {
  const isSame = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6;
  return toggled(marks, timeMs, isSame, MARKS_MAX).toSorted((a, b) => a - b);
}

/** More marks than this could not be told apart on the timeline. */
const MARKS_MAX = 100;

/** The next reference in the order in which the key R goes through them. */
export function nextReference(reference: Reference): Reference {
  return REFERENCES[(REFERENCES.indexOf(reference) + 1) % REFERENCES.length]!;
}
