// Multihashes, the two that keys and peer ids are made of: code, length, digest.
import { sha256 } from '@noble/hashes/sha2.js';
import { equalKeys } from '../keyspace/key.ts';

const SHA2_256 = 0x12;
const SHA2_256_BYTES = 34;
const IDENTITY = 0x00;

/** The sha2-256 multihash of some bytes: code 0x12, length 0x20, digest. */
export function sha256Multihash(bytes: Uint8Array): Uint8Array {
  const multihash = new Uint8Array(SHA2_256_BYTES);
  multihash[0] = SHA2_256;
  multihash[1] = 32;
  multihash.set(sha256(bytes), 2);
  return multihash;
}

/** The identity multihash of up to 127 bytes: code 0, length, the bytes themselves. */
export function identityMultihash(bytes: Uint8Array): Uint8Array {
  return Uint8Array.of(IDENTITY, bytes.length, ...bytes);
}

/** The bytes in an identity multihash; `null` when it is none. */
export function identityOf(multihash: Uint8Array): Uint8Array | null {
  const isIdentity = multihash[0] === IDENTITY && multihash[1] === multihash.length - 2;
  return isIdentity ? multihash.subarray(2) : null;
}

/** Whether a multihash is the sha2-256 one of some bytes. */
export function isSha256Of(multihash: Uint8Array, bytes: Uint8Array): boolean {
  return multihash.length === SHA2_256_BYTES && equalKeys(multihash, sha256Multihash(bytes));
}
