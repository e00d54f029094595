// Peers as libp2p has them, and as bytes.
import { isPeerId } from '@kadscope/core/wire';
import type { PeerId, PeerInfo } from '@libp2p/interface';
import { peerIdFromMultihash } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import * as Digest from 'multiformats/hashes/digest';

/** `/p2p`, the component that names a peer (multiformats/multicodec). */
const P2P = 421;

/** The multihash of hashed ids, and in ids that are keys where the type is and which one needs no look. */
const SHA2_256 = 0x12;
const KEY_TYPE_AT = 3;
const ED25519 = 1;

/**
 * A peer id from the bytes that messages carry. Throws where they are none: what looks like the id of a
 * Secp256k1 key may name a point that is not on the curve.
 */
export function peerIdFromBytes(id: Uint8Array): PeerId {
  return peerIdFromMultihash(Digest.decode(id));
}

/** The bytes of a peer id. */
export function bytesOfPeerId(id: PeerId): Uint8Array {
  return id.toMultihash().bytes;
}

/** Whether bytes are a peer id that libp2p can work with. */
export function isPeerIdBytes(id: Uint8Array): boolean {
  if (!isPeerId(id)) return false;
  if (id[0] === SHA2_256 || id[KEY_TYPE_AT] === ED25519) return true;
  try {
    peerIdFromBytes(id);
    return true;
  } catch {
    return false;
  }
}

/** A peer with its addresses as libp2p has them; what is no address to libp2p is left out. */
export function peerInfoOf(id: PeerId, addresses: readonly Uint8Array[]): PeerInfo {
  return { id, multiaddrs: multiaddrsOf(addresses) };
}

/** Addresses as libp2p has them, as far as it knows what they are made of. */
function multiaddrsOf(addresses: readonly Uint8Array[]): Multiaddr[] {
  const list: Multiaddr[] = [];
  for (const one of addresses) {
    try {
      list.push(multiaddr(one));
    } catch {
      // A new protocol, or nonsense: the others are as good without it.
    }
  }
  return list;
}

/** The bytes of addresses without the `/p2p` that names their own peer, as messages carry them. */
export function addressBytes(addresses: readonly Multiaddr[]): Uint8Array[] {
  return addresses.map((one) => {
    const components = one.getComponents();
    return components.at(-1)?.code === P2P ? one.decapsulateCode(P2P).bytes : one.bytes;
  });
}

/** Addresses that can be dialed, each with the peer that has to be found there. */
export function dialable(id: PeerId, addresses: readonly Uint8Array[]): Multiaddr[] {
  return multiaddrsOf(addresses).map((one) => one.encapsulate(`/p2p/${id.toString()}`));
}
