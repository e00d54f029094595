// Requests that wait because their node has as many in flight as its budget allows: first come, first served.

interface Waiting {
  readonly slots: number[];
  readonly serials: number[];
  head: number;
}

/** Entries that have left the queue before it is worth moving the others up. */
const COMPACT_FROM = 64;

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

  /** The slot of the request that waits longest and is still wanted; it stays. -1 when there is none. */
  first(node: number, isWanted: (slot: number, serial: number) => boolean): number {
    const waiting = this.#waiting.get(node);
    if (waiting === undefined) return -1;
    for (; waiting.head < waiting.slots.length; waiting.head++) {
      const slot = waiting.slots[waiting.head]!;
      if (!isWanted(slot, waiting.serials[waiting.head]!)) continue;
      this.#compact(waiting);
      return slot;
    }
    this.#waiting.delete(node);
    return -1;
  }

  /** Takes the request out that `first` has found. */
  shift(node: number): void {
    this.#waiting.get(node)!.head++;
  }

  /** A queue that is never empty must not grow for ever. */
  #compact(waiting: Waiting): void {
    if (waiting.head < COMPACT_FROM || 2 * waiting.head < waiting.slots.length) return;
    waiting.slots.splice(0, waiting.head);
    waiting.serials.splice(0, waiting.head);
    waiting.head = 0;
  }
}
