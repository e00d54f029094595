import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exp, ln, lnGamma, normalQuantile } from './maths.ts';

test('exp agrees with the built-in one', () => {
  fc.assert(
    fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-14);
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: -700, max: 700, noNaN: true }), (x) => {
      expect(Math.abs(exp(x) / Math.exp(x) - 1)).toBeLessThan(1e-13);
    }),
  );
  expect(exp(0)).toBe(1);
});

test('ln agrees with the built-in one', () => {
  fc.assert(
    fc.property(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), (x) => {
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(1e-14);
    }),
  );
  fc.assert(
    fc.property(fc.double({ min: 1e-300, max: 1e300, noNaN: true }), (x) => {
      expect(Math.abs(ln(x) - Math.log(x))).toBeLessThan(2.5e-13);
    }),
  );
  expect(ln(1)).toBe(0);
});

test('each undoes the other', () => {
  fc.assert(
    fc.property(fc.double({ min: -50, max: 50, noNaN: true }), (x) => {
      expect(Math.abs(ln(exp(x)) - x)).toBeLessThan(2e-14);
    }),
  );
});

test('quantiles of the normal distribution are those of the tables', () => {
  for (const [p, z] of [
    [0.5, 0],
    [0.8413447460685429, 1],
    [0.9, 1.2815515655446004],
    [0.975, 1.959963984540054],
    [0.999, 3.090232306167813],
    [0.000001, -4.753424308822899],
  ] as const) {
    expect(Math.abs(normalQuantile(p) - z)).toBeLessThan(6e-9);
  }
});

test('they rise, are symmetric, and have no step where the approximation changes', () => {
  let last = Number.NEGATIVE_INFINITY;
  for (let i = 1; i < 4_000; i++) {
    const z = normalQuantile(i / 4_000);
    expect(z).toBeGreaterThan(last);
    expect(Math.abs(z + normalQuantile(1 - i / 4_000))).toBeLessThan(1e-8);
    last = z;
  }
});

test('lnGamma is the logarithm of factorials, and of the root of pi at one half', () => {
  let lnFactorial = 0;
  for (let n = 1; n <= 200; n++) {
    expect(Math.abs(lnGamma(n) - lnFactorial)).toBeLessThan(1e-13 + 1e-14 * lnFactorial);
    lnFactorial += Math.log(n);
  }
  expect(Math.abs(lnGamma(0.5) - Math.log(Math.PI) / 2)).toBeLessThan(1e-14);
  expect(Math.abs(lnGamma(100_000.5) - 1_051_293.46543514)).toBeLessThan(1e-8);
});

test('lnGamma obeys the recurrence and the duplication of the Gamma function', () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 100, noNaN: true }), (x) => {
      expect(Math.abs(lnGamma(x + 1) - lnGamma(x) - Math.log(x))).toBeLessThan(2e-13);
      const doubled =
        lnGamma(x) + lnGamma(x + 0.5) - (1 - 2 * x) * Math.LN2 - Math.log(Math.PI) / 2;
      expect(Math.abs(lnGamma(2 * x) - doubled)).toBeLessThan(5e-13);
    }),
  );
});
