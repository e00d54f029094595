// Finds the way into a network, and back into it: as long as few nodes are known, two of the bootstrap nodes are
// dialed, after 5 s again, and ever more seldom (go-libp2p-kad-dht, dht_bootstrap.go, asks two of them every
// 2 minutes as long as its table has at most 10 contacts).
import type { Multiaddr } from '@multiformats/multiaddr';

/** What it works with. */
export interface BootstrapParts {
  readonly addresses: readonly Multiaddr[];
  /** Contacts that are known now. */
  readonly known: () => number;
  readonly dial: (address: Multiaddr, signal: AbortSignal) => Promise<unknown>;
  /** Told when nobody could be reached, and nobody else is known. */
  readonly onAlone: (reason: string) => void;
  readonly firstWaitMs?: number;
}

const KNOWN_MIN = 10;
const AT_ONCE = 2;
const FIRST_WAIT_MS = 5_000;
const LONGEST_WAIT_MS = 120_000;
const DIAL_TIMEOUT_MS = 15_000;

/** Keeps a node in its network. */
export class Bootstrapper {
  readonly #parts: BootstrapParts;
  readonly #stopped = new AbortController();
  #timer: ReturnType<typeof setTimeout> | null = null;
  #waitMs: number;
  #next: number;
  #isAlone = false;

  constructor(parts: BootstrapParts) {
    this.#parts = parts;
    this.#waitMs = parts.firstWaitMs ?? FIRST_WAIT_MS;
    this.#next = Math.floor(Math.random() * Math.max(1, parts.addresses.length));
  }

  /** Looks for others; resolves after the first attempt. */
  async start(): Promise<void> {
    if (this.#parts.addresses.length > 0) await this.#look();
  }

  stop(): void {
    this.#stopped.abort(new Error('the node is stopping'));
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  async #look(): Promise<void> {
    const { addresses, known, dial, onAlone } = this.#parts;
    if (known() <= KNOWN_MIN) {
      const chosen = Array.from(
        { length: Math.min(AT_ONCE, addresses.length) },
        () => addresses[this.#next++ % addresses.length]!,
      );
      const signal = AbortSignal.any([this.#stopped.signal, AbortSignal.timeout(DIAL_TIMEOUT_MS)]);
      const outcomes = await Promise.allSettled(chosen.map((address) => dial(address, signal)));
      const failed = outcomes.filter((one) => one.status === 'rejected');
      if (this.#stopped.signal.aborted) return;
      const isAlone = failed.length === outcomes.length && known() === 0;
      // Said once, not at every attempt.
      if (isAlone && !this.#isAlone) onAlone((failed[0]!.reason as Error).message.split('\n')[0]!);
      this.#isAlone = isAlone;
    }
    this.#timer = setTimeout(() => void this.#look(), this.#waitMs);
    this.#timer.unref();
    this.#waitMs = Math.min(this.#waitMs * 2, LONGEST_WAIT_MS);
  }
}
