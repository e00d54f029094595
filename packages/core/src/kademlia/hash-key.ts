import { sha256 } from '@noble/hashes/sha2.js';
import type { Key } from '../keyspace/key.ts';

/** The point of the keyspace of a record or content key: its SHA-256, cut to the size of the keyspace. */
export function hashKey(key: Uint8Array, keyBytes: number): Key {
  return sha256(key).slice(0, keyBytes);
}
