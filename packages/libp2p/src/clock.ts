// The time of a node: milliseconds since 1970 that never go back.

/**
 * Follows the system's clock forwards, also over a sleep of the machine, and not when it is set back: a
 * node whose time stood still would wait for its timeouts for ever.
 */
export class Clock {
  #origin: number = Date.now() - performance.now();

  /** Milliseconds since 1970. */
  now(): number {
    const monotonic = this.#origin + performance.now();
    const wall = Date.now();
    if (wall <= monotonic) return monotonic;
    this.#origin += wall - monotonic;
    return wall;
  }
}
