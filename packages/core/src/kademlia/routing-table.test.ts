import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { equalKeys, keyFromBits, keyToBits, keyToHex } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import { KeyTable } from '../keyspace/key-table.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { RoutingModel } from '../testing/routing-model.ts';
import { SelfKeys } from './context.ts';
import type { Context, Host } from './context.ts';
import { PAPER } from './profile.ts';
import type { BucketPolicy, Profile } from './profile.ts';
import { RoutingTables } from './routing-table.ts';

const HOST = {} as Host;

interface World {
  readonly keys: KeyTable;
  readonly context: Context;
  readonly tables: RoutingTables;
  /** Adds a node; returns its number. */
  node(key: Key): number;
}

function world(options: Partial<Profile> & { capacity?: number; bucketsPerNode?: number }): World {
  const profile = { ...PAPER, keyBits: 8, k: 3, ...options };
  const keys = new KeyTable(profile.keyBits);
  const context: Context = {
    profile,
    keys,
    host: HOST,
    trace: null,
    groups: null,
    subnets: null,
    budgets: null,
    self: new SelfKeys(1),
  };
  const tables = new RoutingTables(context, options.capacity ?? 1, options.bucketsPerNode);
  const node = (key: Key): number => {
    const number = context.self.add(keys.intern(key));
    tables.create(number);
    return number;
  };
  return { keys, context, tables, node };
}

function bucketsOf({ tables, keys }: World, node: number): string[][] {
  return Array.from({ length: tables.bucketCount(node) }, (_, index) => {
    const bucket = tables.bucket(node, index);
    return Array.from({ length: tables.buckets.size(bucket) }, (_, at) =>
      keyToHex(keys.key(tables.buckets.contact(bucket, at))),
    );
  });
}

const policies = fc.constantFrom<BucketPolicy>('least-recently-seen', 'seniority');

/** Keys that crowd around each other, so that buckets fill up at every depth. */
function crowd(keyBits: number): fc.Arbitrary<Key> {
  const length = keyBits / 8;
  return fc
    .tuple(fc.uint8Array({ minLength: length, maxLength: length }), fc.nat(keyBits))
    .map(([key, zeros]) =>
      key.map(
        (byte, i) => byte & (i * 8 + 8 <= zeros ? 0 : i * 8 >= zeros ? 0xff : 0xff >>> (zeros & 7)),
      ),
    );
}

describe('§2.4: on random scripts, a table is the plain lists of the paper', () => {
  const command = fc.record({
    what: fc.constantFrom('observe', 'observe', 'observe', 'observe', 'remove', 'restore', 'clear'),
    node: fc.nat(1),
    key: crowd(8),
  });

  test('of both policies, with two nodes side by side', () => {
    fc.assert(
      fc.property(
        policies,
        fc.integer({ min: 1, max: 5 }),
        fc.array(command, { maxLength: 300 }),
        (policy, k, script) => {
          const here = world({ k, bucketPolicy: policy, replacementCacheMax: 0 });
          const owns = [keyFromBits('00000000'), keyFromBits('00101101')];
          const models = owns.map((own) => new RoutingModel(own, k, policy));
          const nodes = owns.map((own) => here.node(own));
          let clears = 0;
          script.forEach(({ what, node, key }, now) => {
            const model = models[node]!;
            const contact = here.keys.intern(key);
            if (what === 'observe') {
              const known = model.buckets.flat().some((other) => equalKeys(other, key));
              const expected = model.observe(key);
              const found = here.tables.observe(nodes[node]!, contact, now);
              // By seniority, a contact of a full bucket need not be looked for.
              if (!(policy === 'seniority' && known && found === 'full'))
                expect(found).toBe(expected);
            } else if (what === 'remove') {
              expect(here.tables.remove(nodes[node]!, contact, now)).toBe(model.remove(key));
            } else if (what === 'restore') {
              const known = model.buckets.flat().some((other) => equalKeys(other, key));
              if (known || equalKeys(key, model.own)) return;
              here.tables.restore(nodes[node]!, contact, now);
              model.observe(key);
            } else if (clears++ % 8 === 7) {
              here.tables.clear(nodes[node]!);
              model.clear();
            }
          });
          models.forEach((model, i) => {
            expect(bucketsOf(here, nodes[i]!)).toEqual(
              model.buckets.map((keys) => keys.map(keyToHex)),
            );
            expect(here.tables.size(nodes[i]!)).toBe(model.buckets.flat().length);
            for (const key of model.buckets.flat()) {
              expect(here.tables.contains(nodes[i]!, here.keys.find(key))).toBe(true);
            }
          });
        },
      ),
      { numRuns: 200 },
    );
  });

  test('hasRoom says whether observing would add', () => {
    fc.assert(
      fc.property(policies, fc.array(crowd(8), { maxLength: 60 }), (policy, script) => {
        const here = world({ k: 2, bucketPolicy: policy, replacementCacheMax: 0 });
        const node = here.node(keyFromBits('00000000'));
        for (const key of script) {
          const contact = here.keys.intern(key);
          const own = contact === here.context.self.key(node);
          if (own || here.tables.contains(node, contact)) continue;
          const room = here.tables.hasRoom(node, contact);
          const added = here.tables.observe(node, contact, 0) === 'added';
          // A last bucket may have to split more than once, and then the far half may be full.
          if (added) expect(room).toBe(true);
          if (!room) expect(added).toBe(false);
        }
      }),
    );
  });
});

describe('§2.3: the contacts closest to a target', () => {
  const cases = fc.constantFrom(8, 256).chain((keyBits) =>
    fc.record({
      keyBits: fc.constant(keyBits),
      own: crowd(keyBits),
      target: crowd(keyBits),
      contacts: fc.array(crowd(keyBits), { maxLength: 80 }),
      k: fc.integer({ min: 1, max: 6 }),
      count: fc.integer({ min: 1, max: 30 }),
      except: fc.nat(79),
    }),
  );

  test('come sorted, and are those of brute force, also when 53 bits tie', () => {
    fc.assert(
      fc.property(cases, ({ keyBits, own, target, contacts, k, count }) => {
        const here = world({ keyBits, k });
        const node = here.node(own);
        const model = new RoutingModel(own, k, 'least-recently-seen');
        for (const key of contacts) {
          here.tables.observe(node, here.keys.intern(key), 0);
          model.observe(key);
        }
        const out = new Int32Array(count);
        const found = here.tables.closest(node, here.keys.intern(target), count, out);
        const keys = Array.from(out.subarray(0, found), (contact) => here.keys.key(contact));
        expect(keys).toEqual(model.closest(target).slice(0, count));
      }),
      { numRuns: 300 },
    );
  });

  test('without one of them, in any order, are the k closest others', () => {
    fc.assert(
      fc.property(cases, ({ keyBits, own, target, contacts, k, except }) => {
        const here = world({ keyBits, k });
        const node = here.node(own);
        const model = new RoutingModel(own, k, 'least-recently-seen');
        for (const key of contacts) {
          here.tables.observe(node, here.keys.intern(key), 0);
          model.observe(key);
        }
        const without = contacts[except] ?? target;
        const out = new Int32Array(40);
        const found = here.tables.closestUnordered(
          node,
          here.keys.intern(target),
          here.keys.intern(without),
          out,
        );
        const names = Array.from(out.subarray(0, found), (contact) =>
          keyToHex(here.keys.key(contact)),
        );
        const expected = model.closest(target).filter((key) => !equalKeys(key, without));
        expect(names.toSorted()).toEqual(expected.slice(0, k).map(keyToHex).toSorted());
      }),
      { numRuns: 300 },
    );
  });

  test('are as many as there is room for', () => {
    const here = world({ k: 20 });
    const node = here.node(keyFromBits('00000000'));
    for (let i = 128; i < 148; i++)
      here.tables.observe(node, here.keys.intern(Uint8Array.of(i)), 0);
    const out = new Int32Array(4);
    const target = here.keys.intern(keyFromBits('10000000'));
    expect(here.tables.closestUnordered(node, target, -1, out)).toBe(4);
    expect(new Set(Array.from(out, (contact) => here.keys.key(contact)[0]))).toEqual(
      new Set([128, 129, 130, 131]),
    );
    expect(here.tables.closest(node, target, 100, new Int32Array(100))).toBe(20);
  });
});

describe('§2.4: splitting', () => {
  const own = '00000000';
  const filled = (names: readonly string[]): { here: World; node: number } => {
    const here = world({ k: 2 });
    const node = here.node(keyFromBits(own));
    for (const name of names) here.tables.observe(node, here.keys.intern(keyFromBits(name)), 0);
    return { here, node };
  };
  const bits = ({ here, node }: { here: World; node: number }): string[][] =>
    bucketsOf(here, node).map((bucket) =>
      bucket.map((hex) => Number.parseInt(hex, 16).toString(2).padStart(8, '0')),
    );

  test('a table begins as one bucket', () => {
    expect(bits(filled(['10000000', '00000001']))).toEqual([['10000000', '00000001']]);
  });

  test('the bucket whose range holds the own key splits when it is full', () => {
    expect(bits(filled(['10000000', '00000001', '01000000']))).toEqual([
      ['10000000'],
      ['00000001', '01000000'],
    ]);
  });

  test('as often as it takes', () => {
    expect(bits(filled(['00000001', '00000010', '00000011']))).toEqual([
      [],
      [],
      [],
      [],
      [],
      [],
      ['00000010', '00000011'],
      ['00000001'],
    ]);
  });

  test('a bucket of the far half keeps k contacts for good', () => {
    const table = filled(['10000000', '11000000', '00000001', '11100000']);
    expect(bits(table)).toEqual([['10000000', '11000000'], ['00000001']]);
    expect(
      table.here.tables.hasRoom(table.node, table.here.keys.find(keyFromBits('11100000'))),
    ).toBe(false);
  });

  test('a node knows its whole neighbourhood, and k contacts of each half beyond', () => {
    const here = world({ k: 2 });
    const node = here.node(keyFromBits(own));
    for (let i = 255; i > 0; i--) here.tables.observe(node, here.keys.intern(Uint8Array.of(i)), 0);
    expect(bits({ here, node }).map((bucket) => bucket.length)).toEqual([2, 2, 2, 2, 2, 2, 2, 1]);
    expect(here.tables.observe(node, here.keys.intern(keyFromBits(own)), 0)).toBe('seen');
  });

  test('contacts that move stay as old as they are', () => {
    const here = world({ k: 2 });
    const node = here.node(keyFromBits(own));
    here.tables.observe(node, here.keys.intern(keyFromBits('00000001')), 0);
    here.tables.observe(node, here.keys.intern(keyFromBits('10000000')), 0);
    here.tables.observe(node, here.keys.intern(keyFromBits('01000000')), 3_600_000);
    const near = here.tables.bucket(node, 1);
    expect(here.tables.buckets.silenceMs(near, 3_600_000)).toBe(3_600_000);
  });
});

describe('memory', () => {
  test('tables of many nodes grow side by side without touching each other', () => {
    const here = world({ k: 2, capacity: 1 });
    const nodes = Array.from({ length: 200 }, (_, i) => here.node(Uint8Array.of(i)));
    for (let i = 0; i < 200; i++) {
      for (const node of nodes)
        here.tables.observe(node, here.keys.find(Uint8Array.of((i * 37) % 200)), 0);
    }
    for (const node of nodes) {
      const model = new RoutingModel(Uint8Array.of(node), 2, 'least-recently-seen');
      for (let i = 0; i < 200; i++) model.observe(Uint8Array.of((i * 37) % 200));
      expect(bucketsOf(here, node)).toEqual(model.buckets.map((keys) => keys.map(keyToHex)));
    }
  });

  test('a directory grows to the depth of a crowded neighbourhood', () => {
    const here = world({ keyBits: 256, k: 1 });
    const node = here.node(new Uint8Array(32));
    for (let depth = 0; depth < 256; depth++) {
      const key = new Uint8Array(32);
      key[depth >>> 3] = 0x80 >>> (depth & 7);
      expect(here.tables.observe(node, here.keys.intern(key), 0)).toBe('added');
    }
    expect(here.tables.bucketCount(node)).toBe(256);
    expect(here.tables.contacts(node)).toHaveLength(256);
  });

  test('what a table gives back is used again', () => {
    const here = world({ k: 1 });
    const node = here.node(keyFromBits('00000000'));
    const handles = (): KeyHandle[] =>
      Array.from({ length: here.tables.bucketCount(node) }, (_, i) => here.tables.bucket(node, i));
    const fill = (): void => {
      for (let bit = 0; bit < 8; bit++)
        here.tables.observe(node, here.keys.intern(Uint8Array.of(1 << bit)), 0);
    };
    fill();
    const first = handles();
    for (let round = 0; round < 50; round++) {
      here.tables.clear(node);
      expect(here.tables.contacts(node)).toEqual([]);
      fill();
    }
    expect(new Set(handles())).toEqual(new Set(first));
  });

  test('a node has one table', () => {
    const here = world({});
    const node = here.node(keyFromBits('00000000'));
    expect(() => here.tables.create(node)).toThrow('a node has one routing table');
  });

  test('a generous first allocation changes nothing', () => {
    const here = world({ k: 1, capacity: 3, bucketsPerNode: 12 });
    const node = here.node(keyFromBits('00000000'));
    for (let bit = 0; bit < 8; bit++)
      here.tables.observe(node, here.keys.intern(Uint8Array.of(1 << bit)), 0);
    expect(here.tables.bucketCount(node)).toBe(8);
    expect(keyToBits(here.keys.key(here.tables.contacts(node)[0]!))).toBe('10000000');
  });
});
