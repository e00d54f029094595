// The bytes of Kademlia's networks: the messages of the IPFS DHT, their frames, and the addresses in them.
export { decodeAmino, encodeAmino } from './amino.ts';
export {
  CLOSER_PEERS_MAX,
  MESSAGE_BYTES_MAX,
  PROVIDER_KEY_BYTES_MAX,
  SENT_BYTES_MAX,
} from './message.ts';
export type { AminoMessage, AminoRecord, AminoRole, AminoType } from './message.ts';
export { encodePeer, PEER_ADDRESSES_MAX, PEER_BYTES_MAX } from './peer.ts';
export type { AminoPeer, Connection, EncodedPeer } from './peer.ts';
export { isPeerId, PEER_ID_BYTES_MAX } from './peer-id.ts';
export { frame, FrameReader } from './frame.ts';
export { isMultiaddr, MULTIADDR_BYTES_MAX } from './multiaddr.ts';
export { ipGroup, isPublicAddress, isRelayed, NO_GROUP } from './reach.ts';
export { Preimages, PREIMAGE_BITS_MAX } from './preimages.ts';
export { DecodeError } from '../encoding/decode-error.ts';
