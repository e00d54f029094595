// Joining the network: waiting for somebody who can be asked, and looking around while few are known.
import { NotStartedError } from '@libp2p/interface';
import pDefer from 'p-defer';
import type { DeferredPromise } from 'p-defer';
import { raceSignal } from 'race-signal';
import type { DhtHost } from './host.ts';
import { NODE } from './key-book.ts';
import { unref } from './timers.ts';

/** Milliseconds from one look around to the next at least, while few are known; rust-libp2p waits half a second. */
const LOOK_MS = 1_000;

/** How a node gets to know others. */
export class Joining {
  readonly #host: DhtHost;
  readonly #onFirst: () => void;
  #first: DeferredPromise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | null = null;
  #isRunning = false;
  #isFirst = true;
  #lookedAt = 0;

  /** `onFirst` is called when the first contact is there, after each start. */
  constructor(host: DhtHost, onFirst: () => void) {
    this.#host = host;
    this.#onFirst = onFirst;
  }

  start(): void {
    this.#isRunning = true;
    this.#isFirst = true;
    this.#host.watchTable();
  }

  /** Those who wait hear that nobody will come any more. */
  stop(): void {
    this.#isRunning = false;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#first?.reject(new NotStartedError('the DHT was stopped'));
    this.#first = null;
  }

  /** Resolves when somebody is known. */
  async somebody(signal: AbortSignal | undefined): Promise<void> {
    if (this.#first === null) {
      this.#first = pDefer<void>();
      // All contacts may have been lost since the first one came.
      this.#host.watchTable();
      // Those who wait hear of it; it may be that nobody does any more.
      this.#first.promise.catch(() => {});
    }
    const { promise } = this.#first;
    if (signal === undefined) return promise;
    await raceSignal(promise, signal);
  }

  /** Somebody has entered the routing table, in which there are few. */
  grown(): void {
    this.#first?.resolve();
    this.#first = null;
    if (this.#isFirst) this.#onFirst();
    const pause = this.#isFirst ? 0 : this.#lookedAt + LOOK_MS - this.#host.now();
    this.#isFirst = false;
    if (this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#look(), Math.max(0, pause));
    unref(this.#timer);
  }

  #look(): void {
    this.#timer = null;
    if (!this.#isRunning) return;
    this.#lookedAt = this.#host.now();
    this.#host.engine.start({ kind: 'bootstrap', node: NODE, seeds: [] }, this.#lookedAt);
  }
}
