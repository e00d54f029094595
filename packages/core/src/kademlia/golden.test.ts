// Golden traces: whole conversations in networks that fit on a page. When one changes, read the difference;
// `npx vitest run -u packages/core/src/kademlia/golden.test.ts` writes it anew.
import { expect, test } from 'vitest';
import { keyFromBits } from '../keyspace/key.ts';
import { COUNTERS, counterKey } from '../testing/counter.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import { traceToText } from '../trace/text.ts';

const NAMES = ['00000000', '00110000', '01100000', '10000000', '10110000', '11000000', '11110000'];
const [A] = NAMES as [string];

async function golden(net: TinyNetwork, name: string): Promise<void> {
  const text = traceToText(net.trace, { steps: true });
  await expect(text).toMatchFileSnapshot(`../../../../test/golden/${name}.txt`);
}

/** Nodes along a road: each knows the next two. */
function road(): TinyNetwork {
  const net = new TinyNetwork(NAMES, { k: 2, alpha: 2, beta: 2 }, COUNTERS);
  net.enter(...NAMES);
  NAMES.forEach((name, i) => net.know(name, ...NAMES.slice(i + 1, i + 3)));
  return net;
}

/** Everybody knows everybody, as far as buckets allow. */
function circle(): TinyNetwork {
  const net = new TinyNetwork(NAMES, { k: 2, alpha: 2, beta: 2 }, COUNTERS);
  net.enter(...NAMES);
  for (const name of NAMES) net.know(name, ...NAMES);
  return net;
}

test('§2.3: a lookup of the nodes closest to 11100000', async () => {
  const net = road();
  net.engine.leave(net.node('10110000'), 0, 'crashed');
  net.start({ kind: 'findNode', node: net.node(A), target: keyFromBits('11100000') });
  net.run();
  await golden(net, 'lookup');
});

test('§2.3: a value is stored, found, and corrected where it is missing', async () => {
  const net = circle();
  net.start({ kind: 'putValue', node: net.node(A), key: counterKey(1), value: Uint8Array.of(7) });
  net.run();
  net.engine.forget(net.node('10000000'));
  net.start({ kind: 'getValue', node: net.node('01100000'), key: counterKey(1) });
  net.run();
  await golden(net, 'value');
});

test('a provider announces itself and is found', async () => {
  const net = circle();
  net.start({ kind: 'provide', node: net.node('11110000'), key: counterKey(5) });
  net.run();
  net.start({ kind: 'findProviders', node: net.node('10000000'), key: counterKey(5), count: 1 });
  net.run();
  await golden(net, 'provider');
});

test('§2.3: a node joins', async () => {
  const names = [A, '00110000', '10000000', '11000000', '11110000'];
  const net = new TinyNetwork(names, { k: 2, alpha: 2, beta: 2 });
  net.enter(...names.slice(1));
  for (const name of names.slice(1)) net.know(name, ...names.slice(1));
  net.enter(A);
  net.start({ kind: 'bootstrap', node: net.node(A), seeds: [net.node('11110000')] });
  net.run();
  await golden(net, 'join');
});

test('§2.2: the oldest contact does not answer, and a newcomer takes its place', async () => {
  const net = new TinyNetwork([A, '01000000', '10000000', '10000001', '10000010'], {
    k: 2,
    requestTimeoutMs: 200,
    requestAttempts: 2,
  });
  net.enter(A, '01000000', '10000001', '10000010');
  net.know(A, '10000000', '10000001', '01000000');
  net.wait(15 * 60_000);
  net.start({ kind: 'ping', node: net.node('10000010'), peer: net.node(A) });
  net.run();
  expect(net.contacts(A)).toEqual([['10000001', '10000010'], ['01000000']]);
  await golden(net, 'eviction');
});
