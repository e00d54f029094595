// Invariants of operations, seen from what they report.
import type { Key } from '../keyspace/key.ts';
import { compareKeys } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { OPERATION_TIMER } from '../kademlia/context.ts';
import type { Message } from '../kademlia/message.ts';
import type { Operation, OperationEvent, Outcome } from '../kademlia/operation.ts';
import { OWNER_LOOKUP } from '../kademlia/requests.ts';
import { DEFAULT_VALIDATORS, validateRecord } from '../store/validate.ts';
import type { World } from './invariants-world.ts';

/** What is remembered of an operation. */
interface Seen {
  isOver: boolean;
  providers: number;
  readonly nodes: Set<KeyHandle>;
  last: Key | null;
}

/** How operations of each kind may end, besides by their node's going offline. */
const OUTCOMES: Readonly<Record<Operation['kind'], readonly Outcome[]>> = {
  findNode: ['found', 'not-found'],
  findPeer: ['found', 'not-found'],
  ping: ['answered', 'no-answer'],
  bootstrap: ['refreshed', 'no-answer'],
  refresh: ['refreshed', 'no-answer'],
  putValue: ['stored', 'not-stored', 'invalid', 'superseded'],
  getValue: ['found', 'not-found'],
  provide: ['stored', 'not-stored'],
  provideMany: ['stored', 'not-stored'],
  explore: ['found', 'not-found'],
  findProviders: ['found', 'not-found'],
};

/** Checks what operations yield. */
export class OperationChecks {
  readonly #world: World;
  readonly #seen = new WeakMap<Operation, Seen>();
  /** First requests of lookups, by running operation of a watched node. */
  readonly #asked = new Map<number, number>();
  /** Nodes that said that they took what was stored, by running operation. */
  readonly #accepted = new Map<number, number>();
  readonly #timers = new Map<number, number>();

  constructor(world: World) {
    this.#world = world;
  }

  /** A watched node asks somebody for the first time in a request. */
  asks(message: Message): void {
    const { requests } = this.#world.engine();
    const operation = requests.operation(message.slot);
    if (operation < 0 || requests.ownerType(message.slot) !== OWNER_LOOKUP) return;
    this.#asked.set(operation, (this.#asked.get(operation) ?? 0) + 1);
  }

  /** A node took what it was given in a request of an operation. */
  accepted(operation: number): void {
    if (operation >= 0) this.#accepted.set(operation, (this.#accepted.get(operation) ?? 0) + 1);
  }

  timerSet(atMs: number, kind: number, operation: number): void {
    if (kind === OPERATION_TIMER) this.#timers.set(operation, atMs);
  }

  /** An operation reports something, in the turn of this message. */
  result(event: OperationEvent, message: Message | null, now: number): void {
    const { fail, isWatched } = this.#world;
    const { operation } = event;
    let seen = this.#seen.get(operation);
    if (seen === undefined) {
      seen = { isOver: false, providers: 0, nodes: new Set(), last: null };
      this.#seen.set(operation, seen);
    }
    if (seen.isOver)
      fail('operation-once', operation.node, `${operation.kind} goes on after its end`);
    switch (event.type) {
      case 'finished':
        seen.isOver = true;
        this.#ended(operation);
        this.#proved(operation, message);
        if (isWatched(operation.node)) this.#costs(operation);
        break;
      case 'provider':
        this.#provider(operation, event.provider, seen);
        break;
      case 'value':
        this.#value(operation, event.record, now);
        break;
      case 'nodes':
        this.#nodes(operation, event.nodes, seen);
        break;
      case 'swept':
        if (event.keys < 1 || (seen.last !== null && compareKeys(seen.last, event.last) >= 0))
          fail('sweep-progress', operation.node, `a region of ${event.keys} keys out of order`);
        seen.last = event.last;
        break;
      case 'agreement':
        break;
    }
  }

  #ended(operation: Operation): void {
    const { engine, fail } = this.#world;
    const { outcome, kind, count, node } = operation;
    if (outcome === 'node-left') {
      if (engine().isActive(node)) fail('operation-outcome', node, 'it has not gone offline');
      return;
    }
    const isKnown = outcome !== null && OUTCOMES[kind].includes(outcome);
    const isGood = outcome === 'found' || outcome === 'stored' || outcome === 'refreshed';
    const yields = kind === 'findNode' ? operation.closest.length : count;
    const hadNothingToDo =
      kind === 'provideMany' && operation.lookups + operation.directRequests === 0;
    const fits =
      kind === 'ping' ||
      hadNothingToDo ||
      (kind === 'findPeer' ? operation.reached : yields > 0) === isGood;
    if (!isKnown || !fits)
      fail('operation-outcome', node, `${kind} ended as ${outcome} with ${yields} results`);
    if (new Set(operation.holders).size < operation.holders.length)
      fail('operation-results', node, 'a holder is named twice');
  }

  /** Whoever is counted has said so: those who took a record, and a peer that was looked for. */
  #proved({ id, kind, node, count, outcome, target }: Operation, message: Message | null): void {
    const { fail } = this.#world;
    const accepted = this.#accepted.get(id) ?? 0;
    this.#accepted.delete(id);
    if ((kind === 'putValue' || kind === 'provide') && count > accepted)
      fail('operation-proved', node, `${accepted} nodes took it, and ${count} are counted`);
    if (kind === 'findPeer' && outcome === 'found' && message?.from !== target)
      fail('operation-proved', node, `${message?.from ?? 'nobody'} was taken for the peer`);
  }

  #costs(operation: Operation): void {
    const { fail } = this.#world;
    const asked = this.#asked.get(operation.id) ?? 0;
    this.#asked.delete(operation.id);
    const isOver = operation.lookupsRunning === 0 && operation.outcome !== 'node-left';
    if (isOver ? asked !== operation.lookupRequests : asked < operation.lookupRequests)
      fail(
        'operation-costs',
        operation.node,
        `${asked} asked, ${operation.lookupRequests} counted`,
      );
  }

  #provider(operation: Operation, provider: KeyHandle, seen: Seen): void {
    const { fail } = this.#world;
    const { providers, wanted, count, node } = operation;
    seen.providers++;
    const isNew = providers.indexOf(provider) === providers.length - 1;
    const isCounted = seen.providers === providers.length && count === providers.length;
    if (!isNew || !isCounted || (wanted > 0 && count > wanted))
      fail('operation-results', node, `provider ${provider} is number ${count} of ${wanted}`);
  }

  #value(operation: Operation, record: { key: Uint8Array; value: Uint8Array }, now: number): void {
    const problem = validateRecord(DEFAULT_VALIDATORS, record.key, record.value, now);
    if (problem !== null) this.#world.fail('value-valid', operation.node, problem);
  }

  #nodes(operation: Operation, nodes: readonly KeyHandle[], seen: Seen): void {
    const { fail, keys } = this.#world;
    for (const node of nodes) {
      const isStrange = node === operation.node || keys.references(node) === 0;
      if (seen.nodes.has(node) || isStrange)
        fail('nodes-explored', operation.node, `node ${node} is found again, or is the explorer`);
      seen.nodes.add(node);
    }
    if (seen.nodes.size !== operation.count)
      fail(
        'nodes-explored',
        operation.node,
        `${seen.nodes.size} nodes, ${operation.count} counted`,
      );
  }

  /** Whatever runs waits for something. */
  all(now: number): void {
    const { engine, fail } = this.#world;
    for (const operation of engine().operations) {
      const { id, node, lookupsRunning, pending, kind } = operation;
      if (lookupsRunning < 0 || pending < 0)
        fail(
          'operation-alive',
          node,
          `${kind} waits for ${lookupsRunning} lookups, ${pending} answers`,
        );
      if (lookupsRunning > 0 || (pending > 0 && operation.outcome === null)) continue;
      if ((this.#timers.get(id) ?? Number.NEGATIVE_INFINITY) + 1 >= now) continue;
      fail('operation-alive', node, `${kind} waits for nothing`);
    }
    if (this.#timers.size + this.#asked.size + this.#accepted.size > 0) this.#purge();
  }

  #purge(): void {
    const running = new Set<number>();
    for (const { id } of this.#world.engine().operations) running.add(id);
    for (const id of this.#timers.keys()) if (!running.has(id)) this.#timers.delete(id);
    for (const id of this.#asked.keys()) if (!running.has(id)) this.#asked.delete(id);
    for (const id of this.#accepted.keys()) if (!running.has(id)) this.#accepted.delete(id);
  }
}
