// What the engine does beyond its texts and no other test shows; `docs/protocols/kademlia.md` has it all.
import { describe, expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import { hashKey } from './hash-key.ts';

const OWN = '00000000';
const OTHERS = ['10000000', '10100000', '11000000', '11100000', '11110000', '11111000'];

describe('a lookup', () => {
  test('begins with few requests, and each that ends makes room for one more, up to alpha', () => {
    const profile = { k: 6, beta: 6, initialAlpha: 1, alpha: 3 };
    const net = new TinyNetwork([OWN, ...OTHERS], profile);
    net.enter(OWN, ...OTHERS);
    net.know(OWN, ...OTHERS);
    net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits('11111111') });
    expect(net.requests()).toEqual(['find-node 11111000']);
    net.answer('11111000');
    expect(net.requests()).toEqual(['find-node 11110000', 'find-node 11100000']);
    net.answer('11110000');
    expect(net.requests()).toHaveLength(3);
    net.answer('11100000');
    expect(net.requests()).toHaveLength(3);
  });

  test('that ends in a sparse neighbourhood takes a second path, from contacts that were not asked', () => {
    // Liars name one another; the honest contact knows the nodes at the target. The bucket of both is full.
    const [honest, liar, second, third] = ['10000000', '10100000', '10110000', '11000000'] as const;
    const nearest = ['11111110', '11111101'];
    const names = [OWN, honest, liar, second, third, ...nearest];
    const net = new TinyNetwork(names, { k: 2, beta: 2, alpha: 1, bucketPolicy: 'seniority' });
    net.enter(...names);
    net.know(OWN, honest, liar);
    net.know(liar, second, third);
    net.know(second, third);
    net.know(third, second);
    net.know(honest, ...nearest);
    const lookUp = (): string[] => {
      net.results.length = 0;
      net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits('11111111') });
      net.run();
      return net.names(net.results.at(-1)!.operation.closest);
    };
    net.engine.neighbourhoods.assume(() => ({ nodes: 3, shape: 16 }));
    expect(lookUp()).toEqual([third, second]);
    net.engine.forget(net.node(OWN));
    net.know(OWN, honest, liar);
    net.engine.neighbourhoods.assume(() => ({ nodes: 100, shape: 16 }));
    expect(lookUp()).toEqual(nearest);
  });
});

describe('a node that holds records for others', () => {
  const ASKED = '11111111';
  const source = OTHERS[0]!;

  test('takes no more from one source than its share', () => {
    const limits = { perNode: 100, perKey: 1, perSource: 2, perGroup: 100 };
    const net = new TinyNetwork([OWN, ASKED, source], { k: 3, valueLimits: limits }, COUNTERS);
    net.enter(OWN, ASKED, source);
    const put = (from: string, number: number): string | null => {
      const contacts = [net.node(ASKED)];
      const key = counterKey(number);
      const value = Uint8Array.of(1);
      const id = net.start({ kind: 'putValue', node: net.node(from), key, value, contacts });
      net.run();
      return net.outcome(id);
    };
    expect([put(source, 1), put(source, 2), put(source, 3), put(OWN, 4)]).toEqual([
      'stored',
      'stored',
      'not-stored',
      'stored',
    ]);
  });

  test('names a sample where it has more providers than an answer holds', () => {
    const names = Array.from({ length: 200 }, (_, i) => (i + 1).toString(2).padStart(8, '0'));
    const providerLimits = { perNode: 200, perKey: 200, perSource: 200, perGroup: 200 };
    const net = new TinyNetwork([OWN, ASKED, ...names], { k: 3, providerLimits });
    net.enter(OWN, ASKED);
    const key = net.keys.intern(hashKey(counterKey(1), 1));
    for (const name of names) net.engine.providers.add(net.node(ASKED), key, net.node(name), 1e9);
    const contacts = [net.node(ASKED)];
    for (let i = 0; i < 2; i++)
      net.start({ kind: 'findProviders', node: net.node(OWN), key: counterKey(1), contacts });
    net.run();
    const ends = net.results.filter(({ type }) => type === 'finished');
    const [one, two] = ends.map(({ operation }) => new Set(operation.providers));
    expect([one!.size, two!.size]).toEqual([100, 100]);
    expect(one).not.toEqual(two);
    net.keys.release(key);
  });

  test('has them again after a restart, until their time is over', () => {
    const net = new TinyNetwork([OWN, ASKED], { k: 3, valueLifetimeMs: 60_000 }, COUNTERS);
    net.enter(OWN, ASKED);
    const value = Uint8Array.of(1);
    net.start({ kind: 'putValue', node: net.node(ASKED), key: counterKey(1), value });
    net.run();
    const { values } = net.engine.snapshots.take(net.node(ASKED));
    const saved = { values: [...values] };
    net.engine.forget(net.node(ASKED));
    expect(net.engine.values.size).toBe(0);
    net.engine.snapshots.restore(net.node(ASKED), saved, net.now);
    expect(net.engine.values.size).toBe(1);
    net.wait(60_000);
    expect(net.engine.values.size).toBe(0);
  });

  test('believes a damaged snapshot nothing: what is not sound stays away, and nothing lives for ever', () => {
    const net = new TinyNetwork([OWN, ASKED], { k: 3, valueLifetimeMs: 60_000 }, COUNTERS);
    net.enter(OWN, ASKED);
    const node = net.node(OWN);
    const record = { key: counterKey(1), value: Uint8Array.of(1) };
    const value = {
      record,
      storedAt: 0,
      expiresAt: 1e300,
      point: hashKey(record.key, 1),
      source: null,
    };
    const damaged = (one: unknown): typeof value => one as typeof value;
    const values = [
      damaged(null),
      damaged({ ...value, record: undefined }),
      damaged({ ...value, point: undefined }),
      damaged({ ...value, record: { key: 'text', value: record.value } }),
      { ...value, storedAt: Number.NaN },
      { ...value, expiresAt: Number.NaN },
      { ...value, point: Uint8Array.of(value.point[0]! ^ 1) },
      { ...value, source: Uint8Array.of(1, 2) },
      { ...value, record: { key: record.key, value: Uint8Array.of(1, 2, 3) } },
    ];
    const provider = {
      point: value.point,
      provider: keyFromBits(ASKED),
      expiresAt: 1e300,
      group: -1,
    };
    const providers = [
      null as unknown as typeof provider,
      { ...provider, expiresAt: Number.POSITIVE_INFINITY },
      { ...provider, group: 0.5 },
      { ...provider, point: Uint8Array.of(1, 2) },
      { ...provider, provider: new Uint8Array(0) },
    ];
    net.engine.snapshots.restore(node, { values, providers }, net.now);
    expect([net.engine.values.size, net.engine.providers.size]).toEqual([0, 0]);
    net.engine.snapshots.restore(node, { values: [value], providers: [provider] }, net.now);
    expect([net.engine.values.size, net.engine.providers.size]).toEqual([1, 1]);
    expect(net.engine.values.deadline(node)).toBe(net.now + 60_000);
    expect(() => net.engine.snapshots.restore(node, { contacts: [77] }, net.now)).toThrow(
      'contact 77 is no key',
    );
    expect(() => net.engine.snapshots.restore(9, {}, net.now)).toThrow('there is no node 9');
  });

  test('that was never there is not online', () => {
    const { engine } = new TinyNetwork([OWN, ASKED], { k: 3 });
    expect([7, -1, 0.5].map((node) => engine.isActive(node))).toEqual([false, false, false]);
  });
});

describe('a value', () => {
  test('comes with the number of nodes that agree on it', () => {
    const net = new TinyNetwork([OWN, ...OTHERS], { k: 3, alpha: 1 }, COUNTERS);
    net.enter(OWN, ...OTHERS);
    net.know(OWN, ...OTHERS.slice(0, 3));
    const target = net.keys.intern(hashKey(counterKey(5), 1));
    const record = { key: counterKey(5), value: Uint8Array.of(7) };
    for (const name of OTHERS.slice(0, 3))
      net.engine.values.put(net.node(name), target, { record, storedAt: 0, expiresAt: 1e9 });
    const seen: [string, number][] = [];
    net.onResult = ({ type, operation }) => seen.push([type, operation.holders.length]);
    net.start({ kind: 'getValue', node: net.node(OWN), key: counterKey(5) });
    net.run();
    expect(seen).toEqual([
      ['value', 1],
      ['agreement', 2],
      ['agreement', 3],
      ['finished', 3],
    ]);
    net.keys.release(target);
  });
});
