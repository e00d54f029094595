// Connections between nodes, for networks whose messages travel over streams: whoever has none dials first.
//
// A node keeps the connections that it used last, as connection managers do. A dial takes no time of its
// own here: it is counted, and bounded by the engine's budget.

/** Who is connected to whom. */
export class Connections {
  readonly #max: number;
  /** The others of each node, the one used last at the end. */
  readonly #others = new Map<number, Set<number>>();

  /** A node keeps `max` connections. */
  constructor(max: number) {
    this.#max = max;
  }

  has(node: number, other: number): boolean {
    return this.#others.get(node)?.has(other) === true;
  }

  /** A message has passed between two nodes: they are connected now, and it was their latest connection. */
  use(node: number, other: number): void {
    this.#touch(node, other);
    this.#touch(other, node);
  }

  /** A node goes offline. */
  close(node: number): void {
    for (const other of this.#others.get(node) ?? []) this.#others.get(other)?.delete(node);
    this.#others.delete(node);
  }

  #touch(node: number, other: number): void {
    let others = this.#others.get(node);
    if (others === undefined) {
      others = new Set();
      this.#others.set(node, others);
    }
    others.delete(other);
    others.add(other);
    if (others.size <= this.#max) return;
    const [oldest] = others;
    others.delete(oldest!);
    this.#others.get(oldest!)?.delete(node);
  }
}
