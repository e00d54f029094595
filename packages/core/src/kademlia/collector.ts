// What lookups bring home: providers as they are named, values as they prove to be better.
import type { KeyHandle } from '../keyspace/key-table.ts';
import { selectRecord, validateRecord } from '../store/validate.ts';
import type { Validators } from '../store/validate.ts';
import type { ValueRecord } from '../store/value-store.ts';
import type { Context } from './context.ts';
import type { Message } from './message.ts';
import type { Operation } from './operation.ts';

/** Adds results to operations and streams them to the host. */
export class Collector {
  readonly #context: Context;
  readonly #validators: Validators;

  constructor(context: Context, validators: Validators) {
    this.#context = context;
    this.#validators = validators;
  }

  /** Notes a provider and streams it, unless it is known, there are enough, or the operation has ended meanwhile. */
  provider(operation: Operation, provider: KeyHandle, from: KeyHandle, now: number): void {
    if (operation.outcome !== null || hasEnough(operation)) return;
    if (operation.providers.includes(provider)) return;
    operation.providers.push(provider);
    operation.count = operation.providers.length;
    this.#context.trace?.step('provider.found', now, {
      node: this.#context.self.key(operation.node),
      operation: operation.id,
      key: operation.target,
      peer: provider,
      count: operation.count,
      detail: 'provider',
      data: { from },
    });
    this.#context.host.result({ type: 'provider', operation, provider });
  }

  /** An answer may carry a value: judges it. */
  value(operation: Operation, message: Message, now: number): void {
    const record = message.record;
    if (record === null) return;
    const context = this.#context;
    const validators = this.#validators;
    // What equals the best so far has been judged already: a signature takes milliseconds to verify.
    const isKnown =
      operation.holders.length > 0 && sameBytes(operation.record!.value, record.value);
    if (isKnown || validateRecord(validators, operation.record!.key, record.value, now) === null) {
      this.accept(operation, record, message.from, now);
    } else {
      context.trace?.step('value.refused', now, {
        node: this.#context.self.key(operation.node),
        operation: operation.id,
        key: operation.target,
        peer: message.from,
      });
    }
  }

  /** Takes a valid value: better than the best so far, equal to it, or worse. */
  accept(operation: Operation, record: ValueRecord, from: KeyHandle, now: number): void {
    const best = operation.record!;
    operation.count++;
    const isFirst = operation.holders.length === 0;
    const same = !isFirst && sameBytes(best.value, record.value);
    const better =
      isFirst ||
      (!same && selectRecord(this.#validators, best.key, [record.value, best.value]) === 0);
    if (better) {
      operation.record = { key: best.key, value: record.value };
      operation.holders.length = 0;
    }
    if (better || same) operation.holders.push(from);
    if (!better) {
      if (same) this.#context.host.result({ type: 'agreement', operation });
      return;
    }
    this.#context.trace?.step('value.found', now, {
      node: this.#context.self.key(operation.node),
      operation: operation.id,
      key: operation.target,
      peer: from,
      count: operation.count,
      bytes: record.value.length,
      detail: 'value',
    });
    this.#context.host.result({ type: 'value', operation, record: operation.record! });
  }
}

/** Whether an operation has as many results as its caller wants. */
export function hasEnough(operation: Operation): boolean {
  return operation.wanted > 0 && operation.count >= operation.wanted;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
