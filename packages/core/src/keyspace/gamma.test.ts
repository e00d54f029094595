import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gammaLower, gammaLowerInverse, gammaUpper, gammaUpperInverse } from './gamma.ts';
import { Rng } from './rng.ts';

const shape = fc.double({ min: 0.5, max: 1_000, noNaN: true });

/** P(at least `shape` events) of a Poisson variable of mean x: the lower tail, for whole shapes. */
function poissonTail(shape: number, x: number): number {
  let term = Math.exp(-x);
  for (let i = 1; i <= shape; i++) term *= x / i;
  let sum = 0;
  for (let i = shape + 1; i < shape + 400; i++) {
    sum += term;
    term *= x / i;
  }
  return sum;
}

test('for whole shapes the lower tail is that of a Poisson process which has so many points', () => {
  for (const shape of [1, 2, 5, 11, 20, 40, 64]) {
    for (const x of [0.001, 0.1, 1, 4, 8.96, 14.53, 20, 20.999, 21, 30, 60]) {
      const expected = poissonTail(shape, x);
      expect(Math.abs(gammaLower(shape, x) / expected - 1)).toBeLessThan(1e-12);
      expect(Math.abs(gammaUpper(shape, x) - (1 - expected))).toBeLessThan(1e-12);
    }
  }
});

test('of shape one half it is the error function, and of shape five the chi-square table', () => {
  expect(gammaLower(0.5, 1)).toBeCloseTo(0.842700792949715, 13);
  expect(gammaUpper(0.5, 4)).toBeCloseTo(0.004677734981047266, 14);
  expect(2 * gammaUpperInverse(5, 0.05)).toBeCloseTo(18.307038053275146, 11);
  expect(2 * gammaLowerInverse(5, 0.01)).toBeCloseTo(2.558212160187207, 11);
});

test('the thresholds of the optimistic provide are quantiles of lower tails', () => {
  expect(gammaLowerInverse(20, 0.1)).toBeCloseTo(14.53, 2);
  expect(gammaLowerInverse(11, 0.9)).toBeCloseTo(15.41, 2);
});

test('far tails keep their digits', () => {
  // The upper tail of shape 20 at 200 is e^-200 times a sum of powers.
  let sum = 0;
  let term = 1;
  for (let i = 0; i < 20; i++) {
    sum += term;
    term *= 200 / (i + 1);
  }
  expect(Math.abs(gammaUpper(20, 200) / (Math.exp(-200) * sum) - 1)).toBeLessThan(1e-12);
  expect(gammaUpper(20, 2_000)).toBe(0);
  expect(gammaLower(20, 2_000)).toBe(1);
  expect(gammaLower(20, 1e-20)).toBe(0);
});

test('below zero there is nothing', () => {
  expect(gammaLower(20, 0)).toBe(0);
  expect(gammaLower(20, -1)).toBe(0);
  expect(gammaUpper(20, 0)).toBe(1);
});

test('the two tails make one, and rise and fall', () => {
  fc.assert(
    fc.property(shape, fc.double({ min: 0.01, max: 3, noNaN: true }), (a, ratio) => {
      const x = a * ratio;
      expect(gammaLower(a, x) + gammaUpper(a, x)).toBeCloseTo(1, 12);
      expect(gammaLower(a, x * 1.01)).toBeGreaterThanOrEqual(gammaLower(a, x) * (1 - 1e-12));
    }),
  );
});

test('the inverses undo them, down to probabilities that nobody will see', () => {
  const lnP = fc.double({ min: -200, max: -0.01, noNaN: true });
  fc.assert(
    fc.property(shape, lnP, (a, logarithm) => {
      const p = Math.exp(logarithm);
      expect(Math.abs(gammaLower(a, gammaLowerInverse(a, p)) / p - 1)).toBeLessThan(5e-11);
      expect(Math.abs(gammaUpper(a, gammaUpperInverse(a, p)) / p - 1)).toBeLessThan(5e-11);
    }),
  );
  expect(gammaLowerInverse(0.5, 1e-300)).toBe(0);
});

test('a million is not too large a shape', () => {
  for (const p of [1e-12, 0.001, 0.3, 0.5, 0.7, 0.999]) {
    expect(gammaLower(1e6, gammaLowerInverse(1e6, p)) / p).toBeCloseTo(1, 7);
    expect(gammaUpper(1e6, gammaUpperInverse(1e6, p)) / p).toBeCloseTo(1, 7);
  }
});

test('sums of exponential waiting times have this distribution', () => {
  const rng = new Rng(7, 'gamma');
  const limit = gammaLowerInverse(20, 0.25);
  let below = 0;
  for (let i = 0; i < 10_000; i++) {
    let sum = 0;
    for (let j = 0; j < 20; j++) sum -= Math.log(1 - rng.fraction());
    if (sum < limit) below++;
  }
  expect(below).toBeGreaterThan(2_350);
  expect(below).toBeLessThan(2_650);
});

test('a shape or probability without a distribution is our mistake', () => {
  for (const bad of [0, -1, 1e7, Number.NaN]) {
    expect(() => gammaLower(bad, 1)).toThrow('a shape is above 0');
    expect(() => gammaUpper(bad, 1)).toThrow('a shape is above 0');
  }
  for (const bad of [0, 1, -0.1, 1.1, Number.NaN]) {
    expect(() => gammaLowerInverse(20, bad)).toThrow('between 0 and 1');
    expect(() => gammaUpperInverse(20, bad)).toThrow('between 0 and 1');
  }
});
