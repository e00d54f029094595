// Random times.
import { ln } from '../keyspace/maths.ts';
import type { Rng } from '../keyspace/rng.ts';

/** A gap between two events of a process without memory whose mean gap is `mean`. */
export function exponential(mean: number, rng: Rng): number {
  return -mean * ln((rng.uint32() + 1) / 4294967297);
}
