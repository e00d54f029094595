// The machine behind the operations: starts each, hands what happens to the flow of its family, ends it.
import { assert } from '../keyspace/assert.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { ProviderStore } from '../store/provider-store.ts';
import type { Validators } from '../store/validate.ts';
import type { ValueRecord, ValueStore } from '../store/value-store.ts';
import { Collector } from './collector.ts';
import { ContactFlow } from './contact-flow.ts';
import { ExploreFlow } from './explore-flow.ts';
import { Explorer } from './explorer.ts';
import { SweepFlow } from './sweep-flow.ts';
import { checkCommand } from './check-command.ts';
import type { Context } from './context.ts';
import type { DisjointPaths } from './disjoint.ts';
import type { DirectOrder, LookupAim, OperationFlow, OperationRunner } from './flow.ts';
import { hashKey } from './hash-key.ts';
import type { LookupEnd, LookupListener } from './lookup-port.ts';
import type { Lookups } from './lookup.ts';
import { PING, PUT_VALUE } from './message.ts';
import type { Message } from './message.ts';
import type { Neighbourhoods } from './neighbourhoods.ts';
import { Operation } from './operation.ts';
import type { Command, Outcome } from './operation.ts';
import { ProviderFlow } from './provider-flow.ts';
import type { RecordKeeper } from './record-keeper.ts';
import { OWNER_NOBODY, OWNER_OPERATION } from './requests.ts';
import type { Requests } from './requests.ts';
import type { RoutingTables } from './routing-table.ts';
import { ValueFlow } from './value-flow.ts';

const EMPTY = new Uint8Array(0);
const NO_LOOKUP = -1;

/** The parts of an engine that operations work with. */
export interface OperationParts {
  readonly context: Context;
  readonly tables: RoutingTables;
  readonly requests: Requests;
  readonly values: ValueStore;
  readonly providers: ProviderStore;
  readonly keeper: RecordKeeper;
  readonly validators: Validators;
  readonly neighbourhoods: Neighbourhoods;
}

/** What lookups are for an operation. */
export interface LookupParts {
  readonly lookups: Lookups;
  readonly paths: DisjointPaths;
}

/** All running operations of a population. */
export class Operations implements LookupListener, OperationRunner {
  readonly #parts: OperationParts;
  #lookups: LookupParts | null = null;
  #flows: Readonly<Record<Command['kind'], OperationFlow>> | null = null;
  readonly #running = new Map<number, Operation>();
  readonly #results: Int32Array;
  #nextId = 0;

  constructor(parts: OperationParts) {
    this.#parts = parts;
    this.#results = new Int32Array(parts.context.profile.k);
  }

  /** Lookups and operations know each other; this closes the circle. */
  attach(lookups: LookupParts): void {
    this.#lookups = lookups;
    const parts = {
      ...this.#parts,
      collector: new Collector(this.#parts.context, this.#parts.validators),
      shortlists: lookups.lookups.shortlists,
      sizes: this.#parts.neighbourhoods.sizes,
      runner: this,
      explorer: new Explorer(this.#parts.context, this),
    };
    const contacts = new ContactFlow(parts);
    const values = new ValueFlow(parts);
    const providers = new ProviderFlow(parts);
    this.#flows = {
      findNode: contacts,
      findPeer: contacts,
      ping: contacts,
      bootstrap: contacts,
      refresh: contacts,
      putValue: values,
      getValue: values,
      provide: providers,
      provideMany: new SweepFlow(parts),
      explore: new ExploreFlow(parts),
      findProviders: providers,
    };
  }

  /** Operations that have not ended, or whose lookups have not. */
  get running(): Iterable<Operation> {
    return this.#running.values();
  }

  /** Names whom operations and their lookups know of or are going to ask. */
  eachContact(visit: (contact: KeyHandle) => void): void {
    this.#lookups!.paths.eachContact(visit);
    for (const operation of this.#running.values()) {
      operation.providers.forEach(visit);
      operation.holders.forEach(visit);
      operation.closest.forEach(visit);
      this.#flowOf(operation).eachContact?.(operation, visit);
    }
  }

  get nextId(): number {
    return this.#nextId;
  }

  /**
   * Starts an operation; returns its id. Results go to the host. Throws a `RangeError` that says what is wrong
   * with the command.
   */
  start(command: Command, now: number): number {
    const { context } = this.#parts;
    assert(this.#flows !== null, 'operations are attached to lookups');
    checkCommand(command, context, now);
    const operation = new Operation({
      id: this.#nextId++,
      kind: command.kind,
      node: command.node,
      target: this.#targetOf(command),
      startedAt: now,
      record: recordOf(command),
      wanted: wantedOf(command),
    });
    this.#running.set(operation.id, operation);
    const peer = command.kind === 'ping' || command.kind === 'findPeer' ? command.peer : -1;
    context.trace?.step('operation.started', now, {
      node: this.self(operation),
      operation: operation.id,
      key: operation.target,
      peer,
      detail: operation.kind,
    });
    if (context.self.isActive(command.node))
      this.#flows[command.kind].begin(operation, command, now);
    else this.finish(operation, 'node-left', now);
    return operation.id;
  }

  lookupAnswered(id: number, lookup: number, message: Message, now: number): boolean {
    const operation = this.#running.get(id)!;
    operation.answered++;
    operation.lookup = lookup;
    return this.#flowOf(operation).answered(operation, message, now);
  }

  lookupFinished(id: number, lookup: number, end: LookupEnd, now: number): void {
    const operation = this.#running.get(id)!;
    const { lookups } = this.#lookups!;
    const found = lookups.shortlists.answered(lookup, this.#results);
    operation.closest = listOf(this.#results, found);
    const { requests, bytes, dials } = lookups.pool.cost(lookup);
    operation.lookupRequests += requests;
    operation.bytes += bytes;
    operation.dials += dials;
    operation.lookups++;
    operation.hops = lookups.shortlists.depth(lookup);
    operation.lookup = NO_LOOKUP;
    operation.lookupsRunning--;
    operation.lookedUp = lookups.shortlists.target(lookup);
    if (end === 'node-left' || end === 'cancelled') this.finish(operation, end, now);
    else {
      this.#parts.neighbourhoods.observe(operation, lookup, end, now);
      this.#flowOf(operation).lookedUp(operation, now);
    }
    if (operation.outcome !== null && operation.lookupsRunning === 0) this.#forget(operation);
  }

  /** A direct request was answered; `null` when it failed. */
  requestEnded(id: number, contact: KeyHandle, reply: Message | null, now: number): void {
    const operation = this.#running.get(id);
    if (operation === undefined) return;
    operation.pending--;
    operation.askedContact = contact;
    if (operation.outcome !== null) return;
    this.#flowOf(operation).requestEnded(operation, reply, now);
  }

  /** A timer that a flow set rang. */
  timer(id: number, now: number): void {
    const operation = this.#running.get(id);
    if (operation?.outcome === null) this.#flowOf(operation).timer?.(operation, now);
  }

  /** Ends what a node that goes offline was doing without a lookup, but not operations from `next` on. */
  abort(node: number, next: number, now: number): void {
    for (const operation of this.#running.values())
      if (operation.node === node && operation.id < next) this.finish(operation, 'node-left', now);
  }

  /** Ends an operation and its lookups before their time; says whether it was running. */
  cancel(id: number, outcome: 'cancelled' | 'found', now: number): boolean {
    const operation = this.#running.get(id);
    if (operation === undefined || operation.outcome !== null) return false;
    this.finish(operation, outcome, now);
    const { lookups } = this.#lookups!;
    const end = outcome === 'found' ? 'satisfied' : 'cancelled';
    lookups.abort((lookup) => lookups.pool.operations[lookup] === id, end, now);
    return true;
  }

  request(operation: Operation, direct: DirectOrder, now: number): void {
    const { contact, kind, isAwaited } = direct;
    const order = {
      node: operation.node,
      contact,
      kind,
      key: kind === PING ? -1 : (direct.key ?? operation.target),
      record: kind === PUT_VALUE ? operation.record : null,
      ownerType: isAwaited ? OWNER_OPERATION : OWNER_NOBODY,
      owner: operation.id,
      lookup: -1,
      operation: operation.id,
    };
    operation.directRequests++;
    if (isAwaited) operation.pending++;
    this.#parts.requests.send(order, now);
  }

  lookup(operation: Operation, kind: number, now: number, aim: LookupAim = {}): void {
    const { id, node } = operation;
    const { target = operation.target, seeds = [], isUrgent = false } = aim;
    operation.lookupsRunning++;
    this.#lookups!.paths.start({ node, target, kind, operation: id, isUrgent, seeds }, now);
  }

  /** Ends an operation, once. Its lookup, if there is one, goes on: an optimistic provide ends before it. */
  finish(operation: Operation, outcome: Outcome, now: number): void {
    if (operation.outcome !== null) return;
    operation.outcome = outcome;
    this.#parts.context.trace?.step('operation.finished', now, {
      node: this.self(operation),
      operation: operation.id,
      key: operation.target,
      count: operation.count,
      hop: operation.hops,
      detail: outcome,
    });
    this.#parts.context.host.result({ type: 'finished', operation, now });
    this.#flowOf(operation).ended?.(operation);
    if (operation.lookupsRunning === 0) this.#forget(operation);
  }

  self(operation: Operation): KeyHandle {
    return this.#parts.context.self.key(operation.node);
  }

  /** What an operation held is free when it and its lookup have ended. */
  #forget(operation: Operation): void {
    const { keys } = this.#parts.context;
    if (!this.#running.delete(operation.id)) return;
    for (const target of operation.queue) keys.release(target);
    keys.release(operation.target);
  }

  #flowOf(operation: Operation): OperationFlow {
    return this.#flows![operation.kind];
  }

  #targetOf(command: Command): KeyHandle {
    const { context } = this.#parts;
    switch (command.kind) {
      case 'findNode':
        return context.keys.intern(command.target);
      case 'findPeer':
      case 'ping':
        context.keys.retain(command.peer);
        return command.peer;
      case 'explore':
        return context.keys.intern(command.prefix);
      case 'bootstrap':
      case 'provideMany':
      case 'refresh': {
        const own = context.self.key(command.node);
        context.keys.retain(own);
        return own;
      }
      default:
        return context.keys.intern(hashKey(command.key, context.keys.keyBytes));
    }
  }
}

function recordOf(command: Command): ValueRecord | null {
  if (command.kind === 'putValue') return { key: command.key, value: command.value };
  return command.kind === 'getValue' ? { key: command.key, value: EMPTY } : null;
}

function wantedOf(command: Command): number {
  if (command.kind === 'getValue') return command.quorum ?? 0;
  return command.kind === 'findProviders' ? (command.count ?? 0) : 0;
}

function listOf(values: Int32Array, count: number): number[] {
  const list: number[] = [];
  for (let i = 0; i < count; i++) list.push(values[i]!);
  return list;
}
