// The events that Kubo's routing commands print: go-libp2p's `routing.QueryEvent` (core/routing/query.go).
import { decodeBase64 } from '../../encoding/multibase.ts';
import { isRecord } from '../netvis-record.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import { textOf } from './log-records.ts';

/** Numbers of the types, in the order in which go-libp2p declares them; 6 is an AddingPeer that nothing tells of. */
export const SENDING_QUERY = 0;
export const PEER_RESPONSE = 1;
export const FINAL_PEER = 2;
export const QUERY_ERROR = 3;
export const PROVIDER = 4;
export const VALUE = 5;
export const DIALING_PEER = 7;

/** The names of the types, for events that have no counterpart. */
export const TYPE_NAMES: readonly string[] = [
  'SendingQuery',
  'PeerResponse',
  'FinalPeer',
  'QueryError',
  'Provider',
  'Value',
  'AddingPeer',
  'DialingPeer',
];

/** What the commands are called in our vocabulary. */
const OPERATIONS: Readonly<Record<string, string>> = {
  findprovs: 'findProviders',
  findpeer: 'findPeer',
  get: 'getValue',
  put: 'putValue',
  provide: 'provide',
  query: 'findNode',
};

/** Whether a record is a query event. */
export function isKuboEvent(record: NetVisRecord): boolean {
  return typeof record['Type'] === 'number' && 'ID' in record && 'Responses' in record;
}

/** The peers in an event, by their ids. */
export function responsesOf(record: NetVisRecord): string[] | null {
  const list = record['Responses'];
  if (list === null || list === undefined) return [];
  if (!Array.isArray(list)) return null;
  return list.flatMap((peer: unknown) => {
    const id = isRecord(peer) ? textOf(peer['ID']) : null;
    return id === null ? [] : [id];
  });
}

/** Bytes of the value in an event; -1 where it is not base64. */
export function valueBytes(record: NetVisRecord): number {
  const extra = textOf(record['Extra']);
  return extra === null ? -1 : (decodeBase64(extra)?.length ?? -1);
}

/** The operation that a command runs: as the log says, or as its results tell. */
export function operationOf(records: readonly NetVisRecord[]): string {
  for (const record of records) {
    const said = textOf(record['Command']);
    if (said !== null) return Object.hasOwn(OPERATIONS, said) ? OPERATIONS[said]! : said;
  }
  for (const record of records) {
    const isOfPeer = textOf(record['ID']) !== null;
    const type = record['Type'];
    if (type === PROVIDER) return 'findProviders';
    if (type === VALUE) return isOfPeer ? 'putValue' : 'getValue';
    if (type === FINAL_PEER && !isOfPeer) return 'findPeer';
  }
  return 'findNode';
}
