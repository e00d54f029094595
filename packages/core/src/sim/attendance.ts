// Who takes part in a simulation, who is online, and who answers.
import type { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import type { Reachability } from './network.ts';
import { createPopulation, mergePopulations } from './population.ts';
import type { Scenario } from './scenario.ts';
import { groundIds } from './sybils.ts';

const RESPONSIVE = 0;
const SILENT = 1;
const UNREACHABLE = 2;
const CLIENT = 3;
const ADVERSARY = 4;

/** Draws before a search for a random node gives up and scans. */
const DRAWS_MAX = 64;

/** The nodes of a simulation. Their number is the rank of their key. */
export class Attendance implements Reachability {
  readonly keys: KeyTable;
  /** All nodes that ever take part: those of the scenario and those that may join later. */
  readonly count: number;
  /** The nodes that are there from the start, ascending. */
  readonly first: readonly number[];
  /** Sybils that come when there is something to censor, ascending. */
  readonly latecomers: readonly number[];
  readonly #online: Uint8Array;
  readonly #manners: Uint8Array;
  #responsive = 0;

  constructor(scenario: Scenario, keyBits: number) {
    const rng = new Rng(scenario.seed, 'topology');
    const spare =
      scenario.churn.joinIntervalMs > 0 ? Math.max(8, Math.ceil(scenario.nodes / 4)) : 0;
    const honest = scenario.nodes + spare;
    const { keys, isSybil } = withSybils(scenario, createPopulation(honest, keyBits, rng), honest);
    this.keys = keys;
    this.count = isSybil.length;
    this.#online = new Uint8Array(this.count);
    this.#manners = new Uint8Array(this.count);
    const absent = new Set<number>();
    while (absent.size < spare) absent.add(rng.below(honest));
    const first: number[] = [];
    const sybils: number[] = [];
    const hostility = new Rng(scenario.seed, 'adversaries');
    for (let node = 0, place = 0; node < this.count; node++) {
      if (isSybil[node] === 1) {
        this.#manners[node] = ADVERSARY;
        sybils.push(node);
        continue;
      }
      this.#manners[node] = drawManner(scenario, rng.fraction(), hostility);
      if (!absent.has(place++)) first.push(node);
    }
    const comesLater =
      scenario.adversary?.kind === 'sybil' && scenario.adversary.sybils.arrive === 'after';
    this.latecomers = comesLater ? sybils : [];
    this.first = comesLater ? first : first.concat(sybils).toSorted((a, b) => a - b);
  }

  /** Nodes that are online and answer. */
  get responsiveCount(): number {
    return this.#responsive;
  }

  isOnline(node: number): boolean {
    return this.#online[node] === 1;
  }

  isSilent(node: number): boolean {
    return this.#manners[node] === SILENT;
  }

  isUnreachable(node: number): boolean {
    return this.#manners[node] === UNREACHABLE;
  }

  /** The node wants lookups to fail. */
  isAdversary(node: number): boolean {
    return this.#manners[node] === ADVERSARY;
  }

  /** The node is online, in server mode, honest, and answers: what lookups should find. */
  isResponsive(node: number): boolean {
    return this.#online[node] === 1 && this.#manners[node] === RESPONSIVE;
  }

  modeOf(node: number): 'server' | 'client' {
    return this.#manners[node] === CLIENT ? 'client' : 'server';
  }

  setOnline(node: number, online: boolean): void {
    if (this.isOnline(node) === online) return;
    this.#online[node] = online ? 1 : 0;
    if (this.#manners[node] === RESPONSIVE) this.#responsive += online ? 1 : -1;
  }

  /** A random node that answers, other than `except`; -1 when there is none. */
  randomResponsive(rng: Rng, except: number): number {
    return this.#random(rng, (node) => node !== except && this.isResponsive(node));
  }

  /** A random node that asks: one that answers, or a client; -1 when there is none. */
  randomAsking(rng: Rng): number {
    return this.#random(
      rng,
      (node) => this.isResponsive(node) || (this.isOnline(node) && this.#manners[node] === CLIENT),
    );
  }

  /** A random node that is offline and would answer; -1 when there is none. */
  randomOffline(rng: Rng): number {
    return this.#random(rng, (node) => !this.isOnline(node) && this.#manners[node] === RESPONSIVE);
  }

  /** The first nodes in random order. */
  shuffledFirst(rng: Rng): number[] {
    const order = [...this.first];
    for (let i = order.length - 1; i > 0; i--) {
      const j = rng.below(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    return order;
  }

  #random(rng: Rng, fits: (node: number) => boolean): number {
    for (let draw = 0; draw < DRAWS_MAX; draw++) {
      const node = rng.below(this.count);
      if (fits(node)) return node;
    }
    const start = rng.below(this.count);
    for (let i = 0; i < this.count; i++) {
      const node = (start + i) % this.count;
      if (fits(node)) return node;
    }
    return -1;
  }
}

/** The population with the Sybils of the scenario in it, and who they are. */
function withSybils(
  scenario: Scenario,
  honest: KeyTable,
  nodes: number,
): { readonly keys: KeyTable; readonly isSybil: Uint8Array } {
  const { adversary, seed } = scenario;
  if (adversary?.kind !== 'sybil') return { keys: honest, isSybil: new Uint8Array(nodes) };
  const ids = groundIds(adversary.sybils, seed, { keys: honest, nodes });
  const { keys, isOther } = mergePopulations(honest, nodes, ids);
  return { keys, isSybil: isOther };
}

/** `hostility` is a stream of its own, so that adversaries change nothing else in a network. */
function drawManner(scenario: Scenario, fraction: number, hostility: Rng): number {
  const { silent, unreachable, clients, adversary } = scenario;
  const isHostile = hostility.fraction();
  if (fraction < silent) return SILENT;
  if (fraction < silent + unreachable) return UNREACHABLE;
  if (fraction < silent + unreachable + clients) return CLIENT;
  if (adversary === undefined || adversary.kind === 'sybil') return RESPONSIVE;
  const others = 1 - silent - unreachable - clients;
  return isHostile * others < adversary.share ? ADVERSARY : RESPONSIVE;
}
