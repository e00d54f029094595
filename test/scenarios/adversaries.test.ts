// What adversaries achieve, in the scenarios of examples/scenarios/bars that users can run.
import { describe, expect, test } from 'vitest';
import { example, reportOf } from './run.ts';

describe('colluders with ids that they did not choose', () => {
  test('a fifth of the nodes: recall 0.999', () => {
    const { recall, successRate } = reportOf(example('colluders-20'));
    expect(recall).toBeGreaterThanOrEqual(0.999);
    expect(successRate).toBeGreaterThanOrEqual(0.999);
  });

  test('half of the nodes: recall 0.99', () => {
    expect(reportOf(example('colluders-50')).recall).toBeGreaterThanOrEqual(0.99);
  });

  test('half of the nodes, with four disjoint paths: recall 0.999', () => {
    expect(reportOf(example('colluders-50-disjoint')).recall).toBeGreaterThanOrEqual(0.999);
  });
});

describe('forged ids next to the target', () => {
  test('defeat lookups in a network where anybody may have any id', () => {
    expect(reportOf(example('forged-20')).successRate).toBeLessThan(0.1);
  });

  test('are of no use where ids are bound to addresses', () => {
    expect(reportOf(example('forged-20-bound')).successRate).toBeGreaterThanOrEqual(0.99);
  });
});

describe.each([20, 45, 160])('%i Sybils at a key', (count) => {
  test('hide what is stored at the k closest nodes, and set off the alarm', () => {
    const { retrieval, alarms, operations } = reportOf(example(`sybils-${count}`));
    expect(retrieval!.rate).toBeLessThan(0.05);
    expect(alarms / operations).toBeGreaterThanOrEqual(0.996);
  });

  test('do not hide what is stored in a region', () => {
    const { retrieval } = reportOf(example(`sybils-${count}-region`));
    expect(retrieval!.rate).toBeGreaterThanOrEqual(0.99);
  });
});

test('the alarm is silent in an honest network: less than once in a thousand lookups', () => {
  const { alarms, operations } = reportOf({
    nodes: 5_000,
    seed: 1,
    workload: { operations: 6_000, intervalMs: 20, scoreEvery: 1_000, mix: { findNode: 1 } },
  });
  expect(alarms / operations).toBeLessThan(0.001);
});
