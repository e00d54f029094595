// Words and numbers as the studio writes them, the same in every pane.
import { MESSAGE_KINDS, messageClass, nodeName } from '@kadscope/core/trace';
import type { EventType, Trace } from '@kadscope/core/trace';
import type { ColorClass } from '../render/palette.ts';

/** `messageSent` as people write it: `message sent`. */
export function typeInWords(type: EventType): string {
  return type.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** Digits in groups of three, parted by a thin space; decimals as given. */
export function grouped(value: number, decimals = 0): string {
  const [whole, part] = value.toFixed(decimals).split('.');
  const groups = whole!.replace(/\B(?=(?:\d{3})+$)/g, '\u2009');
  return part === undefined ? groups : `${groups}.${part}`;
}

/** `1 event`, `1 204 events`. */
export function counted(count: number, unit: string): string {
  return `${grouped(count)} ${unit}${count === 1 ? '' : 's'}`;
}

const FAILURES: ReadonlySet<EventType> = new Set([
  'messageDropped',
  'requestFailed',
  'lookupFailed',
]);

/** The colour class of an event; `null` for events that are about no message. */
export function classOf(trace: Trace, index: number): ColorClass | null {
  const type = trace.type(index);
  if (FAILURES.has(type)) return 'failed';
  const kind = MESSAGE_KINDS[trace.get('kind', index)] ?? 'other';
  if (kind !== 'other') return messageClass(kind);
  return type === 'messageSent' || type === 'messageReceived' ? 'other' : null;
}

/** Names that people gave are shown whole up to this length; ids are shortened. */
const NAME_MAX = 32;

/** The name of a node where there is room for it. */
export function longName(trace: Trace, node: number): string {
  const info = trace.nodes[node];
  const isName = info !== undefined && info.key === undefined && info.label === undefined;
  return isName && info.id.length <= NAME_MAX ? info.id : nodeName(trace, node);
}

/** The name of a node, or nothing where an event has none. */
export function nodeOrNothing(trace: Trace, node: number): string {
  return node < 0 ? '' : nodeName(trace, node);
}
