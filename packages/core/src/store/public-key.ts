// Public keys of libp2p: their protobuf form, their peer ids and their signatures (libp2p peer-ids
// specification). Verification only; whoever has a private key brings a function that signs.
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { DecodeError } from '../encoding/decode-error.ts';
import { BYTES, ProtobufReader, ProtobufWriter, VARINT } from '../encoding/protobuf.ts';
import { identityMultihash, sha256Multihash } from './multihash.ts';
import { decodeP256Key, decodeRsaKey } from './public-key-der.ts';
import { rsaNumbers, verifyRsa } from './public-key-rsa.ts';
import type { RsaNumbers } from './public-key-rsa.ts';

/** A public key. `data` is the key as its type writes it, in its one canonical form. */
export type PublicKey =
  /** 32 bytes (RFC 8032). */
  | { readonly type: 'Ed25519'; readonly data: Uint8Array }
  /** A compressed point, 33 bytes (SEC 1). */
  | { readonly type: 'Secp256k1'; readonly data: Uint8Array }
  /** SubjectPublicKeyInfo in DER, and the point in it, 65 bytes. On P-256, the one curve that libp2p makes keys on. */
  | { readonly type: 'ECDSA'; readonly data: Uint8Array; readonly point: Uint8Array }
  /** SubjectPublicKeyInfo in DER, and the numbers in it; 2,048 to 8,192 bits. */
  | { readonly type: 'RSA'; readonly data: Uint8Array; readonly numbers: RsaNumbers };

/** The numbers of the types in protobuf. */
const RSA = 0;
const ED25519 = 1;
const SECP256K1 = 2;
const ECDSA = 3;
const CODES = { RSA, Ed25519: ED25519, Secp256k1: SECP256K1, ECDSA } as const;

/** Protobuf fields: the type and the key. */
const TYPE_FIELD = 1;
const DATA_FIELD = 2;

const ED25519_KEY_BYTES = 32;
const ED25519_SIGNATURE_BYTES = 64;

/** An uncompressed point on P-256, after its first byte: the one form that Go reads in a PKIX key. */
const P256_POINT_BYTES = 65;
const UNCOMPRESSED = 4;

/** Encoded keys of up to so many bytes are their own peer id (libp2p peer-ids specification). */
const INLINED_BYTES_MAX = 42;

/**
 * Reads a public key from its protobuf form. Views of the input, not copies. Throws nothing but
 * `DecodeError`: at a missing type or key, a type other than the four, and a key that is none of its type.
 *
 * Like Go, passes over unknown fields and takes the last of several: what surrounds a key in an IPNS
 * record is not signed, and whoever relays a record must not be able to make us alone refuse it.
 */
export function decodePublicKey(bytes: Uint8Array): PublicKey {
  const reader = new ProtobufReader(bytes);
  let type = -1;
  let data: Uint8Array | null = null;
  while (reader.next()) {
    if (reader.field === TYPE_FIELD && reader.type === VARINT) type = reader.varint();
    else if (reader.field === DATA_FIELD && reader.type === BYTES) data = reader.view();
    else reader.skip();
  }
  if (data === null) throw new DecodeError('a public key has no data');
  return keyOf(type, data);
}

/** The protobuf form of a public key. Peer ids are made of it, so there is exactly one. */
export function encodePublicKey(key: PublicKey): Uint8Array {
  const writer = new ProtobufWriter(key.data.length + 8);
  writer.varintField(TYPE_FIELD, CODES[key.type]);
  writer.bytesField(DATA_FIELD, key.data);
  return writer.finish();
}

/** The peer id of a key: a multihash of its encoded form, identity for up to 42 bytes, else sha2-256. */
export function peerIdOf(key: PublicKey): Uint8Array {
  const bytes = encodePublicKey(key);
  return bytes.length <= INLINED_BYTES_MAX ? identityMultihash(bytes) : sha256Multihash(bytes);
}

/**
 * Whether a signature of a message was made with the private half of a key; whatever else is wrong with
 * it is a no, never an error. Ed25519 is RFC 8032 with the cofactor, and refuses keys of small order;
 * ECDSA is over SHA-256, its signature in DER, and `s` in either half, as Go accepts it.
 */
export function verifySignature(
  key: PublicKey,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  switch (key.type) {
    case 'Ed25519':
      return verifyEd25519(key.data, message, signature);
    case 'Secp256k1':
      return secp256k1.verify(signature, message, key.data, { format: 'der', lowS: false });
    case 'ECDSA':
      return p256.verify(signature, message, key.point, { format: 'der', lowS: false });
    case 'RSA':
      return verifyRsa(key.numbers, message, signature);
  }
}

/**
 * Ed25519 without libp2p around it: `key` is 32 bytes, `signature` 64; any other length is a no. Honest
 * signatures are judged as Go judges them; those that only somebody who has the key can bend may differ.
 */
export function verifyEd25519(
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (key.length !== ED25519_KEY_BYTES || signature.length !== ED25519_SIGNATURE_BYTES)
    return false;
  return ed25519.verify(signature, message, key, { zip215: false });
}

function keyOf(type: number, data: Uint8Array): PublicKey {
  switch (type) {
    case RSA: {
      const { modulus, exponent } = decodeRsaKey(data);
      return { type: 'RSA', data, numbers: rsaNumbers(modulus, exponent) };
    }
    case ED25519:
      if (data.length !== ED25519_KEY_BYTES)
        throw new DecodeError(`an Ed25519 key has 32 bytes, not ${data.length}`);
      return { type: 'Ed25519', data };
    case SECP256K1:
      return { type: 'Secp256k1', data: compressed(data) };
    case ECDSA: {
      const point = decodeP256Key(data);
      const isPoint = point.length === P256_POINT_BYTES && point[0] === UNCOMPRESSED;
      if (!isPoint || !p256.utils.isValidPublicKey(point))
        throw new DecodeError('an ECDSA key is no point on P-256');
      return { type: 'ECDSA', data, point };
    }
    default:
      throw new DecodeError('a public key has no type that is known');
  }
}

/** A point on secp256k1 in its short form; Go reads the long one, too, and names its peer by the short one. */
function compressed(data: Uint8Array): Uint8Array {
  if (!secp256k1.utils.isValidPublicKey(data))
    throw new DecodeError('a Secp256k1 key is no point on its curve');
  return data.length === 33 ? data : secp256k1.Point.fromBytes(data).toBytes(true);
}
