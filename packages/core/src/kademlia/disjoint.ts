// Disjoint paths (S/Kademlia, Baumgart and Mies 2007, section 4.4): several lookups of one key, of which no two
// ask the same node, so that one liar on the way spoils one path and not the lookup.
//
// The contacts that the origin knows are dealt to the paths in turn. Each path converges on its own; then
// all that they have learnt is joined in one lookup, which asks the k closest that nobody has asked yet.
// S/Kademlia's paths each find k nodes of their own, at some four times the cost, for nodes that are
// among the closest of all in one path only.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import type { LookupEnd, LookupOrder, PathKeeper } from './lookup-port.ts';
import type { Lookups } from './lookup.ts';
import type { RoutingTables } from './routing-table.ts';
import { HEARD, WAITING } from './shortlist.ts';

interface Group {
  readonly order: LookupOrder;
  readonly paths: number[];
  /** The path that asked a contact. */
  readonly claims: Map<KeyHandle, number>;
  /** The lookup that goes on with what the paths learn; -1 when one is made of them. */
  readonly main: number;
  running: number;
  end: LookupEnd | null;
}

const NO_MAIN = -1;
const ENDED_MAIN = -2;

function newGroup(order: LookupOrder, running: number, main: number): Group {
  return { order, paths: [], claims: new Map(), main, running, end: null };
}

/** Starts lookups, along one path or several. */
export class DisjointPaths implements PathKeeper {
  readonly #context: Context;
  readonly #lookups: Lookups;
  readonly #tables: RoutingTables;
  readonly #groups = new Map<number, Group>();
  #next = 0;

  constructor(parts: { context: Context; lookups: Lookups; tables: RoutingTables }) {
    this.#context = parts.context;
    this.#lookups = parts.lookups;
    this.#tables = parts.tables;
  }

  /** Starts a lookup along as many paths as the profile wants. */
  start(order: LookupOrder, now: number): void {
    const { paths, k } = this.#context.profile;
    if (paths <= 1) {
      this.#lookups.start(order, now);
      return;
    }
    const known = new Int32Array(k);
    const count = this.#tables.closest(order.node, order.target, k, known);
    const seeds = [...order.seeds, ...known.subarray(0, count)];
    const group = this.#next++;
    const members = newGroup(order, paths, NO_MAIN);
    this.#groups.set(group, members);
    for (let path = 0; path < paths; path++) {
      const dealt = seeds.filter((_, i) => i % paths === path);
      members.paths.push(this.#lookups.beginPath({ ...order, seeds: dealt }, group, now));
    }
    for (const path of members.paths) this.#lookups.resume(path, null, now);
  }

  hearOthers(lookup: number, witnesses: readonly KeyHandle[], now: number): void {
    const order = this.#lookups.pool.order(lookup, witnesses);
    const id = this.#next++;
    const group = newGroup(order, 1, lookup);
    const list = this.#lookups.shortlists;
    for (let i = 0; i < list.length(lookup); i++)
      if (list.state(lookup, i) !== HEARD) group.claims.set(list.contact(lookup, i), lookup);
    this.#groups.set(id, group);
    group.paths.push(this.#lookups.beginPath(order, id, now));
    this.#lookups.resume(group.paths[0]!, null, now);
  }

  withdraw(lookup: number, now: number): void {
    for (const [id, group] of this.#groups) {
      if (group.main !== lookup) continue;
      this.#groups.set(id, { ...group, main: ENDED_MAIN });
      this.#lookups.resume(group.paths[0]!, 'satisfied', now);
      return;
    }
  }

  /** Names whom lookups know of, and whom their paths have asked or begin from. */
  eachContact(visit: (contact: KeyHandle) => void): void {
    const { pool, shortlists } = this.#lookups;
    for (let lookup = 0; lookup < pool.length; lookup++) {
      if (pool.serials[lookup]! < 0) continue;
      shortlists.eachContact(lookup, visit);
      pool.seedsFrom(lookup, 0).forEach(visit);
    }
    for (const { claims, order } of this.#groups.values()) {
      for (const contact of claims.keys()) visit(contact);
      order.seeds.forEach(visit);
    }
  }

  isClaimed(group: number, contact: KeyHandle): boolean {
    return this.#groups.get(group)!.claims.has(contact);
  }

  claim(group: number, contact: KeyHandle, lookup: number): void {
    this.#groups.get(group)!.claims.set(contact, lookup);
  }

  pathEnded(id: number, end: LookupEnd, now: number): void {
    const group = this.#groups.get(id)!;
    group.running--;
    const isFinal = end === 'satisfied' || end === 'node-left' || end === 'cancelled';
    if (group.running === 0) {
      if (isFinal) group.end ??= end;
      this.#join(id, group, now);
    } else if (isFinal) this.stop(id, end, now);
  }

  stop(id: number, end: LookupEnd, now: number): void {
    const group = this.#groups.get(id);
    if (group === undefined || group.end !== null) return;
    group.end = end;
    // The last path comes back to `pathEnded` and joins them.
    for (const path of group.paths) {
      // Joined: places of the paths may serve other lookups by now.
      if (!this.#groups.has(id)) return;
      this.#lookups.resume(path, end, now);
    }
  }

  /** What the one path knows that asked a contact counts; contacts that nobody asked are merely heard of. */
  #join(id: number, group: Group, now: number): void {
    this.#groups.delete(id);
    const lookups = this.#lookups;
    const list = lookups.shortlists;
    if (group.main === ENDED_MAIN) {
      for (const path of group.paths) lookups.release(path);
      return;
    }
    const isNew = group.main === NO_MAIN;
    const joined = isNew ? lookups.beginJoined(group.order, now) : group.main;
    for (const path of group.paths) lookups.pool.addCost(joined, path);
    lookups.pool.isDoubted[joined] = 0;
    for (const path of group.paths) {
      for (let i = 0; i < list.length(path); i++) {
        const contact = list.contact(path, i);
        const asker = group.claims.get(contact);
        if (asker !== undefined && asker !== path) continue;
        const known = asker === undefined ? HEARD : list.state(path, i);
        const state = known === WAITING ? HEARD : known;
        lookups.adopt(joined, contact, state, { hop: list.hop(path, i), now });
      }
    }
    for (const path of group.paths) lookups.release(path);
    lookups.resume(joined, group.end, now);
  }
}
