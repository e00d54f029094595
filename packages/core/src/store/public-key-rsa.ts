// RSA signatures, the verification: PKCS #1 v1.5 with SHA-256 (RFC 8017, section 8.2.2). What is public needs
// no care about timing, so big integers of the language will do.
import { sha256 } from '@noble/hashes/sha2.js';
import { bytesToHex, concatBytes } from '@noble/hashes/utils.js';
import { DecodeError } from '../encoding/decode-error.ts';

/**
 * Bits of a modulus, at least and at most: go-libp2p's limits (MinRsaKeyBits, maxRsaKeyBits). The upper one
 * bounds what a key from a stranger can cost (CVE-2023-39533).
 */
const MODULUS_BITS_MIN = 2_048;
const MODULUS_BITS_MAX = 8_192;

/** The largest exponent: 2^31 - 1, the limit of Go's crypto/rsa. All keys in use have 65,537. */
const EXPONENT_MAX = 0x7fffffff;

/** What stands before a SHA-256 digest in a signature: DER of its algorithm (RFC 8017, section 9.2, note 1). */
const DIGEST_INFO = Uint8Array.from([
  0x30, 0x31, 0x30, 0x0d, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1, 5, 0, 4, 0x20,
]);

/** The numbers of an RSA public key. */
export interface RsaNumbers {
  readonly modulus: bigint;
  /** Bytes of the modulus, and so of every signature. */
  readonly size: number;
  readonly exponent: number;
}

/**
 * The numbers of a key, from bytes without leading zeros. Throws a `DecodeError` at a key that is too
 * small or too large, before a single operation on its numbers, and at numbers that are no RSA key's.
 */
export function rsaNumbers(modulus: Uint8Array, exponent: Uint8Array): RsaNumbers {
  const bits = modulus.length * 8 - Math.clz32(modulus[0]!) + 24;
  if (bits < MODULUS_BITS_MIN || bits > MODULUS_BITS_MAX)
    throw new DecodeError(`an RSA key has ${bits} bits; 2,048 to 8,192 are allowed`);
  if ((modulus.at(-1)! & 1) === 0) throw new DecodeError('the modulus of an RSA key is even');
  const e = exponent.length > 4 ? Infinity : Number(toBigInt(exponent));
  if (e < 3 || e > EXPONENT_MAX || e % 2 === 0)
    throw new DecodeError('the exponent of an RSA key is even or out of range');
  return { modulus: toBigInt(modulus), size: modulus.length, exponent: e };
}

/** Whether a signature of a message was made with the private half of a key. */
export function verifyRsa(key: RsaNumbers, message: Uint8Array, signature: Uint8Array): boolean {
  if (signature.length !== key.size) return false;
  const number = toBigInt(signature);
  if (number >= key.modulus) return false;
  // The whole padding is compared, bit for bit: looking for the digest inside it is how forgeries get in.
  return power(number, key.exponent, key.modulus) === toBigInt(padded(sha256(message), key.size));
}

/** A digest as it is signed: 00 01 ff … ff 00, the algorithm, the digest. */
function padded(digest: Uint8Array, size: number): Uint8Array {
  const tail = concatBytes(Uint8Array.of(0), DIGEST_INFO, digest);
  const bytes = new Uint8Array(size).fill(0xff);
  bytes[0] = 0;
  bytes[1] = 1;
  bytes.set(tail, size - tail.length);
  return bytes;
}

/** `base` to the power of `exponent`, modulo `modulus`: at most 30 squarings and as many products. */
function power(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = base;
  for (let bit = 30 - Math.clz32(exponent); bit >= 0; bit--) {
    result = (result * result) % modulus;
    if (((exponent >>> bit) & 1) === 1) result = (result * base) % modulus;
  }
  return result;
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${bytesToHex(bytes)}`);
}
