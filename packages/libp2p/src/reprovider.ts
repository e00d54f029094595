// Announces what the node provides again before others forget it, region by region.
import type { Logger } from '@libp2p/interface';
import { sameBytes } from './bytes.ts';
import type { DhtHost } from './host.ts';
import { NODE } from './key-book.ts';
import { bytesOfPeerId } from './peers.ts';
import type { Records } from './records.ts';
import { unref } from './timers.ts';

/** What a reprovider works with. */
export interface ReproviderParts {
  readonly host: DhtHost;
  readonly records: Records;
  readonly log: Logger;
  readonly intervalMs: number;
  /** Milliseconds before its end at which a record is announced again. */
  readonly thresholdMs: number;
  /** Called before and after each round. */
  readonly tell: (what: 'reprovide:start' | 'reprovide:end') => void;
}

/** Looks now and then at what is due. */
export class Reprovider {
  readonly #parts: ReproviderParts;
  #timer: ReturnType<typeof setInterval> | null = null;
  #isLooking = false;

  constructor(parts: ReproviderParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#timer ??= setInterval(() => void this.look(), this.#parts.intervalMs);
    unref(this.#timer);
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Announces what is due; returns how much that is. Content whose record has ended is due all the same. */
  async look(): Promise<number> {
    const { tell, log, host } = this.#parts;
    if (this.#isLooking) return 0;
    this.#isLooking = true;
    tell('reprovide:start');
    try {
      const keys = await this.#due();
      // The node may have stopped meanwhile.
      if (keys.length > 0 && this.#timer !== null)
        host.engine.start({ kind: 'provideMany', node: NODE, keys }, host.now());
      return keys.length;
    } catch (error) {
      log.error('what is provided could not be announced again: %e', error);
      return 0;
    } finally {
      this.#isLooking = false;
      tell('reprovide:end');
    }
  }

  async #due(): Promise<Uint8Array[]> {
    const { records, host, thresholdMs } = this.#parts;
    const due: Uint8Array[] = [];
    const before = Date.now() + thresholdMs - host.lifetimes.provider;
    for await (const { multihash, provider, storedAt } of records.providers()) {
      if (!sameBytes(bytesOfPeerId(provider), host.self.bytes) || storedAt > before) continue;
      host.book.know(multihash, host.now());
      due.push(multihash);
    }
    return due;
  }
}
