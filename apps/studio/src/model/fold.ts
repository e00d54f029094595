// The network as seen from one point: how many leading bits each node shares with it, and what follows.
//
// XOR with the reference folds the keyspace so that the reference lies at zero. The number of leading
// zeros of the folded key is the row of the ruler (and the k-bucket, when the reference is a node); the
// bits after the first one say where in the row the node lies, nearer to the reference on the left.
import type { Key } from '@kadscope/core/keyspace';
import type { Trace } from '@kadscope/core/trace';

/** Every node of a trace, folded. */
export interface Fold {
  readonly reference: Key;
  /** Leading bits shared with the reference; the key's length for the reference itself. -1 without a key. */
  readonly bits: Int16Array;
  /** Where in its row a node lies: 0 nearest, towards 1 farthest. */
  readonly place: Float32Array;
}

export function foldNodes(trace: Trace, reference: Key): Fold {
  const count = trace.nodes.length;
  const bits = new Int16Array(count).fill(-1);
  const place = new Float32Array(count);
  for (let node = 0; node < count; node++) {
    const key = trace.nodes[node]!.key;
    if (key === undefined || key.length !== reference.length) continue;
    bits[node] = foldKey(reference, key);
    place[node] = placeOf(reference, key, bits[node]!);
  }
  return { reference, bits, place };
}

/** Leading bits that two keys of one length share. */
function foldKey(a: Key, b: Key): number {
  for (let i = 0; i < a.length; i++) {
    const difference = a[i]! ^ b[i]!;
    if (difference !== 0) return 8 * i + Math.clz32(difference) - 24;
  }
  return 8 * a.length;
}

/** The 24 bits after the first that differs, as a fraction. */
function placeOf(reference: Key, key: Key, shared: number): number {
  let value = 0;
  const from = shared + 1;
  for (let i = 0; i < 4; i++) {
    const byte = (from >>> 3) + i;
    value = value * 256 + (byte < key.length ? key[byte]! ^ reference[byte]! : 0);
  }
  // `value` holds 32 bits of which the first `from % 8` lie before the place.
  const skipped = from & 7;
  return ((value * 2 ** skipped) % 4294967296) / 4294967296;
}

/**
 * A continuous number of shared bits: the row plus how far the distance has shrunk within it, on the
 * logarithmic scale on which Kademlia counts. Rows are then one unit each.
 */
export function depthOf(fold: Fold, node: number): number {
  return fold.bits[node]! + 1 - Math.log2(1 + fold.place[node]!);
}

/** Rows for `nodes` nodes: the neighbourhood ends near log2(n); a few more show that it is empty beyond. */
export function rowCount(nodes: number, keyBits: number): number {
  return Math.min(keyBits + 1, Math.ceil(Math.log2(Math.max(nodes, 2))) + 5);
}

/** How many nodes lie in each of `rows` rows; the last row takes all that share more. */
export function countRows(
  fold: Fold,
  rows: number,
  isPresent: (node: number) => boolean,
): Int32Array {
  const counts = new Int32Array(rows);
  for (let node = 0; node < fold.bits.length; node++) {
    const bits = fold.bits[node]!;
    if (bits >= 0 && isPresent(node)) counts[Math.min(bits, rows - 1)]!++;
  }
  return counts;
}
