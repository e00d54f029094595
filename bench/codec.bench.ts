// The codec of the IPFS DHT against js-libp2p's, side by side: a FIND_NODE answer with 20 peers of 5
// addresses each, to bytes and back to peers that can be dialled.
import { Rng } from '@kadscope/core/keyspace';
import { decodeAmino, encodeAmino, encodePeer } from '@kadscope/core/wire';
import type { AminoMessage, AminoPeer } from '@kadscope/core/wire';
import { paired, print } from './support/measure.ts';

/** The parts of @libp2p/kad-dht that turn messages into bytes; it does not publish them. */
interface PeerCodec {
  encode(message: PeerMessage): Uint8Array;
  decode(bytes: Uint8Array): PeerMessage;
}

interface PeerMessage {
  readonly type: 'FIND_NODE';
  readonly closer: readonly {
    readonly id: Uint8Array;
    readonly multiaddrs: readonly Uint8Array[];
  }[];
  readonly providers: readonly never[];
}

/** What it makes of a peer in an answer. */
interface PeerInfo {
  readonly id: { toMultihash(): { readonly bytes: Uint8Array } };
  readonly multiaddrs: readonly { readonly bytes: Uint8Array }[];
}

const folder = new URL('./message/', import.meta.resolve('@libp2p/kad-dht'));
const { Message } = (await import(new URL('dht.js', folder).href)) as { Message: PeerCodec };
const { fromPbPeerInfo } = (await import(new URL('utils.js', folder).href)) as {
  fromPbPeerInfo(this: void, peer: PeerMessage['closer'][number]): PeerInfo;
};

const PEERS = 20;
const ROUNDS = 9;

/** Executions of a round: ours take so much less that a round of theirs would not show them. */
const OURS = 20_000;
const THEIRS = 1_000;

const rng = new Rng(1, 'codec bench');
const peers = Array.from({ length: PEERS }, (_, i) => somePeer(i));
const answer = findNodeAnswer(peers);
const known = findNodeAnswer(peers.map((peer) => encodePeer(peer)));
const peerAnswer: PeerMessage = {
  type: 'FIND_NODE',
  closer: peers.map(({ id, addresses }) => ({ id, multiaddrs: addresses })),
  providers: [],
};
const bytes = encodeAmino(answer);
const peerBytes = Message.encode(peerAnswer);
let sum = 0;

checkAgreement();
const encodeKnown = paired(ROUNDS, () => encodeOurs(known), encodeTheirs);
const encode = paired(ROUNDS, () => encodeOurs(answer), encodeTheirs);
const decode = paired(ROUNDS, decodeOurs, decodeTheirs);

print({
  bench: 'codec',
  peer: '@libp2p/kad-dht 16.4.5',
  bytes: bytes.length,
  bytesPeer: peerBytes.length,
  encodeKnownUs: microseconds(encodeKnown.a, OURS),
  encodeUs: microseconds(encode.a, OURS),
  encodePeerUs: microseconds(encode.b, THEIRS),
  encodeKnownRatio: ratio(encodeKnown.ratio),
  encodeRatio: ratio(encode.ratio),
  decodeUs: microseconds(decode.a, OURS),
  decodePeerUs: microseconds(decode.b, THEIRS),
  decodeRatio: ratio(decode.ratio),
  checksum: sum,
});

function encodeOurs(message: AminoMessage): void {
  for (let i = 0; i < OURS; i++) sum += encodeAmino(message).length & 1;
}

function encodeTheirs(): void {
  for (let i = 0; i < THEIRS; i++) sum += Message.encode(peerAnswer).length & 1;
}

/** Every id and every address of the answer, cut out and checked. */
function decodeOurs(): void {
  for (let i = 0; i < OURS; i++)
    for (const { addresses } of decodeAmino(bytes, 'response').closerPeers) sum += addresses.length;
}

/** What `network.js` does with an answer before a lookup sees it. */
function decodeTheirs(): void {
  for (let i = 0; i < THEIRS; i++)
    for (const { multiaddrs } of Message.decode(peerBytes).closer.map(fromPbPeerInfo))
      sum += multiaddrs.length;
}

/** Both must read the same peers in what either wrote, or the comparison is worth nothing. */
function checkAgreement(): void {
  const wanted = peers.map(({ id, addresses }) => [hex(id), ...addresses.map(hex)].join());
  for (const written of [bytes, encodeAmino(known), peerBytes]) {
    const ours = decodeAmino(written, 'response').closerPeers;
    const theirs = Message.decode(written).closer.map(fromPbPeerInfo);
    const read = [
      ours.map(({ id, addresses }) => [hex(id), ...addresses.map(hex)].join()),
      theirs.map(({ id, multiaddrs }) =>
        [hex(id.toMultihash().bytes), ...multiaddrs.map((address) => hex(address.bytes))].join(),
      ),
    ];
    for (const list of read)
      if (list.join('\n') !== wanted.join('\n')) throw new Error('the codecs disagree');
  }
}

function hex(value: Uint8Array): string {
  return Array.from(value, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function findNodeAnswer(closerPeers: readonly AminoPeer[]): AminoMessage {
  return {
    type: 'find-node',
    key: new Uint8Array(0),
    record: null,
    closerPeers,
    providerPeers: [],
  };
}

/** A peer as the network has them: TCP, QUIC and WebTransport on IPv4, the first two on IPv6. */
function somePeer(index: number): AminoPeer {
  const ip4 = [4, ...rng.bytes(4)];
  const ip6 = [41, 0x2a, ...rng.bytes(15)];
  const tcp = [6, 15, 161];
  const quic = [0x91, 2, 15, 161, 0xcd, 3];
  const certificate = [0xd2, 3, 34, 0x12, 32, ...rng.bytes(32)];
  const webTransport = [...quic, 0xd1, 3, ...certificate];
  // Three of four peers have an Ed25519 key, the others an RSA key.
  const head = index % 4 === 3 ? [0x12, 32] : [0, 36, 8, 1, 0x12, 32];
  const id = Uint8Array.of(...head, ...rng.bytes(32));
  const addresses = [
    [...ip4, ...tcp],
    [...ip4, ...quic],
    [...ip4, ...webTransport],
    [...ip6, ...tcp],
    [...ip6, ...quic],
  ].map((address) => Uint8Array.from(address));
  return { id, addresses, connection: 0 };
}

function microseconds(seconds: number, count: number): number {
  return Math.round((seconds * 1e8) / count) / 100;
}

/** How many times ours fits into theirs: `measured` is our round over theirs. */
function ratio(measured: number): number {
  return Math.round((10 * OURS) / THEIRS / measured) / 10;
}
