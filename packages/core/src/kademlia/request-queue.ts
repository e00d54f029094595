// Requests that wait because their node has as many in flight as its budget allows: first come, first served.

interface Waiting {
  readonly slots: number[];
  readonly serials: number[];
  head: number;
}

/** The waiting requests of a population, by node. */
export class RequestQueue {
  readonly #waiting = new Map<number, Waiting>();

  /** Requests that wait at a node, some of which may have ended meanwhile. */
  size(node: number): number {
    const waiting = this.#waiting.get(node);
    return waiting === undefined ? 0 : waiting.slots.length - waiting.head;
  }

  push(node: number, slot: number, serial: number): void {
    let waiting = this.#waiting.get(node);
    if (waiting === undefined) {
      waiting = { slots: [], serials: [], head: 0 };
      this.#waiting.set(node, waiting);
    }
    waiting.slots.push(slot);
    waiting.serials.push(serial);
  }

  /** The slot of the request that waits longest and is still wanted, which leaves the queue; -1 when there is none. */
  shift(node: number, isWanted: (slot: number, serial: number) => boolean): number {
    const waiting = this.#waiting.get(node);
    if (waiting === undefined) return -1;
    while (waiting.head < waiting.slots.length) {
      const at = waiting.head++;
      if (isWanted(waiting.slots[at]!, waiting.serials[at]!)) return waiting.slots[at]!;
    }
    this.#waiting.delete(node);
    return -1;
  }
}
