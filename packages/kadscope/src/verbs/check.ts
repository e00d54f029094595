// Finds out why content, a peer or an address can or cannot be found: everybody who should know is asked, and
// everybody who is named is dialed.
import type { KadscopeDHT, QueryEvent } from '@kadscope/libp2p';
import type { PeerId, PeerInfo } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import type { CID } from 'multiformats/cid';
import { peerRecordOf } from '../http/peer-record.ts';
import type { Client } from './client.ts';
import { tryAddress, tryPeer } from './dial.ts';
import type { ReachReport } from './dial.ts';
import { askDirectly, peersOf } from './direct.ts';
import { failureText } from './failure.ts';

/** A node that should hold the record. */
export interface HolderReport {
  readonly id: string;
  /** Providers that it names; `null` where it did not answer. */
  readonly providers: readonly string[] | null;
  readonly problem: string | null;
}

/** A provider. */
export interface ProviderReport extends ReachReport {
  readonly id: string;
  /** How many of the closest nodes name it. */
  readonly holders: number;
  /** `null` where it does not say. */
  readonly hasBitswap: boolean | null;
}

/** What was found out about content. */
export interface ContentReport {
  readonly kind: 'content';
  readonly subject: string;
  readonly network: string;
  readonly holders: readonly HolderReport[];
  readonly providers: readonly ProviderReport[];
}

/** What was found out about a peer. */
export interface PeerReport extends ReachReport {
  readonly kind: 'peer';
  readonly subject: string;
  readonly network: string;
  readonly isKnown: boolean;
  /** `null` where it does not say. */
  readonly servesDht: boolean | null;
}

/** What was found out about an address. */
export interface AddressReport extends ReachReport {
  readonly kind: 'address';
  readonly subject: string;
  /** `null` where it does not say. */
  readonly servesDht: boolean | null;
  /** `null` where it does not say. */
  readonly hasBitswap: boolean | null;
}

/** What was found out. */
export type CheckReport = ContentReport | PeerReport | AddressReport;

/** A node that holds a record answers at once; whoever takes longer is of no use to anybody. */
const HOLDER_MS = 10_000;
/** Providers that are dialed, at most. */
const PROVIDERS_MAX = 20;
/** Any version: they can all fetch a block. */
const BITSWAP = '/ipfs/bitswap';

/** Who should hold the provider records of some content, who does, and whether its providers can be reached. */
export async function checkContent(
  client: Client,
  subject: string,
  cid: CID,
): Promise<ContentReport> {
  const { name, dht } = client.dhts[0]!;
  const key = cid.multihash.bytes;
  const closest: PeerInfo[] = [];
  for await (const event of dht.getClosestPeers(key, { signal: client.signal }))
    if (event.name === 'FINAL_PEER') closest.push(event.peer);
  const found = new Map<string, PeerInfo>();
  const holders = await Promise.all(
    closest.map((peer) => askHolder(client, dht, { peer, key, found })),
  );
  // Others than the closest may have heard of providers, too.
  await noteProviders(
    dht.findProviders(cid, { signal: client.signal, count: PROVIDERS_MAX }),
    found,
  );
  const providers = await Promise.all(
    [...found.values()]
      .slice(0, PROVIDERS_MAX)
      .map((peer) => checkProvider(client, dht, { peer, holders })),
  );
  return { kind: 'content', subject, network: name, holders, providers };
}

interface Asking {
  readonly peer: PeerInfo;
  readonly key: Uint8Array;
  /** Providers by their ids: those that are named are added. */
  readonly found: Map<string, PeerInfo>;
}

async function askHolder(
  { libp2p, signal: outer }: Client,
  { protocol }: KadscopeDHT,
  { peer, key, found }: Asking,
): Promise<HolderReport> {
  const id = peer.id.toString();
  const signal = AbortSignal.any([outer, AbortSignal.timeout(HOLDER_MS)]);
  try {
    const request = { protocol, type: 'get-providers', key, signal } as const;
    const named = peersOf((await askDirectly(libp2p, peer, request)).providerPeers);
    for (const one of named) note(found, one);
    return { id, providers: named.map((one) => one.id.toString()), problem: null };
  } catch (error) {
    return { id, providers: null, problem: failureText(error) };
  }
}

async function noteProviders(
  events: AsyncIterable<QueryEvent>,
  found: Map<string, PeerInfo>,
): Promise<void> {
  for await (const event of events) {
    if (event.name !== 'PROVIDER') continue;
    for (const peer of event.providers) note(found, peer);
  }
}

/** Keeps a provider with all addresses that anybody knows. */
function note(found: Map<string, PeerInfo>, peer: PeerInfo): void {
  const id = peer.id.toString();
  const multiaddrs = [...(found.get(id)?.multiaddrs ?? []), ...peer.multiaddrs];
  found.set(id, { id: peer.id, multiaddrs });
}

interface Providing {
  readonly peer: PeerInfo;
  readonly holders: readonly HolderReport[];
}

async function checkProvider(
  client: Client,
  dht: KadscopeDHT,
  { peer, holders }: Providing,
): Promise<ProviderReport> {
  const id = peer.id.toString();
  // Records of Kubo lose their addresses after half an hour, and the peer has to be looked for.
  const hasAddress = peerRecordOf(peer).Addrs.length > 0;
  const known = hasAddress ? peer : ((await lookFor(client, dht, peer.id)) ?? peer);
  const reach = await tryPeer(client.libp2p, known, client.signal);
  return {
    id,
    holders: holders.filter(({ providers }) => providers?.includes(id) === true).length,
    hasBitswap: speaks(reach, BITSWAP),
    ...reach,
  };
}

/** Whether a peer is known, where it can be reached, and whether it serves the DHT. */
export async function checkPeer(client: Client, subject: string, id: PeerId): Promise<PeerReport> {
  const { name, dht } = client.dhts[0]!;
  const found = await lookFor(client, dht, id);
  const reach =
    found === null
      ? { dials: [], identity: null }
      : await tryPeer(client.libp2p, found, client.signal);
  const servesDht = speaks(reach, dht.protocol);
  return { kind: 'peer', subject, network: name, isKnown: found !== null, servesDht, ...reach };
}

/** Whether somebody answers at an address, who that is, and what it speaks. */
export async function checkAddress(
  { libp2p, signal }: Pick<Client, 'libp2p' | 'signal'>,
  address: Multiaddr,
  protocol: string,
): Promise<AddressReport> {
  const { dial, identity } = await tryAddress(libp2p, address, signal);
  const reach = { dials: [dial], identity };
  return {
    kind: 'address',
    subject: address.toString(),
    servesDht: speaks(reach, protocol),
    hasBitswap: speaks(reach, BITSWAP),
    ...reach,
  };
}

async function lookFor({ signal }: Client, dht: KadscopeDHT, id: PeerId): Promise<PeerInfo | null> {
  try {
    for await (const event of dht.findPeer(id, { signal, useCache: false }))
      if (event.name === 'FINAL_PEER') return event.peer;
  } catch (error) {
    if ((error as Error).name !== 'NotFoundError') throw error;
  }
  return null;
}

/** Whether a peer speaks a protocol, in any version where none is named; `null` where it does not say. */
function speaks({ identity }: ReachReport, protocol: string): boolean | null {
  if (identity === null) return null;
  return identity.protocols.some((one) => one === protocol || one.startsWith(`${protocol}/`));
}
