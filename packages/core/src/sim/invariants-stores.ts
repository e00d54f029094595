// Invariants of the records that nodes keep.
import { equalKeys, keyToHex } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import { hashKey } from '../kademlia/hash-key.ts';
import { ADD_PROVIDER, PUT_VALUE } from '../kademlia/message.ts';
import { DEFAULT_VALIDATORS, validateRecord } from '../store/validate.ts';
import type { StoreCounts } from '../store/quota.ts';
import type { Turn, World } from './invariants-world.ts';

/** A record whose time is over may stay for so long: a full node looks through its records once a minute. */
const OVERDUE_MS = 61_000;

/** Checks what nodes hold for others. */
export class StoreChecks {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Everything that holds of the records of a node. */
  node(node: number, now: number): void {
    this.#values(node, now);
    this.#providers(node, now);
  }

  #values(node: number, now: number): void {
    const { engine, fail, profile } = this.#world;
    const { values } = engine();
    const sources = new Map<string, number>();
    let held = 0;
    for (const { storedAt, expiresAt, record, point, source } of values.snapshot(node)) {
      held++;
      if (expiresAt !== storedAt + profile.valueLifetimeMs || storedAt > now)
        fail('record-lifetime', node, `a value lives from ${storedAt} to ${expiresAt}`);
      this.#overdue(node, expiresAt, now);
      this.#valid(node, point, record, storedAt);
      if (source !== null) count(sources, source);
    }
    this.#counts(node, held, values.counts(node));
    this.#within(node, sources, profile.valueLimits.perSource);
  }

  #providers(node: number, now: number): void {
    const { engine, fail, keys, profile } = this.#world;
    const { providers } = engine();
    const [sources, points] = [new Map<string, number>(), new Map<string, number>()];
    let held = 0;
    for (const { expiresAt, provider, point } of providers.snapshot(node)) {
      held++;
      if (expiresAt > now + profile.providerLifetimeMs)
        fail('record-lifetime', node, `a provider record lives until ${expiresAt}`);
      this.#overdue(node, expiresAt, now);
      if (keys.find(provider) === node) continue;
      count(sources, provider);
      count(points, point);
    }
    this.#counts(node, held, providers.counts(node));
    this.#within(node, sources, profile.providerLimits.perSource);
    this.#within(node, points, profile.providerLimits.perKey);
  }

  /** No source, or key, has more than its share. */
  #within(node: number, counts: ReadonlyMap<string, number>, limit: number): void {
    for (const [key, found] of counts) {
      if (found > limit)
        this.#world.fail('store-limits', node, `${found} records of ${key}, ${limit} allowed`);
    }
  }

  #overdue(node: number, expiresAt: number, now: number): void {
    if (expiresAt + OVERDUE_MS < now)
      this.#world.fail(
        'record-expiry',
        node,
        `a record is still there whose time was over at ${expiresAt}`,
      );
  }

  #valid(
    node: number,
    point: Uint8Array,
    record: { key: Uint8Array; value: Uint8Array },
    at: number,
  ): void {
    const { fail, isThorough, keys } = this.#world;
    // Hashes cost as much as a hundred other checks.
    if (!isThorough) return;
    if (!equalKeys(hashKey(record.key, keys.keyBytes), point))
      fail('record-valid', node, 'a value lies under the key of another');
    const problem = validateRecord(DEFAULT_VALIDATORS, record.key, record.value, at);
    if (problem !== null) fail('record-valid', node, problem);
  }

  #counts(node: number, held: number, counts: StoreCounts): void {
    const { fail } = this.#world;
    if (counts.held !== held) fail('store-counts', node, `${held} records, ${counts.held} counted`);
    if (held > counts.limits.perNode)
      fail('store-limits', node, `${held} records, ${counts.limits.perNode} allowed`);
  }

  /** A request reached a server, which accepted or refused what it brought. */
  kept({ message, point, record, now }: Turn, hasAccepted: boolean): void {
    const { engine, fail, keys, profile } = this.#world;
    if (!hasAccepted || message === null || point === null) return;
    const { to: node, from, kind } = message;
    if (kind === PUT_VALUE) {
      for (const held of engine().values.snapshot(node))
        if (equalKeys(held.point, point) && equalKeys(held.record.value, record!.value)) return;
      fail('record-kept', node, 'it has accepted a value and does not hold it');
    }
    if (kind !== ADD_PROVIDER) return;
    for (const held of engine().providers.snapshot(node)) {
      if (!equalKeys(held.point, point) || keys.find(held.provider) !== from) continue;
      if (held.expiresAt !== now + profile.providerLifetimeMs)
        fail('record-kept', node, `provider ${from} came back and is not renewed`);
      return;
    }
    fail('record-kept', node, `it has accepted provider ${from} and does not hold it`);
  }
}

function count(counts: Map<string, number>, key: Key): void {
  const name = keyToHex(key);
  counts.set(name, (counts.get(name) ?? 0) + 1);
}
