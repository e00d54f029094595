// Sybils: identities made to lie closer to a key than any honest node, so that they keep its records.
//
// On a network whose ids are free, as on the IPFS DHT, an attacker makes key pairs until enough of their
// ids fall next to a key: with N nodes about N tries for each (Sridhar et al., CVE-2023-26248).
import { utf8ToBytes } from '@noble/hashes/utils.js';
import type { Key } from '../keyspace/key.ts';
import type { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import { hashKey } from '../kademlia/hash-key.ts';
import { sha256Multihash } from '../store/validate.ts';
import { Oracle } from './population.ts';
import type { SybilPlan } from './scenario-adversary.ts';

/** The content keys that are besieged. */
export function besiegedKeys(plan: SybilPlan, seed: number): Uint8Array[] {
  if (plan.target !== '') return [utf8ToBytes(plan.target)];
  const rng = new Rng(seed, 'besieged keys');
  return Array.from({ length: plan.targets }, () => sha256Multihash(rng.bytes(32)));
}

/**
 * Ids for Sybils: `plan.count` for each besieged key. They share more leading bits with it than the nearest
 * of the first `nodes` keys of the table does, and are random beyond.
 */
export function groundIds(
  plan: SybilPlan,
  seed: number,
  honest: { readonly keys: KeyTable; readonly nodes: number },
): Key[] {
  const { keys, nodes } = honest;
  const rng = new Rng(seed, 'sybils');
  const oracle = new Oracle(keys, nodes, () => true);
  return besiegedKeys(plan, seed).flatMap((key) => {
    const target = hashKey(key, keys.keyBytes);
    const handle = keys.intern(target);
    const [nearest] = oracle.closest(handle, 1);
    const shared = keys.commonPrefixLength(nearest!, handle) + 1;
    keys.release(handle);
    return Array.from({ length: plan.count }, () => withPrefix(target, shared, rng));
  });
}

/** A random key that shares at least `bits` leading bits with `key`. */
function withPrefix(key: Key, bits: number, rng: Rng): Key {
  const made = rng.bytes(key.length);
  const last = bits >>> 3;
  for (let i = 0; i < last; i++) made[i] = key[i]!;
  const mask = 0xff >>> (bits & 7);
  if (last < key.length) made[last] = (key[last]! & ~mask) | (made[last]! & mask);
  return made;
}
