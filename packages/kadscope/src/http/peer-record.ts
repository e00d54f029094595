// Peers as the Delegated Routing V1 API has them ("Peer Schema"), and the filters of IPIP-484.
import type { PeerInfo } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';

/** A peer record. */
export interface PeerRecord {
  readonly Schema: 'peer';
  /** The peer id, in base58. */
  readonly ID: string;
  /** Addresses without the `/p2p` that names the peer itself. */
  readonly Addrs: readonly string[];
  /** Transfer protocols; the DHT does not know them, and empty means that. */
  readonly Protocols: readonly string[];
}

/** What a client wants to see, in lower case; `null` for all. */
export interface Filters {
  readonly addrs: readonly string[] | null;
  readonly protocols: readonly string[] | null;
}

const P2P = 'p2p';
const UNKNOWN = 'unknown';
/** Characters of a protocol's name at most (IPIP-484). */
const NAME_MAX = 63;
/** Names in a filter at most: there are not so many protocols. */
const NAMES_MAX = 100;

/** The record of a peer. */
export function peerRecordOf({ id, multiaddrs }: PeerInfo): PeerRecord {
  const Addrs = multiaddrs.map((address) => {
    const last = address.getComponents().at(-1);
    const isOwn = last?.name === P2P && last.value === id.toString();
    return (isOwn ? address.decapsulate(`/p2p/${last.value!}`) : address).toString();
  });
  return { Schema: 'peer', ID: id.toString(), Addrs: [...new Set(Addrs)], Protocols: [] };
}

/** Reads the filters of a request; `null` when one of them makes no sense. */
export function filtersOf(query: URLSearchParams): Filters | null {
  const addrs = namesOf(query.getAll('filter-addrs'));
  const protocols = namesOf(query.getAll('filter-protocols'));
  return addrs === undefined || protocols === undefined ? null : { addrs, protocols };
}

/** What a client sees of a record; `null` when nothing of it passes. */
export function filtered(record: PeerRecord, { addrs, protocols }: Filters): PeerRecord | null {
  if (protocols !== null && !hasWantedProtocol(record, protocols)) return null;
  if (addrs === null) return record;
  if (record.Addrs.length === 0) return addrs.includes(UNKNOWN) ? record : null;
  const Addrs = record.Addrs.filter((address) => isWanted(address, addrs));
  return Addrs.length === 0 ? null : { ...record, Addrs };
}

function namesOf(values: readonly string[]): readonly string[] | null | undefined {
  const names = values
    .flatMap((value) => value.split(','))
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== '');
  if (names.length === 0) return null;
  const isSane = names.length <= NAMES_MAX && names.every((name) => name.length <= NAME_MAX);
  return isSane ? names : undefined;
}

function hasWantedProtocol({ Protocols }: PeerRecord, wanted: readonly string[]): boolean {
  if (Protocols.length === 0) return wanted.includes(UNKNOWN);
  return Protocols.some((protocol) => wanted.includes(protocol.toLowerCase()));
}

/** Whether an address has none of the protocols that begin with `!`, and one of the others if there are any. */
function isWanted(address: string, filters: readonly string[]): boolean {
  const names = new Set(
    multiaddr(address)
      .getComponents()
      .map(({ name }) => name.toLowerCase()),
  );
  const unwanted = filters.filter((name) => name.startsWith('!'));
  if (unwanted.some((name) => names.has(name.slice(1)))) return false;
  const wanted = filters.filter((name) => !name.startsWith('!'));
  return wanted.length === 0 || wanted.some((name) => names.has(name));
}
