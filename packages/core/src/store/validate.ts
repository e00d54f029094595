// Validators: a record must prove itself, because anybody can store anything (libp2p kad-dht, "Entry
// validation"). Keys are bytes of the form `/namespace/…`; other namespaces are refused.
import { DecodeError } from '../encoding/decode-error.ts';
import { equalKeys } from '../keyspace/key.ts';
import { IPNS } from './ipns.ts';
import { isSha256Of, sha256Multihash } from './multihash.ts';
import { decodePublicKey, encodePublicKey, peerIdOf } from './public-key.ts';
import { joinKey, splitKey } from './validator.ts';
import type { Validator, Validators } from './validator.ts';

export { sha256Multihash } from './multihash.ts';
export { joinKey } from './validator.ts';
export type { Validator, Validators } from './validator.ts';

/** Bytes of one value at most: rust-libp2p's packet limit, which every implementation accepts. */
export const VALUE_BYTES_MAX = 16_384;

/** Values that are the pre-image of their key: `/immutable/<sha2-256 multihash of the value>`. */
export const IMMUTABLE: Validator = {
  validate(rest, value) {
    return isSha256Of(rest, value) ? null : 'the value does not hash to its key';
  },
  select() {
    return 0;
  },
};

/**
 * Public keys under their peer id: `/pk/<peer id>`, the value a public key in the canonical protobuf form
 * that its peer id is made of. Self-certifying, so every copy is as good.
 */
export const PUBLIC_KEY: Validator = {
  validate(rest, value) {
    try {
      const key = decodePublicKey(value);
      // Go stores other spellings of the same key, too; then a node would hold what nobody vouches for.
      if (!equalKeys(encodePublicKey(key), value))
        return 'the public key is not in its canonical form';
      if (equalKeys(peerIdOf(key), rest)) return null;
      return 'the public key does not belong to the peer id in the key';
    } catch (error) {
      if (error instanceof DecodeError) return error.message;
      throw error;
    }
  },
  select() {
    return 0;
  },
};

/** The validators of the IPFS DHT, which refuses every other namespace (ipfs/specs kad-dht.md). */
export const AMINO_VALIDATORS: Validators = new Map([
  ['pk', PUBLIC_KEY],
  ['ipns', IPNS],
]);

/** The validators that nodes have unless told otherwise: those of the IPFS DHT, and our own for plain values. */
export const DEFAULT_VALIDATORS: Validators = new Map([
  ['pk', PUBLIC_KEY],
  ['ipns', IPNS],
  ['immutable', IMMUTABLE],
]);

/** Why a record may not be stored at a time (`Validator.validate` says of which kind); `null` when it may. */
export function validateRecord(
  validators: Validators,
  key: Uint8Array,
  value: Uint8Array,
  nowMs: number,
): string | null {
  if (value.length > VALUE_BYTES_MAX)
    return `the value has ${value.length} bytes, more than ${VALUE_BYTES_MAX}`;
  const parts = splitKey(key);
  if (parts === null) return 'the key does not begin with a namespace such as /pk/';
  const validator = validators.get(parts.namespace);
  if (validator === undefined) return `no validator for the namespace '${parts.namespace}'`;
  return validator.validate(parts.rest, value, nowMs);
}

/** The index of the best of several valid values for a key. */
export function selectRecord(
  validators: Validators,
  key: Uint8Array,
  values: readonly Uint8Array[],
): number {
  const parts = splitKey(key);
  return parts === null ? 0 : (validators.get(parts.namespace)?.select(parts.rest, values) ?? 0);
}

/** The key of an immutable value. */
export function immutableKey(value: Uint8Array): Uint8Array {
  return joinKey('immutable', sha256Multihash(value));
}
