// Who enters and leaves, and when: the first nodes, churn, and those who come later.
import type { KeyTable } from '../keyspace/key-table.ts';
import { normalQuantile } from '../keyspace/maths.ts';
import { mix } from '../keyspace/rng.ts';
import type { Rng } from '../keyspace/rng.ts';
import type { Kademlia } from '../kademlia/kademlia.ts';
import type { Attendance } from './attendance.ts';
import { exponential } from './chance.ts';
import { neighbourhoods } from './neighbourhoods.ts';
import { TableSampler } from './population.ts';
import type { Scenario } from './scenario.ts';

/** Lookups from which long-lived nodes know the size of the network: as many as a node remembers. */
const LOOKUPS_BEFORE = 16;

/** Events that are for `Membership.event`. */
export const ENTER = 2;
export const JOIN = 3;
export const LEAVE = 4;
export const CRASH = 5;

/** What memberships are made of. */
export interface MembershipParts {
  readonly scenario: Scenario;
  readonly attendance: Attendance;
  readonly engine: Kademlia;
  readonly keys: KeyTable;
  readonly rng: Rng;
  /** Lets `Membership.event` be called at a time. */
  readonly schedule: (atMs: number, type: number, node: number) => void;
  /** A node goes offline. */
  readonly onLeave: (node: number) => void;
}

/** Puts nodes online and takes them offline. */
export class Membership {
  /** Nodes that have their time to enter and have not entered. */
  entering = 0;
  readonly #parts: MembershipParts;
  /** How many others the nodes have seen that have been up for long; 0 for newcomers. */
  readonly #sizes: Int32Array;

  constructor(parts: MembershipParts) {
    this.#parts = parts;
    this.#sizes = new Int32Array(parts.attendance.count);
  }

  /** Puts the first nodes online, or schedules that; returns when all are there. */
  open(rng: Rng): number {
    const { scenario, attendance, engine } = this.#parts;
    for (let node = 0; node < attendance.count; node++) engine.addNode(node);
    let readyMs = 0;
    if (scenario.start === 'sampled') this.#sampleTables(rng);
    else readyMs = this.#letEnter(attendance.shuffledFirst(rng), 0);
    return readyMs;
  }

  /** Schedules the first join, leave and crash. */
  startChurn(fromMs: number): void {
    this.#scheduleChurn(JOIN, fromMs);
    this.#scheduleChurn(LEAVE, fromMs);
    this.#scheduleChurn(CRASH, fromMs);
  }

  /** Lets those enter who come later, one after the other; returns when the last will. */
  admitLatecomers(now: number): number {
    return this.#letEnter(this.#parts.attendance.latecomers, now);
  }

  /** Something scheduled happens now. */
  event(type: number, node: number, now: number): void {
    if (type === ENTER) {
      this.entering--;
      this.#enter(node, now);
      return;
    }
    this.#churn(type, now);
    this.#scheduleChurn(type, now);
  }

  #letEnter(nodes: readonly number[], fromMs: number): number {
    let readyMs = fromMs;
    for (const node of nodes) {
      this.#parts.schedule(readyMs, ENTER, node);
      this.entering++;
      readyMs += this.#parts.scenario.joinGapMs;
    }
    return readyMs;
  }

  #sampleTables(rng: Rng): void {
    const { engine, keys, attendance, scenario } = this.#parts;
    const { k } = engine.tables.buckets;
    for (const { nodes, present } of neighbourhoods(scenario, attendance)) {
      const sampler = new TableSampler({ engine, keys, present, rng, k });
      for (const node of nodes) {
        this.#putOnline(node, 0);
        // Adversaries need no table: they know everybody who matters to them.
        if (attendance.isAdversary(node)) continue;
        if (attendance.isSilent(node) || attendance.isUnreachable(node)) continue;
        sampler.fill(node);
        engine.snapshots.report(node, 0);
        this.#sizes[node] = present.length - 1;
      }
    }
    // What they have looked up before told them how large the network is, within the error of 16 lookups.
    const { seed } = scenario;
    const shape = LOOKUPS_BEFORE * k;
    engine.neighbourhoods.assume((node) => {
      const nodes = this.#sizes[node]!;
      if (nodes === 0) return null;
      const chance = (mix(seed | 0, node, shape) + 0.5) / 4294967296;
      return { nodes: nodes * (1 + normalQuantile(chance) / Math.sqrt(shape)), shape };
    });
  }

  #putOnline(node: number, now: number): void {
    const { attendance, engine, scenario } = this.#parts;
    attendance.setOnline(node, true);
    engine.enter(node, attendance.modeOf(node), now);
    if (scenario.maintenance && attendance.isResponsive(node)) engine.startRefreshing(node, now);
  }

  /** A node enters and bootstraps from an honest one that is there. */
  #enter(node: number, now: number): void {
    const { attendance, engine, rng } = this.#parts;
    const seed = attendance.randomResponsive(rng, node);
    this.#putOnline(node, now);
    if (seed >= 0) engine.start({ kind: 'bootstrap', node, seeds: [seed] }, now);
  }

  #churn(type: number, now: number): void {
    const { attendance, engine, rng } = this.#parts;
    if (type === JOIN) {
      const node = attendance.randomOffline(rng);
      if (node < 0) return;
      engine.forget(node);
      this.#sizes[node] = 0;
      this.#enter(node, now);
      return;
    }
    const node = attendance.randomResponsive(rng, -1);
    if (node < 0 || attendance.responsiveCount <= 2) return;
    attendance.setOnline(node, false);
    this.#parts.onLeave(node);
    engine.leave(node, now, type === LEAVE ? 'left' : 'crashed');
  }

  #scheduleChurn(type: number, fromMs: number): void {
    const { scenario, rng, schedule } = this.#parts;
    const { joinIntervalMs, leaveIntervalMs, crashIntervalMs } = scenario.churn;
    const mean =
      type === JOIN ? joinIntervalMs : type === LEAVE ? leaveIntervalMs : crashIntervalMs;
    if (mean > 0) schedule(fromMs + exponential(mean, rng), type, 0);
  }
}
