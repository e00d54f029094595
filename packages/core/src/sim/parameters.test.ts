import { expect, test } from 'vitest';
import { bucketsPerNode, profileOf } from './parameters.ts';
import { parseScenario } from './scenario.ts';

test('a profile takes the parameters of its scenario', () => {
  expect(profileOf(parseScenario({ k: 8 }))).toMatchObject({
    name: 'amino',
    k: 8,
    alpha: 10,
    beta: 3,
  });
  expect(profileOf(parseScenario({ profile: 'paper', k: 8 }))).toMatchObject({
    k: 8,
    alpha: 3,
    beta: 8,
  });
  expect(profileOf(parseScenario({ k: 2 }))).toMatchObject({ k: 2, beta: 2 });
  expect(profileOf(parseScenario({ alpha: 1, beta: 5 }))).toMatchObject({
    k: 20,
    alpha: 1,
    beta: 5,
  });
});

test('a profile takes disjoint paths, a region store and the refresh of its scenario', () => {
  expect(profileOf(parseScenario({ paths: 4, region: true, refreshMs: 60_000 }))).toMatchObject({
    paths: 4,
    regionStore: true,
    refreshIntervalMs: 60_000,
  });
});

test('there is room for a bucket for each halving of the network down to k nodes', () => {
  expect([20, 21, 40, 41, 10_000].map((nodes) => bucketsPerNode(nodes, 20))).toEqual([
    2, 3, 3, 4, 11,
  ]);
});
