// Asks one node of a DHT something, without a lookup: what it says is what it holds, and no hearsay.
import { decodeAmino, encodeAmino, frame, FrameReader } from '@kadscope/core/wire';
import type { AminoMessage, AminoPeer, AminoType } from '@kadscope/core/wire';
import type { Libp2p, PeerId, PeerInfo, Stream } from '@libp2p/interface';
import { peerIdFromMultihash } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import * as Digest from 'multiformats/hashes/digest';

/** What a node is asked. */
export interface DirectRequest {
  readonly protocol: string;
  readonly type: AminoType;
  /** What is hashed. */
  readonly key: Uint8Array;
}

/** Asks a node, and resolves with what it answers. Rejects where it cannot be reached, resets, or says nothing. */
export async function askDirectly(
  libp2p: Libp2p,
  peer: PeerInfo,
  { protocol, type, key, signal }: DirectRequest & { readonly signal: AbortSignal },
): Promise<AminoMessage> {
  const stream = await libp2p.dialProtocol(reachable(peer), protocol, { signal });
  try {
    const message = { type, key, record: null, closerPeers: [], providerPeers: [] };
    return await answerOn(stream, frame(encodeAmino(message)), signal);
  } finally {
    stream.abort(new Error('the answer is there'));
  }
}

/** The addresses of a peer, each with its id; the id alone where there are none. */
function reachable({ id, multiaddrs }: PeerInfo): PeerId | Multiaddr[] {
  if (multiaddrs.length === 0) return id;
  return multiaddrs.map((address) => withPeer(address, id));
}

/** An address with the id of the peer that has to be there. */
export function withPeer(address: Multiaddr, id: PeerId): Multiaddr {
  const hasId = address.getComponents().at(-1)?.name === 'p2p';
  return hasId ? address : address.encapsulate(`/p2p/${id.toString()}`);
}

/** Peers of a message as libp2p has them; those that make no sense are left out. */
export function peersOf(peers: readonly AminoPeer[]): PeerInfo[] {
  return peers.flatMap(({ id, addresses }) => {
    try {
      return [
        { id: peerIdFromMultihash(Digest.decode(id)), multiaddrs: addresses.flatMap(parsed) },
      ];
    } catch {
      return [];
    }
  });
}

function parsed(bytes: Uint8Array): Multiaddr[] {
  try {
    return [multiaddr(bytes)];
  } catch {
    return [];
  }
}

function answerOn(stream: Stream, request: Uint8Array, signal: AbortSignal): Promise<AminoMessage> {
  const reader = new FrameReader();
  return new Promise((resolve, reject) => {
    stream.addEventListener('message', ({ data }) => {
      try {
        reader.push(data instanceof Uint8Array ? data : data.subarray());
        const bytes = reader.next();
        if (bytes !== null) resolve(decodeAmino(bytes, 'response'));
      } catch (error) {
        reject(error);
      }
    });
    stream.addEventListener('close', () => reject(new Error('it closed the stream')));
    stream.addEventListener('remoteCloseWrite', () => reject(new Error('it ended the stream')));
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    if (signal.aborted) reject(signal.reason as Error);
    else stream.send(request);
  });
}
