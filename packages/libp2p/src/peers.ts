// Peers as libp2p has them, and as bytes.
import type { PeerId, PeerInfo } from '@libp2p/interface';
import { peerIdFromMultihash } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import * as Digest from 'multiformats/hashes/digest';

/** `/p2p`, the component that names a peer (multiformats/multicodec). */
const P2P = 421;

/** A peer id from the bytes that messages carry. */
export function peerIdFromBytes(id: Uint8Array): PeerId {
  return peerIdFromMultihash(Digest.decode(id));
}

/** The bytes of a peer id. */
export function bytesOfPeerId(id: PeerId): Uint8Array {
  return id.toMultihash().bytes;
}

/** A peer with its addresses as libp2p has them. */
export function peerInfoOf(id: PeerId, addresses: readonly Uint8Array[]): PeerInfo {
  return { id, multiaddrs: addresses.map((one) => multiaddr(one)) };
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
  return addresses.map((one) => multiaddr(one).encapsulate(`/p2p/${id.toString()}`));
}
