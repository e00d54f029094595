// Scores: what a run achieved, judged by an oracle that knows the whole network.
import type { KeyHandle } from '../keyspace/key-table.ts';
import { isSuccess } from '../kademlia/operation.ts';
import type { Operation } from '../kademlia/operation.ts';
import type { AdversaryReport } from './adversaries.ts';
import type { RetrievalReport } from './contents.ts';
import type { Scenario } from './scenario.ts';
import type { Oracle } from './population.ts';
import { summarize } from './summary.ts';
import type { Summary } from './summary.ts';

/** The outcome of a simulation. */
export interface SimulationReport {
  readonly nodes: number;
  readonly seed: number;
  readonly profile: string;
  /** Operations of the workload that ended. */
  readonly operations: number;
  /** Share of them that reached their goal; a lookup of nodes reaches it when it returns the closest honest live node. */
  readonly successRate: number;
  /**
   * Share of the true k closest live nodes that lookups returned; over lookups that ran to their end. Of
   * adversaries among the k closest it does not matter whether they were returned, and a lookup around
   * whose target there are only adversaries has no recall.
   */
  readonly recall: number;
  /** Depth of the chain of answers to the nearest node, for the same lookups. */
  readonly hops: Summary;
  /** Nodes asked, for the same lookups. */
  readonly rpcs: Summary;
  /** Virtual time from start to end of operations that succeeded. */
  readonly latencyMs: Summary;
  /** Contacts that had to be dialed, for the same lookups; left out where messages are datagrams. */
  readonly dials?: Summary;
  readonly messages: number;
  readonly bytes: number;
  /** Virtual time that passed. */
  readonly virtualMs: number;
  /** How often each kind of operation was started and succeeded. */
  readonly kinds: Readonly<
    Record<string, { readonly started: number; readonly succeeded: number }>
  >;
  /** Operations in which a lookup set off the density alarm. */
  readonly alarms: number;
  /** How searches for providers went; without any, it is left out. */
  readonly retrieval?: RetrievalReport;
  /** How far adversaries got; without any, it is left out. */
  readonly adversaries?: AdversaryReport;
}

/** What scores need to know of a network with adversaries. */
export interface Hostility {
  /** Knows honest nodes and adversaries alike. */
  readonly everybody: Oracle;
  readonly isAdversary: (contact: KeyHandle) => boolean;
}

/** Collects the results of operations. */
export class Metrics {
  ended = 0;
  #succeeded = 0;
  #alarms = 0;
  #recall = 0;
  #lookups = 0;
  readonly #hops: number[] = [];
  readonly #rpcs: number[] = [];
  readonly #dials: number[] = [];
  readonly #latencies: number[] = [];
  readonly #kinds = new Map<string, { started: number; succeeded: number }>();
  readonly #oracle: Oracle;
  readonly #k: number;
  readonly #scoreEvery: number;
  readonly #hostility: Hostility | null;
  #exhaustive = 0;

  /**
   * `oracle` knows the honest nodes. Every `scoreEvery`-th lookup that runs to its end is scored; the others
   * count as they say they ended.
   */
  constructor(oracle: Oracle, k: number, scoreEvery = 1, hostility: Hostility | null = null) {
    this.#hostility = hostility;
    this.#oracle = oracle;
    this.#k = k;
    this.#scoreEvery = scoreEvery;
  }

  /** An operation of the workload ended. `origin` is the handle of its node. */
  add(operation: Operation, origin: number, now: number): void {
    if (operation.outcome === 'node-left') return;
    this.ended++;
    if (operation.isSuspicious) this.#alarms++;
    const isScored = ranToItsEnd(operation) && this.#exhaustive++ % this.#scoreEvery === 0;
    const truth = isScored ? this.#truth(operation, origin) : [];
    const isBest =
      !isScored || operation.kind !== 'findNode' || this.#isBest(operation, truth, origin);
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

  /** Dials of the lookups that were scored. */
  dials(): Summary {
    return summarize(this.#dials);
  }

  summary(): Pick<
    SimulationReport,
    'operations' | 'successRate' | 'recall' | 'hops' | 'rpcs' | 'latencyMs' | 'kinds' | 'alarms'
  > {
    return {
      operations: this.ended,
      successRate: this.ended === 0 ? 0 : this.#succeeded / this.ended,
      recall: this.#lookups === 0 ? 0 : this.#recall / this.#lookups,
      hops: summarize(this.#hops),
      rpcs: summarize(this.#rpcs),
      latencyMs: summarize(this.#latencies),
      kinds: Object.fromEntries(this.#kinds),
      alarms: this.#alarms,
    };
  }

  /** The honest ones of the true k closest. */
  #truth(operation: Operation, origin: number): readonly number[] {
    const hostility = this.#hostility;
    if (hostility === null) return this.#oracle.closest(operation.target, this.#k, origin);
    return hostility.everybody
      .closest(operation.target, this.#k, origin)
      .filter((node) => !hostility.isAdversary(node));
  }

  /** Whether the nearest honest node that the lookup returned is the nearest there is. */
  #isBest(operation: Operation, truth: readonly number[], origin: number): boolean {
    const hostility = this.#hostility;
    if (hostility === null) return truth[0] === operation.closest[0];
    const nearest = truth[0] ?? this.#oracle.closest(operation.target, 1, origin)[0];
    return nearest === operation.closest.find((contact) => !hostility.isAdversary(contact));
  }

  #score(operation: Operation, truth: readonly number[]): void {
    let hits = 0;
    for (const node of truth) if (operation.closest.includes(node)) hits++;
    this.#recall += hits / truth.length;
    this.#lookups++;
    this.#hops.push(operation.hops);
    this.#rpcs.push(operation.lookupRequests);
    this.#dials.push(operation.dials);
  }
}

/** Puts a report together. */
export function reportOf(parts: {
  readonly scenario: Scenario;
  readonly metrics: Metrics;
  readonly network: { readonly messages: number; readonly bytes: number };
  readonly retrieval: RetrievalReport | undefined;
  readonly adversaries: AdversaryReport | undefined;
  readonly virtualMs: number;
}): SimulationReport {
  const { metrics, network, retrieval, adversaries, virtualMs } = parts;
  const { nodes, seed, profile, connections } = parts.scenario;
  return {
    nodes,
    seed,
    profile,
    ...metrics.summary(),
    ...(connections > 0 && { dials: metrics.dials() }),
    messages: network.messages,
    bytes: network.bytes,
    virtualMs,
    ...(retrieval !== undefined && { retrieval }),
    ...(adversaries !== undefined && { adversaries }),
  };
}

/** Operations whose lookup always goes on to the k closest. */
function ranToItsEnd(operation: Operation): boolean {
  // What looked around a key last, as in a region, says nothing about the key itself.
  const isExhaustive =
    operation.kind === 'findNode' || operation.kind === 'provide' || operation.kind === 'putValue';
  return isExhaustive && operation.lookedUp === operation.target;
}
