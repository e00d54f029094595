import { describe, expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { keyOf, nodeOf, placeOf } from './place.ts';
import { ProviderStore } from './provider-store.ts';
import { ValueStore } from './value-store.ts';
import type { StoredValue } from './value-store.ts';

function stored(value: number, expiresAt = 100): StoredValue {
  const record = { key: Uint8Array.of(0), value: Uint8Array.of(value) };
  return { record, storedAt: 0, expiresAt };
}

function keysOf(count: number): { keys: KeyTable; handles: number[] } {
  const keys = new KeyTable(8);
  return { keys, handles: Array.from({ length: count }, (_, i) => keys.intern(Uint8Array.of(i))) };
}

test('a place is one number for a node and a key, and leads back to both', () => {
  for (const [node, key] of [
    [0, 0],
    [1, 67_108_863],
    [134_217_727, 5],
  ] as const) {
    expect([nodeOf(placeOf(node, key)), keyOf(placeOf(node, key))]).toEqual([node, key]);
  }
  expect(() => placeOf(0, 67_108_864)).toThrow('2^26 keys');
  expect(() => placeOf(0, -1)).toThrow('2^26 keys');
});

describe('values', () => {
  test('are kept for each node and key, and replaced', () => {
    const { keys, handles } = keysOf(2);
    const store = new ValueStore(keys, 10);
    store.put(1, handles[0]!, stored(5));
    store.put(2, handles[0]!, stored(6));
    store.put(1, handles[0]!, stored(7));
    expect(store.get(1, handles[0]!, 0)!.record.value[0]).toBe(7);
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
    expect(store.put(2, handles[3]!, stored(1))).toBe(true);
    expect(store.put(1, handles[0]!, stored(2))).toBe(true);
    store.expire(1, handles[0]!, 100);
    expect(store.put(1, handles[2]!, stored(1))).toBe(true);
  });

  test('hold their keys until the last of them is gone', () => {
    const { keys, handles } = keysOf(1);
    const store = new ValueStore(keys, 10);
    store.put(1, handles[0]!, stored(1));
    store.put(1, handles[0]!, stored(2));
    store.put(2, handles[0]!, stored(1));
    keys.release(handles[0]!);
    expect(keys.size).toBe(1);
    store.forget(1);
    store.forget(1);
    expect(keys.size).toBe(1);
    store.expire(2, handles[0]!, 100);
    expect(keys.size).toBe(0);
  });
});

describe('providers', () => {
  const out = new Int32Array(3);
  const list = (store: ProviderStore, node: number, key: number, now: number): number[] =>
    Array.from(out.subarray(0, store.get(node, key, now, out)));

  test('are listed in the order in which they announced themselves, as far as there is room', () => {
    const { keys, handles } = keysOf(1);
    const store = new ProviderStore(keys, 10);
    for (const provider of [9, 7, 9, 8, 6]) store.add(1, handles[0]!, provider, 100);
    expect(list(store, 1, handles[0]!, 0)).toEqual([9, 7, 8]);
    expect(list(store, 2, handles[0]!, 0)).toEqual([]);
    expect(store.size).toBe(1);
  });

  test('expire one by one, and live on when they announce themselves again', () => {
    const { keys, handles } = keysOf(1);
    const store = new ProviderStore(keys, 10);
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

  test('of one node are bounded, and so are those of one key', () => {
    const { keys, handles } = keysOf(2);
    const small = new ProviderStore(keys, 2);
    expect([1, 2, 3].map((provider) => small.add(1, handles[0]!, provider, 9))).toEqual([
      true,
      true,
      false,
    ]);
    expect(small.add(1, handles[1]!, 1, 9)).toBe(false);
    expect(small.add(1, handles[0]!, 1, 9)).toBe(true);
    expect(small.add(2, handles[0]!, 3, 9)).toBe(true);

    const large = new ProviderStore(keys, 1e6);
    for (let provider = 0; provider < 1_000; provider++) large.add(1, handles[0]!, provider, 9);
    expect(large.add(1, handles[0]!, 1_000, 9)).toBe(false);
    expect(large.add(1, handles[1]!, 1_000, 9)).toBe(true);
  });

  test('make room when they expire', () => {
    const { keys, handles } = keysOf(1);
    const store = new ProviderStore(keys, 1);
    store.add(1, handles[0]!, 7, 100);
    store.expire(1, handles[0]!, 100);
    expect(store.add(1, handles[0]!, 8, 200)).toBe(true);
  });

  test('hold their keys until the last of them is gone', () => {
    const { keys, handles } = keysOf(2);
    const store = new ProviderStore(keys, 10);
    store.add(1, handles[0]!, 7, 100);
    store.add(1, handles[0]!, 8, 100);
    store.add(2, handles[1]!, 8, 100);
    for (const key of handles) keys.release(key);
    store.forget(1);
    expect(keys.size).toBe(1);
    store.expire(2, handles[1]!, 100);
    expect(keys.size).toBe(0);
  });
});
