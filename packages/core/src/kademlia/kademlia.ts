// The engine: Kademlia as a function of input and time, for one node or for a million.
//
// A host calls `receive`, `timer`, `unreachable` and `start`; the engine calls the host's `send`,
// `setTimer` and `result`. There is no clock, no socket and no promise. Nodes are integers, and their
// state lies in arrays (a flyweight): a real process hosts a population of one, the simulator of many,
// with the very same code.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { ProviderStore } from '../store/provider-store.ts';
import { DEFAULT_VALIDATORS } from '../store/validate.ts';
import type { Validators } from '../store/validate.ts';
import { ValueStore } from '../store/value-store.ts';
import type { TraceSink } from '../trace/sink.ts';
import type { Budgets } from './budget.ts';
import { checkContact, checkProfile } from './check-options.ts';
import {
  OPERATION_TIMER,
  PROVIDER_TIMER,
  REFRESH_TIMER,
  REQUEST_TIMER,
  SelfKeys,
  VALUE_TIMER,
} from './context.ts';
import type { ContactGroups, Context, Host } from './context.ts';
import { DisjointPaths } from './disjoint.ts';
import { Lookups } from './lookup.ts';
import { Maintenance } from './maintenance.ts';
import { estimateBytes, Message } from './message.ts';
import type { Command, Operation } from './operation.ts';
import { Operations } from './operations.ts';
import type { Profile } from './profile.ts';
import { RecordKeeper } from './record-keeper.ts';
import { Neighbourhoods } from './neighbourhoods.ts';
import { requestFields, responseFields } from './request-fields.ts';
import { OWNER_CHECK, OWNER_LOOKUP, OWNER_OPERATION, Requests } from './requests.ts';
import { Responder } from './responder.ts';
import { RoutingTables } from './routing-table.ts';
import { Snapshots } from './snapshots.ts';

/** What an engine is made of. */
export interface KademliaOptions {
  readonly profile: Profile;
  /** Holds the keys of nodes and targets; the host interns the keys of contacts and keeps them. */
  readonly keys: KeyTable;
  readonly host: Host;
  readonly trace?: TraceSink | null;
  /** How many nodes and buckets a node to make room for at first. */
  readonly capacity?: number;
  readonly bucketsPerNode?: number;
  readonly validators?: Validators;
  /** Address groups of contacts; without them there are no limits of diversity. */
  readonly groups?: ContactGroups;
  /** Address groups of those who store and ask; by default the same ones. */
  readonly subnets?: ContactGroups;
  /** What nodes spend at most. */
  readonly budgets?: Budgets;
}

/** A population of Kademlia nodes. */
export class Kademlia {
  readonly tables: RoutingTables;
  readonly values: ValueStore;
  readonly providers: ProviderStore;
  readonly lookups: Lookups;
  /** Saves nodes and brings them back. */
  readonly snapshots: Snapshots;
  readonly requests: Requests;
  /** Sizes of the network as nodes see it. */
  readonly neighbourhoods: Neighbourhoods;
  readonly #context: Context;
  readonly #operations: Operations;
  readonly #responder: Responder;
  readonly #maintenance: Maintenance;
  readonly #keeper: RecordKeeper;
  /** What stands for the answer to a message that has none. */
  readonly #delivered = Object.assign(new Message(), { isResponse: true, accepted: true });

  constructor(options: KademliaOptions) {
    const { profile, keys, host } = options;
    checkProfile(profile, keys);
    const capacity = options.capacity ?? 1;
    const context: Context = {
      profile,
      keys,
      host,
      trace: options.trace ?? null,
      groups: options.groups ?? null,
      subnets: options.subnets ?? options.groups ?? null,
      budgets: options.budgets ?? null,
      self: new SelfKeys(capacity),
    };
    this.#context = context;
    this.tables = new RoutingTables(context, capacity, options.bucketsPerNode);
    this.values = new ValueStore(keys, profile.valueLimits, {
      self: context.self,
      dropped: (node, record) => this.#keeper.valueDropped(node, record),
    });
    this.providers = new ProviderStore(keys, profile.providerLimits, {
      self: context.self,
      random: (node) => host.random(node),
      dropped: (node, record) => this.#keeper.providerDropped(node, record),
    });
    this.requests = new Requests(context, capacity);
    const { tables, requests, values, providers } = this;
    const validators = options.validators ?? DEFAULT_VALIDATORS;
    this.#keeper = new RecordKeeper({ context, values, providers, validators });
    const keeper = this.#keeper;
    this.snapshots = new Snapshots({ context, tables, values, providers, keeper });
    this.neighbourhoods = new Neighbourhoods(context, this.tables);
    const { neighbourhoods } = this;
    this.#operations = new Operations({
      context,
      tables,
      requests,
      values,
      providers,
      keeper,
      validators,
      neighbourhoods,
    });
    this.lookups = new Lookups({
      context,
      tables,
      requests,
      listener: this.#operations,
      neighbourhoods,
    });
    const { lookups } = this;
    const paths = new DisjointPaths({ context, lookups, tables });
    lookups.attach(paths);
    this.#operations.attach({ lookups, paths });
    this.#responder = new Responder({ context, tables, values, providers, keeper });
    this.#maintenance = new Maintenance({
      context,
      tables,
      requests,
      operations: this.#operations,
    });
  }

  /** Adds a node that is offline and knows nobody; returns its number. */
  addNode(key: KeyHandle): number {
    checkContact('key', key, this.#context.keys);
    const node = this.#context.self.add(key);
    this.tables.create(node);
    return node;
  }

  /** Puts a node online. Servers answer requests and enter routing tables; clients only ask. */
  enter(node: number, mode: 'server' | 'client', now: number): void {
    this.#context.self.check(node);
    this.#context.self.setMode(node, mode);
    this.#context.trace?.step('node.entered', now, {
      node: this.#context.self.key(node),
      detail: mode,
    });
  }

  /** Takes a node offline: what it was doing ends, and its timers find nobody. Its records stay. */
  leave(node: number, now: number, manner: 'left' | 'crashed'): void {
    this.#context.self.check(node);
    this.#context.self.setMode(node, 'offline');
    this.#context.trace?.step('node.left', now, {
      node: this.#context.self.key(node),
      detail: manner,
    });
    this.#maintenance.stopRefreshing(node);
    // Whoever hears of an end may start operations, which do not end with those before.
    const { nextOperation } = this;
    const { pool } = this.lookups;
    const isMeant = (lookup: number): boolean =>
      pool.nodes[lookup] === node && pool.operations[lookup]! < nextOperation;
    this.lookups.abort(isMeant, 'node-left', now);
    this.#operations.abort(node, nextOperation, now);
    this.requests.dropWaiting(node, now);
  }

  /** Forgets what a node knew and held, as a restart without a disk does. */
  forget(node: number): void {
    this.#context.self.check(node);
    this.tables.clear(node);
    this.requests.roundTrips.forget(node);
    this.neighbourhoods.sizes.forget(node);
    this.#context.budgets?.forget(node);
    this.values.forget(node);
    this.providers.forget(node);
  }

  isActive(node: number): boolean {
    return this.#context.self.isActive(node);
  }

  isServer(node: number): boolean {
    return this.#context.self.isServer(node);
  }

  /** The host heard of a server, not from itself: it is asked, and enters if it answers. */
  meet(node: number, contact: KeyHandle, now: number): void {
    if (contact !== this.#context.self.key(node)) this.#maintenance.meet(node, contact, now);
  }

  /** Names every contact that the engine works with, some twice: a host may let go of the keys of all others. */
  eachContact(visit: (contact: KeyHandle) => void): void {
    this.tables.eachContact(visit);
    this.requests.eachContact(visit);
    this.#operations.eachContact(visit);
    this.#maintenance.eachContact(visit);
  }

  /** Starts periodic bucket refreshes. */
  startRefreshing(node: number, now: number): void {
    this.#context.self.check(node);
    this.#maintenance.startRefreshing(node, now);
  }

  /** Starts an operation; returns its id, under which results reach `Host.result`. Throws a `RangeError` at a wrong command. */
  start(command: Command, now: number): number {
    return this.#operations.start(command, now);
  }

  /**
   * Ends an operation that nobody wants any more, or whose host has `found` what it wanted; says whether it
   * was still running. What has been asked is not asked back, and nobody else is asked.
   */
  cancel(operation: number, now: number, outcome: 'cancelled' | 'found' = 'cancelled'): boolean {
    return this.#operations.cancel(operation, outcome, now);
  }

  /** The id that the next operation will have: its results may come before `start` returns. */
  get nextOperation(): number {
    return this.#operations.nextId;
  }

  /** Operations that have not ended, or whose lookups have not. */
  get operations(): Iterable<Operation> {
    return this.#operations.running;
  }

  /** Newcomers that are being checked now. */
  get checking(): number {
    return this.#maintenance.checking;
  }

  /** A message arrived at `node`. */
  receive(node: number, message: Message, now: number): void {
    if (!this.#context.self.isActive(node)) return;
    this.requests.roundTrips.hear(node, now);
    if (message.isResponse) this.#receiveResponse(node, message, now);
    else this.#receiveRequest(node, message, now);
  }

  /** A timer set through `Host.setTimer` rang. */
  timer(kind: number, a: number, b: number, now: number): void {
    switch (kind) {
      case REQUEST_TIMER:
        this.#requestOverdue(a, b, now);
        return;
      case REFRESH_TIMER:
        if (this.#context.self.isActive(a)) this.#maintenance.refresh(a, b, now);
        return;
      case VALUE_TIMER:
        this.#keeper.expireValues(a, now);
        return;
      case PROVIDER_TIMER:
        this.#keeper.expireProviders(a, now);
        return;
      case OPERATION_TIMER:
        this.#operations.timer(a, now);
    }
  }

  /** A request could not be delivered at all: the node cannot be dialed. */
  unreachable(slot: number, serial: number, now: number): void {
    const { requests } = this;
    if (!requests.isPending(slot, serial)) return;
    if (this.#context.self.isActive(requests.node(slot)) && !requests.isGivenUp(slot))
      this.#requestFailed(slot, now, 'unreachable');
    else this.#end(slot, now);
  }

  /**
   * A message without a response arrived: ADD_PROVIDER on the IPFS DHT, as far as the transport can tell. A
   * host that never says so lets such requests fail.
   */
  delivered(slot: number, serial: number, now: number): void {
    const { requests } = this;
    if (!requests.isPending(slot, serial)) return;
    this.#context.trace?.step('rpc.delivered', now, requestFields(this.#context, requests, slot));
    requests.measure(slot, now);
    if (requests.ownerType(slot) === OWNER_OPERATION)
      this.#operations.requestEnded(
        requests.owner(slot),
        requests.contact(slot),
        this.#delivered,
        now,
      );
    this.#end(slot, now);
  }

  #receiveRequest(node: number, message: Message, now: number): void {
    const { trace, self, budgets, subnets } = this.#context;
    if (!self.isServer(node)) return;
    if (budgets !== null) {
      const group = subnets === null ? -1 : subnets(message.from);
      if (!budgets.admitRequest(node, message.from, group, now)) return;
    }
    trace?.step('responder.received', now, {
      node: self.key(node),
      peer: message.from,
      message: message.traceEvent,
      kind: message.kind,
      rpc: message.rpc,
      key: message.key,
      bytes: estimateBytes(message),
    });
    if (message.fromServer) this.#maintenance.meet(node, message.from, now);
    this.#responder.answer(node, message, now);
  }

  #receiveResponse(node: number, message: Message, now: number): void {
    const { requests } = this;
    const { slot } = message;
    const { trace } = this.#context;
    if (!requests.isAnswer(node, message)) {
      trace?.step('rpc.late', now, responseFields(this.#context, node, message, null));
      return;
    }
    trace?.step('rpc.received', now, responseFields(this.#context, node, message, requests));
    requests.measure(slot, now);
    if (message.fromServer) this.#maintenance.learn(node, message.from, now);
    const owner = requests.owner(slot);
    switch (requests.ownerType(slot)) {
      case OWNER_LOOKUP:
        this.lookups.answered(slot, message, now);
        break;
      case OWNER_OPERATION:
        this.#operations.requestEnded(owner, message.from, message, now);
    }
    this.#end(slot, now);
  }

  #requestOverdue(slot: number, serial: number, now: number): void {
    const { requests } = this;
    if (!requests.isPending(slot, serial)) return;
    if (!this.#context.self.isActive(requests.node(slot)) || requests.isGivenUp(slot)) {
      this.#end(slot, now);
    } else if (requests.canWait(slot, now)) {
      this.#stall(slot, now);
      if (requests.isPending(slot, serial)) requests.awaitDeadline(slot);
    } else if (requests.canRepeat(slot, now)) {
      if (requests.isAwaited(slot)) this.#stall(slot, now);
      // Whoever hears of results may have taken the node offline, which ends the request.
      if (requests.isPending(slot, serial)) requests.repeat(slot, now);
    } else this.#requestFailed(slot, now, 'timeout');
  }

  #stall(slot: number, now: number): void {
    this.requests.stall(slot);
    if (this.requests.ownerType(slot) === OWNER_LOOKUP) this.lookups.stalled(slot, now);
  }

  #requestFailed(slot: number, now: number, reason: 'timeout' | 'unreachable'): void {
    const { requests } = this;
    const node = requests.node(slot);
    const contact = requests.contact(slot);
    this.#context.trace?.step('rpc.failed', now, {
      ...requestFields(this.#context, requests, slot),
      lookup: requests.lookup(slot),
      detail: reason,
    });
    // If nothing at all has come since, the silence may be the node's own: it keeps its contacts.
    if (reason === 'unreachable' || requests.roundTrips.hasHeardSince(node, requests.sentAt(slot)))
      this.tables.remove(node, contact, now);
    const ownerType = requests.ownerType(slot);
    if (ownerType === OWNER_CHECK) this.#maintenance.checkFailed(node, contact, now);
    if (ownerType === OWNER_LOOKUP) this.lookups.failed(slot, now);
    if (ownerType === OWNER_OPERATION)
      this.#operations.requestEnded(requests.owner(slot), contact, null, now);
    if (reason === 'unreachable') {
      this.#end(slot, now);
      return;
    }
    this.#maintenance.requestEnded(requests.ownerType(slot), node, contact);
    requests.giveUp(slot, now);
  }

  #end(slot: number, now: number): void {
    const { requests } = this;
    this.#maintenance.requestEnded(
      requests.ownerType(slot),
      requests.node(slot),
      requests.contact(slot),
    );
    requests.finish(slot, now);
  }
}
