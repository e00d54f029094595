// What a node measures of the network: how long an answer takes, and how often a message has to be sent.
//
// The soft timeout of a request follows from it, so that a lookup asks somebody else as soon as an answer
// is later than answers are, and not after the ten seconds that Go waits. Late answers count all the
// same. The estimator is TCP's (Jacobson 1988; RFC 6298), for all contacts of a node together: a lookup
// asks most of them once.
import { enlarge, grown } from './int-arena.ts';

/** Sendings of one request at most, however much is lost: with half of all messages lost, 99 of 100 requests get through. */
const ATTEMPTS_MAX = 16;

/** A request is given up when a loss as heavy as measured explains the silence in fewer than one case of a hundred. */
const DOUBT = 0.01;

// RFC 6298 section 2.3: the weights of a new sample in mean and deviation, and the deviations added to the mean.
const MEAN_WEIGHT = 1 / 8;
const DEVIATION_WEIGHT = 1 / 4;
const DEVIATIONS = 4;

// How much is lost: of the requests whose answer came to the first sending or the second, so many as that
// share were answered one sending later. This is exact however often a request is sent before it is given
// up, and whatever share of the contacts is dead. Old answers fade; at first, nothing seems to be lost.
const REMEMBERED = 1 - 1 / 64;
const FAITH = 2;
const COUNTED_ATTEMPTS = 3;

/** Beyond, it is hopeless. */
const LOSS_MAX = 0.9;

/** By how much the deviation grows when an answer comes after a repetition, and tells nothing of the round trip (RFC 6298, section 3: Karn). */
const DOUBT_GROWTH = 1.05;

/** Bounds of a soft timeout in milliseconds, and the sendings of a request where nothing is lost. */
export interface RequestTimes {
  readonly firstSoftTimeoutMs: number;
  readonly leastSoftTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly requestAttempts: number;
}

/** Measured round trips of a population: 24 bytes a node. */
export class RoundTrips {
  readonly #times: RequestTimes;
  /** Milliseconds; 0 before the first sample. */
  #means: Float32Array;
  #deviations: Float32Array;
  /** Answers to the first and second sending, and to the second and third. */
  #early: Float32Array;
  /** When the last message came, in milliseconds. */
  #heardAt: Float64Array;
  #late: Float32Array;

  constructor(times: RequestTimes, capacity: number) {
    this.#times = times;
    this.#means = new Float32Array(Math.max(1, capacity));
    this.#deviations = new Float32Array(Math.max(1, capacity));
    this.#early = new Float32Array(Math.max(1, capacity));
    this.#heardAt = new Float64Array(Math.max(1, capacity)).fill(Number.NEGATIVE_INFINITY);
    this.#late = new Float32Array(Math.max(1, capacity));
  }

  /** Whether any message has reached `node` since a time: if not, its own line may be down. */
  hasHeardSince(node: number, ms: number): boolean {
    return node < this.#heardAt.length && this.#heardAt[node]! >= ms;
  }

  /** Notes that a message reached `node`. */
  hear(node: number, now: number): void {
    if (node >= this.#means.length) this.#grow(node);
    this.#heardAt[node] = now;
  }

  /** A request of `node` was answered `ms` after it was sent first, when it had been sent `attempts` times. */
  observe(node: number, ms: number, attempts: number): void {
    if (node >= this.#means.length) this.#grow(node);
    if (attempts <= COUNTED_ATTEMPTS) {
      this.#early[node] = this.#early[node]! * REMEMBERED + (attempts < COUNTED_ATTEMPTS ? 1 : 0);
      this.#late[node] = this.#late[node]! * REMEMBERED + (attempts > 1 ? 1 : 0);
    }
    const mean = this.#means[node]!;
    if (attempts > 1) this.#deviations[node]! *= DOUBT_GROWTH;
    else if (mean === 0) {
      this.#means[node] = ms;
      this.#deviations[node] = ms / 2;
    } else {
      const error = ms - mean;
      const deviation = this.#deviations[node]!;
      this.#means[node] = mean + error * MEAN_WEIGHT;
      this.#deviations[node] = deviation + (Math.abs(error) - deviation) * DEVIATION_WEIGHT;
    }
  }

  /** Forgets what a node measured, as a restart does. */
  forget(node: number): void {
    if (node >= this.#means.length) return;
    this.#means[node] = 0;
    this.#deviations[node] = 0;
    this.#early[node] = 0;
    this.#late[node] = 0;
  }

  /** After how many milliseconds an answer is overdue. */
  softTimeoutMs(node: number): number {
    const { firstSoftTimeoutMs, leastSoftTimeoutMs, requestTimeoutMs } = this.#times;
    const mean = node < this.#means.length ? this.#means[node]! : 0;
    if (mean === 0) return firstSoftTimeoutMs;
    const timeout = mean + DEVIATIONS * this.#deviations[node]!;
    return Math.min(Math.max(timeout, leastSoftTimeoutMs), requestTimeoutMs);
  }

  /** How often a request is sent before it is given up: more often where more is lost. */
  attempts(node: number): number {
    const least = this.#times.requestAttempts;
    if (node >= this.#means.length) return least;
    const lost = Math.min(this.#late[node]! / (this.#early[node]! + FAITH), LOSS_MAX);
    let attempts = 1;
    for (let silence = lost; silence > DOUBT && attempts < ATTEMPTS_MAX; silence *= lost)
      attempts++;
    return Math.max(least, attempts);
  }

  #grow(node: number): void {
    const capacity = Math.max(node + 1, grown(this.#means.length));
    this.#means = enlarge(this.#means, capacity);
    this.#deviations = enlarge(this.#deviations, capacity);
    this.#early = enlarge(this.#early, capacity);
    const known = this.#heardAt.length;
    this.#heardAt = enlarge(this.#heardAt, capacity).fill(Number.NEGATIVE_INFINITY, known);
    this.#late = enlarge(this.#late, capacity);
  }
}
