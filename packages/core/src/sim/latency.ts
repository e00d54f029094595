// How long a message travels.
import type { Rng } from '../keyspace/rng.ts';
import { exp, ln, normalQuantile } from '../keyspace/maths.ts';

/** A distribution of round-trip times, in milliseconds. One way takes half of an independent draw. */
export type Latency =
  | { readonly model: 'constant'; readonly rttMs: number }
  | { readonly model: 'uniform'; readonly minRttMs: number; readonly maxRttMs: number }
  | { readonly model: 'lognormal'; readonly medianRttMs: number; readonly sigma: number }
  /** Six regions of the Internet with measured delays between them. */
  | { readonly model: 'regions' };

/** Regions of the `regions` model. */
export const REGIONS = [
  'North America',
  'Europe',
  'South America',
  'Asia Pacific',
  'Japan',
  'Australia',
] as const;

// One-way delays in milliseconds between and within the regions, and the share of nodes in each:
// measurements of 2019 published with SimBlock (dsg-titech/simblock, NetworkConfiguration.java).
const DELAYS_MS = [
  [32, 124, 184, 198, 151, 189],
  [124, 11, 227, 237, 252, 294],
  [184, 227, 88, 325, 301, 322],
  [198, 237, 325, 85, 58, 198],
  [151, 252, 301, 58, 12, 126],
  [189, 294, 322, 198, 126, 16],
] as const;
const SHARES = [0.3316, 0.4998, 0.009, 0.1177, 0.0224, 0.0195] as const;

/** No message takes longer, one way: a tail without end would only add timeouts. */
const ONE_WAY_MAX_MS = 5_000;

// Delays are drawn from a table of 2^12 quantiles: computing each would take longer than its message.
const QUANTILE_SHIFT = 20;
const QUANTILES = 4096;

/** Draws the delays of one network. */
export class LatencyModel {
  readonly #latency: Latency;
  readonly #rng: Rng;
  readonly #regions: Uint8Array;
  readonly #quantiles: Float64Array;

  constructor(latency: Latency, nodes: number, rng: Rng) {
    this.#latency = latency;
    this.#rng = rng;
    this.#quantiles =
      latency.model === 'lognormal' ? lognormalQuantiles(latency) : new Float64Array(0);
    this.#regions = new Uint8Array(latency.model === 'regions' ? nodes : 0);
    for (let node = 0; node < this.#regions.length; node++)
      this.#regions[node] = drawRegion(rng.fraction());
  }

  /** The region of a node; -1 in models without regions. */
  region(node: number): number {
    return this.#regions[node] ?? -1;
  }

  /** Milliseconds from `from` to `to`. */
  oneWayMs(from: number, to: number): number {
    const latency = this.#latency;
    switch (latency.model) {
      case 'constant':
        return latency.rttMs / 2;
      case 'uniform':
        return (
          (latency.minRttMs + this.#rng.fraction() * (latency.maxRttMs - latency.minRttMs)) / 2
        );
      case 'lognormal':
        return this.#quantiles[this.#rng.uint32() >>> QUANTILE_SHIFT]!;
      case 'regions': {
        const delay = DELAYS_MS[this.#regions[from]!]![this.#regions[to]!]!;
        // Jitter of up to a tenth: the median ratio of deviation to mean between cities is smaller, its p90 larger.
        return delay * (1 + 0.1 * this.#rng.fraction());
      }
    }
  }
}

function drawRegion(fraction: number): number {
  let left = fraction;
  for (let region = 0; region < SHARES.length; region++) {
    left -= SHARES[region]!;
    if (left < 0) return region;
  }
  return 0;
}

/** One-way delays at the middle of each of the equally likely intervals. */
function lognormalQuantiles(latency: {
  readonly medianRttMs: number;
  readonly sigma: number;
}): Float64Array {
  const quantiles = new Float64Array(QUANTILES);
  const mu = ln(latency.medianRttMs / 2);
  for (let i = 0; i < QUANTILES; i++) {
    const delay = exp(mu + latency.sigma * normalQuantile((i + 0.5) / QUANTILES));
    quantiles[i] = Math.min(delay, ONE_WAY_MAX_MS);
  }
  return quantiles;
}
