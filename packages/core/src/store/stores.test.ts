import { describe, expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import { ProviderStore } from './provider-store.ts';
import type { ProviderStoreOptions } from './provider-store.ts';
import { ValueStore } from './value-store.ts';
import type { StoredValue } from './value-store.ts';

function stored(value: number, expiresAt = 100, storedAt = 0): StoredValue {
  const record = { key: Uint8Array.of(0), value: Uint8Array.of(value) };
  return { record, storedAt, expiresAt };
}

function keysOf(count: number): { keys: KeyTable; handles: number[] } {
  const keys = new KeyTable(16);
  const handles = Array.from({ length: count }, (_, i) =>
    keys.intern(Uint8Array.of(i >>> 8, i & 255)),
  );
  return { keys, handles };
}

describe('values', () => {
  test('are kept for each node and key, and replaced', () => {
    const { keys, handles } = keysOf(2);
    const store = new ValueStore(keys, 10);
    store.put(1, handles[0]!, stored(5));
    store.put(2, handles[0]!, stored(6));
    store.put(1, handles[0]!, stored(7, 90, 3));
    expect(store.get(1, handles[0]!, 0)).toEqual(stored(7, 90, 3));
    expect(store.get(2, handles[0]!, 0)!.record.value[0]).toBe(6);
    expect(store.get(1, handles[1]!, 0)).toBeNull();
    expect(store.size).toBe(2);
  });

  test('are gone the moment they expire, whether or not anybody has looked', () => {
    const { keys, handles } = keysOf(1);
    const store = new ValueStore(keys, 10);
    store.put(1, handles[0]!, stored(5, 100));
    expect(store.get(1, handles[0]!, 99)).not.toBeNull();
    expect(store.get(1, handles[0]!, 100)).toBeNull();
    expect(store.expire(1, handles[0]!, 99)).toBe(false);
    expect(store.expire(1, handles[0]!, 100)).toBe(true);
    expect(store.expire(1, handles[0]!, 100)).toBe(false);
    expect(store.size).toBe(0);
  });

  test('of one node are bounded, and those of others do not count', () => {
    const { keys, handles } = keysOf(4);
    const store = new ValueStore(keys, 2);
    expect(handles.map((key) => store.put(1, key, stored(1)))).toEqual([true, true, false, false]);
    expect(store.refusal).toBe('node-full');
    expect(store.put(2, handles[3]!, stored(1))).toBe(true);
    expect(store.put(1, handles[0]!, stored(2))).toBe(true);
    expect(store.refusal).toBeNull();
    store.expire(1, handles[0]!, 100);
    expect(store.put(1, handles[2]!, stored(1))).toBe(true);
  });

  test('are swept when the first of them expires, and each is named', () => {
    const { keys, handles } = keysOf(3);
    const dropped: unknown[] = [];
    const store = new ValueStore(keys, 10, { dropped: (...what) => dropped.push(what) });
    expect(store.deadline(1)).toBe(Number.POSITIVE_INFINITY);
    handles.forEach((key, i) => store.put(1, key, stored(i, 100 + i)));
    expect(store.deadline(1)).toBe(100);
    store.sweep(1, 101);
    expect(dropped).toEqual([
      [1, { key: handles[0], why: 'expired', now: 101 }],
      [1, { key: handles[1], why: 'expired', now: 101 }],
    ]);
    expect([store.size, store.deadline(1)]).toEqual([1, 102]);
    store.put(1, handles[2]!, stored(3, 300));
    store.sweep(1, 102);
    expect([store.size, store.deadline(1)]).toEqual([1, 300]);
    store.put(1, handles[0]!, stored(1, 400, 300));
    expect([store.size, dropped.length]).toEqual([1, 3]);
  });

  test('hold their keys and sources until the last of them is gone', () => {
    const { keys, handles } = keysOf(4);
    const [key, source, other, third] = handles as [number, number, number, number];
    const store = new ValueStore(keys, 10);
    store.put(1, key, stored(1), source);
    store.put(1, key, stored(2), other);
    store.put(2, key, stored(1), third);
    for (const handle of handles) keys.release(handle);
    expect(keys.size).toBe(3);
    store.put(2, key, stored(1));
    expect(keys.size).toBe(2);
    store.forget(1);
    store.forget(1);
    expect(keys.size).toBe(1);
    store.expire(2, key, 100);
    expect(keys.size).toBe(0);
  });

  test('of one node can be taken away and put back, but for those that have expired', () => {
    const { keys, handles } = keysOf(4);
    const store = new ValueStore(keys, 10);
    store.put(1, handles[0]!, stored(1, 100));
    store.put(1, handles[1]!, stored(2, 200), handles[3]);
    store.put(2, handles[2]!, stored(3));
    const snapshot = [...store.snapshot(1)];
    expect(snapshot).toEqual([
      { point: Uint8Array.of(0, 0), source: null, ...stored(1, 100) },
      { point: Uint8Array.of(0, 1), source: Uint8Array.of(0, 3), ...stored(2, 200) },
    ]);
    const elsewhere = new KeyTable(16);
    const copy = new ValueStore(elsewhere, 10);
    expect(copy.restore(7, snapshot, 100)).toBe(1);
    expect([...copy.snapshot(7)]).toEqual(snapshot.slice(1));
    copy.forget(7);
    expect([copy.restore(7, snapshot, 99), copy.counts(7).own]).toEqual([2, 1]);
    copy.forget(7);
    expect(elsewhere.size).toBe(0);
  });

  test('may change while a snapshot is taken', () => {
    const { keys, handles } = keysOf(3);
    const store = new ValueStore(keys, 10);
    for (const key of handles) store.put(1, key, stored(1));
    const values: number[] = [];
    for (const { record } of store.snapshot(1)) {
      values.push(record.value[0]!);
      store.expire(1, handles[1]!, 100);
      store.put(1, handles[2]!, stored(9));
    }
    expect(values).toEqual([1, 9]);
  });
});

/** A store whose first `count` handles are those of keys and providers alike. */
function providers(
  count: number,
  maximum: number,
  options: ProviderStoreOptions = {},
): { keys: KeyTable; handles: number[]; store: ProviderStore } {
  const { keys, handles } = keysOf(count);
  return { keys, handles, store: new ProviderStore(keys, maximum, options) };
}

/** Up to three providers of a key. */
function list(store: ProviderStore, node: number, key: number, now: number): number[] {
  const out = new Int32Array(3);
  return Array.from(out.subarray(0, store.get(node, key, now, out)));
}

describe('providers', () => {
  test('are listed in the order in which they announced themselves, as far as there is room', () => {
    const { handles, store } = providers(10, 10);
    for (const provider of [9, 7, 9, 8, 6]) store.add(1, handles[0]!, provider, 100);
    expect(list(store, 1, handles[0]!, 0)).toEqual([9, 7, 8]);
    expect(list(store, 2, handles[0]!, 0)).toEqual([]);
    expect(store.size).toBe(1);
  });

  test('expire one by one, and live on when they announce themselves again', () => {
    const { handles, store } = providers(10, 10);
    store.add(1, handles[0]!, 7, 100);
    store.add(1, handles[0]!, 8, 100);
    store.add(1, handles[0]!, 7, 200);
    expect(list(store, 1, handles[0]!, 100)).toEqual([7]);
    expect(store.expire(1, handles[0]!, 100)).toEqual([8]);
    expect(store.expire(1, handles[0]!, 199)).toEqual([]);
    expect(store.expire(1, handles[0]!, 200)).toEqual([7]);
    expect(store.expire(1, handles[0]!, 200)).toEqual([]);
    expect(store.size).toBe(0);
  });

  test('are swept when the first of them expires, and each is named', () => {
    const dropped: unknown[] = [];
    const { handles, store } = providers(10, 10, { dropped: (...what) => dropped.push(what) });
    const [a, b] = handles as [number, number];
    store.add(1, a, 7, 100);
    store.add(1, a, 8, 150);
    store.add(1, b, 7, 120);
    expect(store.deadline(1)).toBe(100);
    store.sweep(1, 120);
    expect(dropped).toEqual([
      [1, { key: a, provider: 7, why: 'expired', now: 120 }],
      [1, { key: b, provider: 7, why: 'expired', now: 120 }],
    ]);
    expect([store.size, store.deadline(1)]).toEqual([1, 150]);
    // Whoever adds something and knows the time sweeps as well.
    store.add(1, b, 9, { expiresAt: 300, now: 150 });
    expect([store.size, store.deadline(1), dropped.length]).toEqual([1, 300, 3]);
    store.sweep(2, 999);
    expect(store.deadline(2)).toBe(Number.POSITIVE_INFINITY);
  });

  test('make room when they expire', () => {
    const { handles, store } = providers(10, 1);
    store.add(1, handles[0]!, 7, 100);
    expect(store.add(1, handles[0]!, 8, { expiresAt: 200, now: 99 })).toBe(false);
    expect(store.add(1, handles[0]!, 8, { expiresAt: 200, now: 100 })).toBe(true);
    expect(list(store, 1, handles[0]!, 100)).toEqual([8]);
  });

  test('are held with their keys until the last record of them is gone', () => {
    const { keys, handles, store } = providers(10, 10);
    const [a, b] = handles as [number, number];
    store.add(1, a, 7, 100);
    store.add(1, a, 8, 100);
    store.add(2, b, 8, 100);
    for (const handle of handles) keys.release(handle);
    expect(keys.size).toBe(4);
    store.forget(1);
    store.forget(1);
    expect(keys.size).toBe(2);
    store.expire(2, b, 100);
    expect(keys.size).toBe(0);
  });

  test('that do not fit an answer have all the same chance to be in it', () => {
    const rng = new Rng(1);
    const { handles, store } = providers(50, 100, { random: () => rng.uint32() });
    for (const provider of handles) store.add(1, handles[0]!, provider, 100);
    store.add(1, handles[0]!, handles[49]!, 50);
    const answer = new Int32Array(10);
    const seen = new Map<number, number>();
    for (let i = 0; i < 4_900; i++) {
      expect(store.get(1, handles[0]!, 50, answer)).toBe(10);
      expect(new Set(answer).size).toBe(10);
      for (const provider of answer) seen.set(provider, (seen.get(provider) ?? 0) + 1);
    }
    expect(seen.size).toBe(49);
    // A thousand each is expected, with a standard deviation of 28.
    for (const count of seen.values()) expect(Math.abs(count - 1_000)).toBeLessThan(28 * 5);
    // Nor have the first ten together more or less.
    const first = handles.slice(0, 10).reduce((sum, provider) => sum + seen.get(provider)!, 0);
    expect(Math.abs(first - 10_000)).toBeLessThan(80 * 5);
    const all = new Int32Array(49);
    expect(store.get(1, handles[0]!, 50, all)).toBe(49);
    expect([...all]).toEqual(handles.slice(0, 49));
  });

  test('of one node can be taken away and put back, but for those that have expired', () => {
    const { handles, store } = providers(10, 10);
    store.add(1, handles[5]!, 7, { expiresAt: 200, now: 0, group: 4 });
    store.add(1, handles[0]!, 7, 100);
    store.add(1, handles[5]!, 8, 300);
    store.add(2, handles[0]!, 7, 100);
    const snapshot = [...store.snapshot(1)];
    const record = (
      point: number,
      provider: number,
      expiresAt: number,
      group: number,
    ): unknown => ({
      point: Uint8Array.of(0, point),
      provider: Uint8Array.of(0, provider),
      expiresAt,
      group,
    });
    expect(snapshot).toEqual([record(5, 7, 200, 4), record(5, 8, 300, -1), record(0, 7, 100, -1)]);
    const elsewhere = new KeyTable(16);
    const copy = new ProviderStore(elsewhere, 10);
    expect(copy.restore(3, snapshot, 100)).toBe(2);
    expect([...copy.snapshot(3)]).toEqual(snapshot.slice(0, 2));
    copy.forget(3);
    expect(elsewhere.size).toBe(0);
  });

  test('may change while a snapshot is taken', () => {
    const { handles, store } = providers(10, 10);
    for (const key of handles.slice(0, 3)) store.add(1, key, 7, 100);
    let count = 0;
    for (const { point } of store.snapshot(1)) {
      expect(point[1]).not.toBe(1);
      store.expire(1, handles[1]!, 100);
      store.add(1, handles[3]!, 8, 100);
      count++;
    }
    expect(count).toBe(2);
  });
});
