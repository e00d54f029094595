// Distributions in a few numbers.

/** A distribution in four numbers; all 0 when there are no values. */
export interface Summary {
  readonly mean: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

/** Mean and quantiles (nearest rank), rounded to a thousandth. */
export function summarize(values: readonly number[]): Summary {
  if (values.length === 0) return { mean: 0, p50: 0, p90: 0, p99: 0 };
  const sorted = Float64Array.from(values).toSorted();
  const quantile = (q: number): number =>
    rounded(sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)]!);
  let sum = 0;
  for (const value of sorted) sum += value;
  return {
    mean: rounded(sum / sorted.length),
    p50: quantile(0.5),
    p90: quantile(0.9),
    p99: quantile(0.99),
  };
}

function rounded(value: number): number {
  return Math.round(value * 1000) / 1000;
}
