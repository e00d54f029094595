import { describe, expect, test } from 'vitest';
import { keyFromBits, keyToBits } from '../keyspace/key.ts';
import { TinyNetwork } from '../testing/tiny-network.ts';
import type { TinyOptions } from '../testing/tiny-network.ts';
import { Budgets, STREAM_BUDGETS } from './budget.ts';
import type { BudgetLimits } from './budget.ts';
import type { OperationEvent } from './operation.ts';
import type { Profile } from './profile.ts';

const OWN = '00000000';
const OTHERS = Array.from({ length: 20 }, (_, i) => keyToBits(Uint8Array.of(255 - 3 * i)));

function network(
  limits: Partial<BudgetLimits>,
  options: TinyOptions = {},
  profile: Partial<Profile> = {},
): { net: TinyNetwork; budgets: Budgets } {
  const budgets = new Budgets({ ...STREAM_BUDGETS, slots: 64, ...limits }, () => 7);
  const net = new TinyNetwork(
    [OWN, ...OTHERS],
    { k: 8, beta: 8, alpha: 8, ...profile },
    undefined,
    {
      budgets,
      ...options,
    },
  );
  net.enter(OWN, ...OTHERS);
  for (const name of [OWN, ...OTHERS]) net.know(name, ...OTHERS, OWN);
  return { net, budgets };
}

describe('requests in flight', () => {
  test('are no more than the budget: the others wait, and are sent in their turn', () => {
    const { net, budgets } = network({ requestsInFlight: 3 });
    const node = net.node(OWN);
    for (const target of ['11111111', '10101010'])
      net.start({ kind: 'findNode', node, target: keyFromBits(target) });
    expect(net.requests()).toHaveLength(3);
    expect(net.engine.requests.waiting(node)).toBeGreaterThan(5);
    let most = 0;
    while (net.sent.length + net.engine.requests.inFlight > 0) {
      net.run(1);
      most = Math.max(most, budgets.requestsInFlight.usage(node).used);
    }
    expect(most).toBe(3);
    expect(net.results.map(({ operation }) => operation.outcome)).toEqual(['found', 'found']);
    expect(net.engine.requests.waiting(node)).toBe(0);
    expect(budgets.requestsInFlight.usage(node).used).toBe(0);
    expect(budgets.requestsInFlight.usage(node).refused).toBeGreaterThan(0);
  });

  test('that were given up leave their place to others', () => {
    const { net } = network({ requestsInFlight: 1 });
    for (const name of OTHERS) net.engine.leave(net.node(name), net.now, 'crashed');
    net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits('11111111') });
    net.run();
    expect(net.results.map(({ operation }) => operation.outcome)).toEqual(['not-found']);
  });

  test('of a node that leaves are forgotten, those that wait as well', () => {
    const { net, budgets } = network({ requestsInFlight: 2 });
    const node = net.node(OWN);
    net.start({ kind: 'findNode', node, target: keyFromBits('11111111') });
    net.engine.leave(node, net.now, 'crashed');
    expect(net.engine.requests.waiting(node)).toBe(0);
    net.run();
    expect(net.engine.requests.inFlight).toBe(0);
    expect(budgets.requestsInFlight.usage(node).used).toBe(0);
  });
});

describe('dials in flight', () => {
  test('are no more than the budget, and each is a cost of its lookup', () => {
    const { net, budgets } = network({ dialsInFlight: 2 }, { host: { needsDial: () => true } });
    const node = net.node(OWN);
    net.start({ kind: 'findNode', node, target: keyFromBits('11111111') });
    expect(net.requests()).toHaveLength(2);
    let most = 0;
    while (net.sent.length + net.engine.requests.inFlight > 0) {
      net.run(1);
      most = Math.max(most, budgets.dialsInFlight.usage(node).used);
    }
    expect(most).toBe(2);
    expect(budgets.dialsInFlight.usage(node).used).toBe(0);
    expect(budgets.requestsInFlight.usage(node).used).toBe(0);
    const [{ operation }] = net.results as [OperationEvent];
    expect([operation.outcome, operation.dials]).toEqual(['found', operation.lookupRequests]);
  });

  test('hold up those who have to dial, and nobody is forgotten when a place of another kind is free', () => {
    const limits = { requestsInFlight: 3, dialsInFlight: 1 };
    const needsDial = (_: number, contact: number): boolean => contact % 2 === 0;
    const { net, budgets } = network(limits, { host: { needsDial } });
    const node = net.node(OWN);
    for (const name of OTHERS) net.start({ kind: 'ping', node, peer: net.node(name) });
    let most = 0;
    while (net.sent.length + net.engine.requests.inFlight > 0 && net.now < 60_000) {
      net.run(1);
      most = Math.max(most, budgets.dialsInFlight.usage(node).used);
    }
    expect(most).toBe(1);
    const outcomes = net.results.map(({ operation }) => operation.outcome);
    expect(outcomes).toEqual(OTHERS.map(() => 'answered'));
    expect(net.engine.requests.waiting(node)).toBe(0);
  });

  test('are none where messages are datagrams', () => {
    const { net, budgets } = network({ dialsInFlight: 1 });
    net.start({ kind: 'findNode', node: net.node(OWN), target: keyFromBits('11111111') });
    net.run();
    const [{ operation }] = net.results as [OperationEvent];
    expect([operation.outcome, operation.dials]).toEqual(['found', 0]);
    expect(budgets.dialsInFlight.usage(net.node(OWN)).refused).toBe(0);
  });
});

test('requests and records are limited by subnet, contacts by the wider group', () => {
  const limits = { requestsPerGroup: { perSecond: 1, burst: 2 } };
  const subnetOf = (contact: number): number => (contact % 2 === 0 ? 4 : 5);
  const { net, budgets } = network(limits, { groups: () => -1, subnets: subnetOf });
  for (const name of OTHERS) net.start({ kind: 'ping', node: net.node(name), peer: net.node(OWN) });
  for (let i = 0; i < OTHERS.length; i++) net.deliver(net.find({ to: OWN, isResponse: false }));
  expect(net.sent.filter(({ isResponse, from }) => isResponse && from === OWN)).toHaveLength(4);
  expect(budgets.usage(net.node(OWN), net.now).groups.refused).toBe(16);
});

test('bytes beyond the budget are not sent, and requests are repeated', () => {
  const { net, budgets } = network({ upload: { perSecond: 200, burst: 60 } });
  const node = net.node(OWN);
  net.start({ kind: 'ping', node, peer: net.node(OTHERS[0]!) });
  net.start({ kind: 'findNode', node, target: keyFromBits('11111111') });
  const first = net.requests().length;
  expect(first).toBeLessThan(4);
  expect(budgets.upload.usage(node, net.now).refused).toBeGreaterThan(0);
});

test('requests that are never repeated are sent all the same, and nobody is given up for them', () => {
  const profile = { repeatsRequests: false, requestAttempts: 1 };
  const { net, budgets } = network({ upload: { perSecond: 1, burst: 60 } }, {}, profile);
  const node = net.node(OWN);
  net.start({ kind: 'findNode', node, target: keyFromBits('11111111') });
  expect(net.requests().length).toBeGreaterThan(4);
  expect(budgets.upload.usage(node, net.now).refused).toBeGreaterThan(0);
});

test('a source that asks too much is not answered', () => {
  const { net, budgets } = network({ requestsPerSource: { perSecond: 1, burst: 3 } });
  const [asker] = OTHERS;
  for (let i = 0; i < 5; i++)
    net.start({ kind: 'ping', node: net.node(asker!), peer: net.node(OWN) });
  for (let i = 0; i < 5; i++) net.deliver(net.find({ to: OWN, isResponse: false }));
  expect(net.sent.filter(({ isResponse, from }) => isResponse && from === OWN)).toHaveLength(3);
  const usage = budgets.usage(net.node(OWN), net.now);
  expect(usage.sources.refused).toBe(2);
});
