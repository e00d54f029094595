// Budgets: what a node spends at most, on its own behalf and on that of others.
//
// A host that can tell senders who have proved their address from those who may be forged keeps budgets
// for each sort, so that a flood of forged senders uses up its own and not those of the proven.
import { assert } from '../keyspace/assert.ts';
import { checkBudgets } from './check-options.ts';
import { RateLimiter, Refusals, SourceLimiter } from './budget-rate.ts';
import type { Rate, Usage } from './budget-rate.ts';
import { enlarge, grown } from './int-arena.ts';

/** The limits of one node. */
export interface BudgetLimits {
  /** Bytes sent. A message that is larger than the burst is never sent. */
  readonly upload: Rate;
  /** Requests answered: in all, for one source, and for one group of sources (a /24, a /48). */
  readonly requests: Rate;
  readonly requestsPerSource: Rate;
  readonly requestsPerGroup: Rate;
  /** Sources, and groups, that are remembered at once by the whole population; a power of two. */
  readonly slots: number;
  /** Requests of its own that wait for an answer. */
  readonly requestsInFlight: number;
  readonly dialsInFlight: number;
}

/** Twice the 256 lookup checks that go-libp2p-kad-dht lets wait beside its lookups; dht-rpc stops at 80. */
const REQUESTS_IN_FLIGHT_MAX = 512;

/** go-libp2p's limit of dials that take a file descriptor (`ConcurrentFdDials`). */
const DIALS_IN_FLIGHT_MAX = 160;

/** 786 KB for each of the two tables: more sources than a node of the IPFS DHT has connections. */
const SLOTS = 65_536;

/** What OpenDHT answers in a second, from all sources. */
const REQUESTS: Rate = { perSecond: 8_192, burst: 8_192 };

/**
 * For senders that have proved who they are, over streams. 1 MB/s is twice what Kubo's users complained
 * of (kubo 2917: 2 GB an hour), with a burst of Go's largest message. One source may at once hand over
 * all the records that it may have with us (`PROVIDER_LIMITS`), as a sweep of the keyspace does; for
 * groups twice that, as there.
 */
export const STREAM_BUDGETS: BudgetLimits = {
  upload: { perSecond: 1_000_000, burst: 4_194_304 },
  requests: REQUESTS,
  requestsPerSource: { perSecond: 100, burst: 4_096 },
  requestsPerGroup: { perSecond: 200, burst: 8_192 },
  slots: SLOTS,
  requestsInFlight: REQUESTS_IN_FLIGHT_MAX,
  dialsInFlight: DIALS_IN_FLIGHT_MAX,
};

/**
 * For datagrams, whose senders may be forged. libtorrent's figures for a source: 5 a second, 50 at once;
 * it then bans for five minutes, we only drop. Twenty times that for a /24, behind which thousands of
 * subscribers of one provider may be. 64 kB/s bound what a forged sender can turn on a victim; libtorrent
 * sends 8 kB/s.
 */
export const DATAGRAM_BUDGETS: BudgetLimits = {
  upload: { perSecond: 64_000, burst: 64_000 },
  requests: REQUESTS,
  requestsPerSource: { perSecond: 5, burst: 50 },
  requestsPerGroup: { perSecond: 100, burst: 1_000 },
  slots: SLOTS,
  requestsInFlight: REQUESTS_IN_FLIGHT_MAX,
  dialsInFlight: DIALS_IN_FLIGHT_MAX,
};

/** Things of which a node has a limited number at once. What is admitted is released when it ends. */
export class InFlightLimiter {
  readonly #limit: number;
  #counts: Int32Array;
  readonly #refused = new Refusals();

  constructor(limit: number, capacity = 1) {
    this.#limit = limit;
    this.#counts = new Int32Array(Math.max(1, capacity));
  }

  admit(node: number): boolean {
    if (node >= this.#counts.length)
      this.#counts = enlarge(this.#counts, Math.max(node + 1, grown(this.#counts.length)));
    if (this.#counts[node]! >= this.#limit) {
      this.#refused.count(node);
      return false;
    }
    this.#counts[node]!++;
    return true;
  }

  /** Whether one more would be admitted; asking counts as no refusal. */
  hasRoom(node: number): boolean {
    return (this.#counts[node] ?? 0) < this.#limit;
  }

  release(node: number): void {
    assert(this.#counts[node]! > 0, 'only what was admitted is released');
    this.#counts[node]!--;
  }

  usage(node: number): Usage {
    return {
      used: this.#counts[node] ?? 0,
      limit: this.#limit,
      refused: this.#refused.of(node),
    };
  }
}

/** The budgets of a population, each node with its own. */
export class Budgets {
  readonly upload: RateLimiter;
  readonly requestsInFlight: InFlightLimiter;
  readonly dialsInFlight: InFlightLimiter;
  readonly #requests: RateLimiter;
  readonly #sources: SourceLimiter;
  readonly #groups: SourceLimiter;

  /** `random` gives 32 bits at a time, which nobody else knows. Throws a `RangeError` at limits that admit nothing. */
  constructor(limits: BudgetLimits, random: () => number, capacity = 1) {
    checkBudgets(limits);
    this.upload = new RateLimiter(limits.upload, capacity);
    this.requestsInFlight = new InFlightLimiter(limits.requestsInFlight, capacity);
    this.dialsInFlight = new InFlightLimiter(limits.dialsInFlight, capacity);
    this.#requests = new RateLimiter(limits.requests, capacity);
    this.#sources = new SourceLimiter(limits.requestsPerSource, limits.slots, random);
    this.#groups = new SourceLimiter(limits.requestsPerGroup, limits.slots, random);
  }

  /**
   * Whether a node answers a request; if not, it drops it without a word. The narrowest budget comes
   * first, so that one source in a group cannot use up what its neighbours have, nor one group what
   * everybody has. A negative source or group is unknown and has no budget of its own.
   */
  admitRequest(node: number, source: number, group: number, now: number): boolean {
    return (
      (source < 0 || this.#sources.admit(node, source, 1, now)) &&
      (group < 0 || this.#groups.admit(node, group, 1, now)) &&
      this.#requests.admit(node, 1, now)
    );
  }

  /** What a node uses of each budget, to be shown. */
  usage(node: number, now: number): BudgetUsage {
    return {
      upload: this.upload.usage(node, now),
      requests: this.#requests.usage(node, now),
      sources: this.#sources.usage(node, now),
      groups: this.#groups.usage(node, now),
      requestsInFlight: this.requestsInFlight.usage(node),
      dialsInFlight: this.dialsInFlight.usage(node),
    };
  }

  /** Forgets what a node spent; what is in flight still ends, and is released then. */
  forget(node: number): void {
    this.upload.forget(node);
    this.#requests.forget(node);
    this.#sources.forget(node);
    this.#groups.forget(node);
  }
}

/** What a node uses of each of its budgets. */
export interface BudgetUsage {
  readonly upload: Usage;
  readonly requests: Usage;
  readonly sources: Usage;
  readonly groups: Usage;
  readonly requestsInFlight: Usage;
  readonly dialsInFlight: Usage;
}
