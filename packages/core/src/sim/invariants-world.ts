// What the checks of a simulation look at, and the event that is being processed.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import type { Kademlia } from '../kademlia/kademlia.ts';
import type { Message } from '../kademlia/message.ts';
import type { Profile } from '../kademlia/profile.ts';
import type { ValueRecord } from '../store/value-store.ts';
import type { Attendance } from './attendance.ts';
import type { InvariantName } from './invariants-list.ts';
import type { Network } from './network.ts';

/** The simulated world as checks see it: they read it and change nothing. */
export interface World {
  readonly profile: Profile;
  readonly keys: KeyTable;
  readonly attendance: Pick<Attendance, 'count' | 'isOnline' | 'isUnreachable' | 'modeOf'>;
  readonly network: Pick<Network, 'messages' | 'duplicates' | 'dropped' | 'inFlight' | 'message'>;
  /** The engine, which is made after its checks. */
  readonly engine: () => Kademlia;
  /** Whether an adversary answers under the id of a contact. */
  readonly isHostile: (contact: KeyHandle) => boolean;
  /** Ids that adversaries have invented and keep. */
  readonly invented: () => number;
  /** Whether address groups are limited, so that a bucket may refuse newcomers although it has room. */
  readonly isDiverse: boolean;
  /** Whether whatever happens to a node is followed step by step. */
  readonly isWatched: (node: number) => boolean;
  /** Whether everything is checked, whatever it costs. */
  readonly isThorough: boolean;
  /** Reports that an invariant is broken at a node, -1 for none. */
  readonly fail: (name: InvariantName, node: number, detail: string) => void;
}

/** What an event is, as far as checks care. */
export const OTHER = 0;
export const REQUEST = 1;
export const RESPONSE = 2;
export const REQUEST_OVERDUE = 3;
export const REFRESH = 4;
export const CONFIRMED = 5;
export const REFUSED = 6;

/** The event that is being processed, and what the engine has done about it so far. */
export class Turn {
  kind: number = OTHER;
  now = 0;
  /** The node that it is about; -1 when that is not known beforehand. */
  node = -1;
  /** The message that arrives; `null` for other events. */
  message: Message | null = null;
  /** The request that a response, a timer or a confirmation is about, and whether it is still waited for. */
  slot = -1;
  isCurrent = false;
  /** The serial number in the slot before the event, whether it had been given up, and the contact that was asked. */
  serialBefore = -1;
  wasGivenUp = false;
  suspect = -1;
  /** What the message is about: the network takes both back when it has arrived. */
  point: Key | null = null;
  record: ValueRecord | null = null;
  /** Whether the last answer said that the request was carried out. */
  hasAccepted = false;
  /** Calls to the host. */
  requests = 0;
  answers = 0;
  timers = 0;
  results = 0;

  begin(kind: number, now: number, node: number): void {
    this.kind = kind;
    this.now = now;
    this.node = node;
    this.message = null;
    this.slot = -1;
    this.isCurrent = false;
    this.serialBefore = -1;
    this.wasGivenUp = false;
    this.suspect = -1;
    this.point = null;
    this.record = null;
    this.hasAccepted = false;
    this.requests = 0;
    this.answers = 0;
    this.timers = 0;
    this.results = 0;
  }

  /** Whether the engine did nothing that anybody could notice. */
  get isIdle(): boolean {
    return this.requests + this.answers + this.timers + this.results === 0;
  }
}
