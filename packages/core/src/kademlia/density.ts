// Whether a neighbourhood is denser than chance allows, which is how Sybils next to a key show (Sridhar
// et al. 2023, CVE-2023-26248), and distances that hold a wanted number of nodes.
//
// With N known, the number of nodes within x of a target is a Poisson variable of mean N x. A lookup
// that found its r-th closest contact at x_r therefore speaks for N = r / x_r, the lookups behind the
// estimate of the size (`shape` contacts in `shape` / N of keyspace) for N; how much better two
// different densities explain both than a common one is the logarithm of their likelihood ratio:
//
//   r ln (r / y) - (r + s) ln ((r + s) / (y + s))   with y = N x_r, s = shape, in nats
//
// This takes the error of the estimate into account, and for a perfect one is r ln (r / y) - (r - y).
// Sybils that crowd around the key show at a low rank, Sybils that hide among the honest nodes at the last
// one only. So all ranks from a fifth of the last one on are looked at, but each except the last must be
// four nats better: there are many of them for chance to choose from, and what they add to the false
// alarms the last one has to give back. Alarms in percent, at one false alarm in 2,000 for every
// method, with k = 20, N = 10,000 and a size known from 16 lookups (20,000 trials for each attack;
// M nodes nearer than all honest ones, or M hidden evenly within 20 / N):
//
//                                    8 near  10 near  15 near  20 near  20 hidden  45 hidden
//   the last rank only                 14.5     32.8     91.5    99.97       21.8       95.4
//   all ranks alike (least p)          82.0     92.3     99.3    99.92        8.7       79.7
//   KL divergence of prefix lengths    45.7     68.1     95.5    99.56        1.0       28.8
//   here                               75.4     88.4     98.9    99.97       19.9       94.5
import { gammaLowerInverse, gammaUpperInverse } from '../keyspace/gamma.ts';
import { ln } from '../keyspace/maths.ts';
import type { Neighbourhood, NetworkSize } from './network-size.ts';

/**
 * A surprise from here on is an alarm. Chance goes so far in 4 of 10,000 lookups, whether they found 8
 * contacts or 64, in networks of 1,000 to 100,000 nodes and with an estimate from 5 lookups or from 16; in
 * smaller networks less often.
 */
const ALARM_NATS = 6;
/** What a rank below the last one must exceed besides. */
const HANDICAP_NATS = 4;
/** The lowest rank that is looked at is one in so many; fewer Sybils leave four fifths of the holders honest. */
const LOWEST_SHARE = 5;
/** Fewer contacts than a bucket of Mainline has are a failed lookup, not a neighbourhood. */
const CONTACTS_MIN = 8;

/**
 * How surprising the density around a target is, in nats; zero when it is no denser than elsewhere. The
 * more contacts are given, the worse Sybils hide: of attacks with 20 hidden ones, 40 contacts show 63 %
 * where 20 show 18 %. Ask before the lookup is observed for the estimate, lest it speak for itself. Takes no
 * memory, and logarithms at two or three ranks only.
 */
export function surprise(found: Neighbourhood, size: NetworkSize): number {
  const { distances, count } = found;
  const { nodes, shape } = size;
  // A node whose id is the target is not there by chance.
  let first = 0;
  while (first < count && distances[first] === 0) first++;
  const last = count - first;
  if (last < CONTACTS_MIN) return 0;
  let most = excess(last, nodes * distances[count - 1]!, shape);
  for (let rank = Math.ceil(last / LOWEST_SHARE); rank < last; rank++) {
    const expected = nodes * distances[first + rank - 1]!;
    const missing = rank - expected;
    // ln u < (u - 1 / u) / 2 bounds the excess, so that few ranks cost logarithms.
    if (missing <= 0 || missing * missing <= 2 * expected * (most + HANDICAP_NATS)) continue;
    most = Math.max(most, excess(rank, expected, shape) - HANDICAP_NATS);
  }
  return most;
}

/** Whether a surprise is too large for chance. */
export function isTooDense(surprise: number): boolean {
  return surprise >= ALARM_NATS;
}

/** The logarithm of the likelihood ratio of two densities against one; 0 when there are no more than expected. */
function excess(rank: number, expected: number, shape: number): number {
  if (expected >= rank) return 0;
  return rank * ln(rank / expected) - (rank + shape) * ln((rank + shape) / (expected + shape));
}

/** In one region of a hundred there are fewer nodes than wanted, if the size of the network is right. */
const REGION_RISK = 0.01;

/**
 * The distance, as a fraction of the keyspace, within which `expected` nodes or more lie with 99 %
 * probability; for 20 of them it holds 31.8 on average, about as many as a region of Sridhar et al., the
 * prefix that holds 20 to 40. Whoever stores at all nodes within it, however many there are, stores at the
 * honest ones too: Sybils can be closer, but they cannot make it smaller.
 */
export function regionRadius(nodes: number, expected: number): number {
  return Math.min(1, gammaUpperInverse(expected, REGION_RISK) / nodes);
}

/** How many nodes lie within a distance of a key on average, in a network of so many. */
export function expectedInRegion(nodes: number, radius: number): number {
  return nodes * radius;
}

/** When an optimistic provide need not wait for the end of its lookup; distances as fractions of the keyspace. */
export interface OptimisticThresholds {
  /** A contact that is closer is one of the k closest with 90 % probability. */
  readonly individual: number;
  /** The k closest contacts known are the k closest there are when their mean distance is smaller. */
  readonly set: number;
}

/**
 * The thresholds of go-libp2p-kad-dht (lookup_optim.go), which for k = 20 are 14.53 / N and 15.41 / N: the
 * 10 % quantile of the k-th distance, and the 90 % quantile of a Gamma variable of shape k / 2 + 1, which
 * Go takes for the mean of k distances.
 */
export function optimisticThresholds(nodes: number, k: number): OptimisticThresholds {
  return {
    individual: gammaLowerInverse(k, 0.1) / nodes,
    set: gammaLowerInverse(k / 2 + 1, 0.9) / nodes,
  };
}
