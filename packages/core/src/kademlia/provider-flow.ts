// Operations about providers:
//
//   provide           own store, lookup, then a request to each of the k closest, or of the region
//   findProviders     own store, lookup that collects, then requests to the region, if wanted
//
// An optimistic provide does not wait for the end of its lookup (go-libp2p-kad-dht, lookup_optim.go). From
// the size of the network it knows how close the k closest nodes are, announces itself to a contact that
// is as close as soon as it hears of it, stops looking when the contacts known are as close as the
// closest can be expected to be, and returns when three quarters of the announcements have arrived.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { ProviderStore } from '../store/provider-store.ts';
import { hasEnough } from './collector.ts';
import type { Collector } from './collector.ts';
import type { Context } from './context.ts';
import { optimisticThresholds } from './density.ts';
import { REGION_LOOKUPS_MAX, regionLength } from './exploration.ts';
import type { Explorer } from './explorer.ts';
import type { OperationFlow, OperationRunner } from './flow.ts';
import { ADD_PROVIDER, FIND_NODE, GET_PROVIDERS, MESSAGE_PROVIDERS_MAX } from './message.ts';
import type { Message } from './message.ts';
import type { Neighbourhoods } from './neighbourhoods.ts';
import type { NetworkSizes } from './network-size.ts';
import type { Command, Operation } from './operation.ts';
import type { RecordKeeper } from './record-keeper.ts';
import { UNREACHABLE } from './shortlist.ts';
import type { Shortlists } from './shortlist.ts';

/** Of the announcements of an optimistic provide so many have arrived when it returns, as in Go: 15 of 20. */
const ENOUGH_SHARE = 3 / 4;

/** Nodes that a region holds on average, at least, as a multiple of k. */
const REGION_SHARE = 2;

type ProvideCommand = Extract<Command, { kind: 'provide' }>;
type FindCommand = Extract<Command, { kind: 'findProviders' }>;

/** Distances are 53 bits of the keyspace. */
const KEYSPACE = 9007199254740992;

/** What an optimistic provide knows. */
interface Optimism {
  /** Distances in 53 bits: of one contact, and of k on average. */
  readonly individual: number;
  readonly set: number;
  readonly told: Set<KeyHandle>;
}

/** Announces providers and finds them. */
export class ProviderFlow implements OperationFlow {
  readonly #parts: ProviderFlowParts;
  readonly #optimisms = new WeakMap<Operation, Optimism>();

  constructor(parts: ProviderFlowParts) {
    this.#parts = parts;
  }

  begin(operation: Operation, command: Command, now: number): void {
    if (command.kind === 'provide') this.#beginProvide(operation, command, now);
    else if (command.kind === 'findProviders') this.#beginFind(operation, command, now);
  }

  #beginProvide(operation: Operation, command: ProvideCommand, now: number): void {
    const { keeper, runner, sizes, context } = this.#parts;
    keeper.provide(operation.node, operation.target, runner.self(operation), now);
    if (command.contacts !== undefined) {
      this.#tellAll(operation, command.contacts, now);
      return;
    }
    if (command.region ?? context.profile.regionStore) {
      this.#explore(operation, now);
      return;
    }
    const size = sizes.estimate(operation.node, now);
    const isOptimistic = command.optimistic ?? context.profile.optimisticProvide;
    if (isOptimistic && size !== null) {
      const { individual, set } = optimisticThresholds(size.nodes, context.profile.k);
      const told = new Set<KeyHandle>();
      this.#optimisms.set(operation, {
        individual: individual * KEYSPACE,
        set: set * KEYSPACE,
        told,
      });
    }
    runner.lookup(operation, FIND_NODE, now, { isUrgent: isOptimistic });
  }

  answered(operation: Operation, message: Message, now: number): boolean {
    if (operation.kind === 'provide') {
      const optimism = this.#optimisms.get(operation);
      return optimism !== undefined && this.#tellEarly(operation, optimism, now);
    }
    this.#collect(operation, message, now);
    return hasEnough(operation);
  }

  lookedUp(operation: Operation, now: number): void {
    const { explorer } = this.#parts;
    if (explorer.isExploring(operation)) {
      const nodes = explorer.lookedUp(operation, now);
      if (nodes !== null) this.#explored(operation, nodes, now);
    } else if (operation.kind === 'provide') {
      const told = this.#optimisms.get(operation)?.told;
      this.#tellAll(
        operation,
        operation.closest.filter((contact) => told?.has(contact) !== true),
        now,
      );
    } else if (operation.wantsRegion && !hasEnough(operation)) {
      this.#explore(operation, now);
    } else this.#finishFind(operation, now);
  }

  requestEnded(operation: Operation, reply: Message | null, now: number): void {
    if (operation.kind === 'provide') {
      if (reply?.accepted === true) operation.count++;
      this.#finishProvide(operation, now);
      return;
    }
    if (reply !== null) this.#collect(operation, reply, now);
    if (operation.pending === 0 || hasEnough(operation)) this.#finishFind(operation, now);
  }

  timer(operation: Operation, now: number): void {
    this.#parts.explorer.timer(operation, now);
  }

  eachContact(operation: Operation, visit: (contact: KeyHandle) => void): void {
    this.#parts.explorer.eachContact(operation, visit);
    this.#optimisms.get(operation)?.told.forEach(visit);
  }

  ended(operation: Operation): void {
    this.#parts.explorer.close(operation);
  }

  /** Finds all nodes of the region of the key, which hold 2k on average: Sybils next to it add to them, and push nobody out. */
  #explore(operation: Operation, now: number): void {
    const { context, explorer, neighbourhoods } = this.#parts;
    const networkSize = neighbourhoods.networkSize(operation.node, now);
    const order = {
      key: context.keys.key(operation.target),
      length: regionLength(networkSize, REGION_SHARE * context.profile.k),
      networkSize,
      lookupsMax: REGION_LOOKUPS_MAX,
      parallel: 1,
      requestsPerSecond: Number.POSITIVE_INFINITY,
    };
    explorer.begin(operation, order, now);
  }

  #explored(operation: Operation, nodes: readonly KeyHandle[], now: number): void {
    if (operation.kind === 'provide') this.#tellAll(operation, nodes, now);
    else this.#askAll(operation, nodes, now);
  }

  #askAll(operation: Operation, contacts: readonly KeyHandle[], now: number): void {
    for (const contact of contacts)
      this.#parts.runner.request(operation, { contact, kind: GET_PROVIDERS, isAwaited: true }, now);
    if (operation.pending === 0) this.#finishFind(operation, now);
  }

  #finishFind(operation: Operation, now: number): void {
    this.#parts.runner.finish(operation, operation.count > 0 ? 'found' : 'not-found', now);
  }

  #beginFind(operation: Operation, command: FindCommand, now: number): void {
    const { providers, collector, runner, context } = this.#parts;
    operation.wantsRegion = command.region ?? context.profile.regionStore;
    const own = new Int32Array(MESSAGE_PROVIDERS_MAX);
    const found = providers.get(operation.node, operation.target, now, own);
    for (let i = 0; i < found; i++)
      collector.provider(operation, own[i]!, runner.self(operation), now);
    if (operation.outcome !== null) return;
    if (hasEnough(operation)) runner.finish(operation, 'found', now);
    else if (command.contacts === undefined) runner.lookup(operation, GET_PROVIDERS, now);
    else this.#askAll(operation, command.contacts, now);
  }

  #collect(operation: Operation, message: Message, now: number): void {
    for (let i = 0; i < message.providerCount; i++)
      this.#parts.collector.provider(operation, message.providers[i]!, message.from, now);
  }

  #tellAll(operation: Operation, contacts: readonly KeyHandle[], now: number): void {
    for (const contact of contacts) this.#tell(operation, contact, now);
    this.#finishProvide(operation, now);
  }

  /** Tells those heard of that are as close as the k closest; true when the k closest known are close enough to be the ones. */
  #tellEarly(operation: Operation, optimism: Optimism, now: number): boolean {
    const { shortlists, context } = this.#parts;
    const { k } = context.profile;
    const list = operation.lookup;
    let known = 0;
    let sum = 0;
    for (let i = 0; i < shortlists.length(list) && known < k; i++) {
      if (shortlists.state(list, i) === UNREACHABLE) continue;
      const distance = shortlists.distance(list, i);
      known++;
      sum += distance;
      if (distance <= optimism.individual) this.#tellOnce(operation, optimism, i, now);
    }
    if (known < k || sum / k > optimism.set) return false;
    for (let i = 0, left = k; i < shortlists.length(list) && left > 0; i++) {
      if (shortlists.state(list, i) === UNREACHABLE) continue;
      left--;
      this.#tellOnce(operation, optimism, i, now);
    }
    return true;
  }

  #tellOnce(operation: Operation, optimism: Optimism, position: number, now: number): void {
    const contact = this.#parts.shortlists.contact(operation.lookup, position);
    if (optimism.told.has(contact)) return;
    optimism.told.add(contact);
    this.#tell(operation, contact, now);
  }

  #tell(operation: Operation, contact: KeyHandle, now: number): void {
    this.#parts.runner.request(operation, { contact, kind: ADD_PROVIDER, isAwaited: true }, now);
  }

  /** A provide ends when all announcements have ended; an optimistic one, when most have arrived. */
  #finishProvide(operation: Operation, now: number): void {
    const enough = Math.ceil(this.#parts.context.profile.k * ENOUGH_SHARE);
    const isEnough = this.#optimisms.has(operation) && operation.count >= enough;
    const isOver = operation.pending === 0 && operation.lookupsRunning === 0;
    if (isEnough || isOver)
      this.#parts.runner.finish(operation, operation.count > 0 ? 'stored' : 'not-stored', now);
  }
}

/** What a provider flow works with. */
export interface ProviderFlowParts {
  readonly context: Context;
  readonly providers: ProviderStore;
  readonly keeper: RecordKeeper;
  readonly collector: Collector;
  readonly shortlists: Shortlists;
  readonly sizes: NetworkSizes;
  readonly neighbourhoods: Neighbourhoods;
  readonly explorer: Explorer;
  readonly runner: OperationRunner;
}
