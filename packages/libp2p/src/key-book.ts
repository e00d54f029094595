// What the keys of the engine stand for: peers with their addresses, and what content and records are
// called. The engine knows handles of hashed keys; requests on the IPFS DHT carry what is hashed.
//
// The book holds each of its keys once. What the engine no longer works with, and nobody has mentioned
// for a while, is forgotten again, so that strangers can make us remember only so much.
import type { Kademlia } from '@kadscope/core';
import { hashKey } from '@kadscope/core';
import type { KeyHandle, KeyTable } from '@kadscope/core/keyspace';
import {
  encodePeer,
  ipGroup,
  isPublicAddress,
  NO_GROUP,
  PEER_ADDRESSES_MAX,
} from '@kadscope/core/wire';
import type { EncodedPeer } from '@kadscope/core/wire';
import type { PeerId } from '@libp2p/interface';
import { sameBytes } from './bytes.ts';
import { isPeerIdBytes, peerIdFromBytes } from './peers.ts';

/** The one node of the engine. */
export const NODE = 0;

/** Entries at most: 200,000 of 400 bytes; the IPFS DHT has some 20,000 peers at a time. */
const ENTRIES_MAX = 200_000;

/** What was mentioned within this time is kept: longer than any request lasts. */
const REST_MS = 60_000;

/** How often the book is looked through, at most. */
const SWEEP_MS = 30_000;

/** Entries from which on it is worth looking. */
const SWEEP_FROM = 1_024;

/** What a key stands for. */
export class Known {
  readonly handle: KeyHandle;
  /** What is hashed: a peer id, a multihash, the key of a record. */
  readonly bytes: Uint8Array;
  /** Where a peer can be reached, without its own id; none for what is no peer. */
  addresses: readonly Uint8Array[] = [];
  /** The group of networks that the peer's first public address belongs to; -1 for none. */
  group: number = NO_GROUP;
  /** The group that the peer's connection came from: nobody can choose it as he likes. */
  origin: number = NO_GROUP;
  /** Whether the addresses are the peer's own word, or it has answered at them: hearsay does not change them. */
  isProven = false;
  /** Whether nobody was found at the addresses: what is heard next replaces them. */
  isDoubtful = false;
  /** The addresses that are on the disk, as far as is known. */
  saved: readonly Uint8Array[] | null = null;
  touchedAt = 0;
  #isPeer: boolean | null = null;
  #peerId: PeerId | null = null;
  #encoded: EncodedPeer | null = null;

  constructor(handle: KeyHandle, bytes: Uint8Array) {
    this.handle = handle;
    this.bytes = bytes;
  }

  /** Whether the bytes are a peer id: of content, and of records, they may look like one. */
  get isPeer(): boolean {
    this.#isPeer ??= isPeerIdBytes(this.bytes);
    return this.#isPeer;
  }

  /** Throws where the bytes are no peer id. */
  get peerId(): PeerId {
    this.#peerId ??= peerIdFromBytes(this.bytes);
    return this.#peerId;
  }

  /** The peer as messages carry it. */
  get encoded(): EncodedPeer {
    this.#encoded ??= encodePeer({ id: this.bytes, addresses: this.addresses, connection: 0 });
    return this.#encoded;
  }

  /** The same, for whom anybody can reach. */
  get encodedIfReachable(): EncodedPeer | undefined {
    return this.addresses.length === 0 ? undefined : this.encoded;
  }

  /** Takes a peer id that is an object already. */
  name(peerId: PeerId): void {
    this.#peerId = peerId;
  }

  /** Replaces the addresses; what messages carry follows. */
  move(addresses: readonly Uint8Array[]): void {
    if (sameAddresses(this.addresses, addresses)) return;
    this.addresses = addresses;
    // Private addresses cost nobody anything, and say nothing about who owns them.
    const first = addresses.find((address) => isPublicAddress(address));
    this.group = first === undefined ? NO_GROUP : ipGroup(first);
    this.#encoded = null;
  }
}

/** All that is known of keys. */
export class KeyBook {
  readonly #keys: KeyTable;
  readonly #byBytes = new Map<string, Known>();
  readonly #byHandle = new Map<KeyHandle, Known>();
  /** Peers that are connected. */
  readonly #kept = new Set<KeyHandle>();
  #sweptAt = 0;
  /** Told of each peer whose addresses change or come for the first time. */
  onPeer: ((peer: Known) => void) | null = null;

  constructor(keys: KeyTable) {
    this.#keys = keys;
  }

  get size(): number {
    return this.#byHandle.size;
  }

  /** What a handle stands for; `undefined` when that is not known. */
  get(handle: KeyHandle): Known | undefined {
    return this.#byHandle.get(handle);
  }

  /** What some bytes are known as, without taking them up. */
  find(bytes: Uint8Array): Known | undefined {
    return this.#byBytes.get(textOf(bytes));
  }

  /** Takes up what is hashed to a key; copies bytes that it has not seen before. */
  know(bytes: Uint8Array, now: number): Known {
    const text = textOf(bytes);
    let known = this.#byBytes.get(text);
    if (known === undefined) {
      const handle = this.#keys.intern(hashKey(bytes, this.#keys.keyBytes));
      known = new Known(handle, bytes.slice());
      this.#byBytes.set(text, known);
      this.#byHandle.set(handle, known);
    }
    known.touchedAt = now;
    return known;
  }

  /** Takes up a peer and where it says that it can be reached; no addresses leave those that are known. */
  meet(id: Uint8Array, addresses: readonly Uint8Array[], now: number): Known {
    const known = this.know(id, now);
    if (addresses.length === 0) return known;
    this.#move(known, addresses);
    known.isProven = true;
    return known;
  }

  /**
   * Takes up a peer that others speak of; `null` when it cannot be one. What they say of where it is adds to
   * what is known, and never takes the place of what the peer itself says: else anybody could cut it off.
   */
  hear(id: Uint8Array, addresses: readonly Uint8Array[], now: number): Known | null {
    const before = this.#byBytes.get(textOf(id));
    if (!(before?.isPeer ?? isPeerIdBytes(id))) return null;
    const known = this.know(id, now);
    if (addresses.length === 0 || known.isProven) return known;
    this.#move(known, known.isDoubtful ? addresses : [...known.addresses, ...addresses]);
    return known;
  }

  /** Nobody was found where a peer was said to be. */
  doubt(known: Known): void {
    known.isProven = false;
    known.isDoubtful = true;
  }

  /** A peer has answered. */
  prove(known: Known): void {
    known.isProven = known.addresses.length > 0;
    known.isDoubtful = false;
  }

  #move(known: Known, addresses: readonly Uint8Array[]): void {
    known.isDoubtful = false;
    const fresh = unique(addresses).slice(0, PEER_ADDRESSES_MAX);
    if (sameAddresses(known.addresses, fresh)) return;
    // Views of a message would keep all of it in memory.
    known.move(fresh.map((address) => address.slice()));
    this.onPeer?.(known);
  }

  /** Keeps a peer as long as it is connected. */
  keep(known: Known): void {
    this.#kept.add(known.handle);
  }

  letGo(id: Uint8Array): void {
    const known = this.find(id);
    if (known !== undefined) this.#kept.delete(known.handle);
  }

  /** Forgets what nobody needs any more, if it is time to look. */
  sweep(engine: Kademlia, now: number): void {
    if (this.size < SWEEP_FROM || now - this.#sweptAt < SWEEP_MS) return;
    this.#sweptAt = now;
    const needed = new Set(this.#kept);
    engine.eachContact((contact) => needed.add(contact));
    // A lookup remembers by its handle whom it has heard of: none may be used again before it ends.
    let since = now - REST_MS;
    if (this.size < ENTRIES_MAX)
      for (const { startedAt } of engine.operations) since = Math.min(since, startedAt);
    for (const known of this.#byHandle.values()) {
      const isHeldElsewhere = this.#keys.references(known.handle) > 1;
      if (known.touchedAt >= since || isHeldElsewhere || needed.has(known.handle)) continue;
      this.#byHandle.delete(known.handle);
      this.#byBytes.delete(textOf(known.bytes));
      this.#keys.release(known.handle);
    }
  }
}

/** Bytes as the key of a map: one character for each. */
function textOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** Addresses without repetitions: some peers say them with and without their id. */
function unique(addresses: readonly Uint8Array[]): Uint8Array[] {
  return addresses.filter(
    (one, i) => !addresses.slice(0, i).some((other) => sameBytes(one, other)),
  );
}

function sameAddresses(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return a.length === b.length && a.every((address, i) => sameBytes(address, b[i]!));
}
