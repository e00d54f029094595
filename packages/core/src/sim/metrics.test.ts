import { describe, expect, test } from 'vitest';
import { Rng } from '../keyspace/rng.ts';
import { Operation } from '../kademlia/operation.ts';
import type { Outcome } from '../kademlia/operation.ts';
import type { OperationKind } from '../trace/event.ts';
import { Metrics } from './metrics.ts';
import { createPopulation, Oracle } from './population.ts';
import { summarize } from './summary.ts';

const K = 4;
const keys = createPopulation(50, 160, new Rng(1));
const oracle = new Oracle(keys, 50, (node) => node !== 7);
const TARGET = keys.intern(new Rng(2).bytes(20));
const TRUTH = oracle.closest(TARGET, K, 3);

function ended(kind: OperationKind, outcome: Outcome, closest: readonly number[] = []): Operation {
  const operation = new Operation({
    id: 0,
    kind,
    node: 3,
    target: TARGET,
    startedAt: 100,
    record: null,
    wanted: 0,
  });
  const lookedUp = TARGET;
  return Object.assign(operation, { outcome, closest, lookedUp, hops: 2, lookupRequests: 9 });
}

function summaryOf(...operations: readonly Operation[]): ReturnType<Metrics['summary']> {
  const metrics = new Metrics(oracle, K);
  for (const operation of operations) metrics.add(operation, operation.node, 350);
  return metrics.summary();
}

describe('an operation succeeds', () => {
  test('when it reaches its goal', () => {
    expect(summaryOf(ended('getValue', 'found'), ended('getValue', 'not-found'))).toMatchObject({
      operations: 2,
      successRate: 0.5,
      latencyMs: { mean: 250 },
      kinds: { getValue: { started: 2, succeeded: 1 } },
    });
  });

  test('as a plain lookup, when it returns the closest live node', () => {
    expect(summaryOf(ended('findNode', 'found', TRUTH)).successRate).toBe(1);
    expect(summaryOf(ended('findNode', 'found', TRUTH.slice(1))).successRate).toBe(0);
  });

  test('and is not counted when its node left', () => {
    expect(summaryOf(ended('findNode', 'node-left'))).toMatchObject({
      operations: 0,
      successRate: 0,
      recall: 0,
    });
  });
});

test('recall is the share of the true k closest, over lookups that ran to their end', () => {
  const half = [TRUTH[0]!, TRUTH[2]!, 7, 3];
  expect(
    summaryOf(ended('findNode', 'found', TRUTH), ended('provide', 'stored', half)),
  ).toMatchObject({
    recall: 0.75,
    hops: { mean: 2 },
    rpcs: { mean: 9 },
  });
  expect(summaryOf(ended('findProviders', 'found', half)).recall).toBe(0);
});

test('a summary is the mean and the nearest ranks', () => {
  expect(summarize([])).toEqual({ mean: 0, p50: 0, p90: 0, p99: 0 });
  expect(summarize([5])).toEqual({ mean: 5, p50: 5, p90: 5, p99: 5 });
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(summarize(values)).toEqual({ mean: 50.5, p50: 50, p90: 90, p99: 99 });
  expect(summarize([1 / 3, 10])).toMatchObject({ mean: 5.167, p50: 0.333 });
});

describe('among adversaries', () => {
  const isAdversary = (node: number): boolean => node % 2 === 0;
  const honest = new Oracle(keys, 50, (node) => !isAdversary(node));
  const everybody = new Oracle(keys, 50, () => true);
  const hostility = { everybody, isAdversary };
  const closest = everybody.closest(TARGET, K, 3);
  const good = closest.filter((node) => !isAdversary(node));
  const bad = closest.filter(isAdversary);

  function judge(...returned: readonly number[]): ReturnType<Metrics['summary']> {
    const metrics = new Metrics(honest, K, 1, hostility);
    metrics.add(ended('findNode', 'found', returned), 3, 350);
    return metrics.summary();
  }

  test('the honest ones of the k closest count, and it does not matter who of the others is returned', () => {
    expect([good.length, bad.length]).not.toContain(0);
    expect(judge(...closest)).toMatchObject({ recall: 1, successRate: 1 });
    expect(judge(...good)).toMatchObject({ recall: 1, successRate: 1 });
    expect(judge(...bad)).toMatchObject({ recall: 0, successRate: 0 });
    expect(judge(...bad, ...good.slice(1)).recall).toBe((good.length - 1) / good.length);
  });

  test('where only they are near, success is the nearest honest node, and there is no recall', () => {
    const isHostile = (node: number): boolean => isAdversary(node) || closest.includes(node);
    const others = new Oracle(keys, 50, (node) => !isHostile(node));
    const [nearest] = others.closest(TARGET, 1, 3);
    const outcomes = [[...closest.slice(1), nearest!], closest].map((returned) => {
      const metrics = new Metrics(others, K, 1, { everybody, isAdversary: isHostile });
      metrics.add(ended('findNode', 'found', returned), 3, 350);
      return metrics.summary();
    });
    expect(outcomes.map(({ successRate }) => successRate)).toEqual([1, 0]);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ recall: 0, rpcs: { mean: 0 } });
  });
});

test('a search of a region, whose last lookup was for another key, is not scored', () => {
  const region = Object.assign(ended('provide', 'stored', TRUTH), { lookedUp: TARGET + 1 });
  expect(summaryOf(region)).toMatchObject({ successRate: 1, recall: 0, rpcs: { mean: 0 } });
  expect(summaryOf(ended('provide', 'stored', TRUTH)).recall).toBe(1);
});
