// Writes in the order in which they were asked for: a disk that is given two for the same name at a time
// may well carry out the second one first.
import pDefer from 'p-defer';
import type { DeferredPromise } from 'p-defer';

/** The writes of one name. */
interface Lane {
  /** What is to be written when the disk is done with what came before; only the last word counts. */
  next: (() => Promise<void>) | null;
  /** Settles with the write that is next. */
  ended: DeferredPromise<void> | null;
}

/** Writes to a disk, one at a time for each name. */
export class WriteLanes {
  readonly #lanes = new Map<string, Lane>();
  #idle: DeferredPromise<void> | null = null;

  /** Names that are being written now. */
  get size(): number {
    return this.#lanes.size;
  }

  /** Writes as soon as what came before under the same name is written. Whoever is overtaken hears how the later write ends. */
  write(name: string, write: () => Promise<void>): Promise<void> {
    const lane = this.#lanes.get(name);
    if (lane !== undefined) {
      lane.next = write;
      lane.ended ??= pDefer<void>();
      return lane.ended.promise;
    }
    const opened: Lane = { next: null, ended: null };
    this.#lanes.set(name, opened);
    const first = write();
    void this.#follow(name, opened, first);
    return first;
  }

  /** Resolves when nothing is being written. */
  async settled(): Promise<void> {
    if (this.size === 0) return;
    this.#idle ??= pDefer<void>();
    await this.#idle.promise;
  }

  async #follow(name: string, lane: Lane, first: Promise<void>): Promise<void> {
    await first.catch(ignore);
    while (lane.next !== null) {
      const { next, ended } = lane;
      lane.next = null;
      lane.ended = null;
      const write = next();
      await write.then(ended!.resolve, ended!.reject);
    }
    this.#lanes.delete(name);
    if (this.size > 0) return;
    this.#idle?.resolve();
    this.#idle = null;
  }
}

/** Failures are heard by whoever asked for the write. */
function ignore(): void {}
