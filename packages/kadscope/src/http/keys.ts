// What the paths of the API name: content, peers and IPNS names.
import type { PeerId } from '@libp2p/interface';
import { peerIdFromMultihash, peerIdFromString } from '@libp2p/peer-id';
import * as base16 from 'multiformats/bases/base16';
import * as base32 from 'multiformats/bases/base32';
import * as base36 from 'multiformats/bases/base36';
import * as base58 from 'multiformats/bases/base58';
import * as base64 from 'multiformats/bases/base64';
import { CID } from 'multiformats/cid';

/** The codec of CIDs that name public keys (multiformats/multicodec). */
const LIBP2P_KEY = 0x72;
/** Bytes of a multihash at most that the DHT looks for (go-libp2p-kad-dht, handlers.go). */
const MULTIHASH_BYTES_MAX = 80;
/** Characters of a CID at most: the longest multihash in base 16, with room to spare. */
const TEXT_MAX = 256;

const DECODERS = new Map(
  [base16, base32, base36, base58, base64]
    .flatMap((bases) => Object.values(bases))
    .map((base) => [base.prefix as string, base.decoder]),
);

/** A CID in any base; `null` for anything else. */
export function parseCid(text: string): CID | null {
  if (text.length > TEXT_MAX) return null;
  try {
    const cid = text.startsWith('Qm') ? CID.parse(text) : CID.parse(text, decoderOf(text));
    return cid.multihash.bytes.length <= MULTIHASH_BYTES_MAX ? cid : null;
  } catch {
    return null;
  }
}

/** A peer id, as a CID with the codec libp2p-key, or in base58; `null` for anything else. */
export function parsePeerId(text: string): PeerId | null {
  if (text.length > TEXT_MAX) return null;
  try {
    const cid = parseCid(text);
    if (cid === null || cid.version === 0) return peerIdFromString(text);
    if (cid.code !== LIBP2P_KEY) return null;
    return peerIdFromMultihash(cid.multihash);
  } catch {
    return null;
  }
}

/** The bytes that the DHT hashes for a CID or a peer id; `null` for anything else. */
export function parseKey(text: string): Uint8Array | null {
  return parsePeerId(text)?.toMultihash().bytes ?? parseCid(text)?.multihash.bytes ?? null;
}

function decoderOf(text: string): typeof base32.base32.decoder {
  const decoder = DECODERS.get(text[0] ?? '');
  if (decoder === undefined) throw new SyntaxError('there is no such base');
  return decoder as typeof base32.base32.decoder;
}
