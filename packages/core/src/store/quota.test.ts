import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyTable } from '../keyspace/key-table.ts';
import { PROVIDER_LIMITS, ProviderStore } from './provider-store.ts';
import type { QuotaLimits } from './quota.ts';
import { VALUE_LIMITS, ValueStore } from './value-store.ts';
import type { StoredValue } from './value-store.ts';

const DAY = 86_400_000;

/** All keys of eight bits: the handle of each is its own number, and its distance to node 0 as well. */
function everyKey(): KeyTable {
  const keys = new KeyTable(8);
  for (let i = 0; i < 256; i++) keys.intern(Uint8Array.of(i));
  return keys;
}

/** Node 0 has the key 0. */
const self = { key: (node: number): number => node };

function limits(some: Partial<QuotaLimits>): QuotaLimits {
  return { perNode: 1_000, perKey: 1_000, perSource: 1_000, perGroup: 1_000, ...some };
}

/** A store of providers that tells what it evicts as 'key:provider'. */
function providerStore(some: Partial<QuotaLimits>): { store: ProviderStore; evicted: string[] } {
  const evicted: string[] = [];
  const store = new ProviderStore(everyKey(), limits(some), {
    self,
    dropped: (_, { key, provider, why }) => {
      if (why === 'evicted') evicted.push(`${key}:${provider}`);
    },
  });
  return { store, evicted };
}

function held(store: ProviderStore, node = 0): string[] {
  return [...store.snapshot(node)].map(({ point, provider }) => `${point[0]}:${provider[0]}`);
}

describe('a node that is full', () => {
  test('gives up the farthest key for a nearer one, and refuses one that is farther than all', () => {
    const { store, evicted } = providerStore({ perNode: 4 });
    for (const key of [10, 40, 20, 30]) expect(store.add(0, key, 100, DAY)).toBe(true);
    expect([store.add(0, 50, 100, DAY), store.refusal]).toEqual([false, 'node-full']);
    expect(store.add(0, 40, 101, DAY)).toBe(false);
    expect(store.add(0, 35, 100, DAY)).toBe(true);
    expect(evicted).toEqual(['40:100']);
    expect(store.add(0, 36, 100, DAY)).toBe(false);
    expect(store.add(0, 30, 101, DAY)).toBe(true);
    expect(held(store)).toEqual(['10:100', '20:100', '30:100', '30:101']);
    expect(store.counts(0)).toEqual({
      held: 4,
      own: 0,
      refused: { 'node-full': 3, 'key-full': 0, 'source-full': 0, 'group-full': 0 },
      evicted: 2,
      limits: limits({ perNode: 4 }),
    });
  });

  test('goes by the distance to its own key, not by the number of the key', () => {
    const { store } = providerStore({ perNode: 4 });
    for (const key of [0, 8, 12, 13]) store.add(15, key, 100, DAY);
    expect(store.add(15, 9, 100, DAY)).toBe(true);
    expect(held(store, 15)).toEqual(['8:100', '12:100', '13:100', '9:100']);
  });

  test('takes whichever record of the farthest key expires first, one for each newcomer', () => {
    const { store, evicted } = providerStore({ perNode: 4 });
    store.add(0, 40, 100, DAY + 2);
    store.add(0, 40, 101, DAY + 1);
    store.add(0, 40, 102, DAY + 1);
    store.add(0, 10, 100, DAY);
    store.add(0, 20, 100, DAY);
    store.add(0, 21, 100, DAY);
    expect(evicted).toEqual(['40:101', '40:102']);
  });

  test('renews what it has, however full it is', () => {
    const { store, evicted } = providerStore({
      perNode: 2,
      perKey: 1,
      perSource: 1,
      perGroup: 1,
    });
    store.add(0, 40, 100, { expiresAt: DAY, now: 0, group: 5 });
    store.add(0, 41, 101, { expiresAt: DAY, now: 0, group: 6 });
    expect(store.add(0, 40, 100, { expiresAt: 2 * DAY, now: 0, group: 6 })).toBe(true);
    expect(evicted).toEqual([]);
    expect([...store.snapshot(0)].map(({ expiresAt, group }) => [expiresAt, group])).toEqual([
      // Its group stays, because the other one has no room for it.
      [2 * DAY, 5],
      [DAY, 6],
    ]);
  });

  test('never gives up its own records, nor the nearest half of what it may hold', () => {
    const { store, evicted } = providerStore({ perNode: 6 });
    for (const key of [200, 201]) store.add(0, key, 0, DAY);
    for (const key of [20, 30, 40, 50]) store.add(0, key, 100, DAY);
    expect(store.add(0, 150, 100, DAY)).toBe(false);
    // Own records may drive out others, farther or not, down to the half.
    expect(store.add(0, 202, 0, DAY)).toBe(true);
    expect(store.add(0, 203, 0, DAY)).toBe(false);
    expect(store.add(0, 1, 100, DAY)).toBe(false);
    expect(evicted).toEqual(['50:100']);
    expect(store.counts(0)).toMatchObject({ held: 6, own: 3 });
  });

  test('can be full of its own records, and then holds nothing for others', () => {
    const { store } = providerStore({ perNode: 3 });
    for (const key of [1, 2, 3]) expect(store.add(0, key, 0, DAY)).toBe(true);
    expect(store.add(0, 4, 0, DAY)).toBe(false);
    expect(store.add(0, 1, 100, DAY)).toBe(false);
    expect(store.expire(0, 2, DAY)).toEqual([0]);
    expect(store.add(0, 1, 100, DAY)).toBe(true);
  });

  test('takes the record of another, even if its own of the same key expires before', () => {
    const { store, evicted } = providerStore({ perNode: 5 });
    store.add(0, 40, 0, 1);
    store.add(0, 40, 100, DAY);
    for (const key of [1, 2, 3, 4]) store.add(0, key, 100, DAY);
    expect(evicted).toEqual(['40:100']);
  });

  test('that provides a key itself takes the place of another provider of it', () => {
    const { store, evicted } = providerStore({ perNode: 3 });
    for (const key of [1, 2, 9]) store.add(0, key, 100, DAY);
    expect(store.add(0, 9, 0, DAY)).toBe(true);
    expect(evicted).toEqual(['9:100']);
    expect(held(store)).toEqual(['1:100', '2:100', '9:0']);
  });

  test('knows its farthest key again after it was almost empty', () => {
    const { store, evicted } = providerStore({ perNode: 8 });
    store.add(0, 9, 0, DAY);
    store.add(0, 9, 100, 2);
    for (const key of [1, 2, 3, 4, 5, 6]) store.add(0, key, 100, 1);
    expect(store.add(0, 50, 100, DAY)).toBe(false);
    store.sweep(0, 1);
    store.sweep(0, 2);
    expect(held(store)).toEqual(['9:0']);
    for (const key of [1, 2, 3, 4, 5, 6]) store.add(0, key, 100, DAY);
    store.add(0, 7, 100, 3);
    expect(store.add(0, 50, 100, DAY)).toBe(false);
    store.sweep(0, 3);
    for (const [key, provider] of [
      [9, 101],
      [3, 102],
    ] as const)
      expect(store.add(0, key, provider, DAY)).toBe(true);
    expect(evicted).toEqual(['9:101']);
  });

  test('refuses where nobody has told it its own key', () => {
    const store = new ProviderStore(everyKey(), 2);
    for (const key of [40, 50]) store.add(0, key, 100, DAY);
    expect([store.add(0, 1, 100, DAY), store.refusal]).toEqual([false, 'node-full']);
  });

  test('with no room at all refuses everything', () => {
    const { store } = providerStore({ perNode: 0 });
    expect([store.add(0, 1, 100, DAY), store.add(0, 1, 0, DAY)]).toEqual([false, false]);
    expect(store.counts(0)).toMatchObject({ held: 0, refused: { 'node-full': 2 } });
  });
});

describe('what is full keeps the old ones', () => {
  test('a key, but for the node itself', () => {
    const { store } = providerStore({ perKey: 2 });
    expect([100, 101, 102, 0].map((provider) => store.add(0, 9, provider, DAY))).toEqual([
      true,
      true,
      false,
      true,
    ]);
    expect(store.counts(0)).toMatchObject({ held: 3, own: 1, refused: { 'key-full': 1 } });
    expect(store.add(0, 8, 102, DAY)).toBe(true);
    expect(store.add(1, 9, 102, DAY)).toBe(true);
  });

  test('a source, until one of its records expires', () => {
    const { store } = providerStore({ perSource: 2 });
    store.add(0, 1, 100, DAY);
    store.add(0, 2, 100, 2 * DAY);
    expect([store.add(0, 3, 100, DAY), store.refusal]).toEqual([false, 'source-full']);
    expect(store.add(0, 3, 101, DAY)).toBe(true);
    expect(store.add(0, 3, 100, { expiresAt: 3 * DAY, now: DAY })).toBe(true);
    expect(held(store)).toEqual(['2:100', '3:100']);
  });

  test('a group, of which the unknown is none', () => {
    const { store } = providerStore({ perGroup: 2 });
    const add = (key: number, provider: number, group: number): boolean =>
      store.add(0, key, provider, { expiresAt: DAY, now: 0, group });
    expect([add(1, 100, 7), add(2, 101, 7), add(3, 102, 7)]).toEqual([true, true, false]);
    expect(store.refusal).toBe('group-full');
    for (let key = 10; key < 20; key++) expect(add(key, 100, -1)).toBe(true);
    // Whoever renews from elsewhere takes his record along; from nowhere, he does not.
    expect([add(1, 100, -1), add(3, 102, 7)]).toEqual([true, false]);
    expect([add(1, 100, 8), add(3, 102, 7)]).toEqual([true, true]);
  });

  test('values of one source, whatever others send again', () => {
    const keys = everyKey();
    const store = new ValueStore(keys, { ...VALUE_LIMITS, perSource: 2 }, { self });
    const put = (key: number, source?: number): boolean =>
      store.put(0, key, stored(key, DAY), source);
    expect([put(1, 100), put(2, 100), put(3, 100)]).toEqual([true, true, false]);
    expect(store.refusal).toBe('source-full');
    // Replaced by another, the value is still on its first account; by the node itself, no more.
    expect([put(1, 101), put(3, 100)]).toEqual([true, false]);
    expect([put(1), put(3, 100), put(1, 100)]).toEqual([true, true, true]);
    expect(store.counts(0)).toMatchObject({ held: 3, own: 1, refused: { 'source-full': 2 } });
    for (const key of [4, 5, 6]) expect(put(key)).toBe(true);
  });

  test('values go by distance as well', () => {
    const evicted: number[] = [];
    const store = new ValueStore(everyKey(), 4, {
      self,
      dropped: (_, { key }) => evicted.push(key),
    });
    for (const key of [40, 30, 20]) store.put(0, key, stored(key, DAY), 100);
    store.put(0, 90, stored(90, DAY));
    expect(store.put(0, 50, stored(50, DAY), 100)).toBe(false);
    expect(store.put(0, 10, stored(10, DAY), 100)).toBe(true);
    expect([evicted, store.counts(0).evicted]).toEqual([[40], 1]);
  });
});

test('what a node has turned away is forgotten with the node', () => {
  const { store } = providerStore({ perNode: 1, perSource: 1 });
  store.add(0, 1, 100, DAY);
  store.add(0, 2, 100, DAY);
  expect(store.counts(0).refused['source-full']).toBe(1);
  store.forget(0);
  expect(store.counts(0)).toMatchObject({ held: 0, refused: { 'source-full': 0 } });
  expect(store.add(0, 2, 100, DAY)).toBe(true);
});

test('the defaults are those of the threat model, and a negative limit is a mistake', () => {
  expect(PROVIDER_LIMITS).toEqual({
    perNode: 262_144,
    perKey: 1_024,
    perSource: 4_096,
    perGroup: 8_192,
  });
  expect([VALUE_LIMITS.perNode, VALUE_LIMITS.perSource]).toEqual([16_384, 64]);
  const keys = everyKey();
  expect(new ProviderStore(keys).counts(0).limits).toBe(PROVIDER_LIMITS);
  expect(new ValueStore(keys).counts(0).limits).toBe(VALUE_LIMITS);
  expect(() => new ValueStore(keys, -1)).toThrow('not negative');
});

function stored(value: number, expiresAt: number): StoredValue {
  const record = { key: Uint8Array.of(0), value: Uint8Array.of(value) };
  return { record, storedAt: 0, expiresAt };
}

interface ModelRecord {
  key: number;
  provider: number;
  group: number;
  expiresAt: number;
}

/** The rules of one node's provider records over a plain list. */
class ProviderModel {
  records: ModelRecord[] = [];
  readonly #limits: QuotaLimits;
  readonly #own: number;

  constructor(limits: QuotaLimits, own: number) {
    this.#limits = limits;
    this.#own = own;
  }

  add(record: ModelRecord, now: number): string {
    this.records = this.records.filter(({ expiresAt }) => expiresAt > now);
    const { records } = this;
    const known = records.find((r) => r.key === record.key && r.provider === record.provider);
    const inGroup = this.#foreign().filter(({ group }) => group === record.group).length;
    const groupHasRoom = inGroup < this.#limits.perGroup;
    if (known !== undefined) {
      known.expiresAt = record.expiresAt;
      const isOwn = known.provider === this.#own;
      if (record.group >= 0 && (groupHasRoom || isOwn)) known.group = record.group;
      return 'added';
    }
    const refusal = this.#refusal(record, record.group < 0 || groupHasRoom);
    if (refusal !== null) return refusal;
    records.push(record);
    return 'added';
  }

  #refusal(record: ModelRecord, groupHasRoom: boolean): string | null {
    const { perNode, perKey, perSource } = this.#limits;
    const foreign = this.#foreign();
    if (record.provider !== this.#own) {
      if (foreign.filter(({ key }) => key === record.key).length >= perKey) return 'key-full';
      if (foreign.filter((r) => r.provider === record.provider).length >= perSource)
        return 'source-full';
      if (!groupHasRoom) return 'group-full';
    }
    if (this.records.length < perNode) return null;
    const farthest = foreign.toSorted(
      (a, b) => this.#distance(b) - this.#distance(a) || a.expiresAt - b.expiresAt,
    )[0];
    if (farthest === undefined || foreign.length <= perNode / 2) return 'node-full';
    const isNearer = this.#distance(record) < this.#distance(farthest);
    if (record.provider !== this.#own && !isNearer) return 'node-full';
    this.records.splice(this.records.indexOf(farthest), 1);
    return null;
  }

  #foreign(): ModelRecord[] {
    return this.records.filter(({ provider }) => provider !== this.#own);
  }

  #distance({ key }: ModelRecord): number {
    return key ^ this.#own;
  }
}

const step = fc.record({
  node: fc.constantFrom(0, 5),
  key: fc.constantFrom(1, 2, 3, 64, 65, 130, 200, 255),
  provider: fc.constantFrom(0, 5, 100, 101, 102, 103),
  group: fc.integer({ min: -1, max: 2 }),
  lifetime: fc.integer({ min: 1, max: 60 }),
  wait: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, fc.nat(20)),
  forgets: fc.oneof({ weight: 30, arbitrary: fc.constant(false) }, fc.constant(true)),
});

test('provider records are what the rules over a plain list leave', () => {
  const some = fc.record({
    perNode: fc.integer({ min: 0, max: 12 }),
    perKey: fc.integer({ min: 1, max: 4 }),
    perSource: fc.integer({ min: 1, max: 6 }),
    perGroup: fc.integer({ min: 1, max: 8 }),
  });
  fc.assert(
    fc.property(some, fc.array(step, { maxLength: 150, size: 'max' }), (limits, steps) => {
      const keys = everyKey();
      const store = new ProviderStore(keys, limits, { self });
      const models = new Map([0, 5].map((node) => [node, new ProviderModel(limits, node)]));
      let now = 0;
      for (const { node, key, provider, group, lifetime, wait, forgets } of steps) {
        now += wait;
        const model = models.get(node)!;
        if (forgets) {
          store.forget(node);
          model.records = [];
        }
        const expiresAt = now + lifetime;
        const outcome = model.add({ key, provider, group, expiresAt }, now);
        store.add(node, key, provider, { expiresAt, now, group });
        expect(store.refusal ?? 'added').toBe(outcome);
        expect(recordsOf(store, node)).toEqual(model.records.toSorted(byKeyAndProvider));
        expect(store.counts(node)).toMatchObject({
          held: model.records.length,
          own: model.records.filter((record) => record.provider === node).length,
        });
      }
      for (const node of [0, 5]) store.forget(node);
      for (let key = 0; key < 256; key++) keys.release(key);
      expect([store.size, keys.size]).toEqual([0, 0]);
    }),
  );
});

function recordsOf(store: ProviderStore, node: number): ModelRecord[] {
  return [...store.snapshot(node)]
    .map(({ point, provider, ...rest }) => ({ key: point[0]!, provider: provider[0]!, ...rest }))
    .toSorted(byKeyAndProvider);
}

function byKeyAndProvider(a: ModelRecord, b: ModelRecord): number {
  return a.key - b.key || a.provider - b.provider;
}
