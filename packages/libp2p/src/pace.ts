// How often something may happen: a few times at once, and then only now and then.

/** A token bucket. */
export class Pace {
  readonly #burst: number;
  readonly #perSecond: number;
  #left: number;
  #at = Number.NEGATIVE_INFINITY;

  /** So many times at once, and so many times a second in the long run. */
  constructor(burst: number, perSecond: number) {
    this.#burst = burst;
    this.#perSecond = perSecond;
    this.#left = burst;
  }

  /** Whether it may happen now, at so many milliseconds; if so, it counts. */
  admit(now: number): boolean {
    const since = Math.max(0, now - this.#at);
    this.#left = Math.min(this.#burst, this.#left + (since / 1_000) * this.#perSecond);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
