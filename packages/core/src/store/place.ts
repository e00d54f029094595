import { assert } from '../keyspace/assert.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';

/** Keys in one process at most; with 2^27 nodes, a node and a key still fit one exact double. */
const KEYS_MAX = 67_108_864;

/** One number for a node and a key: where a record lies in a population. */
export function placeOf(node: number, key: KeyHandle): number {
  assert(key >= 0 && key < KEYS_MAX, 'a process holds at most 2^26 keys');
  return node * KEYS_MAX + key;
}

/** The node of a place. */
export function nodeOf(place: number): number {
  return Math.floor(place / KEYS_MAX);
}

/** The key of a place. */
export function keyOf(place: number): KeyHandle {
  return place % KEYS_MAX;
}
