// The engine's timers, which it sets and never takes back.
import type { Clock } from './clock.ts';

/** What platforms take for a delay at most: 2^31 - 1 milliseconds, some 25 days. */
const DELAY_MAX = 2_147_483_647;

type Handle = ReturnType<typeof setTimeout>;

/** Rings on time, and not before. */
export class Timers {
  readonly #clock: Clock;
  readonly #ring: (kind: number, a: number, b: number) => void;
  readonly #running = new Set<Handle>();
  #isStopped = false;

  constructor(clock: Clock, ring: (kind: number, a: number, b: number) => void) {
    this.#clock = clock;
    this.#ring = ring;
  }

  /** Calls back at a time, with what it is given. A timer alone keeps no process alive. */
  set(atMs: number, kind: number, a: number, b: number): void {
    if (this.#isStopped) return;
    const delay = Math.min(Math.max(0, Math.ceil(atMs - this.#clock.now())), DELAY_MAX);
    const handle: Handle = setTimeout(() => {
      this.#running.delete(handle);
      // Platforms round, and ring up to a millisecond early.
      if (this.#clock.now() < atMs) this.set(atMs, kind, a, b);
      else this.#ring(kind, a, b);
    }, delay);
    unref(handle);
    this.#running.add(handle);
  }

  /** Lets timers be set again after a stop. */
  start(): void {
    this.#isStopped = false;
  }

  /** Forgets all timers, and takes no more. */
  stop(): void {
    this.#isStopped = true;
    for (const handle of this.#running) clearTimeout(handle);
    this.#running.clear();
  }
}

/** In Node, a timer says whether the process waits for it; in browsers it is a number. */
export function unref(handle: unknown): void {
  if (typeof handle === 'object' && handle !== null && 'unref' in handle)
    (handle as { unref: () => void }).unref();
}
