// The point of the keyspace from which distance is measured.
import type { Key } from '@kadscope/core/keyspace';
import type { LookupInfo, Trace } from '@kadscope/core/trace';
import { nodeOfSelection } from './selection.ts';
import type { Reference, Selection } from './selection.ts';

/** The reference as a key, with what it is. */
export interface ReferencePoint {
  readonly key: Key;
  /** The node that lies there; -1 when it is a bare key. */
  readonly node: number;
  /** What it turned out to be: the wish, or what stands in for it. */
  readonly role: Reference;
}

/**
 * Finds what `wish` means here: the target of the lookup, its origin, or the selected node or key.
 * Falls back to what there is; `null` in a trace without keys.
 */
export function findReference(
  trace: Trace,
  wish: Reference,
  lookup: LookupInfo | null,
  selection: Selection | null,
): ReferencePoint | null {
  const picked = wish === 'selected' ? selection : null;
  if (picked?.kind === 'key') return { key: trace.keys[picked.id]!, node: -1, role: 'selected' };
  const selected = picked === null ? -1 : nodeOfSelection(trace, picked);
  const node = selected >= 0 ? selected : (lookup?.node ?? 0);
  const nodeKey = trace.nodes[node]?.key;
  const target = lookup === null ? undefined : trace.keys[lookup.key];
  if (target !== undefined && (wish === 'target' || nodeKey === undefined))
    return { key: target, node: -1, role: 'target' };
  if (nodeKey === undefined) return null;
  return { key: nodeKey, node, role: selected >= 0 ? 'selected' : 'origin' };
}
