// The Gamma distribution, which the keyspace is made of.
//
// Ids are hashes, so around any point that does not depend on them the nodes of a network of N lie as
// a Poisson process of rate N: the distance to the i-th closest one, times N, has a Gamma
// distribution of shape i. All statistics of neighbourhoods are tails of it.
//
// Both tails are computed as logarithms, by the series where the lower tail is the small one and by the
// continued fraction where the upper one is (Abramowitz & Stegun, 6.5.29 and 6.5.31), so that neither
// loses digits far out.
import { assert } from './assert.ts';
import { exp, ln, lnGamma, normalQuantile } from './maths.ts';

/** The largest shape that the limits below are measured for; that of one lookup is 20. */
const SHAPE_MAX = 1_000_000;
/** Terms of the series or the fraction: up to some 8 √shape are needed, 7,719 at the largest. */
const TERMS_MAX = 20_000;
/** Steps of Newton's method: 40,000 random quantiles of shapes from 0.1 to 10^5 took 7 at most. */
const STEPS_MAX = 50;
const EPSILON = 1e-16;
/** Newton's method squares the error of a quantile, so after a relative step this small none is left. */
const STEP_MIN = 1e-9;
/** Whatever has a smaller logarithm, 1e-304, counts as zero: `exp` is exact down to here. */
const LN_ZERO = -700;

/**
 * P(shape, x): the probability that a Gamma variable of this shape and unit rate is at most `x`.
 * Relative error some 1e-15 times the shape: against 40 digits, 1.6e-14 at shape 20 and 1e-9 at 10^6.
 */
export function gammaLower(shape: number, x: number): number {
  assertShape(shape);
  if (x <= 0) return 0;
  return x < shape + 1
    ? expOrZero(lnLower(shape, x, series(shape, x)))
    : 1 - expOrZero(lnUpper(shape, x, fraction(shape, x)));
}

/** Q(shape, x) = 1 - P(shape, x), exact where it is small. */
export function gammaUpper(shape: number, x: number): number {
  assertShape(shape);
  if (x <= 0) return 1;
  return x < shape + 1
    ? 1 - expOrZero(lnLower(shape, x, series(shape, x)))
    : expOrZero(lnUpper(shape, x, fraction(shape, x)));
}

/**
 * The x with P(shape, x) = p, for p in (0, 1); 0 when it is below 1e-304.
 *
 * go-libp2p-kad-dht calls it GammaIncRegInv, and so names a *lower* tail in both of its thresholds.
 *
 * @example
 * ```ts
 * gammaLowerInverse(20, 0.1).toFixed(2) // '14.53'
 * gammaLowerInverse(11, 0.9).toFixed(2) // '15.41'
 * ```
 */
export function gammaLowerInverse(shape: number, p: number): number {
  return inverse(shape, p, 1 - p);
}

/** The x with Q(shape, x) = q, for q in (0, 1). */
export function gammaUpperInverse(shape: number, q: number): number {
  return inverse(shape, 1 - q, q);
}

/** Newton's method on the logarithm of one tail as a function of ln x: both are concave. */
function inverse(shape: number, p: number, q: number): number {
  assertShape(shape);
  assert(p > 0 && q > 0, 'a quantile is of a probability between 0 and 1');
  const guess = wilsonHilferty(shape, q < p ? -normalQuantile(q) : normalQuantile(p));
  const isUpper = guess >= shape + 1;
  const lnTail = ln(isUpper ? q : p);
  // P(shape, x) < x^shape / Γ(shape + 1), so the quantile is never to the left of this.
  const lnLeast = (ln(p) + lnGamma(shape + 1)) / shape;
  let x = Math.max(guess, expOrZero(lnLeast));
  if (x === 0) return 0;
  for (let i = 0; i < STEPS_MAX; i++) {
    const sum = isUpper ? fraction(shape, x) : series(shape, x);
    const error = (isUpper ? lnUpper : lnLower)(shape, x, sum) - lnTail;
    // The slopes of ln P and ln Q over ln x are shape / series and -1 / fraction.
    const step = isUpper ? error * sum : (-error * sum) / shape;
    x *= exp(step);
    if (Math.abs(step) < STEP_MIN) break;
  }
  return x;
}

/** The quantile of the Gamma distribution that belongs to `z` of the normal one, to about three digits (Wilson & Hilferty 1931). */
function wilsonHilferty(shape: number, z: number): number {
  const root = 1 - 1 / (9 * shape) + z / (3 * Math.sqrt(shape));
  return shape * root * root * root;
}

function lnLower(shape: number, x: number, sum: number): number {
  return shape * ln(x) - x - lnGamma(shape + 1) + ln(sum);
}

function lnUpper(shape: number, x: number, value: number): number {
  return shape * ln(x) - x - lnGamma(shape) + ln(value);
}

/** The sum of x^n / ((shape + 1) … (shape + n)) over n from 0. */
function series(shape: number, x: number): number {
  let sum = 1;
  let term = 1;
  for (let n = 1; n < TERMS_MAX && term > EPSILON * sum; n++) {
    term *= x / (shape + n);
    sum += term;
  }
  return sum;
}

/** The continued fraction 1 / (x + 1 - a - 1 (1 - a) / (x + 3 - a - …)), by Lentz's method. */
function fraction(shape: number, x: number): number {
  let b = x + 1 - shape;
  let c = Number.MAX_VALUE;
  let d = 1 / b;
  let value = d;
  for (let i = 1; i < TERMS_MAX; i++) {
    const a = i * (shape - i);
    b += 2;
    d = 1 / (b + a * d);
    c = b + a / c;
    const factor = c * d;
    value *= factor;
    if (Math.abs(factor - 1) < EPSILON) break;
  }
  return value;
}

function expOrZero(x: number): number {
  return x < LN_ZERO ? 0 : exp(x);
}

function assertShape(shape: number): void {
  assert(shape > 0 && shape <= SHAPE_MAX, `a shape is above 0 and at most 10^6, not ${shape}`);
}
