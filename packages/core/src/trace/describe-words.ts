// The parts that the sentences about events are made of.
import type { TraceEvent } from './event.ts';
import { keyName, nodeName, shortId } from './names.ts';
import type { Trace } from './trace.ts';

const LONG_UNITS: readonly (readonly [string, number])[] = [
  ['days', 86_400_000],
  ['hours', 3_600_000],
  ['minutes', 60_000],
];

/** What a sentence calls a node. */
export function called(trace: Trace, node: number): string {
  const info = trace.nodes[node];
  if (info === undefined) return node < 0 ? 'an unnamed node' : `node ${node}`;
  return (
    info.label ?? (info.key === undefined ? nodeName(trace, node) : `node ${shortId(info.id)}`)
  );
}

/** What a sentence calls the key that an event is about. */
export function target(trace: Trace, event: TraceEvent): string {
  return event.key < 0 ? 'its target' : `key ${keyName(trace, event.key)}`;
}

/** The reason that an event gives, as the end of a sentence. */
export function because(event: TraceEvent): string {
  return event.detail === null ? '' : `: ${event.detail.replaceAll('-', ' ')}`;
}

/** The time from one event to another, for people. */
export function duration(trace: Trace, from: number, to: number): string {
  const ms = trace.time(to) - trace.time(from);
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 10_000) return `${Math.round(ms)} ms`;
  const units = LONG_UNITS.find(([, unitMs]) => ms >= 2 * unitMs);
  return units === undefined
    ? `${(ms / 1000).toFixed(1)} s`
    : `${Math.round(ms / units[1])} ${units[0]}`;
}

/** `1 node`, `2 nodes`. */
export function counted(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/**
 * The beginning of a sentence: our own words get a capital, and a name that has none is introduced, because
 * names stay as they are.
 */
export function capital(text: string): string {
  if (/^(?:node|an?|the) /.test(text)) return capitalWord(text);
  return /^\p{Ll}/u.test(text) ? `Node ${text}` : text;
}

/** A word with a capital. */
export function capitalWord(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
