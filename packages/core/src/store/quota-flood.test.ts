// Floods of records, at a sixteenth of the default quotas.
import { describe, expect, test } from 'vitest';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import { ProviderStore } from './provider-store.ts';
import { ValueStore } from './value-store.ts';
import type { StoredValue } from './value-store.ts';

const SCALE = 16;
const LIMITS = {
  perNode: 262_144 / SCALE,
  perKey: 1_024 / SCALE,
  perSource: 4_096 / SCALE,
  perGroup: 8_192 / SCALE,
};
const DAY = 86_400_000;
const NODE = 0;

/** A full node: every record of an honest source of its own, half of them near (their first bit is the node's). */
interface Victim {
  readonly keys: KeyTable;
  readonly rng: Rng;
  readonly store: ProviderStore;
  readonly honest: readonly { readonly key: KeyHandle; readonly provider: KeyHandle }[];
  /** How many of the honest records with that first bit are there, of how many. */
  readonly retained: (firstBit: number) => number;
}

function victim(): Victim {
  const keys = new KeyTable(64, 100_000);
  const rng = new Rng(7, 'flood');
  const own = keys.intern(new Uint8Array(8));
  const store = new ProviderStore(keys, LIMITS, { self: { key: () => own } });
  const honest = Array.from({ length: LIMITS.perNode }, (_, i) => {
    const record = { key: keys.intern(point(rng, i & 1)), provider: keys.intern(rng.bytes(8)) };
    store.add(NODE, record.key, record.provider, { expiresAt: DAY, now: 0, group: i });
    return record;
  });
  expect(store.counts(NODE)).toMatchObject({ held: LIMITS.perNode, evicted: 0 });
  const out = new Int32Array(LIMITS.perKey);
  const retained = (firstBit: number): number => {
    const those = honest.filter(({ key }) => keys.bit(key, 0) === firstBit);
    const there = those.filter(({ key, provider }) => {
      const found = store.get(NODE, key, 1, out);
      return out.subarray(0, found).includes(provider);
    });
    return there.length / those.length;
  };
  return { keys, rng, store, honest, retained };
}

/** A random key with that first bit. */
function point(rng: Rng, firstBit: number): Uint8Array {
  const key = rng.bytes(8);
  key[0] = (key[0]! & 127) | (firstBit << 7);
  return key;
}

describe('a full node keeps what honest sources near it have announced', () => {
  test('when one source announces itself a million times, under a new key each time', () => {
    const { keys, rng, store, retained } = victim();
    const attacker = keys.intern(rng.bytes(8));
    const held = keys.size;
    let accepted = 0;
    for (let i = 0; i < 1_000_000; i++) {
      // Half of its keys are nearer than any honest one.
      const bytes = rng.bytes(8);
      if (i & 1) bytes.fill(0, 0, 3);
      const key = keys.intern(bytes);
      if (store.add(NODE, key, attacker, { expiresAt: DAY, now: 1, group: 1 << 20 })) accepted++;
      keys.release(key);
    }
    expect(retained(0)).toBe(1);
    // What is far gives way, but to no more than one source may have here.
    expect(retained(1)).toBeGreaterThanOrEqual(1 - LIMITS.perSource / (LIMITS.perNode / 2));
    expect(accepted).toBeLessThan(2 * LIMITS.perSource);
    expect(store.counts(NODE)).toMatchObject({ held: LIMITS.perNode, evicted: accepted });
    expect(keys.size).toBeLessThanOrEqual(held + LIMITS.perSource);
  });

  test('when a thousand sources of one group do', () => {
    const { keys, rng, store, retained } = victim();
    const attackers = Array.from({ length: 1_000 }, () => keys.intern(rng.bytes(8)));
    for (let i = 0; i < 100_000; i++) {
      const key = keys.intern(rng.bytes(8).fill(0, 0, 3));
      const attacker = attackers[i % attackers.length]!;
      store.add(NODE, key, attacker, { expiresAt: DAY, now: 1, group: 1 << 20 });
      keys.release(key);
    }
    expect(retained(0)).toBe(1);
    expect(retained(1)).toBeGreaterThanOrEqual(1 - LIMITS.perGroup / (LIMITS.perNode / 2));
    expect(store.counts(NODE).refused['group-full']).toBe(100_000 - LIMITS.perGroup);
  });

  test('when any number of sources announce themselves for the keys it holds', () => {
    const { keys, rng, store, honest, retained } = victim();
    const near = honest.filter(({ key }) => keys.bit(key, 0) === 0).slice(0, 10);
    for (let i = 0; i < 20_000; i++) {
      const attacker = keys.intern(rng.bytes(8));
      store.add(NODE, near[i % near.length]!.key, attacker, { expiresAt: DAY, now: 1, group: -1 });
      keys.release(attacker);
    }
    expect(retained(0)).toBe(1);
    expect(store.counts(NODE).evicted).toBe(10 * (LIMITS.perKey - 1));
  });

  test('and a million renewals take no room', () => {
    const { keys, store, honest } = victim();
    const { key, provider } = honest[0]!;
    const before = keys.size;
    let renewed = 0;
    for (let i = 0; i < 1_000_000; i++)
      if (store.add(NODE, key, provider, { expiresAt: DAY + i, now: 1 })) renewed++;
    expect(renewed).toBe(1_000_000);
    expect([keys.size, store.counts(NODE).held]).toEqual([before, LIMITS.perNode]);
  });
});

test('what a flood left is gone when it expires, and its books with it', () => {
  const { keys, rng, store } = victim();
  const fresh = keys.intern(rng.bytes(8));
  expect(store.add(NODE, fresh, fresh, { expiresAt: 3 * DAY, now: DAY })).toBe(true);
  expect([store.size, store.counts(NODE).held]).toEqual([1, 1]);
});

test('valid values under new keys of one source fill its quota and no more', () => {
  const keys = new KeyTable(64);
  const rng = new Rng(7, 'values');
  const own = keys.intern(new Uint8Array(8));
  const store = new ValueStore(keys, undefined, { self: { key: () => own } });
  const attacker = keys.intern(rng.bytes(8));
  const record = { key: rng.bytes(40), value: rng.bytes(100) };
  const stored: StoredValue = { record, storedAt: 1, expiresAt: DAY };
  let accepted = 0;
  for (let i = 0; i < 200_000; i++) {
    const key = keys.intern(rng.bytes(8));
    if (store.put(NODE, key, stored, attacker)) accepted++;
    keys.release(key);
  }
  expect([accepted, store.size, keys.size]).toEqual([64, 64, 66]);
});
