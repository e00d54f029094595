// Validators: a record must prove itself, because anybody can store anything (libp2p kad-dht, "Entry
// validation"). Keys are bytes of the form `/namespace/…`; other namespaces are refused.
import { sha256 } from '@noble/hashes/sha2.js';

/** Checks and compares the records of one namespace. */
export interface Validator {
  /** Why the value may not be stored under the key; `null` when it may. `rest` is the key after its namespace. */
  validate(rest: Uint8Array, value: Uint8Array): string | null;
  /** The index of the best value; all have been validated. */
  select(rest: Uint8Array, values: readonly Uint8Array[]): number;
}

/** Validators by namespace. */
export type Validators = ReadonlyMap<string, Validator>;

/** Bytes of one value at most: rust-libp2p's packet limit, which every implementation accepts. */
export const VALUE_BYTES_MAX = 16_384;

const SHA2_256 = 0x12;
const IDENTITY = 0x00;
const SLASH = 0x2f;

/** Public keys of up to so many bytes are their own peer id (libp2p peer-ids specification). */
const INLINED_BYTES_MAX = 42;

/** Values that are the pre-image of their key: `/immutable/<sha2-256 multihash of the value>`. */
export const IMMUTABLE: Validator = {
  validate(rest, value) {
    return rest[0] === SHA2_256 && isMultihashOf(rest, value)
      ? null
      : 'the value does not hash to its key';
  },
  select() {
    return 0;
  },
};

/**
 * Public keys under their peer id: `/pk/<multihash of the key>`, sha2-256 for large keys, identity for
 * keys of up to 42 bytes (libp2p peer-ids specification). Self-certifying, so every copy is as good.
 */
export const PUBLIC_KEY: Validator = {
  validate(rest, value) {
    const isInlined = rest[0] === IDENTITY;
    const isPeerId = isMultihashOf(rest, value) && isInlined === value.length <= INLINED_BYTES_MAX;
    return isPeerId ? null : 'the public key does not belong to the peer id in the key';
  },
  select() {
    return 0;
  },
};

/** The validators that every node has. */
export const DEFAULT_VALIDATORS: Validators = new Map([
  ['pk', PUBLIC_KEY],
  ['immutable', IMMUTABLE],
]);

/** Why a record may not be stored; `null` when it may. */
export function validateRecord(
  validators: Validators,
  key: Uint8Array,
  value: Uint8Array,
): string | null {
  if (value.length > VALUE_BYTES_MAX)
    return `the value has ${value.length} bytes, more than ${VALUE_BYTES_MAX}`;
  const parts = splitKey(key);
  if (parts === null) return 'the key does not begin with a namespace such as /pk/';
  const validator = validators.get(parts.namespace);
  if (validator === undefined) return `no validator for the namespace '${parts.namespace}'`;
  return validator.validate(parts.rest, value);
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

/** The sha2-256 multihash of some bytes: code 0x12, length 0x20, digest. */
export function sha256Multihash(bytes: Uint8Array): Uint8Array {
  const multihash = new Uint8Array(34);
  multihash[0] = SHA2_256;
  multihash[1] = 32;
  multihash.set(sha256(bytes), 2);
  return multihash;
}

/** `/namespace/` followed by bytes. */
export function joinKey(namespace: string, rest: Uint8Array): Uint8Array {
  const key = new Uint8Array(namespace.length + 2 + rest.length);
  key[0] = SLASH;
  for (let i = 0; i < namespace.length; i++) key[i + 1] = namespace.charCodeAt(i);
  key[namespace.length + 1] = SLASH;
  key.set(rest, namespace.length + 2);
  return key;
}

function splitKey(key: Uint8Array): { namespace: string; rest: Uint8Array } | null {
  if (key[0] !== SLASH) return null;
  const end = key.indexOf(SLASH, 1);
  if (end < 2) return null;
  let namespace = '';
  for (let i = 1; i < end; i++) namespace += String.fromCharCode(key[i]!);
  return { namespace, rest: key.subarray(end + 1) };
}

function isMultihashOf(multihash: Uint8Array, bytes: Uint8Array): boolean {
  const length = multihash[1];
  if (length !== multihash.length - 2) return false;
  const digest = multihash.subarray(2);
  if (multihash[0] === IDENTITY) return sameBytes(digest, bytes);
  return multihash[0] === SHA2_256 && length === 32 && sameBytes(digest, sha256(bytes));
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
