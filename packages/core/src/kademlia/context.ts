// What the parts of an engine share, and the port through which the engine reaches the world.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import type { ValueRecord } from '../store/value-store.ts';
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
  /**
   * A key with the same first `length` bits as `point` that requests of this host can carry: on the IPFS DHT,
   * they carry what is hashed. `null` when the host knows none. A host whose requests carry keys as they
   * are has no such method.
   */
  askable?(point: Key, length: number): Key | null;
  /** A node keeps a record from now on, or keeps it no longer: for hosts that have a disk. */
  kept?(change: RecordChange): void;
  /** 32 random bits for `node`. */
  random(node: number): number;
}

/** What has become of a record of a node. Keys and providers are good for this call only. */
export type RecordChange =
  | {
      readonly type: 'value';
      readonly node: number;
      readonly key: KeyHandle;
      readonly record: ValueRecord;
      readonly storedAt: number;
      readonly isOwn: boolean;
    }
  | {
      readonly type: 'provider';
      readonly node: number;
      readonly key: KeyHandle;
      readonly provider: KeyHandle;
      readonly storedAt: number;
    }
  | { readonly type: 'value-dropped'; readonly node: number; readonly key: KeyHandle }
  | {
      readonly type: 'provider-dropped';
      readonly node: number;
      readonly key: KeyHandle;
      readonly provider: KeyHandle;
    };

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

  /** Throws a `RangeError` if there is not. */
  check(node: number): void {
    if (!this.has(node)) throw new RangeError(`there is no node ${String(node)}`);
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

  /** Throws a `RangeError` at a mode that there is not. */
  setMode(node: number, mode: Mode): void {
    const code = MODES[mode] as number | undefined;
    if (code === undefined) throw new RangeError(`there is no mode '${mode}'`);
    this.#modes[node] = code;
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
type Mode = 'offline' | 'client' | 'server';
const MODES: Readonly<Record<Mode, number>> = { offline: OFFLINE, client: CLIENT, server: SERVER };

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
