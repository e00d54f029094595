// Operation `provideMany`: announces a node as the provider of many keys, region by region (the sweeping
// provider of go-libp2p-kad-dht, provider.go).
//
// A node that provides its keys one by one looks each of them up. A sweep explores a region of the keyspace
// once, and then knows the closest nodes to all of its keys there: with 100,000 keys in a network of
// 10,000 nodes, a thousand lookups instead of a hundred thousand. It also tells each node all that
// it is told in one go, over one connection.
import { compareKeys } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { KeyTrie } from '../keyspace/key-trie.ts';
import type { Context } from './context.ts';
import { REGION_LOOKUPS_MAX, regionLength } from './exploration.ts';
import type { Explorer } from './explorer.ts';
import type { OperationFlow, OperationRunner } from './flow.ts';
import { hashKey } from './hash-key.ts';
import { ADD_PROVIDER } from './message.ts';
import type { Message } from './message.ts';
import type { Neighbourhoods } from './neighbourhoods.ts';
import type { Command, Operation } from './operation.ts';
import type { RecordKeeper } from './record-keeper.ts';

/** Nodes that a region holds on average, as a multiple of k: with 2k, one in a million has fewer than k. */
const REGION_SHARE = 2;

/** Announcements on their way at once, for the whole sweep. */
const IN_FLIGHT_MAX = 160;

/** A node that failed so often in a row is told nothing more in this sweep, as in Go. */
const FAILURES_MAX = 2;

/** What a sweep works with. */
export interface SweepFlowParts {
  readonly context: Context;
  readonly explorer: Explorer;
  readonly neighbourhoods: Neighbourhoods;
  readonly keeper: RecordKeeper;
  readonly runner: OperationRunner;
}

interface Visit {
  readonly contact: KeyHandle;
  readonly keys: KeyHandle[];
  next: number;
  failures: number;
}

interface Sweep {
  /** Ascending; each handle is held until it has been provided. */
  readonly keys: KeyHandle[];
  /** The first key of the region, and of the next one. */
  first: number;
  end: number;
  visits: Visit[];
  /** Nodes that are being told something. */
  readonly open: Map<KeyHandle, Visit>;
}

/** Provides many keys at a time. */
export class SweepFlow implements OperationFlow {
  readonly #parts: SweepFlowParts;
  readonly #sweeps = new WeakMap<Operation, Sweep>();

  constructor(parts: SweepFlowParts) {
    this.#parts = parts;
  }

  begin(operation: Operation, command: Command, now: number): void {
    if (command.kind !== 'provideMany') return;
    const { keys } = this.#parts.context;
    const points = command.keys
      .map((key) => hashKey(key, keys.keyBytes))
      .filter((key) => command.after === undefined || compareKeys(key, command.after) > 0)
      .toSorted(compareKeys)
      .filter((key, i, all) => i === 0 || compareKeys(key, all[i - 1]!) !== 0);
    const handles = points.map((key) => keys.intern(key));
    this.#sweeps.set(operation, { keys: handles, first: 0, end: 0, visits: [], open: new Map() });
    if (command.contacts === undefined) this.#nextRegion(operation, now);
    else {
      this.#sweeps.get(operation)!.end = handles.length;
      this.#visitAll(operation, command.contacts, now);
    }
  }

  answered(): boolean {
    return false;
  }

  lookedUp(operation: Operation, now: number): void {
    const nodes = this.#parts.explorer.lookedUp(operation, now);
    if (nodes !== null) this.#visitAll(operation, nodes, now);
  }

  requestEnded(operation: Operation, reply: Message | null, now: number): void {
    const sweep = this.#sweeps.get(operation)!;
    const visit = sweep.open.get(operation.askedContact);
    if (reply?.accepted === true) operation.count++;
    if (visit !== undefined) visit.failures = reply === null ? visit.failures + 1 : 0;
    this.#send(operation, sweep, now);
  }

  timer(operation: Operation, now: number): void {
    this.#parts.explorer.timer(operation, now);
  }

  eachContact(operation: Operation, visit: (contact: KeyHandle) => void): void {
    this.#parts.explorer.eachContact(operation, visit);
    for (const { contact } of this.#sweeps.get(operation)?.visits ?? []) visit(contact);
  }

  ended(operation: Operation): void {
    const { explorer, context } = this.#parts;
    explorer.close(operation);
    const sweep = this.#sweeps.get(operation);
    for (const key of sweep?.keys.slice(sweep.first) ?? []) context.keys.release(key);
    this.#sweeps.delete(operation);
  }

  #nextRegion(operation: Operation, now: number): void {
    const { context, explorer, neighbourhoods, runner } = this.#parts;
    const { keys, profile } = context;
    const sweep = this.#sweeps.get(operation)!;
    if (sweep.first === sweep.keys.length) {
      // Nothing to do, as after a resumption at the end, is no failure.
      const isDone = operation.count > 0 || sweep.keys.length === 0;
      runner.finish(operation, isDone ? 'stored' : 'not-stored', now);
      return;
    }
    const first = sweep.keys[sweep.first]!;
    const networkSize = neighbourhoods.networkSize(operation.node, now);
    const length = regionLength(networkSize, REGION_SHARE * profile.k);
    sweep.end = sweep.first;
    while (
      sweep.end < sweep.keys.length &&
      keys.commonPrefixLength(sweep.keys[sweep.end]!, first) >= length
    )
      sweep.end++;
    const order = {
      key: keys.key(first),
      length,
      networkSize,
      lookupsMax: REGION_LOOKUPS_MAX,
      parallel: 1,
      requestsPerSecond: Number.POSITIVE_INFINITY,
    };
    explorer.begin(operation, order, now);
  }

  /** Deals the keys of the region to the nodes that are closest to them. */
  #visitAll(operation: Operation, nodes: readonly KeyHandle[], now: number): void {
    const { context, keeper, runner } = this.#parts;
    const { k } = context.profile;
    const sweep = this.#sweeps.get(operation)!;
    const trie = KeyTrie.from(context.keys, nodes);
    const closest = new Int32Array(k);
    const visits = new Map<KeyHandle, Visit>();
    for (const key of sweep.keys.slice(sweep.first, sweep.end)) {
      keeper.provide(operation.node, key, runner.self(operation), now);
      const found = trie.closest(key, k, closest);
      for (let i = 0; i < found; i++) {
        const contact = closest[i]!;
        let visit = visits.get(contact);
        if (visit === undefined) {
          visit = { contact, keys: [], next: 0, failures: 0 };
          visits.set(contact, visit);
        }
        visit.keys.push(key);
      }
    }
    sweep.visits = [...visits.values()];
    operation.regionNodes = sweep.visits.length;
    this.#send(operation, sweep, now);
  }

  /** Sends what may be sent, one node after the other, and goes on to the next region when all has ended. */
  #send(operation: Operation, sweep: Sweep, now: number): void {
    while (operation.pending < IN_FLIGHT_MAX && sweep.visits.length > 0) {
      const visit = sweep.visits[0]!;
      if (visit.next === visit.keys.length || visit.failures >= FAILURES_MAX) {
        sweep.visits.shift();
        continue;
      }
      const key = visit.keys[visit.next++]!;
      sweep.open.set(visit.contact, visit);
      const { contact } = visit;
      this.#parts.runner.request(
        operation,
        { contact, kind: ADD_PROVIDER, isAwaited: true, key },
        now,
      );
    }
    if (operation.pending > 0 || sweep.visits.length > 0) return;
    if (sweep.end > sweep.first) this.#regionEnded(operation, sweep, now);
    else this.#nextRegion(operation, now);
  }

  #regionEnded(operation: Operation, sweep: Sweep, now: number): void {
    const { keys, host } = this.#parts.context;
    const provided = sweep.keys.slice(sweep.first, sweep.end);
    const last: Key = keys.key(provided[provided.length - 1]!);
    sweep.open.clear();
    sweep.first = sweep.end;
    for (const key of provided) keys.release(key);
    host.result({
      type: 'swept',
      operation,
      keys: provided.length,
      nodes: operation.regionNodes,
      last,
    });
    if (operation.outcome === null) this.#nextRegion(operation, now);
  }
}
