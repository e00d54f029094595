// What a network does to messages besides delaying them: it loses, doubles and reorders them, and falls apart.
import { mix } from '../keyspace/rng.ts';
import type { Rng } from '../keyspace/rng.ts';
import type { Partition } from './scenario-network.ts';

/** How bad a network is. */
export interface FaultPlan {
  /** Share of messages that get lost. */
  readonly loss: number;
  /** Share of messages that arrive twice. */
  readonly duplicate: number;
  /** A message takes up to so many milliseconds longer. */
  readonly jitterMs: number;
  readonly partitions: readonly Partition[];
  readonly seed: number;
}

/** Draws the faults of one network. Each sort has a stream of its own, which is drawn from only if there are any. */
export class Faults {
  readonly #plan: FaultPlan;
  readonly #losses: Rng;
  readonly #duplicates: Rng;
  readonly #jitter: Rng;

  constructor(plan: FaultPlan, rng: Rng) {
    this.#plan = plan;
    this.#losses = rng.fork('loss');
    this.#duplicates = rng.fork('duplicates');
    this.#jitter = rng.fork('jitter');
  }

  /** Whether the next message gets lost. */
  loses(): boolean {
    return this.#plan.loss > 0 && this.#losses.chance(this.#plan.loss);
  }

  /** Whether the next message arrives twice. */
  duplicates(): boolean {
    return this.#plan.duplicate > 0 && this.#duplicates.chance(this.#plan.duplicate);
  }

  /** How much longer the next message takes. */
  jitterMs(): number {
    return this.#plan.jitterMs === 0 ? 0 : this.#jitter.fraction() * this.#plan.jitterMs;
  }

  /** Whether no message gets from one node to another at a time. */
  separates(from: number, to: number, now: number): boolean {
    const { partitions } = this.#plan;
    for (let i = 0; i < partitions.length; i++) {
      const { fromMs, toMs } = partitions[i]!;
      if (now >= fromMs && now < toMs && this.#isFirstPart(i, from) !== this.#isFirstPart(i, to))
        return true;
    }
    return false;
  }

  /** A hash instead of a list: no memory, and the same answer for nodes that join later. */
  #isFirstPart(partition: number, node: number): boolean {
    const { partitions, seed } = this.#plan;
    return mix(seed | 0, partition, node) < partitions[partition]!.share * 4294967296;
  }
}
