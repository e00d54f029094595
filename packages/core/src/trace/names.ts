// How ids and keys are written for people: short, and the same everywhere.
import { keyToBits, keyToHex } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import type { Trace } from './trace.ts';

/** Longest id that is shown whole. */
const WHOLE_LENGTH = 12;
/** Leading bits shown beside a key: enough to tell a thousand nodes apart. */
const SHOWN_BITS = 10;

/**
 * The first and last four characters of a long id; short ids stay whole.
 *
 * @example
 * ```ts
 * shortId('1f3a000000000000a9c0') // '1f3a…a9c0'
 * shortId('Gandalf') // 'Gandalf'
 * ```
 */
export function shortId(id: string): string {
  return id.length <= WHOLE_LENGTH ? id : `${id.slice(0, 4)}…${id.slice(-4)}`;
}

/** A key in short hexadecimal. */
export function shortKey(key: Key): string {
  return shortId(keyToHex(key));
}

/** The leading bits of a key as 0 and 1: ten of them, or all when it has fewer. */
export function leadingBits(key: Key): string {
  return keyToBits(key, Math.min(SHOWN_BITS, key.length * 8));
}

/** The name of a node for people: its label, or its id in short. `node` may be -1. */
export function nodeName(trace: Trace, node: number): string {
  const info = trace.nodes[node];
  if (info === undefined) return node < 0 ? 'nobody' : `node ${node}`;
  return info.label ?? shortId(info.id);
}

/** The name of a key of the trace for people. */
export function keyName(trace: Trace, key: number): string {
  const bytes = trace.keys[key];
  return bytes === undefined ? `key ${key}` : shortKey(bytes);
}
