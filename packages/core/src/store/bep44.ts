// The stored items of BitTorrent's DHT (BEP 44): immutable ones under their hash, mutable ones under the
// hash of a public key, signed. Their keys are bare SHA-1 hashes; for the engine's validators they lie
// under `/bep44/`.
import { sha1 } from '@noble/hashes/legacy.js';
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { DecodeError } from '../encoding/decode-error.ts';
import { isBencoded } from '../encoding/is-bencoded.ts';
import { equalKeys } from '../keyspace/key.ts';
import { decodeBep44Item } from './bep44-item.ts';
import type { Bep44Item, MutableItem } from './bep44-item.ts';
import { verifyEd25519 } from './public-key.ts';
import { joinKey } from './validator.ts';
import type { Validator } from './validator.ts';

/**
 * Bytes of a bencoded value at most (BEP 44, "Messages"). Its form of a mutable put says "< 1000"; libtorrent
 * takes 1,000 of either kind, and so do we.
 */
export const BEP44_VALUE_BYTES_MAX = 1_000;

/** Bytes of a salt at most (BEP 44, "Mutable Items"). */
export const BEP44_SALT_BYTES_MAX = 64;

/** The largest sequence number; above it and below zero BEP 44 leaves items to our discretion, and libtorrent refuses. */
const SEQUENCE_MAX = 0x7fffffffffffffffn;

/** The numbers under which BEP 5 and BEP 44 have errors reported. */
export const BEP44_ERRORS = {
  /** Not of the form it should be, or not what belongs to the target (BEP 5, "protocol error"). */
  protocol: 203,
  /** The value is too big. */
  tooBig: 205,
  /** The signature is not one. */
  signature: 206,
  /** The salt is too big. */
  saltTooBig: 207,
  /** Compare and swap: the item has changed meanwhile. */
  cas: 301,
  /** The sequence number is not higher than that of what is stored. */
  sequence: 302,
} as const;

/** Why an item is refused, as an error message says it. */
export interface Bep44Problem {
  readonly code: (typeof BEP44_ERRORS)[keyof typeof BEP44_ERRORS];
  readonly message: string;
}

/** The target of an immutable item: SHA-1 of its bencoded value. 20 bytes. */
export function immutableTarget(v: Uint8Array): Uint8Array {
  return sha1(v);
}

/** The target of a mutable item: SHA-1 of its public key and, behind it, the salt. 20 bytes. */
export function mutableTarget(k: Uint8Array, salt: Uint8Array): Uint8Array {
  return sha1(concatBytes(k, salt));
}

/** What the signature of a mutable item is made of; an empty salt is as none (BEP 44, "Signature Verification"). */
export function signedMessage(item: Pick<MutableItem, 'salt' | 'seq' | 'v'>): Uint8Array {
  const { salt, seq, v } = item;
  const prefix = salt.length === 0 ? '' : `4:salt${salt.length}:`;
  return concatBytes(utf8ToBytes(prefix), salt, utf8ToBytes(`3:seqi${seq}e1:v`), v);
}

/** Why a value may not be stored under a target of 20 bytes; `null` when it may. */
export function validateImmutableItem(target: Uint8Array, v: Uint8Array): Bep44Problem | null {
  return problemOfValue(v) ?? problemOfTarget(target, immutableTarget(v));
}

/** Why a mutable item may not be stored under a target of 20 bytes; `null` when it may. The signature is checked last. */
export function validateMutableItem(target: Uint8Array, item: MutableItem): Bep44Problem | null {
  const { k, salt, seq, sig, v } = item;
  const problem = problemOfValue(v);
  if (problem !== null) return problem;
  if (salt.length > BEP44_SALT_BYTES_MAX)
    return refusal(
      'saltTooBig',
      `the salt has ${salt.length} bytes, more than ${BEP44_SALT_BYTES_MAX}`,
    );
  if (seq < 0n || seq > SEQUENCE_MAX)
    return refusal('protocol', 'the sequence number is out of range');
  const misplaced = problemOfTarget(target, mutableTarget(k, salt));
  if (misplaced !== null) return misplaced;
  return verifyEd25519(k, signedMessage(item), sig)
    ? null
    : refusal('signature', 'the signature does not belong to the item');
}

/**
 * Why a node that holds `held` under a target does not replace it by a valid item; `null` when it does, or
 * has the same already and may count its time anew. `cas` is the sequence number that the put expects to
 * replace, `null` without. As libtorrent does, looks at `cas` first.
 */
export function problemOfPut(
  item: MutableItem,
  held: Pick<MutableItem, 'seq' | 'v'> | null,
  cas: bigint | null,
): Bep44Problem | null {
  if (held === null) return null;
  if (cas !== null && cas !== held.seq)
    return refusal('cas', `the sequence number is ${held.seq}, not ${cas}; read the item again`);
  if (item.seq < held.seq)
    return refusal('sequence', `the sequence number is less than ${held.seq}`);
  if (item.seq === held.seq && !equalKeys(item.v, held.v))
    return refusal('sequence', `another value has the sequence number ${held.seq}`);
  return null;
}

/**
 * The index of the item in force: the one with the highest sequence number. Of different values with the same
 * number the last one, for BEP 44 has a node keep what it holds, and the engine puts that behind the newcomer.
 */
export function selectMutable(items: readonly Pick<MutableItem, 'seq' | 'v'>[]): number {
  let best = 0;
  for (let i = 1; i < items.length; i++) {
    const [item, leader] = [items[i]!, items[best]!];
    if (item.seq > leader.seq || (item.seq === leader.seq && !equalKeys(item.v, leader.v)))
      best = i;
  }
  return best;
}

/** The key under which the engine holds the item of a target. */
export function bep44Key(target: Uint8Array): Uint8Array {
  return joinKey('bep44', target);
}

/** Items of both kinds under `/bep44/<target>`, packed by `encodeBep44Item`. */
export const BEP44: Validator = {
  validate(target, value) {
    try {
      const item = decodeBep44Item(value);
      const problem = isMutable(item)
        ? validateMutableItem(target, item)
        : validateImmutableItem(target, item.v);
      return problem === null ? null : problem.message;
    } catch (error) {
      if (error instanceof DecodeError) return error.message;
      throw error;
    }
  },
  select(_, values) {
    // A target is the hash of a value or of a key, so all its items are of one kind.
    return selectMutable(values.map(versionOf));
  },
};

function isMutable(item: Bep44Item): item is MutableItem {
  return 'k' in item;
}

/** What `selectMutable` needs: immutable items never change, and what is no item loses to all that are. */
function versionOf(value: Uint8Array): Pick<MutableItem, 'seq' | 'v'> {
  try {
    const item = decodeBep44Item(value);
    return { seq: isMutable(item) ? item.seq : 0n, v: item.v };
  } catch (error) {
    if (error instanceof DecodeError) return { seq: -1n, v: value };
    throw error;
  }
}

function problemOfValue(v: Uint8Array): Bep44Problem | null {
  if (v.length > BEP44_VALUE_BYTES_MAX)
    return refusal('tooBig', `the value has ${v.length} bytes, more than ${BEP44_VALUE_BYTES_MAX}`);
  return isBencoded(v) ? null : refusal('protocol', 'the value is not bencoded');
}

function problemOfTarget(target: Uint8Array, hash: Uint8Array): Bep44Problem | null {
  return equalKeys(target, hash) ? null : refusal('protocol', 'the item does not hash to its key');
}

function refusal(kind: keyof typeof BEP44_ERRORS, message: string): Bep44Problem {
  return { code: BEP44_ERRORS[kind], message };
}
