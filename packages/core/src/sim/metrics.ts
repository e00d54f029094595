// Scores: what a run achieved, judged by an oracle that knows the whole network.
import { isSuccess } from '../kademlia/operation.ts';
import type { Operation } from '../kademlia/operation.ts';
import type { Oracle } from './population.ts';

/** A distribution in four numbers; all 0 when there are no values. */
export interface Summary {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** The outcome of a simulation. */
export interface SimulationReport {
  readonly nodes: number;
  readonly seed: number;
  readonly profile: string;
  /** Operations of the workload that ended. */
  readonly operations: number;
  /** Share of them that reached their goal; a lookup of nodes reaches it when it returns the closest live node. */
  readonly successRate: number;
  /** Share of the true k closest live nodes that lookups returned; over lookups that ran to their end. */
  readonly recall: number;
  /** Depth of the chain of answers to the nearest node, for the same lookups. */
  readonly hops: Summary;
  /** Nodes asked, for the same lookups. */
  readonly rpcs: Summary;
  /** Virtual time from start to end of operations that succeeded. */
  readonly latencyMs: Summary;
  readonly messages: number;
  readonly bytes: number;
  /** Virtual time that passed. */
  readonly virtualMs: number;
  /** How often each kind of operation was started and succeeded. */
  readonly kinds: Readonly<
    Record<string, { readonly started: number; readonly succeeded: number }>
  >;
}

/** Collects the results of operations. */
export class Metrics {
  ended = 0;
  #succeeded = 0;
  #recall = 0;
  #lookups = 0;
  readonly #hops: number[] = [];
  readonly #rpcs: number[] = [];
  readonly #latencies: number[] = [];
  readonly #kinds = new Map<string, { started: number; succeeded: number }>();
  readonly #oracle: Oracle;
  readonly #k: number;
  readonly #scoreEvery: number;
  #exhaustive = 0;

  /** Every `scoreEvery`-th lookup that runs to its end is scored; the others count as they say they ended. */
  constructor(oracle: Oracle, k: number, scoreEvery = 1) {
    this.#oracle = oracle;
    this.#k = k;
    this.#scoreEvery = scoreEvery;
  }

  /** An operation of the workload ended. `origin` is the handle of its node. */
  add(operation: Operation, origin: number, now: number): void {
    if (operation.outcome === 'node-left') return;
    this.ended++;
    const isScored = ranToItsEnd(operation) && this.#exhaustive++ % this.#scoreEvery === 0;
    const truth = isScored ? this.#oracle.closest(operation.target, this.#k, origin) : [];
    const isBest = !isScored || operation.kind !== 'findNode' || truth[0] === operation.closest[0];
    const succeeded = isSuccess(operation.outcome!) && isBest;
    const kind = this.#kinds.get(operation.kind) ?? { started: 0, succeeded: 0 };
    this.#kinds.set(operation.kind, kind);
    kind.started++;
    if (succeeded) {
      this.#succeeded++;
      kind.succeeded++;
      this.#latencies.push(now - operation.startedAt);
    }
    if (truth.length > 0) this.#score(operation, truth);
  }

  summary(): Pick<
    SimulationReport,
    'operations' | 'successRate' | 'recall' | 'hops' | 'rpcs' | 'latencyMs' | 'kinds'
  > {
    return {
      operations: this.ended,
      successRate: this.ended === 0 ? 0 : this.#succeeded / this.ended,
      recall: this.#lookups === 0 ? 0 : this.#recall / this.#lookups,
      hops: summarize(this.#hops),
      rpcs: summarize(this.#rpcs),
      latencyMs: summarize(this.#latencies),
      kinds: Object.fromEntries(this.#kinds),
    };
  }

  #score(operation: Operation, truth: readonly number[]): void {
    let hits = 0;
    for (const node of truth) if (operation.closest.includes(node)) hits++;
    this.#recall += hits / truth.length;
    this.#lookups++;
    this.#hops.push(operation.hops);
    this.#rpcs.push(operation.lookupRequests);
  }
}

/** Operations whose lookup always goes on to the k closest. */
function ranToItsEnd(operation: Operation): boolean {
  return (
    operation.kind === 'findNode' || operation.kind === 'provide' || operation.kind === 'putValue'
  );
}

/** Mean and quantiles (nearest rank), rounded to a thousandth. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) return { mean: 0, p50: 0, p90: 0, p99: 0 };
  const sorted = Float64Array.from(values).toSorted();
  const quantile = (q: number): number =>
    rounded(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!);
  let sum = 0;
  for (const value of sorted) sum += value;
  return {
    mean: rounded(sum / sorted.length),
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
