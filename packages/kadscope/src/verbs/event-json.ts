// Query events as lines of JSON: our own, and those of Kubo (`ipfs routing … --enc=json`).
import type { QueryEvent } from '@kadscope/libp2p';
import type { PeerInfo } from '@libp2p/interface';
import { peerRecordOf } from '../http/peer-record.ts';
import type { Told } from './ask.ts';

/** An event as Kubo prints it: go-libp2p, core/routing/query.go. */
export interface KuboEvent {
  readonly Extra: string;
  readonly ID: string;
  readonly Responses: readonly KuboPeer[] | null;
  readonly Type: number;
}

interface KuboPeer {
  readonly ID: string;
  readonly Addrs: readonly string[];
}

/** The order in which go-libp2p declares its types. */
const SENDING_QUERY = 0;
const PEER_RESPONSE = 1;
const FINAL_PEER = 2;
const QUERY_ERROR = 3;
const PROVIDER = 4;
const VALUE = 5;
const DIALING_PEER = 7;

/** All that an event says: peers as text, bytes in base64. */
export function ownJson({ network, event }: Told): object {
  const { name, queryId, time, path } = event;
  return { event: name, network, queryId, time, ...fieldsOf(event), path };
}

/** The event of Kubo that tells the same; `null` where Kubo has none. `isForPeer`: a peer is looked for. */
export function kuboEvent(event: QueryEvent, isForPeer: boolean): KuboEvent | null {
  const told = (Type: number, ID: string, rest: Partial<KuboEvent> = {}): KuboEvent => ({
    Extra: '',
    ID,
    Responses: null,
    ...rest,
    Type,
  });
  switch (event.name) {
    case 'DIAL_PEER':
      return told(DIALING_PEER, event.peer.toString());
    case 'SEND_QUERY':
      return told(sentType(event.messageName), event.to.toString());
    case 'PEER_RESPONSE':
      // Of what is given to a node, Kubo says only that.
      if (sentType(event.messageName) !== SENDING_QUERY) return null;
      return told(PEER_RESPONSE, event.from.toString(), { Responses: event.closer.map(kuboPeer) });
    case 'FINAL_PEER':
      return isForPeer
        ? told(FINAL_PEER, '', { Responses: [kuboPeer(event.peer)] })
        : told(FINAL_PEER, event.peer.id.toString());
    case 'QUERY_ERROR':
      return told(QUERY_ERROR, event.from.toString(), { Extra: event.error.message });
    case 'PROVIDER':
      return told(PROVIDER, '', { Responses: event.providers.map(kuboPeer) });
    case 'VALUE':
      return told(VALUE, '', { Extra: base64(event.value) });
    case 'ADD_PEER':
    case 'PATH_ENDED':
      return null;
  }
}

/** Kubo tells of a value that is given to a node as a value without bytes, and of a record as a final peer. */
function sentType(message: string): number {
  if (message === 'PUT_VALUE') return VALUE;
  return message === 'ADD_PROVIDER' ? FINAL_PEER : SENDING_QUERY;
}

/** As Go writes it: with padding. */
function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

function kuboPeer(peer: PeerInfo): KuboPeer {
  const { ID, Addrs } = peerRecordOf(peer);
  return { ID, Addrs };
}

function fieldsOf(event: QueryEvent): object {
  switch (event.name) {
    case 'SEND_QUERY':
      return { to: event.to.toString(), message: event.messageName };
    case 'PEER_RESPONSE':
      return {
        from: event.from.toString(),
        message: event.messageName,
        commonPrefixLength: event.commonPrefixLength,
        closer: event.closer.map(peerJson),
        providers: event.providers.map(peerJson),
        ...(event.record !== undefined && { value: base64(event.record.value) }),
      };
    case 'FINAL_PEER':
      return { peer: peerJson(event.peer) };
    case 'QUERY_ERROR':
      return { from: event.from.toString(), error: event.error.message };
    case 'PROVIDER':
      return { providers: event.providers.map(peerJson) };
    case 'VALUE':
      return { from: event.from.toString(), value: base64(event.value) };
    case 'ADD_PEER':
    case 'DIAL_PEER':
      return { peer: event.peer.toString() };
    case 'PATH_ENDED':
      return { reason: event.reason };
  }
}

/** A peer and its addresses. */
export function peerJson(peer: PeerInfo): { id: string; addresses: readonly string[] } {
  const { ID, Addrs } = peerRecordOf(peer);
  return { id: ID, addresses: Addrs };
}
