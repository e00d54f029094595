// A day in a network of which 30 % leave or crash within an hour: the slowest of the scenarios.
import { expect, test } from 'vitest';
import { example, reportOf } from './run.ts';

test('30 % churn an hour for 24 hours: lookups and retrieval succeed in 999 of 1,000', () => {
  const { kinds, retrieval, virtualMs } = reportOf(example('churn-30'));
  expect(virtualMs).toBeGreaterThan(23 * 3_600_000);
  const { started, succeeded } = kinds['findNode']!;
  expect(started).toBeGreaterThan(5_000);
  expect(succeeded / started).toBeGreaterThanOrEqual(0.999);
  expect(retrieval!.searches).toBeGreaterThan(5_000);
  expect(retrieval!.rate).toBeGreaterThanOrEqual(0.999);
}, 300_000);
