// The state of running lookups, in arrays: a lookup is an index.
import type { KeyHandle } from '../keyspace/key-table.ts';
import { enlarge, grown } from './int-arena.ts';
import type { LookupOrder } from './lookup-port.ts';
import type { Profile } from './profile.ts';

/** Phases of a lookup. */
export const CONVERGING = 0;
export const CONFIRMING = 1;
export const ENDED = 2;

/** What identifies a lookup. */
export interface LookupIdentity {
  readonly node: number;
  readonly target: KeyHandle;
  /** The request that is sent to each contact: FIND_NODE, GET_VALUE or GET_PROVIDERS. */
  readonly kind: number;
  /** The operation that is told of answers and of the end. */
  readonly operation: number;
  /** Whether it begins with alpha requests at once: a little faster, and a quarter more requests. */
  readonly isUrgent: boolean;
}

/** What a lookup cost. */
export interface LookupCost {
  readonly requests: number;
  readonly bytes: number;
  readonly dials: number;
}

/** The running lookups of a population; the fields are columns. */
export class LookupPool {
  /** Numbers that are never used again; -1 for a free place. */
  serials: Int32Array = new Int32Array(16).fill(-1);
  nodes: Int32Array = new Int32Array(16);
  targets: Int32Array = new Int32Array(16);
  kinds: Uint8Array = new Uint8Array(16);
  operations: Int32Array = new Int32Array(16);
  phases: Uint8Array = new Uint8Array(16);
  /** Requests whose answers are not overdue. */
  inFlight: Uint16Array = new Uint16Array(16);
  /** Contacts asked. */
  asked: Uint16Array = new Uint16Array(16);
  /** Bytes of requests and answers, estimated. */
  bytes: Float64Array = new Float64Array(16);
  /** Contacts that had to be dialed. */
  dials: Uint16Array = new Uint16Array(16);
  /** Whether it began with alpha requests at once. */
  urgent: Uint8Array = new Uint8Array(16);
  /** Whether those that were given up have been asked once more. */
  recalled: Uint8Array = new Uint8Array(16);
  /** Contacts of the origin asked, as long as nobody closer was known. */
  seedsAsked: Uint8Array = new Uint8Array(16);
  /** How often a second path was taken, and whether one is being taken. */
  opinions: Uint8Array = new Uint8Array(16);
  isDoubted: Uint8Array = new Uint8Array(16);
  /** The group of a lookup that is one of several disjoint paths; -1 for none. */
  groups: Int32Array = new Int32Array(16);
  readonly #seedsMax: number;
  #seeds: Int32Array;
  #seedCounts: Uint8Array = new Uint8Array(16);
  readonly #free: number[] = [];
  #length = 0;
  #nextSerial = 0;

  /** `seedsMax` bounds the contacts of the origin that a lookup remembers. */
  constructor(seedsMax: number) {
    this.#seedsMax = seedsMax;
    this.#seeds = new Int32Array(16 * seedsMax);
  }

  /** Remembers from whom a lookup began, nearest first. */
  setSeeds(lookup: number, seeds: Int32Array, count: number): void {
    this.#seedCounts[lookup] = count;
    for (let i = 0; i < count; i++) this.#seeds[lookup * this.#seedsMax + i] = seeds[i]!;
  }

  /** The contacts of the origin from which a lookup began, without the first `from`. */
  seedsFrom(lookup: number, from: number): Int32Array {
    const start = lookup * this.#seedsMax;
    return this.#seeds.subarray(start + from, start + Math.max(from, this.#seedCounts[lookup]!));
  }

  /** Places in use, and free ones among them. */
  get length(): number {
    return this.#length;
  }

  /** Lookups running now. */
  get running(): number {
    return this.#length - this.#free.length;
  }

  /** A place for a new lookup. */
  take(identity: LookupIdentity, group: number): number {
    let lookup = this.#free.pop();
    if (lookup === undefined) {
      if (this.#length === this.serials.length) this.#grow();
      lookup = this.#length++;
    }
    this.serials[lookup] = this.#nextSerial++;
    this.nodes[lookup] = identity.node;
    this.targets[lookup] = identity.target;
    this.kinds[lookup] = identity.kind;
    this.operations[lookup] = identity.operation;
    this.phases[lookup] = CONVERGING;
    this.inFlight[lookup] = 0;
    this.asked[lookup] = 0;
    this.bytes[lookup] = 0;
    this.dials[lookup] = 0;
    this.urgent[lookup] = identity.isUrgent ? 1 : 0;
    this.recalled[lookup] = 0;
    this.seedsAsked[lookup] = 0;
    this.#seedCounts[lookup] = 0;
    this.opinions[lookup] = 0;
    this.isDoubted[lookup] = 0;
    this.groups[lookup] = group;
    return lookup;
  }

  /**
   * How many requests may be in flight: few at first, when the contacts known are far from the target, and
   * one more for each that has ended or stalled, up to alpha. At 10,000 nodes this asks 25 nodes instead
   * of 31 in the same time.
   */
  window(lookup: number, { alpha, initialAlpha }: Profile): number {
    if (this.urgent[lookup] === 1) return alpha;
    return Math.min(alpha, initialAlpha + this.asked[lookup]! - this.inFlight[lookup]!);
  }

  /** What a lookup cost: contacts asked and dialed, and bytes of requests and answers, estimated. */
  cost(lookup: number): LookupCost {
    return {
      requests: this.asked[lookup]!,
      bytes: this.bytes[lookup]!,
      dials: this.dials[lookup]!,
    };
  }

  /** Lets a lookup bear the cost of one of its paths. */
  addCost(lookup: number, path: number): void {
    this.asked[lookup]! += this.asked[path]!;
    this.bytes[lookup]! += this.bytes[path]!;
    this.dials[lookup]! += this.dials[path]!;
  }

  /** What a lookup is for, with other seeds. */
  order(lookup: number, seeds: readonly KeyHandle[]): LookupOrder {
    return {
      node: this.nodes[lookup]!,
      target: this.targets[lookup]!,
      kind: this.kinds[lookup]!,
      operation: this.operations[lookup]!,
      isUrgent: this.urgent[lookup] === 1,
      seeds,
    };
  }

  release(lookup: number): void {
    this.serials[lookup] = -1;
    this.#free.push(lookup);
  }

  #grow(): void {
    const capacity = grown(this.serials.length);
    this.serials = enlarge(this.serials, capacity);
    this.nodes = enlarge(this.nodes, capacity);
    this.targets = enlarge(this.targets, capacity);
    this.kinds = enlarge(this.kinds, capacity);
    this.operations = enlarge(this.operations, capacity);
    this.phases = enlarge(this.phases, capacity);
    this.inFlight = enlarge(this.inFlight, capacity);
    this.asked = enlarge(this.asked, capacity);
    this.bytes = enlarge(this.bytes, capacity);
    this.dials = enlarge(this.dials, capacity);
    this.urgent = enlarge(this.urgent, capacity);
    this.recalled = enlarge(this.recalled, capacity);
    this.#seeds = enlarge(this.#seeds, capacity * this.#seedsMax);
    this.#seedCounts = enlarge(this.#seedCounts, capacity);
    this.seedsAsked = enlarge(this.seedsAsked, capacity);
    this.opinions = enlarge(this.opinions, capacity);
    this.isDoubted = enlarge(this.isDoubted, capacity);
    this.groups = enlarge(this.groups, capacity);
  }
}
