// The machine behind the operations: each is a lookup, direct requests to its results, or both.
//
//   findNode, findPeer                   lookup
//   getValue, findProviders              own store, lookup that collects, corrective puts
//   putValue, provide                    own store, lookup, then a request to each of the k closest
//   bootstrap, refresh                   one lookup after the other
//   ping                                 one request
import { sha256 } from '@noble/hashes/sha2.js';
import { assert } from '../keyspace/assert.ts';
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { ProviderStore } from '../store/provider-store.ts';
import { validateRecord } from '../store/validate.ts';
import type { Validators } from '../store/validate.ts';
import type { ValueRecord, ValueStore } from '../store/value-store.ts';
import { Collector, hasEnough } from './collector.ts';
import { randomKeyInBucket } from './context.ts';
import type { Context } from './context.ts';
import type { DisjointPaths } from './disjoint.ts';
import type { LookupEnd, LookupListener } from './lookup-port.ts';
import type { Lookups } from './lookup.ts';
import {
  ADD_PROVIDER,
  FIND_NODE,
  GET_PROVIDERS,
  GET_VALUE,
  MESSAGE_PROVIDERS_MAX,
  PING,
  PUT_VALUE,
} from './message.ts';
import type { Message } from './message.ts';
import { Operation } from './operation.ts';
import type { Command, Outcome } from './operation.ts';
import type { RecordKeeper } from './record-keeper.ts';
import { OWNER_NOBODY, OWNER_OPERATION } from './requests.ts';
import type { Requests } from './requests.ts';
import type { RoutingTables } from './routing-table.ts';

const EMPTY = new Uint8Array(0);

/** The parts of an engine that operations work with. */
export interface OperationParts {
  readonly context: Context;
  readonly tables: RoutingTables;
  readonly requests: Requests;
  readonly values: ValueStore;
  readonly providers: ProviderStore;
  readonly keeper: RecordKeeper;
  readonly validators: Validators;
}

/** All running operations of a population. */
export class Operations implements LookupListener {
  readonly #parts: OperationParts;
  readonly #collector: Collector;
  #lookups: Lookups | null = null;
  #paths: DisjointPaths | null = null;
  readonly #running = new Map<number, Operation>();
  readonly #results: Int32Array;
  #nextId = 0;

  constructor(parts: OperationParts) {
    this.#parts = parts;
    this.#collector = new Collector(parts.context, parts.validators);
    this.#results = new Int32Array(parts.context.profile.k);
  }

  /** Lookups and operations know each other; this closes the circle. */
  attach(lookups: Lookups, paths: DisjointPaths): void {
    this.#lookups = lookups;
    this.#paths = paths;
  }

  get nextId(): number {
    return this.#nextId;
  }

  /** Starts an operation; returns its id. Results go to the host. */
  start(command: Command, now: number): number {
    const { context } = this.#parts;
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
      node: this.#self(operation),
      operation: operation.id,
      key: operation.target,
      peer,
      detail: operation.kind,
    });
    if (context.self.isActive(command.node)) this.#begin(operation, command, now);
    else this.#finish(operation, 'node-left', now);
    return operation.id;
  }

  lookupAnswered(id: number, message: Message, now: number): boolean {
    const operation = this.#running.get(id)!;
    if (message.from === operation.target) operation.reached = true;
    switch (operation.kind) {
      case 'findPeer':
        return operation.reached;
      case 'getValue':
        this.#collector.value(operation, message, now);
        return hasEnough(operation);
      case 'findProviders':
        for (let i = 0; i < message.providerCount; i++) {
          this.#collector.provider(operation, message.providers[i]!, message.from, now);
        }
        return hasEnough(operation);
      default:
        return false;
    }
  }

  lookupFinished(id: number, lookup: number, end: LookupEnd, now: number): void {
    const operation = this.#running.get(id)!;
    const lookups = this.#lookups!;
    const found = lookups.results(lookup, this.#results);
    operation.closest = listOf(this.#results, found);
    operation.lookupRequests += lookups.asked(lookup);
    operation.lookups++;
    operation.hops = lookups.depth(lookup);
    if (end === 'node-left') {
      this.#finish(operation, 'node-left', now);
      return;
    }
    switch (operation.kind) {
      case 'bootstrap':
      case 'refresh':
        if (found > 0) operation.count++;
        if (operation.kind === 'bootstrap' && operation.lookups === 1 && found > 0)
          this.#queueFarBuckets(operation);
        this.#nextLookup(operation, now);
        return;
      case 'putValue':
        this.#sendToClosest(operation, PUT_VALUE, now);
        return;
      case 'provide':
        this.#sendToClosest(operation, ADD_PROVIDER, now);
        return;
      case 'getValue':
        this.#correct(operation, now);
        this.#finish(operation, operation.holders.length > 0 ? 'found' : 'not-found', now);
        return;
      case 'findProviders':
        this.#finish(operation, operation.count > 0 ? 'found' : 'not-found', now);
        return;
      case 'findPeer':
        this.#finish(operation, operation.reached ? 'found' : 'not-found', now);
        return;
      case 'findNode':
      case 'ping':
        this.#finish(operation, found > 0 ? 'found' : 'not-found', now);
    }
  }

  /** A direct request was answered. */
  requestAnswered(id: number, message: Message, now: number): void {
    const operation = this.#running.get(id);
    if (operation === undefined) return;
    if (operation.kind === 'ping') {
      this.#finish(operation, 'answered', now);
      return;
    }
    if (message.accepted) operation.count++;
    this.#requestEnded(operation, now);
  }

  /** A direct request failed. */
  requestFailed(id: number, now: number): void {
    const operation = this.#running.get(id);
    if (operation === undefined) return;
    if (operation.kind === 'ping') this.#finish(operation, 'no-answer', now);
    else this.#requestEnded(operation, now);
  }

  /** Ends what a node that goes offline was doing without a lookup. */
  abort(node: number, now: number): void {
    for (const operation of this.#running.values()) {
      if (operation.node === node) this.#finish(operation, 'node-left', now);
    }
  }

  #begin(operation: Operation, command: Command, now: number): void {
    switch (command.kind) {
      case 'ping':
        this.#request(operation, command.peer, PING, now);
        return;
      case 'bootstrap':
        this.#lookup(operation, FIND_NODE, now, { seeds: command.seeds });
        return;
      case 'refresh':
        if (this.#parts.context.profile.refreshesSelf) this.#queueSelf(operation);
        for (const bucket of command.buckets) this.#queueBucket(operation, bucket);
        this.#nextLookup(operation, now);
        return;
      case 'putValue':
        this.#beginPut(operation, command.key, command.value, now);
        return;
      case 'provide':
        this.#parts.keeper.provide(operation.node, operation.target, this.#self(operation), now);
        this.#lookup(operation, FIND_NODE, now);
        return;
      case 'getValue':
        this.#beginGet(operation, now);
        return;
      case 'findProviders':
        this.#beginFindProviders(operation, now);
        return;
      case 'findNode':
      case 'findPeer':
        this.#lookup(operation, FIND_NODE, now);
    }
  }

  #beginPut(operation: Operation, key: Uint8Array, value: Uint8Array, now: number): void {
    if (validateRecord(this.#parts.validators, key, value, now) !== null) {
      this.#finish(operation, 'invalid', now);
      return;
    }
    this.#parts.keeper.store(operation.node, operation.target, operation.record!, now);
    this.#lookup(operation, FIND_NODE, now);
  }

  #beginGet(operation: Operation, now: number): void {
    const held = this.#parts.values.get(operation.node, operation.target, now);
    if (held !== null) this.#collector.accept(operation, held.record, this.#self(operation), now);
    if (operation.outcome === null && hasEnough(operation)) this.#finish(operation, 'found', now);
    else if (operation.outcome === null) this.#lookup(operation, GET_VALUE, now);
  }

  #beginFindProviders(operation: Operation, now: number): void {
    const own = new Int32Array(MESSAGE_PROVIDERS_MAX);
    const found = this.#parts.providers.get(operation.node, operation.target, now, own);
    for (let i = 0; i < found; i++)
      this.#collector.provider(operation, own[i]!, this.#self(operation), now);
    if (operation.outcome === null && hasEnough(operation)) this.#finish(operation, 'found', now);
    else if (operation.outcome === null) this.#lookup(operation, GET_PROVIDERS, now);
  }

  /** Gives the best value to those of the closest nodes that lack it (libp2p kad-dht, "Entry correction"). */
  #correct(operation: Operation, now: number): void {
    if (operation.holders.length === 0) return;
    for (const contact of operation.closest) {
      if (!operation.holders.includes(contact)) this.#request(operation, contact, PUT_VALUE, now);
    }
  }

  #sendToClosest(operation: Operation, kind: number, now: number): void {
    for (const contact of operation.closest) this.#request(operation, contact, kind, now);
    if (!this.#awaits(operation, kind)) operation.count = operation.closest.length;
    if (operation.pending === 0) this.#requestEnded(operation, now);
  }

  #requestEnded(operation: Operation, now: number): void {
    if (operation.pending > 0) operation.pending--;
    if (operation.pending === 0)
      this.#finish(operation, operation.count > 0 ? 'stored' : 'not-stored', now);
  }

  #request(operation: Operation, contact: KeyHandle, kind: number, now: number): void {
    const isAwaited = this.#awaits(operation, kind);
    const order = {
      node: operation.node,
      contact,
      kind,
      key: kind === PING ? -1 : operation.target,
      record: kind === PUT_VALUE ? operation.record : null,
      ownerType: isAwaited ? OWNER_OPERATION : OWNER_NOBODY,
      owner: operation.id,
      lookup: -1,
      operation: operation.id,
    };
    operation.directRequests++;
    if (isAwaited) operation.pending++;
    if (kind === ADD_PROVIDER && !isAwaited) this.#parts.requests.notify(order, now);
    else this.#parts.requests.send(order, now);
  }

  /** Whether the operation waits for the answer to a direct request: not to a correction, nor where there is none. */
  #awaits(operation: Operation, kind: number): boolean {
    if (kind === ADD_PROVIDER) return this.#parts.context.profile.acknowledgesProviders;
    return operation.kind !== 'getValue';
  }

  #lookup(
    operation: Operation,
    kind: number,
    now: number,
    order: { target?: KeyHandle; seeds?: readonly KeyHandle[] } = {},
  ): void {
    assert(this.#paths !== null, 'operations are attached to lookups');
    const { id, node } = operation;
    const { target = operation.target, seeds = [] } = order;
    this.#paths.start({ node, target, kind, operation: id, seeds }, now);
  }

  #nextLookup(operation: Operation, now: number): void {
    const target = operation.queue.shift();
    if (target === undefined) {
      this.#finish(operation, operation.count > 0 ? 'refreshed' : 'no-answer', now);
      return;
    }
    this.#lookup(operation, FIND_NODE, now, { target });
    this.#parts.context.keys.release(target);
  }

  /** After the lookup of its own key, a new node refreshes all buckets beyond its closest neighbour (§2.3). */
  #queueFarBuckets(operation: Operation): void {
    const last = this.#parts.tables.bucketCount(operation.node) - 1;
    for (let bucket = 0; bucket < last; bucket++) this.#queueBucket(operation, bucket);
  }

  #queueSelf(operation: Operation): void {
    const own = this.#self(operation);
    this.#parts.context.keys.retain(own);
    operation.queue.push(own);
  }

  #queueBucket(operation: Operation, bucket: number): void {
    const { context } = this.#parts;
    const origin = context.keys.key(this.#self(operation));
    const key = randomKeyInBucket(origin, bucket, () => context.host.random(operation.node));
    operation.queue.push(context.keys.intern(key));
  }

  #finish(operation: Operation, outcome: Outcome, now: number): void {
    const { context } = this.#parts;
    operation.outcome = outcome;
    this.#running.delete(operation.id);
    context.trace?.step('operation.finished', now, {
      node: this.#self(operation),
      operation: operation.id,
      key: operation.target,
      count: operation.count,
      hop: operation.hops,
      detail: outcome,
    });
    context.host.result({ type: 'finished', operation, now });
    for (const target of operation.queue) context.keys.release(target);
    context.keys.release(operation.target);
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
      case 'bootstrap':
      case 'refresh': {
        const own = context.self.key(command.node);
        context.keys.retain(own);
        return own;
      }
      default:
        return context.keys.intern(hashKey(command.key, context.keys.keyBytes));
    }
  }

  #self(operation: Operation): KeyHandle {
    return this.#parts.context.self.key(operation.node);
  }
}

/** The point of the keyspace of a record or content key: its SHA-256, cut to the size of the keyspace. */
export function hashKey(key: Uint8Array, keyBytes: number): Key {
  return sha256(key).slice(0, keyBytes);
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
