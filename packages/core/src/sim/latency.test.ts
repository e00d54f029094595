import { describe, expect, test } from 'vitest';
import { Rng } from '../keyspace/rng.ts';
import type { Latency } from './latency.ts';
import { LatencyModel, REGIONS } from './latency.ts';

function draws(latency: Latency, count = 20_000): Float64Array {
  const model = new LatencyModel(latency, 100, new Rng(1, 'latency'));
  return Float64Array.from({ length: count }, (_, i) =>
    model.oneWayMs(i % 100, (i * 7) % 100),
  ).toSorted();
}

const quantile = (sorted: Float64Array, q: number): number =>
  sorted[Math.floor(q * sorted.length)]!;

describe('one way takes', () => {
  test('half of a constant round trip', () => {
    expect(new Set(draws({ model: 'constant', rttMs: 80 }))).toEqual(new Set([40]));
  });

  test('half of a uniform one', () => {
    const sorted = draws({ model: 'uniform', minRttMs: 20, maxRttMs: 220 });
    expect(sorted[0]).toBeGreaterThanOrEqual(10);
    expect(sorted.at(-1)).toBeLessThan(110);
    for (const q of [0.1, 0.5, 0.9])
      expect(Math.abs(quantile(sorted, q) - (10 + 100 * q))).toBeLessThan(2);
  });

  test('half of a log-normal one, whose p90 is exp(1.2816 sigma) medians', () => {
    const sorted = draws({ model: 'lognormal', medianRttMs: 135, sigma: 0.6 });
    expect(Math.abs(quantile(sorted, 0.5) / 67.5 - 1)).toBeLessThan(0.03);
    expect(Math.abs(quantile(sorted, 0.9) / (67.5 * 2.1576) - 1)).toBeLessThan(0.03);
    // PlanetLab: p90 291 ms.
    expect(Math.abs(2 * quantile(sorted, 0.9) - 291)).toBeLessThan(10);
  });

  test('no more than five seconds', () => {
    expect(draws({ model: 'lognormal', medianRttMs: 60_000, sigma: 3 }).at(-1)).toBe(5_000);
  });

  test('as long as the map says, and up to a tenth more', () => {
    const model = new LatencyModel({ model: 'regions' }, 2_000, new Rng(1, 'latency'));
    const nodes = Array.from({ length: 2_000 }, (_, node) => node);
    const counts = REGIONS.map(
      (_, region) => nodes.filter((node) => model.region(node) === region).length,
    );
    expect(Math.abs(counts[1]! / 2_000 - 0.4998)).toBeLessThan(0.04);
    expect(counts.every((count) => count > 0)).toBe(true);
    const europe = nodes.filter((node) => model.region(node) === 1);
    const japan = nodes.find((node) => model.region(node) === 4)!;
    for (const node of europe.slice(0, 100)) {
      expect(model.oneWayMs(europe[0]!, node)).toBeGreaterThanOrEqual(11);
      expect(model.oneWayMs(europe[0]!, node)).toBeLessThan(12.1);
      expect(model.oneWayMs(node, japan)).toBeGreaterThanOrEqual(252);
      expect(model.oneWayMs(japan, node)).toBeLessThan(277.2);
    }
  });
});

test('a model without regions has none', () => {
  expect(new LatencyModel({ model: 'constant', rttMs: 1 }, 3, new Rng(1)).region(0)).toBe(-1);
});
