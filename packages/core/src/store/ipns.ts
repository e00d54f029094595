// The validator of IPNS: names that are public keys, and records that only the holder of the private key
// can have made (specs.ipfs.tech/ipns/ipns-record, "Record Verification"; boxo's ipns/validation.go).
import { DecodeError } from '../encoding/decode-error.ts';
import { equalKeys } from '../keyspace/key.ts';
import { decodeIpnsRecord } from './ipns-record.ts';
import type { IpnsRecord } from './ipns-record.ts';
import { identityOf } from './multihash.ts';
import { decodePublicKey, peerIdOf, verifySignature } from './public-key.ts';
import type { Validator } from './validator.ts';

const MILLISECOND_NS = 1_000_000n;

/**
 * Records under `/ipns/<peer id>`: at most 10 KiB, not past their date, made by the key that the name
 * stands for. Of two the better has the higher sequence number, then the later date, then the larger bytes.
 */
export const IPNS: Validator = {
  validate(rest, value, nowMs) {
    try {
      return problemOf(rest, decodeIpnsRecord(value), nowMs);
    } catch (error) {
      if (error instanceof DecodeError) return error.message;
      throw error;
    }
  },
  select(_, values) {
    let best = 0;
    const records = values.map(recordOf);
    for (let i = 1; i < values.length; i++) {
      const order = compare(records[i]!, records[best]!);
      if (order > 0 || (order === 0 && isLarger(values[i]!, values[best]!))) best = i;
    }
    return best;
  },
};

/** Why a well-formed record may not be stored under a name. The signature comes last, for it costs most. */
function problemOf(name: Uint8Array, record: IpnsRecord, nowMs: number): string | null {
  if (record.validUntilNs < BigInt(Math.floor(nowMs)) * MILLISECOND_NS)
    return 'the record has expired';
  const bytes = record.publicKey ?? identityOf(name);
  if (bytes === null) return 'neither the record nor its name contains the public key';
  const key = decodePublicKey(bytes);
  if (!equalKeys(peerIdOf(key), name)) return 'the public key does not belong to the name';
  const isSigned = verifySignature(key, record.message, record.signature);
  return isSigned ? null : 'the signature does not belong to the record';
}

/** The record in a value that has been validated; `null` should anybody ask about one that was not. */
function recordOf(value: Uint8Array): IpnsRecord | null {
  try {
    return decodeIpnsRecord(value);
  } catch (error) {
    if (error instanceof DecodeError) return null;
    throw error;
  }
}

/** Positive when the first is better, negative when the second is, zero when neither. */
function compare(a: IpnsRecord | null, b: IpnsRecord | null): number {
  if (a === null || b === null) return Number(a !== null) - Number(b !== null);
  if (a.sequence !== b.sequence) return a.sequence > b.sequence ? 1 : -1;
  if (a.validUntilNs !== b.validUntilNs) return a.validUntilNs > b.validUntilNs ? 1 : -1;
  return 0;
}

/** Whether the first comes after the second, byte by byte: Go's last resort, so that all nodes agree. */
function isLarger(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! > b[i]!;
  return a.length > b.length;
}
