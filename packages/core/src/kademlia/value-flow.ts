// Operations about values:
//
//   putValue     own store, lookup, then a request to each of the k closest
//   getValue     own store, lookup that collects and judges, corrective puts
import type { KeyHandle } from '../keyspace/key-table.ts';
import { OWN } from '../store/quota.ts';
import { validateRecord } from '../store/validate.ts';
import type { Validators } from '../store/validate.ts';
import type { ValueStore } from '../store/value-store.ts';
import { hasEnough } from './collector.ts';
import type { Collector } from './collector.ts';
import type { OperationFlow, OperationRunner } from './flow.ts';
import { FIND_NODE, GET_VALUE, PUT_VALUE } from './message.ts';
import type { Message } from './message.ts';
import type { Command, Operation } from './operation.ts';
import type { RecordKeeper } from './record-keeper.ts';

/** The closest nodes, if the caller knows them. */
type Contacts = readonly KeyHandle[] | undefined;

/** Stores values and finds them. */
export class ValueFlow implements OperationFlow {
  readonly #parts: ValueFlowParts;

  constructor(parts: ValueFlowParts) {
    this.#parts = parts;
  }

  begin(operation: Operation, command: Command, now: number): void {
    if (command.kind === 'putValue') this.#beginPut(operation, command.contacts, now);
    else if (command.kind === 'getValue') this.#beginGet(operation, command.contacts, now);
  }

  answered(operation: Operation, message: Message, now: number): boolean {
    if (operation.kind !== 'getValue') return false;
    this.#parts.collector.value(operation, message, now);
    return hasEnough(operation);
  }

  lookedUp(operation: Operation, now: number): void {
    if (operation.kind === 'getValue') {
      this.#correct(operation, now);
      this.#finishGet(operation, now);
    } else this.#putToClosest(operation, now);
  }

  requestEnded(operation: Operation, reply: Message | null, now: number): void {
    if (operation.kind === 'putValue') {
      if (reply?.accepted === true) operation.count++;
      this.#finishPut(operation, now);
      return;
    }
    if (reply !== null) this.#parts.collector.value(operation, reply, now);
    if (operation.pending > 0 && !hasEnough(operation)) return;
    this.#correct(operation, now);
    this.#finishGet(operation, now);
  }

  #beginPut(operation: Operation, contacts: Contacts, now: number): void {
    const { validators, keeper, runner } = this.#parts;
    const record = operation.record!;
    if (validateRecord(validators, record.key, record.value, now) !== null)
      runner.finish(operation, 'invalid', now);
    // Nobody who is up to date would take it, and whoever is not should not have it.
    else if (keeper.holdsBetter(operation.node, operation.target, record, now))
      runner.finish(operation, 'superseded', now);
    else {
      keeper.store(operation.node, operation.target, record, { source: OWN, now });
      if (contacts === undefined) runner.lookup(operation, FIND_NODE, now);
      else {
        operation.closest = contacts;
        this.#putToClosest(operation, now);
      }
    }
  }

  #beginGet(operation: Operation, contacts: Contacts, now: number): void {
    const { values, collector, runner } = this.#parts;
    const held = values.get(operation.node, operation.target, now);
    const isValid =
      held !== null &&
      validateRecord(this.#parts.validators, held.record.key, held.record.value, now) === null;
    if (isValid) collector.accept(operation, held.record, runner.self(operation), now);
    if (operation.outcome !== null) return;
    if (hasEnough(operation)) runner.finish(operation, 'found', now);
    else if (contacts === undefined) runner.lookup(operation, GET_VALUE, now);
    else {
      operation.closest = contacts;
      for (const contact of contacts)
        runner.request(operation, { contact, kind: GET_VALUE, isAwaited: true }, now);
      if (operation.pending === 0) this.#finishGet(operation, now);
    }
  }

  #putToClosest(operation: Operation, now: number): void {
    for (const contact of operation.closest)
      this.#parts.runner.request(operation, { contact, kind: PUT_VALUE, isAwaited: true }, now);
    this.#finishPut(operation, now);
  }

  #finishGet(operation: Operation, now: number): void {
    const outcome = operation.holders.length > 0 ? 'found' : 'not-found';
    this.#parts.runner.finish(operation, outcome, now);
  }

  #finishPut(operation: Operation, now: number): void {
    if (operation.pending === 0)
      this.#parts.runner.finish(operation, operation.count > 0 ? 'stored' : 'not-stored', now);
  }

  /**
   * Gives the best value to those of the closest nodes that lack it (libp2p kad-dht, "Entry correction"),
   * also when a quorum ended the lookup, as Go does not: then to the closest that had been asked.
   */
  #correct(operation: Operation, now: number): void {
    if (operation.holders.length === 0) return;
    for (const contact of operation.closest) {
      if (!operation.holders.includes(contact))
        this.#parts.runner.request(operation, { contact, kind: PUT_VALUE, isAwaited: false }, now);
    }
  }
}

/** What a value flow works with. */
export interface ValueFlowParts {
  readonly values: ValueStore;
  readonly keeper: RecordKeeper;
  readonly validators: Validators;
  readonly collector: Collector;
  readonly runner: OperationRunner;
}
