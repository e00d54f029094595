// Who is close to whom, by XOR: from the whole network, and from what one node knows of it.
import { commonPrefixLength, compareDistance } from '@kadscope/core/keyspace';
import type { Key } from '@kadscope/core/keyspace';
import type { Trace, TraceState } from '@kadscope/core/trace';

/** The `count` present nodes that are closest to a key, nearest first. */
export function closestNodes(trace: Trace, state: TraceState, key: Key, count: number): number[] {
  const closest: number[] = [];
  const keyOf = (node: number): Key => trace.nodes[node]!.key!;
  trace.nodes.forEach(({ key: own }, node) => {
    if (own?.length !== key.length || !state.isPresent(node)) return;
    let at = closest.length;
    while (at > 0 && compareDistance(key, own, keyOf(closest[at - 1]!)) < 0) at--;
    if (at >= count) return;
    closest.splice(at, 0, node);
    if (closest.length > count) closest.pop();
  });
  return closest;
}

/** How many contacts of a node share how many bits with it. */
export interface BucketCount {
  readonly bits: number;
  readonly contacts: number;
  /** Nodes of the whole network with so many shared bits: how many could be known. */
  readonly existing: number;
}

/** The contacts of a node by the number of bits that they share with it, the far half first. */
export function contactsByBits(trace: Trace, state: TraceState, node: number): BucketCount[] {
  const own = trace.nodes[node]?.key;
  if (own === undefined) return [];
  const contacts = new Map<number, number>();
  const existing = new Map<number, number>();
  const count = (counts: Map<number, number>, other: number): void => {
    const key = trace.nodes[other]?.key;
    if (key?.length !== own.length || other === node) return;
    const bits = commonPrefixLength(own, key);
    counts.set(bits, (counts.get(bits) ?? 0) + 1);
  };
  for (const contact of state.contactsOf(node)) count(contacts, contact);
  trace.nodes.forEach((_, other) => state.isPresent(other) && count(existing, other));
  const deepest = Math.max(-1, ...contacts.keys(), ...existing.keys());
  return Array.from({ length: deepest + 1 }, (_, bits) => ({
    bits,
    contacts: contacts.get(bits) ?? 0,
    existing: existing.get(bits) ?? 0,
  }));
}

/** How many present nodes share exactly `bits` bits with a key. */
export function countAtBits(trace: Trace, state: TraceState, key: Key, bits: number): number {
  let count = 0;
  trace.nodes.forEach(({ key: own }, node) => {
    if (own?.length !== key.length || !state.isPresent(node)) return;
    if (commonPrefixLength(own, key) === bits) count++;
  });
  return count;
}
