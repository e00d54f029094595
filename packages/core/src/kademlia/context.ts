// What the parts of an engine share, and the port through which the engine reaches the world.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import type { TraceSink } from '../trace/sink.ts';
import { enlarge, grown } from './int-arena.ts';
import type { Budgets } from './budget.ts';
import type { Message } from './message.ts';
import type { OperationEvent } from './operation.ts';
import type { Profile } from './profile.ts';

/** What a timer is for. */
export const REQUEST_TIMER = 0;
export const REFRESH_TIMER = 1;
export const VALUE_TIMER = 2;
export const PROVIDER_TIMER = 3;
export const OPERATION_TIMER = 4;

/** The world as an engine sees it. Every call is synchronous and returns at once; only `result` may call the engine. */
export interface Host {
  /** Sends a request or response. The message is reused: copy what you keep. */
  send(message: Message): void;
  /** Calls `Kademlia.timer(kind, a, b, …)` at `atMs`. Timers are never cancelled: a stale one is ignored. */
  setTimer(atMs: number, kind: number, a: number, b: number): void;
  /** A result of an operation, or its end. */
  result(event: OperationEvent): void;
  /**
   * Whether a node has no connection to a contact, so that a request has to dial it first. A host whose
   * messages are datagrams has no such method.
   */
  needsDial?(node: number, contact: KeyHandle): boolean;
  /** 32 random bits for `node`. */
  random(node: number): number;
}

/**
 * The group of addresses that a contact belongs to, which one party may own whole. -1 for a contact of no
 * group, which no limit applies to.
 */
export type ContactGroups = (contact: KeyHandle) => number;

/** The population's shared state: one object, known to every part of the engine. */
export interface Context {
  readonly profile: Profile;
  readonly keys: KeyTable;
  readonly host: Host;
  /** Where steps are reported; `null` when nobody listens. */
  readonly trace: TraceSink | null;
  /** What nodes spend at most; `null` for no limits. */
  readonly budgets: Budgets | null;
  /**
   * Groups that limit contacts: a /16 or an IPv6 /32 on the IPFS DHT, a /24 on Mainline; `null` where
   * nobody knows addresses.
   */
  readonly groups: ContactGroups | null;
  /** Groups that limit records and requests: a /24, or an IPv6 /48; `null` as above. */
  readonly subnets: ContactGroups | null;
  /** The key of each node: `self[node]`. */
  readonly self: SelfKeys;
}

/** Keys and modes of the nodes of a population. */
export class SelfKeys {
  #keys: Int32Array;
  #modes: Uint8Array;
  #length = 0;

  constructor(capacity: number) {
    this.#keys = new Int32Array(Math.max(1, capacity));
    this.#modes = new Uint8Array(Math.max(1, capacity));
  }

  add(key: KeyHandle): number {
    if (this.#length === this.#keys.length) this.#grow();
    this.#keys[this.#length] = key;
    return this.#length++;
  }

  /** Whether there is such a node. */
  has(node: number): boolean {
    return Number.isInteger(node) && node >= 0 && node < this.#length;
  }

  /** The handle of the node's own key. */
  key(node: number): KeyHandle {
    return this.#keys[node]!;
  }

  isActive(node: number): boolean {
    return this.#modes[node]! > OFFLINE;
  }

  isServer(node: number): boolean {
    return this.#modes[node] === SERVER;
  }

  setMode(node: number, mode: 'server' | 'client' | 'offline'): void {
    this.#modes[node] = mode === 'server' ? SERVER : mode === 'client' ? CLIENT : OFFLINE;
  }

  #grow(): void {
    const capacity = grown(this.#keys.length);
    this.#keys = enlarge(this.#keys, capacity);
    this.#modes = enlarge(this.#modes, capacity);
  }
}

const OFFLINE = 0;
const CLIENT = 1;
const SERVER = 2;

/** A random key that shares exactly `prefixLength` leading bits with `origin`, which may not be all of them. */
export function randomKeyInBucket(origin: Key, prefixLength: number, random: () => number): Key {
  const key = origin.slice();
  const first = prefixLength >>> 3;
  for (let i = first; i < key.length; i++) {
    const kept = i === first ? prefixLength & 7 : 0;
    const mask = 0xff >>> kept;
    key[i] = (origin[i]! & ~mask) | (random() & mask);
  }
  const flipped = 0x80 >>> (prefixLength & 7);
  key[first] = (key[first]! & ~flipped) | (~origin[first]! & flipped);
  return key;
}
