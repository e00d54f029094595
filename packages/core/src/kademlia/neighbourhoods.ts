// What the lookups of a node say of the network: how large it is, and whether somebody crowds around a key.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import { isTooDense, surprise } from './density.ts';
import type { LookupEnd } from './lookup-port.ts';
import { NetworkSizes } from './network-size.ts';
import type { Neighbourhood } from './network-size.ts';
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
  #shortlists: Shortlists | null = null;
  readonly #found: Neighbourhood;

  constructor(context: Context, tables: RoutingTables) {
    this.#context = context;
    this.#tables = tables;
    this.#neighbours = new Int32Array(context.profile.k);
    this.sizes = new NetworkSizes(context.profile.k);
    this.#found = { target: 0, distances: new Float64Array(context.profile.k), count: 0 };
  }

  /** How many nodes there are besides this one: estimated from its lookups, or, before there are enough, from its own neighbours. */
  networkSize(node: number, now: number): number {
    const size = this.sizes.estimate(node, now);
    if (size !== null) return size.nodes;
    const { keys, self } = this.#context;
    const own = self.key(node);
    const neighbours = this.#neighbours;
    const known = this.#tables.closest(node, own, neighbours.length, neighbours);
    if (known < neighbours.length) return known;
    // Of k neighbours the k-th lies at about k / N, and (k - 1) / x is without bias.
    return ((known - 1) * KEYSPACE) / keys.distancePrefix(own, neighbours[known - 1]!);
  }

  attach(shortlists: Shortlists): void {
    this.#shortlists = shortlists;
  }

  /** A lookup of `operation` ended; one that ran to its end is judged first, and then measured. */
  observe(operation: Operation, lookup: number, end: LookupEnd, now: number): void {
    if (end !== 'closest-answered') return;
    const found = this.#read(lookup);
    const size = this.sizes.estimate(operation.node, now);
    operation.surprise = size === null ? 0 : surprise(found, size);
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
