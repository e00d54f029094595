// What queries say while they run: the events of `@libp2p/kad-dht`, with a little more in each.
import type { PeerId, PeerInfo } from '@libp2p/interface';
import type { ProgressEvent } from 'progress-events';
import type { MessageType as Names } from './message-type.ts';

/** The numbers of the events. */
export const EventTypes = {
  SEND_QUERY: 0,
  PEER_RESPONSE: 1,
  FINAL_PEER: 2,
  QUERY_ERROR: 3,
  PROVIDER: 4,
  VALUE: 5,
  ADD_PEER: 6,
  DIAL_PEER: 7,
  PATH_ENDED: 8,
} as const;
export type EventTypes = (typeof EventTypes)[keyof typeof EventTypes];

/** The names of the requests. */
export const MessageType = {
  PUT_VALUE: 'PUT_VALUE' as Names.PUT_VALUE,
  GET_VALUE: 'GET_VALUE' as Names.GET_VALUE,
  ADD_PROVIDER: 'ADD_PROVIDER' as Names.ADD_PROVIDER,
  GET_PROVIDERS: 'GET_PROVIDERS' as Names.GET_PROVIDERS,
  FIND_NODE: 'FIND_NODE' as Names.FIND_NODE,
  PING: 'PING' as Names.PING,
} as const;
export type MessageType = Names;

/** A record as it came. */
export interface DHTRecord {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  readonly timeReceived?: Date;
}

/** Where a query is: which lookup of it, how many wait, run, and have been asked. -1 for the node itself. */
export interface QueryPath {
  readonly index: number;
  readonly queued: number;
  readonly running: number;
  readonly total: number;
}

/** What every event says, beyond `@libp2p/kad-dht`. */
export interface QueryFacts {
  /** Tells queries apart that run at the same time. */
  readonly queryId: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly path: QueryPath;
}

type Named<Name extends keyof typeof EventTypes> = QueryFacts & {
  readonly name: Name;
  readonly type: (typeof EventTypes)[Name];
};

/** The name of a request, twice, as events have it. */
export interface OfMessage {
  readonly messageName: keyof typeof MessageType;
  readonly messageType: MessageType;
}

export type SendQueryEvent = Named<'SEND_QUERY'> & OfMessage & { readonly to: PeerId };
export type PeerResponseEvent = Named<'PEER_RESPONSE'> &
  OfMessage & {
    readonly from: PeerId;
    readonly closer: PeerInfo[];
    readonly providers: PeerInfo[];
    readonly record?: DHTRecord;
    /** Leading bits that the key of the peer shares with the target: 256 bits are the target itself. */
    readonly commonPrefixLength: number;
  };
export type FinalPeerEvent = Named<'FINAL_PEER'> & {
  readonly from: PeerId;
  readonly peer: PeerInfo;
};
export type QueryErrorEvent = Named<'QUERY_ERROR'> & {
  readonly from: PeerId;
  readonly error: Error;
};
export type ProviderEvent = Named<'PROVIDER'> & {
  readonly from: PeerId;
  readonly providers: PeerInfo[];
};
export type ValueEvent = Named<'VALUE'> & { readonly from: PeerId; readonly value: Uint8Array };
export type AddPeerEvent = Named<'ADD_PEER'> & { readonly peer: PeerId };
export type DialPeerEvent = Named<'DIAL_PEER'> & { readonly peer: PeerId };
/** A lookup, or all of the query, has ended. */
export type PathEndedEvent = Named<'PATH_ENDED'> & {
  /** How: `found`, `not-found`, `stored`, `not-stored`, … */
  readonly reason: string;
};

export type QueryEvent =
  | SendQueryEvent
  | PeerResponseEvent
  | FinalPeerEvent
  | QueryErrorEvent
  | ProviderEvent
  | ValueEvent
  | AddPeerEvent
  | DialPeerEvent
  | PathEndedEvent;

export type DHTProgressEvents =
  | ProgressEvent<'kad-dht:query:send-query', SendQueryEvent>
  | ProgressEvent<'kad-dht:query:peer-response', PeerResponseEvent>
  | ProgressEvent<'kad-dht:query:final-peer', FinalPeerEvent>
  | ProgressEvent<'kad-dht:query:query-error', QueryErrorEvent>
  | ProgressEvent<'kad-dht:query:provider', ProviderEvent>
  | ProgressEvent<'kad-dht:query:value', ValueEvent>
  | ProgressEvent<'kad-dht:query:add-peer', AddPeerEvent>
  | ProgressEvent<'kad-dht:query:dial-peer', DialPeerEvent>
  | ProgressEvent<'kad-dht:query:path-ended', PathEndedEvent>;

/** The name of a progress event: `kad-dht:query:send-query` for SEND_QUERY. */
export function progressName(name: QueryEvent['name']): string {
  return `kad-dht:query:${name.toLowerCase().replace('_', '-')}`;
}
