// What peers have sent and nobody has read yet, in all: each may have a little, and all together no more
// than the node can afford. Whoever has most loses it first.

/** Bytes that wait on all streams together, at most. */
const TOTAL_BYTES_MAX = 16_777_216;

/** Somebody whose bytes wait. */
export interface Waiter {
  /** Throws away what waits. */
  cut(): void;
}

/** The bytes that wait. */
export class Waiting {
  readonly #limit: number;
  readonly #bytes = new Map<Waiter, number>();
  #total = 0;

  constructor(limit = TOTAL_BYTES_MAX) {
    this.#limit = limit;
  }

  /** Bytes that wait on all streams. */
  get total(): number {
    return this.#total;
  }

  /** Notes how many bytes wait at somebody; cuts whoever has most where it is too much in all. */
  set(waiter: Waiter, bytes: number): void {
    this.#total += bytes - (this.#bytes.get(waiter) ?? 0);
    if (bytes === 0) this.#bytes.delete(waiter);
    else this.#bytes.set(waiter, bytes);
    while (this.#total > this.#limit) {
      const [most] = [...this.#bytes].reduce((a, b) => (b[1] > a[1] ? b : a));
      this.set(most, 0);
      most.cut();
    }
  }
}
