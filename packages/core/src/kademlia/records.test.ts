import { describe, expect, test } from 'vitest';
import { VALUE_LIMITS } from '../store/value-store.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { Operation } from './operation.ts';
import { hashKey } from './hash-key.ts';
import type { Profile } from './profile.ts';

const NAMES = ['00000000', '00110000', '01100000', '10000000', '10110000', '11000000', '11110000'];
const [A, B] = NAMES as [string, string];

// Its hash begins with 01111101: the closest nodes are 01100000, 00110000 and 00000000.
const KEY = counterKey(5);
const DAY = 24 * 3_600_000;

function circle(profile: Partial<Profile> = {}): TinyNetwork {
  const net = new TinyNetwork(NAMES, { k: 3, ...profile }, COUNTERS);
  net.enter(...NAMES);
  for (const name of NAMES) net.know(name, ...NAMES);
  return net;
}

function put(net: TinyNetwork, name: string, value: number): Operation {
  return end(
    net,
    net.start({ kind: 'putValue', node: net.node(name), key: KEY, value: Uint8Array.of(value) }),
  );
}

function get(net: TinyNetwork, name: string, quorum?: number): Operation {
  const command = { kind: 'getValue', node: net.node(name), key: KEY } as const;
  return end(net, net.start(quorum === undefined ? command : { ...command, quorum }));
}

function end(net: TinyNetwork, id: number): Operation {
  net.run();
  return net.results.find(({ type, operation }) => type === 'finished' && operation.id === id)!
    .operation;
}

/** What each node holds under the key. */
function held(net: TinyNetwork): Record<string, number> {
  const target = net.keys.intern(hashKey(KEY, 1));
  const values: Record<string, number> = {};
  for (const name of NAMES) {
    const stored = net.engine.values.get(net.node(name), target, net.now);
    if (stored !== null) values[name] = stored.record.value[0]!;
  }
  net.keys.release(target);
  return values;
}

/** Puts a value into the store of one node, as if it had been there. */
function plant(net: TinyNetwork, name: string, value: number): void {
  const target = net.keys.intern(hashKey(KEY, 1));
  const record = { key: KEY, value: Uint8Array.of(value) };
  net.engine.values.put(net.node(name), target, {
    record,
    storedAt: net.now,
    expiresAt: net.now + DAY,
  });
  net.keys.release(target);
}

function steps(net: TinyNetwork, step: string): string[] {
  const all = Array.from({ length: net.trace.length }, (_, index) => net.trace.event(index));
  return all.filter((event) => event.step === step).map(({ node }) => net.trace.nodes[node]!.id);
}

describe('§2.3: putValue', () => {
  test('stores at the k nodes closest to the hash of the key, and at the node itself', () => {
    const net = circle();
    const { outcome, count, closest } = put(net, '11110000', 7);
    expect([outcome, count]).toEqual(['stored', 3]);
    expect(Object.keys(held(net)).toSorted()).toEqual(
      [...net.names(closest), '11110000'].toSorted(),
    );
  });

  test('of an invalid value sends nothing', () => {
    const net = circle();
    for (const [key, value] of [
      [KEY, Uint8Array.of(1, 2)],
      [Uint8Array.of(1, 2, 3), Uint8Array.of(1)],
    ] as const) {
      const id = net.start({ kind: 'putValue', node: 0, key, value });
      expect(net.outcome(id)).toBe('invalid');
    }
    expect(net.sent).toEqual([]);
    expect(held(net)).toEqual({});
    expect(net.keys.size).toBe(NAMES.length);
  });

  test('does not replace a better value, and nobody takes the worse one', () => {
    const net = circle();
    put(net, A, 7);
    const before = net.engine.requests.sent;
    expect(put(net, A, 6).outcome).toBe('superseded');
    expect(net.engine.requests.sent).toBe(before);
    // A node that holds none itself asks, and hears that better ones are held.
    net.engine.forget(net.node(A));
    net.know(A, ...NAMES);
    const { outcome, count } = put(net, A, 6);
    expect([outcome, count]).toEqual(['not-stored', 0]);
    const others = Object.entries(held(net)).filter(([name]) => name !== A);
    expect(others.length).toBeGreaterThan(2);
    expect(others.every(([, value]) => value === 7)).toBe(true);
    expect(steps(net, 'record.refused').length).toBeGreaterThan(2);
  });

  test('of an equal value renews it', () => {
    const net = circle();
    put(net, A, 7);
    net.wait(DAY / 2);
    expect(put(net, A, 7).outcome).toBe('stored');
    net.wait(DAY * 0.6);
    expect(Object.values(held(net))).toHaveLength(4);
  });

  test('fails when nobody answers the lookup, or the requests', () => {
    const alone = new TinyNetwork([A], {}, COUNTERS);
    alone.enter(A);
    expect(put(alone, A, 1).outcome).toBe('not-stored');

    const net = circle();
    const id = net.start({
      kind: 'putValue',
      node: net.node(A),
      key: KEY,
      value: Uint8Array.of(1),
    });
    while (!net.sent.some(({ kind }) => kind === 'put-value')) net.answer(net.sent[0]!.to);
    for (const name of NAMES.slice(1)) net.engine.leave(net.node(name), net.now, 'crashed');
    expect(end(net, id)).toMatchObject({ outcome: 'not-stored', count: 0, directRequests: 3 });
  });

  test('is refused by nodes that are full', () => {
    const net = circle({ valueLimits: { ...VALUE_LIMITS, perNode: 0 } });
    expect(put(net, A, 1)).toMatchObject({ outcome: 'not-stored', count: 0 });
    expect(net.keys.size).toBe(NAMES.length);
  });
});

describe('§2.3: getValue', () => {
  test('returns the best of the values that the closest nodes hold', () => {
    const net = circle();
    plant(net, '01100000', 3);
    plant(net, B, 9);
    const { outcome, record, holders } = get(net, '11110000');
    expect([outcome, record?.value[0], net.names(holders)]).toEqual(['found', 9, [B]]);
  });

  test('streams each better value as it comes', () => {
    const net = circle({ alpha: 1 });
    plant(net, '01100000', 3);
    plant(net, B, 9);
    plant(net, A, 5);
    get(net, '11110000');
    const values = net.results.flatMap((event) =>
      event.type === 'value' ? [event.record.value[0]!] : [],
    );
    expect(values).toEqual([...values].toSorted((a, b) => a - b));
    expect(values.at(-1)).toBe(9);
  });

  test('gives the best value to those of the closest nodes that lack it', () => {
    const net = circle();
    plant(net, '01100000', 3);
    plant(net, B, 9);
    const { closest } = get(net, '11110000');
    for (const name of net.names(closest)) expect(held(net)[name]).toBe(9);
    expect(steps(net, 'record.stored')).not.toContain(B);
  });

  test('with a quorum ends after so many valid values', () => {
    const net = circle({ alpha: 1 });
    for (const name of NAMES) plant(net, name, 4);
    const { count, lookupRequests } = get(net, '11110000', 2);
    // Its own value counts, too.
    expect([count, lookupRequests]).toEqual([2, 1]);
    const own = circle();
    plant(own, A, 4);
    expect(get(own, A, 1)).toMatchObject({ outcome: 'found', lookups: 0 });
    expect(own.sent).toEqual([]);
  });

  test('finds nothing where nothing is', () => {
    const net = circle();
    expect(get(net, A)).toMatchObject({ outcome: 'not-found', count: 0, holders: [] });
  });

  test('refuses what does not validate', () => {
    const net = circle();
    const target = net.keys.intern(hashKey(KEY, 1));
    const record = { key: KEY, value: Uint8Array.of(1, 2) };
    net.engine.values.put(net.node(B), target, { record, storedAt: 0, expiresAt: DAY });
    expect(get(net, '11110000')).toMatchObject({ outcome: 'not-found', count: 0 });
    expect(steps(net, 'value.refused')).toEqual(['11110000']);
    net.keys.release(target);
  });

  test('judges a value by the key that was asked for, whatever the record says of itself', () => {
    const net = circle();
    const target = net.keys.intern(hashKey(KEY, 1));
    const record = { key: Uint8Array.of(1), value: Uint8Array.of(8) };
    net.engine.values.put(net.node(B), target, { record, storedAt: 0, expiresAt: DAY });
    get(net, '11110000');
    const [value] = net.results;
    expect(value?.type === 'value' && value.record.key).toEqual(KEY);
    net.keys.release(target);
  });
});

describe('§2.5: records', () => {
  test('expire when their time is over', () => {
    const net = circle();
    put(net, A, 7);
    const count = net.engine.values.size;
    net.wait(DAY - net.now - 1);
    expect(net.engine.values.size).toBe(count);
    net.wait(1_000);
    expect(net.engine.values.size).toBe(0);
    expect(steps(net, 'record.expired')).toHaveLength(count);
    expect(net.keys.size).toBe(NAMES.length);
  });

  test('outlive the timer of the record that they replaced', () => {
    const net = circle();
    put(net, A, 7);
    net.wait(DAY - 1_000);
    put(net, A, 8);
    net.wait(2_000);
    expect(new Set(Object.values(held(net)))).toEqual(new Set([8]));
  });

  test('of a node that forgets are gone, and their keys with them', () => {
    const net = circle();
    put(net, A, 7);
    end(net, net.start({ kind: 'provide', node: net.node(A), key: KEY }));
    for (const name of NAMES) net.engine.forget(net.node(name));
    expect([net.engine.values.size, net.engine.providers.size, net.keys.size]).toEqual([
      0,
      0,
      NAMES.length,
    ]);
    // The timers find nothing.
    net.wait(2 * DAY);
    expect(steps(net, 'record.expired')).toEqual([]);
  });
});

describe.each([
  ['acknowledged', true],
  ['sent and forgotten, as on the IPFS DHT', false],
])('provide, %s', (_, acknowledgesProviders) => {
  test('announces the node to the k closest, and to itself', () => {
    const net = circle({ acknowledgesProviders });
    const { outcome, count, closest } = end(
      net,
      net.start({ kind: 'provide', node: net.node('11110000'), key: KEY }),
    );
    net.run(50);
    expect([outcome, count]).toEqual(['stored', 3]);
    const stored = steps(net, 'provider.stored').toSorted();
    expect(stored).toEqual([...net.names(closest), '11110000'].toSorted());
    expect(net.engine.requests.inFlight).toBe(0);
  });

  test('fails when there is nobody', () => {
    const net = new TinyNetwork([A], { acknowledgesProviders });
    net.enter(A);
    expect(end(net, net.start({ kind: 'provide', node: 0, key: KEY })).outcome).toBe('not-stored');
  });

  test('expires', () => {
    const net = circle({ acknowledgesProviders });
    end(net, net.start({ kind: 'provide', node: net.node(A), key: KEY }));
    net.run(50);
    expect(net.engine.providers.size).toBeGreaterThan(2);
    net.wait(DAY);
    expect(net.engine.providers.size).toBe(0);
    expect(steps(net, 'provider.expired').length).toBeGreaterThan(2);
    expect(net.keys.size).toBe(NAMES.length);
  });
});

describe('findProviders', () => {
  const providers = ['10000000', '10110000', '11000000'];

  function provided(profile: Partial<Profile> = {}): TinyNetwork {
    const net = circle(profile);
    for (const name of providers)
      end(net, net.start({ kind: 'provide', node: net.node(name), key: KEY }));
    net.results.length = 0;
    return net;
  }

  function find(net: TinyNetwork, name: string, count?: number): Operation {
    const command = { kind: 'findProviders', node: net.node(name), key: KEY } as const;
    return end(net, net.start(count === undefined ? command : { ...command, count }));
  }

  test('streams every provider once', () => {
    const net = provided();
    const { outcome, count } = find(net, '11110000');
    expect([outcome, count]).toEqual(['found', 3]);
    const streamed = net.results.flatMap((event) =>
      event.type === 'provider' ? [event.provider] : [],
    );
    expect(net.names(streamed).toSorted()).toEqual(providers);
    expect(net.results.at(-1)?.type).toBe('finished');
  });

  test('ends after as many as were asked for', () => {
    const net = provided();
    const { count, lookupRequests } = find(net, '11110000', 1);
    expect([count, net.results.length]).toEqual([1, 2]);
    expect(lookupRequests).toBeLessThan(6);
  });

  test('looks at home first', () => {
    const net = provided();
    expect(find(net, '10000000', 1)).toMatchObject({ outcome: 'found', count: 1, lookups: 0 });
    expect(net.sent).toEqual([]);
  });

  test('can be asked for any number', () => {
    expect(find(provided(), A, Number.MAX_SAFE_INTEGER).count).toBe(3);
  });

  test('finds nobody where nobody is', () => {
    expect(find(circle(), A)).toMatchObject({ outcome: 'not-found', count: 0 });
  });
});

test('the receiver of a result may take the node offline: nothing follows', () => {
  for (const kind of ['getValue', 'findProviders'] as const) {
    const net = circle();
    plant(net, A, 4);
    for (const name of NAMES)
      end(net, net.start({ kind: 'provide', node: net.node(name), key: KEY }));
    for (const name of [A, '11110000']) {
      net.results.length = 0;
      net.onResult = ({ type }) => {
        if (type !== 'finished') net.engine.leave(net.node(name), net.now, 'left');
      };
      net.start({ kind, node: net.node(name), key: KEY });
      net.run();
      expect(net.results.map(({ type }) => type)).toEqual([net.results[0]!.type, 'finished']);
      expect(net.results[1]!.operation.outcome).toBe('node-left');
      net.enter(name);
    }
    expect([net.engine.lookups.pool.running, net.engine.requests.inFlight]).toEqual([0, 0]);
  }
});
