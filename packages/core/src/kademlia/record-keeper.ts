// Keeps records at nodes: validates, compares, stores, and lets them expire when their time is over.
import { equalKeys } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { DroppedProvider, ProviderSnapshot, ProviderStore } from '../store/provider-store.ts';
import { OWN, UNKNOWN_GROUP } from '../store/quota.ts';
import { selectRecord, validateRecord } from '../store/validate.ts';
import type { Validators } from '../store/validate.ts';
import type { DroppedValue, ValueRecord, ValueSnapshot, ValueStore } from '../store/value-store.ts';
import { PROVIDER_TIMER, VALUE_TIMER } from './context.ts';
import type { Context } from './context.ts';
import { hashKey } from './hash-key.ts';

/** Who stores a value, `OWN` for the node itself, and when. */
export interface Origin {
  readonly source: KeyHandle;
  readonly now: number;
}

/** The records of a node in plain data, as a host keeps them on a disk. */
export interface SavedRecords {
  readonly values: Iterable<ValueSnapshot>;
  readonly providers: Iterable<ProviderSnapshot>;
}

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

  /** Stores a value at a node if it is valid, not worse than the one held, and there is room; says whether it did. */
  store(node: number, key: KeyHandle, record: ValueRecord, { source, now }: Origin): boolean {
    const { profile, trace, self } = this.#context;
    const values = this.#values;
    const step = { node: self.key(node), key, bytes: record.value.length };
    let problem =
      validateRecord(this.#validators, record.key, record.value, now) ??
      this.#comparedWithHeld(node, key, record, now);
    if (problem === null) {
      const before = values.deadline(node);
      const expiresAt = now + profile.valueLifetimeMs;
      if (!values.put(node, key, { record, storedAt: now, expiresAt }, source))
        problem = values.refusal;
      this.#setTimer(VALUE_TIMER, node, before, values.deadline(node));
    }
    if (problem === null) {
      trace?.step('record.stored', now, { ...step, detail: 'value' });
      const isOwn = source === OWN;
      this.#context.host.kept?.({ type: 'value', node, key, record, storedAt: now, isOwn });
    } else trace?.step('record.refused', now, { ...step, detail: problem });
    return problem === null;
  }

  /** Notes at `node` that `provider` has the content of `key`; says whether there was room. */
  provide(node: number, key: KeyHandle, provider: KeyHandle, now: number): boolean {
    const { profile, trace, self, subnets } = this.#context;
    const providers = this.#providers;
    const before = providers.deadline(node);
    const expiresAt = now + profile.providerLifetimeMs;
    const group = subnets === null ? UNKNOWN_GROUP : subnets(provider);
    const isStored = providers.add(node, key, provider, { expiresAt, now, group });
    this.#setTimer(PROVIDER_TIMER, node, before, providers.deadline(node));
    const step = { node: self.key(node), peer: provider, key };
    if (isStored) {
      trace?.step('provider.stored', now, { ...step, detail: 'provider' });
      this.#context.host.kept?.({ type: 'provider', node, key, provider, storedAt: now });
    } else
      trace?.step('provider.refused', now, { ...step, detail: providers.refusal ?? 'refused' });
    return isStored;
  }

  /** The timer of a node's value records rang. */
  expireValues(node: number, now: number): void {
    const due = this.#values.deadline(node);
    if (now < due) return;
    this.#values.sweep(node, now);
    this.#setTimer(VALUE_TIMER, node, due, this.#values.deadline(node));
  }

  /** The timer of a node's provider records rang. */
  expireProviders(node: number, now: number): void {
    const due = this.#providers.deadline(node);
    if (now < due) return;
    this.#providers.sweep(node, now);
    this.#setTimer(PROVIDER_TIMER, node, due, this.#providers.deadline(node));
  }

  /** Puts saved records back as far as they are sound, and sees to it that they expire. */
  restore(node: number, records: SavedRecords, now: number): void {
    const values = this.#values.deadline(node);
    this.#values.restore(node, this.#soundValues(records.values, now), now);
    this.#setTimer(VALUE_TIMER, node, values, this.#values.deadline(node));
    const providers = this.#providers.deadline(node);
    this.#providers.restore(node, this.#soundProviders(records.providers, now), now);
    this.#setTimer(PROVIDER_TIMER, node, providers, this.#providers.deadline(node));
  }

  *#soundValues(saved: Iterable<ValueSnapshot>, now: number): Generator<ValueSnapshot> {
    const { profile, keys } = this.#context;
    for (const one of saved) {
      if (!isValue(one, keys.keyBytes)) continue;
      const { record, point } = one;
      const isSound =
        equalKeys(point, hashKey(record.key, keys.keyBytes)) &&
        validateRecord(this.#validators, record.key, record.value, now) === null;
      // A clock that was set back must not make records immortal.
      const expiresAt = Math.min(one.expiresAt, now + profile.valueLifetimeMs);
      if (isSound) yield { ...one, expiresAt, storedAt: Math.min(one.storedAt, now) };
    }
  }

  *#soundProviders(saved: Iterable<ProviderSnapshot>, now: number): Generator<ProviderSnapshot> {
    const { profile, keys } = this.#context;
    for (const one of saved) {
      if (!isProvider(one, keys.keyBytes)) continue;
      yield { ...one, expiresAt: Math.min(one.expiresAt, now + profile.providerLifetimeMs) };
    }
  }

  /** A store gave up a value: its time is over, or a nearer one needed the room. */
  valueDropped(node: number, { key, why, now }: DroppedValue): void {
    const { trace, self, host } = this.#context;
    const step = { node: self.key(node), key, detail: 'value' };
    host.kept?.({ type: 'value-dropped', node, key });
    if (why === 'expired') trace?.step('record.expired', now, step);
    else trace?.step('record.evicted', now, step);
  }

  /** A store gave up a provider. */
  providerDropped(node: number, { key, provider, why, now }: DroppedProvider): void {
    const { trace, self, host } = this.#context;
    const step = { node: self.key(node), peer: provider, key, detail: 'provider' };
    host.kept?.({ type: 'provider-dropped', node, key, provider });
    if (why === 'expired') trace?.step('provider.expired', now, step);
    else trace?.step('provider.evicted', now, step);
  }

  /** Whether the node holds a value that is better than this one. */
  holdsBetter(node: number, key: KeyHandle, record: ValueRecord, now: number): boolean {
    return this.#comparedWithHeld(node, key, record, now) !== null;
  }

  /** One timer for all records of a node, however often they are renewed: a flood sets no more. */
  #setTimer(kind: number, node: number, before: number, after: number): void {
    if (after !== before && after < Number.POSITIVE_INFINITY)
      this.#context.host.setTimer(after, kind, node, 0);
  }

  #comparedWithHeld(node: number, key: KeyHandle, record: ValueRecord, now: number): string | null {
    const held = this.#values.get(node, key, now);
    if (held === null) return null;
    // An IPNS record that was valid when it came may be no longer, and stands in nobody's way.
    if (validateRecord(this.#validators, record.key, held.record.value, now) !== null) return null;
    const best = selectRecord(this.#validators, record.key, [record.value, held.record.value]);
    return best === 0 ? null : 'a better record is held';
  }
}

/** What a damaged file made of a record, as far as nobody can know. */
type Damaged<T> = { readonly [Field in keyof T]?: unknown } | null | undefined;

function isKey(value: unknown, bytes: number): boolean {
  return value instanceof Uint8Array && value.length === bytes;
}

function isValue(saved: Damaged<ValueSnapshot>, keyBytes: number): boolean {
  const record = saved?.record as Damaged<ValueRecord>;
  return (
    record?.key instanceof Uint8Array &&
    record.value instanceof Uint8Array &&
    Number.isFinite(saved?.storedAt) &&
    Number.isFinite(saved?.expiresAt) &&
    isKey(saved?.point, keyBytes) &&
    (saved?.source === null || isKey(saved?.source, keyBytes))
  );
}

function isProvider(saved: Damaged<ProviderSnapshot>, keyBytes: number): boolean {
  return (
    Number.isFinite(saved?.expiresAt) &&
    Number.isSafeInteger(saved?.group) &&
    isKey(saved?.point, keyBytes) &&
    isKey(saved?.provider, keyBytes)
  );
}
