// What a message leaves out when its peers do not fit: addresses first, then peers, and of both the far
// end, for peers come closest first and every further address of a peer is worth less than its first.
import { encodePeer, fieldBytes } from './peer.ts';
import type { AminoPeer, EncodedPeer } from './peer.ts';

/** A peer that waits for room. */
interface Place {
  readonly peer: EncodedPeer;
  readonly list: EncodedPeer[];
  /** Addresses that have found room so far. */
  addresses: number;
  /** Bytes of the peer with these addresses, and without the tag and length of its entry. */
  bytes: number;
  isFull: boolean;
}

/**
 * Chooses what fits `budget` bytes from the closer peers and the providers of a message. Both lists keep
 * their near end; they are filled in turns, so that neither starves the other. First every peer gets room
 * with one address of its own, then the peers in turn get a second one, a third one, and so on. The
 * addresses of a peer that remain are its first ones.
 */
export function trimPeers(
  closer: readonly AminoPeer[],
  providers: readonly AminoPeer[],
  budget: number,
): { closerPeers: EncodedPeer[]; providerPeers: EncodedPeer[] } {
  const kept = { closerPeers: [] as EncodedPeer[], providerPeers: [] as EncodedPeer[] };
  const sides = [
    { peers: closer, list: kept.closerPeers, isOpen: true },
    { peers: providers, list: kept.providerPeers, isOpen: true },
  ];
  const places: Place[] = [];
  let left = budget;
  for (let i = 0; sides.some(({ isOpen }) => isOpen); i++) {
    for (const side of sides) {
      const peer = side.isOpen ? side.peers[i] : undefined;
      const place = peer && placeOf(encodePeer(peer), side.list);
      side.isOpen = place !== undefined && fieldBytes(place.bytes) <= left;
      if (place === undefined || !side.isOpen) continue;
      left -= fieldBytes(place.bytes);
      places.push(place);
    }
  }
  growAddresses(places, left);
  for (const { peer, list, addresses } of places) {
    const { id, connection } = peer;
    const isWhole = addresses === peer.addresses.length;
    const first = { id, connection, addresses: peer.addresses.slice(0, addresses) };
    list.push(isWhole ? peer : encodePeer(first));
  }
  return kept;
}

/** The least that is worth sending of a peer: its id and its first address. */
function placeOf(peer: EncodedPeer, list: EncodedPeer[]): Place {
  const bytes = fieldBytes(peer.id.length) + (peer.connection === 0 ? 0 : 2);
  const [first] = peer.addresses;
  if (first === undefined) return { peer, list, addresses: 0, bytes, isFull: true };
  return { peer, list, addresses: 1, bytes: bytes + fieldBytes(first.length), isFull: false };
}

/** Gives each peer one more address in turn, as long as there is room and somebody has one. */
function growAddresses(places: readonly Place[], budget: number): void {
  let left = budget;
  for (let hasGrown = true; hasGrown;) {
    hasGrown = false;
    for (const place of places) {
      const next = place.isFull ? undefined : place.peer.addresses[place.addresses];
      const bytes = next === undefined ? 0 : place.bytes + fieldBytes(next.length);
      const cost = next === undefined ? 0 : fieldBytes(bytes) - fieldBytes(place.bytes);
      if (next === undefined || cost > left) {
        place.isFull = true;
        continue;
      }
      left -= cost;
      place.bytes = bytes;
      place.addresses++;
      hasGrown = true;
    }
  }
}
