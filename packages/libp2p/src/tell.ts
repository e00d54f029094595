// What queries are told of answers and results.
import type { Command, Kademlia, Operation } from '@kadscope/core';
import type { KeyHandle, KeyTable } from '@kadscope/core/keyspace';
import type { AminoMessage, AminoPeer, AminoType } from '@kadscope/core/wire';
import type { PeerInfo } from '@libp2p/interface';
import { MessageType } from './events.ts';
import type { DHTRecord, OfMessage } from './events.ts';
import { NODE } from './key-book.ts';
import type { KeyBook, Known } from './key-book.ts';
import { isPeerIdBytes, peerIdFromBytes, peerInfoOf } from './peers.ts';
import type { Query } from './query.ts';

/** An answer: `null` for none, where there is none to be had. */
export interface Told {
  readonly from: Known;
  readonly type: AminoType;
  readonly answer: AminoMessage | null;
  readonly target: KeyHandle;
  readonly keys: KeyTable;
}

/** The name of a request: FIND_NODE for `find-node`. */
export function nameOf(type: AminoType): keyof typeof MessageType {
  return type.toUpperCase().replace('-', '_') as keyof typeof MessageType;
}

/** What events call a request. */
export function namesOf(type: AminoType): OfMessage {
  const messageName = nameOf(type);
  return { messageName, messageType: MessageType[messageName] };
}

/** Tells a query of an answer. Its peers become objects when somebody looks at them. */
export function tellAnswer(query: Query, { from, type, answer, target, keys }: Told): void {
  query.emit('PEER_RESPONSE', {
    from: from.peerId,
    ...namesOf(type),
    get closer() {
      return peersOf(answer?.closerPeers ?? []);
    },
    get providers() {
      return peersOf(answer?.providerPeers ?? []);
    },
    commonPrefixLength: target < 0 ? 0 : keys.commonPrefixLength(from.handle, target),
    ...(answer?.record != null && { record: recordOf(answer.record) }),
  });
}

/** The peers that a query ends with. */
export function closestOf({ kind, closest, reached, target }: Operation): readonly KeyHandle[] {
  if (kind === 'findPeer') return reached ? [target] : [];
  return kind === 'findNode' || kind === 'provide' || kind === 'putValue' ? closest : [];
}

/** A peer of the book as libp2p has it. */
export function infoOf(peer: Known, addresses: readonly Uint8Array[] = peer.addresses): PeerInfo {
  return peerInfoOf(peer.peerId, addresses);
}

function peersOf(peers: readonly AminoPeer[]): PeerInfo[] {
  return peers
    .filter(({ id }) => isPeerIdBytes(id))
    .map(({ id, addresses }) => peerInfoOf(peerIdFromBytes(id), addresses));
}

function recordOf({ key, value, timeReceived }: NonNullable<AminoMessage['record']>): DHTRecord {
  const time = new Date(timeReceived);
  return { key, value, ...(Number.isFinite(time.getTime()) && { timeReceived: time }) };
}

/** Tells a query what the node itself has. */
export function tellLocal(command: Command, query: Query, local: Local): void {
  const { engine, book, self, now } = local;
  if (command.kind !== 'getValue' && command.kind !== 'findProviders') return;
  const key = book.know(command.key, now).handle;
  const from = self.peerId;
  if (command.kind === 'getValue') {
    const held = engine.values.get(NODE, key, now);
    if (held !== null) query.emit('VALUE', { from, value: held.record.value }, true);
    return;
  }
  const found = new Int32Array(command.count ?? PROVIDERS_MAX);
  const count = engine.providers.get(NODE, key, now, found);
  const providers = [...found.subarray(0, count)].map((one) => infoOf(book.get(one)!));
  if (providers.length > 0) query.emit('PROVIDER', { from, providers }, true);
}

/** What a node knows by itself. */
export interface Local {
  readonly engine: Kademlia;
  readonly book: KeyBook;
  readonly self: Known;
  readonly now: number;
}

const PROVIDERS_MAX = 100;
