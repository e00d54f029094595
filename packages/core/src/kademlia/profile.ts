// Parameter sets, not forks: what distinguishes the Kademlia of the paper from the IPFS DHT is data.

import { PROVIDER_LIMITS } from '../store/provider-store.ts';
import type { QuotaLimits } from '../store/quota.ts';
import { VALUE_LIMITS } from '../store/value-store.ts';

/** What happens when a newcomer meets a full k-bucket. */
export type BucketPolicy =
  /** The least recently seen contact is pinged; the newcomer waits in the replacement cache (§2.2, §4.1). */
  | 'least-recently-seen'
  /** Whoever came first stays; the newcomer is turned away (go-libp2p-kbucket). */
  | 'seniority';

/** All parameters of a Kademlia network. Each default names its precedent. */
export interface Profile {
  readonly name: 'paper' | 'amino';
  /** Bits of a key: 160 in the paper, 256 on the IPFS DHT; small ones for tests. */
  readonly keyBits: number;
  /** Replication parameter: bucket size, results of a lookup, holders of a record. */
  readonly k: number;
  /** Requests of one lookup in flight at once. */
  readonly alpha: number;
  /** Requests of one lookup in flight at first; each that ends makes room for one more, up to alpha. */
  readonly initialAlpha: number;
  /** Disjoint paths of a lookup (S/Kademlia); 1 for an ordinary one. */
  readonly paths: number;
  /** How many of the closest contacts must have answered before a lookup stops converging. */
  readonly beta: number;
  readonly bucketPolicy: BucketPolicy;
  /** Contacts of one address group in a routing table, in one of its buckets, in an answer and in a lookup, at most. */
  readonly groupPerTableMax: number;
  readonly groupPerBucketMax: number;
  readonly groupPerAnswerMax: number;
  readonly groupPerLookupMax: number;
  /** Newcomers remembered per full bucket. */
  readonly replacementCacheMax: number;
  /** A contact of a full bucket is pinged only when it was silent for so long. */
  readonly questionableAfterMs: number;
  /** Whether a request proves its sender; if not, the sender is asked first. */
  readonly trustsRequests: boolean;
  /**
   * Whether providers are stored at, and looked for at, all nodes of the key's region (Sridhar et al. 2023; SR-DHT-Store, arXiv
   * 2505.01139), so that Sybils next to the key cannot hide them.
   */
  readonly regionStore: boolean;
  /** Whether a provide returns before its lookup has ended, once the size of the network is known. */
  readonly optimisticProvide: boolean;
  /** Whether a provider record is acknowledged; if not, the transport's word that it arrived has to do. */
  readonly acknowledgesProviders: boolean;
  /** An answer counts for so long after its request. */
  readonly requestTimeoutMs: number;
  /** A request is sent so often before it is given up; more often where messages are lost. */
  readonly requestAttempts: number;
  /** Whether an overdue request is sent again: over streams, which lose nothing, it is only waited for. */
  readonly repeatsRequests: boolean;
  /** An answer is overdue after so long, until round trips have been measured; and never before the second figure. */
  readonly firstSoftTimeoutMs: number;
  readonly leastSoftTimeoutMs: number;
  /** A bucket without a lookup for so long is refreshed. */
  readonly refreshIntervalMs: number;
  /** Whether a refresh begins with the lookup of the node's own key. */
  readonly refreshesSelf: boolean;
  /** A contact is pinged in every n-th refresh; 0 for never. */
  readonly probeEveryRefreshes: number;
  readonly valueLifetimeMs: number;
  readonly providerLifetimeMs: number;
  /** What one node holds for others at most. */
  readonly valueLimits: QuotaLimits;
  readonly providerLimits: QuotaLimits;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Kademlia as published (Maymounkov & Mazières, IPTPS 2002): k 20, alpha 3, 160 bits, hourly refresh, records for 24 h. */
export const PAPER: Profile = {
  name: 'paper',
  keyBits: 160,
  k: 20,
  alpha: 3,
  initialAlpha: 3,
  paths: 1,
  beta: 20,
  bucketPolicy: 'least-recently-seen',
  // The paper knows no such limit; an owner of many addresses can fill its tables.
  groupPerTableMax: Number.POSITIVE_INFINITY,
  groupPerBucketMax: Number.POSITIVE_INFINITY,
  groupPerAnswerMax: Number.POSITIVE_INFINITY,
  groupPerLookupMax: Number.POSITIVE_INFINITY,
  // The paper gives no size; libtorrent and rust-libp2p keep between one and k.
  replacementCacheMax: 20,
  // BEP 5 calls a contact questionable after 15 minutes without a sign of life.
  questionableAfterMs: 15 * MINUTE_MS,
  trustsRequests: true,
  regionStore: false,
  optimisticProvide: false,
  acknowledgesProviders: true,
  // §2.3 leaves the timeout open; 3 s for three attempts suits the round trips measured on the Internet (p99 0.41 s).
  requestTimeoutMs: 3_000,
  requestAttempts: 3,
  repeatsRequests: true,
  // TCP's first timeout (RFC 6298, section 2.1) and Linux's least one.
  firstSoftTimeoutMs: 1_000,
  leastSoftTimeoutMs: 200,
  refreshIntervalMs: HOUR_MS,
  refreshesSelf: false,
  probeEveryRefreshes: 0,
  valueLifetimeMs: 24 * HOUR_MS,
  providerLifetimeMs: 24 * HOUR_MS,
  valueLimits: VALUE_LIMITS,
  providerLimits: PROVIDER_LIMITS,
};

/** The IPFS DHT (go-libp2p-kad-dht amino/defaults.go, ipfs/specs kad-dht.md): beta 3, alpha 10, seniority. */
export const AMINO: Profile = {
  name: 'amino',
  keyBits: 256,
  k: 20,
  alpha: 10,
  // Go sends alpha requests at once, of which most go to nodes far from the target.
  initialAlpha: 5,
  paths: 1,
  beta: 3,
  bucketPolicy: 'seniority',
  // amino/defaults.go, and rt_diversity_filter.go for answers.
  groupPerTableMax: 3,
  groupPerBucketMax: 2,
  groupPerAnswerMax: 3,
  groupPerLookupMax: Number.POSITIVE_INFINITY,
  replacementCacheMax: 0,
  // Never asked in this policy: a failed request is what removes a contact.
  questionableAfterMs: Number.POSITIVE_INFINITY,
  trustsRequests: false,
  // Kubo's is on with its sweeping provider, and off without.
  regionStore: false,
  optimisticProvide: false,
  acknowledgesProviders: false,
  // Go's read timeout is 10 s, and it retries once.
  requestTimeoutMs: 10_000,
  requestAttempts: 3,
  repeatsRequests: true,
  firstSoftTimeoutMs: 1_000,
  leastSoftTimeoutMs: 200,
  refreshIntervalMs: 10 * MINUTE_MS,
  refreshesSelf: true,
  // Go pings whoever was silent for 43 minutes; without a clock for each contact, every fourth refresh comes to the same.
  probeEveryRefreshes: 4,
  valueLifetimeMs: 48 * HOUR_MS,
  providerLifetimeMs: 48 * HOUR_MS,
  valueLimits: VALUE_LIMITS,
  providerLimits: PROVIDER_LIMITS,
};

/** The profiles by name. */
export const PROFILES: Readonly<Record<Profile['name'], Profile>> = { paper: PAPER, amino: AMINO };
