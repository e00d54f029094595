// Peer ids (libp2p peer-ids specification): the multihash of a public key, which is the key itself where
// its protobuf form has at most 42 bytes, and its SHA-256 where it has more.

const IDENTITY = 0x00;
const SHA2_256 = 0x12;

/** Bytes of a hashed peer id: code, length and digest. */
const HASHED_BYTES = 34;

/** Bytes before the key in its protobuf form: tag and number of its type, tag and length of its data. */
const KEY_HEAD_BYTES = 4;

/** The types of keys that fit 42 bytes, by their protobuf number: the length of their data. */
const ED25519 = 1;
const ED25519_KEY_BYTES = 32;
const SECP256K1 = 2;
const SECP256K1_KEY_BYTES = 33;

/** Bytes of a peer id at most: an inlined Secp256k1 key. */
export const PEER_ID_BYTES_MAX: number = 2 + KEY_HEAD_BYTES + SECP256K1_KEY_BYTES;

/**
 * Whether the bytes from `start` up to `end` are a peer id: the SHA-256 multihash of a key, or the
 * identity multihash of a key that is short enough, Ed25519 or Secp256k1 (RSA and ECDSA keys never are).
 * Says nothing about whether a point of that name is on its curve; whoever verifies a signature does.
 */
export function isPeerId(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  const length = end - start;
  if (bytes[start] === SHA2_256) return length === HASHED_BYTES && bytes[start + 1] === 32;
  if (bytes[start] !== IDENTITY || bytes[start + 1] !== length - 2) return false;
  const type = bytes[start + 3];
  const keyBytes = type === ED25519 ? ED25519_KEY_BYTES : SECP256K1_KEY_BYTES;
  return (
    length === 2 + KEY_HEAD_BYTES + keyBytes &&
    bytes[start + 2] === 0x08 &&
    (type === ED25519 || type === SECP256K1) &&
    bytes[start + 4] === 0x12 &&
    bytes[start + 5] === keyBytes
  );
}
