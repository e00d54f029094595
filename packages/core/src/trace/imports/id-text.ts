// What foreign logs call peers and keys, as the bytes that Kademlia hashes.
//
// A peer id is a multihash in base58btc (Qm…, 12D3…) or a CIDv1 of the codec libp2p-key (k51…, bafz…). A key is
// written as a CID, as a peer id, as a path (/ipns/…), as multibase or as the hexadecimal form of a multihash.
import { sha256 } from '@noble/hashes/sha2.js';
import { decodeBase58, decodeHex, decodeMultibase } from '../../encoding/multibase.ts';
import type { Key } from '../../keyspace/key.ts';

const IDENTITY = 0x00;
const SHA2_256 = 0x12;
const LIBP2P_KEY = 0x72;
/** Bits of the IPFS keyspace: SHA-256. */
export const LOG_KEY_BITS = 256;
/** Bytes of a multihash at most: what a key of a provider record may have (go-libp2p-kad-dht). */
const MULTIHASH_BYTES_MAX = 80;
/** Records whose path ends in a peer id. */
const PATH = /^\/(ipns|pk)\/([^/]+)$/;
/** Texts of base58btc that carry no prefix begin as multihashes do: sha2-256 with Qm, identity with 1. */
const BARE_BASE58 = /^(?:Qm|1)/;

/** The point of the IPFS keyspace that some bytes have. */
export function keyOfBytes(bytes: Uint8Array): Key {
  return sha256(bytes);
}

/** The bytes of a peer id in any of its spellings; `null` when the text is none. */
export function peerIdBytes(text: string): Uint8Array | null {
  if (BARE_BASE58.test(text)) return asPeerId(decodeBase58(text));
  const cid = readCid(decodeMultibase(text));
  return cid?.codec === LIBP2P_KEY ? asPeerId(cid.multihash) : null;
}

/**
 * The bytes that a DHT message names a key by: the multihash of a CID, the bytes of a peer id, or of a whole
 * record key; `null` when the text is nothing of that kind.
 */
export function recordKeyBytes(text: string): Uint8Array | null {
  const path = PATH.exec(text);
  if (path !== null) return pathBytes(path[1]!, path[2]!);
  // Base58 has no zero, and every multihash of a DHT key has one in hexadecimal.
  const hex = asMultihash(decodeHex(text));
  if (hex !== null) return hex;
  if (BARE_BASE58.test(text)) return asMultihash(decodeBase58(text));
  const bytes = decodeMultibase(text);
  if (bytes === null || bytes.length === 0) return null;
  return readCid(bytes)?.multihash ?? bytes;
}

/** A text as UTF-8: keys that are text are hashed as they are. `null` where it has unpaired surrogates. */
export function utf8Bytes(text: string): Uint8Array | null {
  let escaped: string;
  try {
    escaped = encodeURIComponent(text);
  } catch {
    return null;
  }
  const bytes: number[] = [];
  for (let at = 0; at < escaped.length; at++) {
    if (escaped[at] !== '%') bytes.push(escaped.charCodeAt(at));
    else {
      bytes.push(parseInt(escaped.slice(at + 1, at + 3), 16));
      at += 2;
    }
  }
  return Uint8Array.from(bytes);
}

function pathBytes(namespace: string, name: string): Uint8Array | null {
  const id = peerIdBytes(name);
  const prefix = utf8Bytes(`/${namespace}/`);
  return id === null || prefix === null ? null : Uint8Array.of(...prefix, ...id);
}

function asPeerId(bytes: Uint8Array | null): Uint8Array | null {
  const multihash = asMultihash(bytes);
  return multihash?.[0] === IDENTITY || multihash?.[0] === SHA2_256 ? multihash : null;
}

/** Code and length in one byte each, as all multihashes have that the IPFS DHT deals in, then the digest. */
function asMultihash(bytes: Uint8Array | null): Uint8Array | null {
  if (bytes === null || bytes.length < 3 || bytes.length > MULTIHASH_BYTES_MAX) return null;
  if (bytes[0]! >= 0x80 || bytes[1] !== bytes.length - 2) return null;
  return bytes[0] === SHA2_256 && bytes.length !== 34 ? null : bytes;
}

/** A CIDv1: version, codec, multihash. */
function readCid(bytes: Uint8Array | null): { codec: number; multihash: Uint8Array } | null {
  if (bytes === null || bytes[0] !== 1) return null;
  const isLong = bytes[1]! >= 0x80;
  // Codecs above 0x3fff do not occur in a DHT.
  if (isLong && bytes[2]! >= 0x80) return null;
  const codec = isLong ? (bytes[1]! & 0x7f) | (bytes[2]! << 7) : bytes[1]!;
  const multihash = longMultihash(bytes.subarray(isLong ? 3 : 2));
  return multihash === null ? null : { codec, multihash };
}

/** CIDs may also have hashes whose code takes two or three bytes, such as blake2b-256. */
function longMultihash(bytes: Uint8Array): Uint8Array | null {
  const codeBytes = bytes.findIndex((byte) => byte < 0x80) + 1;
  if (codeBytes < 1 || codeBytes > 3) return null;
  const isWhole = bytes[codeBytes] === bytes.length - codeBytes - 1;
  return isWhole && bytes.length <= MULTIHASH_BYTES_MAX ? bytes : null;
}
