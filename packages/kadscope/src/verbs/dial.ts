// Tries where a peer can be reached, address by address, and asks it what it speaks.
import type { IdentifyResult, Libp2p, PeerId, PeerInfo } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { peerRecordOf } from '../http/peer-record.ts';
import { withPeer } from './direct.ts';
import { failureText, NO_ANSWER } from './failure.ts';

/** What became of a dial. */
export interface DialReport {
  readonly address: string;
  /** Milliseconds; `null` where nobody answered. */
  readonly ms: number | null;
  readonly problem: string | null;
}

/** What a peer says of itself. */
export interface Identity {
  readonly id: string;
  readonly agent: string;
  readonly protocols: readonly string[];
  /** Milliseconds of a round trip; `null` where it does not answer pings. */
  readonly latencyMs: number | null;
}

/** Where a peer can be reached, and what it says of itself; `null` where nobody answered, or it says nothing. */
export interface ReachReport {
  readonly dials: readonly DialReport[];
  readonly identity: Identity | null;
}

interface PingService {
  ping(peer: PeerId, options: { signal: AbortSignal }): Promise<number>;
}

/** Addresses of a peer that are tried, at most; each may take all of the time. */
const ADDRESSES_MAX = 8;
const DIAL_MS = 5_000;
const PINGS = 3;
/** What libp2p gives a peer to say what it speaks, and a little more. */
const IDENTIFY_MS = 10_000;

/** Tries the addresses of a peer one after the other. */
export async function tryPeer(
  libp2p: Libp2p,
  peer: PeerInfo,
  signal: AbortSignal,
): Promise<ReachReport> {
  const dials: DialReport[] = [];
  let identity: Identity | null = null;
  const addresses = peerRecordOf(peer).Addrs.slice(0, ADDRESSES_MAX);
  for (const text of addresses) {
    const tried = await tryAddress(libp2p, withPeer(multiaddr(text), peer.id), signal);
    dials.push({ ...tried.dial, address: text });
    identity ??= tried.identity;
  }
  return { dials, identity };
}

/** Tries one address; whoever answers there is asked what it speaks. */
export async function tryAddress(
  libp2p: Libp2p,
  address: Multiaddr,
  outer: AbortSignal,
): Promise<{ readonly dial: DialReport; readonly identity: Identity | null }> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(DIAL_MS)]);
  const startMs = performance.now();
  const identified = new Identified(libp2p);
  try {
    // A connection that is there already says nothing about this address.
    const { remotePeer, id } = await libp2p.dial(address, { signal, force: true });
    const ms = performance.now() - startMs;
    const said = await identified.by(id, outer);
    const latencyMs = await latencyOf(libp2p, remotePeer, outer);
    const identity = said === null ? null : { id: remotePeer.toString(), ...said, latencyMs };
    return { dial: { address: address.toString(), ms, problem: null }, identity };
  } catch (error) {
    const problem = signal.aborted ? NO_ANSWER : failureText(error);
    return { dial: { address: address.toString(), ms: null, problem }, identity: null };
  } finally {
    identified.close();
  }
}

type Said = Pick<Identity, 'agent' | 'protocols'>;

/** What peers say of themselves: libp2p asks each of them once, when it connects. */
class Identified {
  readonly #libp2p: Libp2p;
  readonly #said = new Map<string, Said>();
  #changed: () => void = () => {};
  readonly #listener = ({ detail }: CustomEvent<IdentifyResult>): void => {
    const { connection, protocols, agentVersion = '' } = detail;
    this.#said.set(connection.id, { agent: agentVersion, protocols: protocols.toSorted() });
    this.#changed();
  };

  constructor(libp2p: Libp2p) {
    this.#libp2p = libp2p;
    libp2p.addEventListener('peer:identify', this.#listener);
  }

  close(): void {
    this.#libp2p.removeEventListener('peer:identify', this.#listener);
  }

  /** What the peer of a connection said; `null` where it says nothing in time. */
  by(connection: string, outer: AbortSignal): Promise<Said | null> {
    const signal = AbortSignal.any([outer, AbortSignal.timeout(IDENTIFY_MS)]);
    return new Promise((resolve) => {
      this.#changed = () => {
        const said = this.#said.get(connection);
        if (said !== undefined || signal.aborted) resolve(said ?? null);
      };
      signal.addEventListener('abort', this.#changed, { once: true });
      this.#changed();
    });
  }
}

async function latencyOf(libp2p: Libp2p, peer: PeerId, outer: AbortSignal): Promise<number | null> {
  const { ping } = libp2p.services as unknown as { readonly ping: PingService };
  const signal = AbortSignal.any([outer, AbortSignal.timeout(DIAL_MS)]);
  let best: number | null = null;
  for (let i = 0; i < PINGS; i++) {
    const ms = await ping.ping(peer, { signal }).catch(() => null);
    if (ms === null) break;
    best = Math.min(best ?? ms, ms);
  }
  return best;
}

/** Whether one of the addresses works. */
export function isReachable({ dials }: ReachReport): boolean {
  return dials.some(({ ms }) => ms !== null);
}
