// What happens before the workload when keys are besieged: honest nodes provide their content.
import type { Operation } from '../kademlia/operation.ts';
import type { Contents } from './contents.ts';

/** Milliseconds between two announcements: they shall not disturb each other. */
export const SIEGE_GAP_MS = 100;

/** Milliseconds that Sybils have to get into routing tables, after the last has joined and before the searches. */
export const SETTLE_MS = 60_000;

/** The besieged keys that wait for their content, are being provided, or have been. */
export class Siege {
  readonly #waiting: Uint8Array[];
  readonly #running = new Map<number, Uint8Array>();
  readonly #contents: Contents;

  constructor(keys: readonly Uint8Array[], contents: Contents) {
    this.#waiting = keys.toReversed();
    this.#contents = contents;
  }

  /** Whether every key has had its turn. */
  get isOver(): boolean {
    return this.#waiting.length === 0 && this.#running.size === 0;
  }

  /** The next key to provide, as operation `id`; `null` after the last. */
  next(id: number): Uint8Array | null {
    const key = this.#waiting.pop();
    if (key === undefined) return null;
    this.#running.set(id, key);
    return key;
  }

  /** An operation ended. Returns whether it was the last one of the siege. */
  ended(operation: Operation): boolean {
    const key = this.#running.get(operation.id);
    if (key === undefined) return false;
    this.#running.delete(operation.id);
    if (operation.outcome === 'stored') this.#contents.add(operation, key);
    return this.isOver;
  }
}
