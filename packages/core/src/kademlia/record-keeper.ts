// Keeps records at nodes: validates, compares, stores, and lets them expire when their time is over.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { ProviderStore } from '../store/provider-store.ts';
import { selectRecord, validateRecord } from '../store/validate.ts';
import type { Validators } from '../store/validate.ts';
import type { ValueRecord, ValueStore } from '../store/value-store.ts';
import { PROVIDER_TIMER, VALUE_TIMER } from './context.ts';
import type { Context } from './context.ts';

/** The part of an engine that writes to the stores. */
export class RecordKeeper {
  readonly #context: Context;
  readonly #values: ValueStore;
  readonly #providers: ProviderStore;
  readonly #validators: Validators;

  constructor(parts: {
    context: Context;
    values: ValueStore;
    providers: ProviderStore;
    validators: Validators;
  }) {
    this.#context = parts.context;
    this.#values = parts.values;
    this.#providers = parts.providers;
    this.#validators = parts.validators;
  }

  /** Stores a value at a node if it is valid and not worse than the one held; says whether it did. */
  store(node: number, key: KeyHandle, record: ValueRecord, now: number): boolean {
    const { profile, host, trace, self } = this.#context;
    const step = { node: self.key(node), key, bytes: record.value.length };
    const problem =
      validateRecord(this.#validators, record.key, record.value, now) ??
      this.#comparedWithHeld(node, key, record, now);
    if (problem !== null) {
      trace?.step('record.refused', now, { ...step, detail: problem });
      return false;
    }
    const expiresAt = now + profile.valueLifetimeMs;
    if (!this.#values.put(node, key, { record, storedAt: now, expiresAt })) return false;
    trace?.step('record.stored', now, { ...step, detail: 'value' });
    host.setTimer(expiresAt, VALUE_TIMER, node, key);
    return true;
  }

  /** Notes at `node` that `provider` has the content of `key`; says whether there was room. */
  provide(node: number, key: KeyHandle, provider: KeyHandle, now: number): boolean {
    const { profile, host, trace, self } = this.#context;
    const expiresAt = now + profile.providerLifetimeMs;
    if (!this.#providers.add(node, key, provider, expiresAt)) return false;
    trace?.step('provider.stored', now, {
      node: self.key(node),
      peer: provider,
      key,
      detail: 'provider',
    });
    host.setTimer(expiresAt, PROVIDER_TIMER, node, key);
    return true;
  }

  /** The timer of a value record rang. */
  expireValue(node: number, key: KeyHandle, now: number): void {
    if (!this.#values.expire(node, key, now)) return;
    this.#context.trace?.step('record.expired', now, {
      node: this.#context.self.key(node),
      key,
      detail: 'value',
    });
  }

  /** The timer of a provider record rang. */
  expireProviders(node: number, key: KeyHandle, now: number): void {
    const self = this.#context.self.key(node);
    for (const provider of this.#providers.expire(node, key, now)) {
      this.#context.trace?.step('provider.expired', now, {
        node: self,
        peer: provider,
        key,
        detail: 'provider',
      });
    }
  }

  /** Whether the node holds a value that is better than this one. */
  holdsBetter(node: number, key: KeyHandle, record: ValueRecord, now: number): boolean {
    return this.#comparedWithHeld(node, key, record, now) !== null;
  }

  #comparedWithHeld(node: number, key: KeyHandle, record: ValueRecord, now: number): string | null {
    const held = this.#values.get(node, key, now);
    if (held === null) return null;
    const best = selectRecord(this.#validators, record.key, [record.value, held.record.value]);
    return best === 0 ? null : 'a better record is held';
  }
}
