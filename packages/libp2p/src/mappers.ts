// Which addresses of a peer a DHT works with: those of the internet, those of the local network, or all.
import { isPublicAddress, isRelayed } from '@kadscope/core/wire';
import type { PeerInfo } from '@libp2p/interface';
import { peerIdFromBytes, peerInfoOf } from './peers.ts';

/** Changes what is known of a peer, when it comes in and when it goes out. */
export type PeerInfoMapper = (peer: PeerInfo) => PeerInfo;

/** Leaves the addresses that can be reached from anywhere: for the public network. */
export function removePrivateAddressesMapper(peer: PeerInfo): PeerInfo {
  return { ...peer, multiaddrs: peer.multiaddrs.filter((one) => isPublicAddress(one.bytes)) };
}

/** Leaves the addresses of private networks: for a DHT of one. */
export function removePublicAddressesMapper(peer: PeerInfo): PeerInfo {
  return { ...peer, multiaddrs: peer.multiaddrs.filter((one) => isPrivateAddress(one.bytes)) };
}

/** Leaves everything as it is. */
export function passthroughMapper(peer: PeerInfo): PeerInfo {
  return peer;
}

/** A mapper on the bytes of addresses: most are never looked into any further. */
export type AddressFilter = (
  id: Uint8Array,
  addresses: readonly Uint8Array[],
) => readonly Uint8Array[];

/** What a mapper does to the bytes of addresses. Our own need no objects for it. */
export function addressFilter(mapper: PeerInfoMapper): AddressFilter {
  if (mapper === passthroughMapper) return (_, addresses) => addresses;
  if (mapper === removePrivateAddressesMapper)
    return (_, addresses) => addresses.filter(isPublicAddress);
  if (mapper === removePublicAddressesMapper)
    return (_, addresses) => addresses.filter(isPrivateAddress);
  return (id, addresses) => {
    try {
      return mapper(peerInfoOf(peerIdFromBytes(id), addresses)).multiaddrs.map((one) => one.bytes);
    } catch {
      // Of a peer that the mapper cannot cope with nothing is known.
      return [];
    }
  };
}

function isPrivateAddress(address: Uint8Array): boolean {
  return !isPublicAddress(address) && !isRelayed(address);
}
