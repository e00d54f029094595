// Mathematics that must not differ between JavaScript engines: `Math.exp` and its kin may, so these are
// made of additions, multiplications, divisions and square roots, which IEEE 754 defines to the bit.

const LN2 = 0.6931471805599453;

/** e to the power of `x`, for |x| up to 700: relative error below 1e-13, and below 1e-14 for |x| up to 30. */
export function exp(x: number): number {
  const halvings = Math.round(x / LN2);
  const r = x - halvings * LN2;
  let sum = 1;
  for (let i = 16; i >= 1; i--) sum = 1 + (sum * r) / i;
  for (let i = 0; i < halvings; i++) sum *= 2;
  for (let i = 0; i > halvings; i--) sum /= 2;
  return sum;
}

/** The natural logarithm of a positive number: error below 1e-14 from 1e-9 to 1e9, and below 3e-13 everywhere. */
export function ln(x: number): number {
  let exponent = 0;
  let mantissa = x;
  while (mantissa > 1.5) {
    mantissa /= 2;
    exponent++;
  }
  while (mantissa < 0.75) {
    mantissa *= 2;
    exponent--;
  }
  const t = (mantissa - 1) / (mantissa + 1);
  const t2 = t * t;
  let sum = 0;
  for (let i = 31; i >= 1; i -= 2) sum = sum * t2 + 1 / i;
  return exponent * LN2 + 2 * t * sum;
}

const CENTRAL = 0.02425;
const A = [
  -39.69683028665376, 220.9460984245205, -275.9285104469687, 138.357751867269, -30.66479806614716,
  2.506628277459239,
];
const B = [
  -54.47609879822406, 161.5858368580409, -155.6989798598866, 66.80131188771972, -13.28068155288572,
  1,
];
const C = [
  -0.007784894002430293, -0.3223964580411365, -2.400758277161838, -2.549732539343734,
  4.374664141464968, 2.938163982698783,
];
const D = [0.007784695709041462, 0.3224671290700398, 2.445134137142996, 3.754408661907416, 1];

/** The quantile of the standard normal distribution at `p` in (0, 1): Acklam's rational approximation, relative error below 1.2e-9. */
export function normalQuantile(p: number): number {
  if (p > 1 - CENTRAL) return -normalQuantile(1 - p);
  if (p < CENTRAL) {
    const q = Math.sqrt(-2 * ln(p));
    return polynomial(C, q) / polynomial(D, q);
  }
  const q = p - 0.5;
  const r = q * q;
  return (polynomial(A, r) * q) / polynomial(B, r);
}

function polynomial(coefficients: readonly number[], x: number): number {
  let sum = 0;
  for (const coefficient of coefficients) sum = sum * x + coefficient;
  return sum;
}

const HALF_LN_TWO_PI = 0.9189385332046728;
/** From here on the six terms of Stirling's series below leave less than 1e-16. */
const STIRLING_FROM = 12;

/** The natural logarithm of the Gamma function of a positive number: error below 1e-13 for x up to 100, and relative error below 1e-14 beyond. */
export function lnGamma(x: number): number {
  // Γ(x) = Γ(x + 1) / x, until Stirling's series (Abramowitz & Stegun, 6.1.41) is exact enough.
  let product = 1;
  let y = x;
  for (; y < STIRLING_FROM; y++) product *= y;
  const inverse = 1 / y;
  const square = inverse * inverse;
  const series =
    inverse *
    (1 / 12 -
      square *
        (1 / 360 -
          square *
            (1 / 1260 - square * (1 / 1680 - square * (1 / 1188 - (square * 691) / 360360)))));
  return (y - 0.5) * ln(y) - y + HALF_LN_TWO_PI + series - ln(product);
}
