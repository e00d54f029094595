// What the lookups of a node say of the network: how large it is, and whether somebody crowds around a key.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import { isTooDense, surprise } from './density.ts';
import type { LookupEnd } from './lookup-port.ts';
import { NetworkSizes } from './network-size.ts';
import type { Neighbourhood, NetworkSize } from './network-size.ts';
import type { Operation } from './operation.ts';
import type { RoutingTables } from './routing-table.ts';
import { QUERIED } from './shortlist.ts';
import type { Shortlists } from './shortlist.ts';

/** Distances are 53 bits of the keyspace. */
const KEYSPACE = 9007199254740992;

/** Estimates sizes and raises alarms for a population of nodes. */
export class Neighbourhoods {
  readonly sizes: NetworkSizes;
  readonly #context: Context;
  readonly #tables: RoutingTables;
  readonly #neighbours: Int32Array;
  #assumed: ((node: number) => NetworkSize | null) | null = null;
  #shortlists: Shortlists | null = null;
  readonly #found: Neighbourhood;

  constructor(context: Context, tables: RoutingTables) {
    this.#context = context;
    this.#tables = tables;
    this.#neighbours = new Int32Array(context.profile.k);
    this.sizes = new NetworkSizes(context.profile.k);
    this.#found = { target: 0, distances: new Float64Array(context.profile.k), count: 0 };
  }

  /**
   * The size of the network as a node sees it: from its lookups; before there are enough, as it is assumed
   * to have seen it, or from its own neighbours.
   */
  size(node: number, now: number): NetworkSize {
    return this.sizes.estimate(node, now) ?? this.#assumed?.(node) ?? this.#fromNeighbours(node);
  }

  /** How many nodes there are besides this one. */
  networkSize(node: number, now: number): number {
    return this.size(node, now).nodes;
  }

  /** Says what nodes have seen before the first event, for those that have been up for long. */
  assume(sizes: (node: number) => NetworkSize | null): void {
    this.#assumed = sizes;
  }

  /** Of k neighbours the k-th lies at about k / N, and (k - 1) / x is without bias: off by 22 % on average. */
  #fromNeighbours(node: number): NetworkSize {
    const { keys, self } = this.#context;
    const own = self.key(node);
    const neighbours = this.#neighbours;
    const known = this.#tables.closest(node, own, neighbours.length, neighbours);
    if (known < neighbours.length) return { nodes: known, shape: Math.max(1, known) };
    // Nobody comes closer by chance than the first 53 bits tell; somebody may by design.
    const farthest = Math.max(1, keys.distancePrefix(own, neighbours[known - 1]!));
    return { nodes: ((known - 1) * KEYSPACE) / farthest, shape: known - 1 };
  }

  attach(shortlists: Shortlists): void {
    this.#shortlists = shortlists;
  }

  /** A lookup of `operation` ended; one that ran to its end is judged first, and then measured. */
  observe(operation: Operation, lookup: number, end: LookupEnd, now: number): void {
    if (end !== 'closest-answered') return;
    const found = this.#read(lookup);
    operation.surprise = surprise(found, this.size(operation.node, now));
    this.sizes.observe(operation.node, found, now);
    if (!isTooDense(operation.surprise)) return;
    operation.isSuspicious = true;
    this.#context.trace?.step('lookup.alarmed', now, {
      node: this.#context.self.key(operation.node),
      operation: operation.id,
      key: this.#target(lookup),
      count: Math.round(operation.surprise),
    });
  }

  #read(lookup: number): Neighbourhood {
    const list = this.#shortlists!;
    const found = this.#found;
    const target = this.#target(lookup);
    found.target = this.#context.keys.head(target);
    found.count = 0;
    for (let i = 0; i < list.length(lookup) && found.count < found.distances.length; i++) {
      if (list.state(lookup, i) !== QUERIED) continue;
      found.distances[found.count++] = list.distance(lookup, i) / KEYSPACE;
    }
    return found;
  }

  #target(lookup: number): KeyHandle {
    return this.#shortlists!.target(lookup);
  }
}
