// Value records: who stored what at which node, and until when.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { keyOf, nodeOf, placeOf } from './place.ts';

/** A value and its key, as they travel. Never changed once made. */
export interface ValueRecord {
  /** The key as the application writes it, before it is hashed into the keyspace. */
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** A record as a node holds it. */
export interface StoredValue {
  readonly record: ValueRecord;
  readonly storedAt: number;
  readonly expiresAt: number;
}

/** The value records of a population of nodes. Holds a reference to the key of each. */
export class ValueStore {
  readonly #keys: KeyTable;
  readonly #maximum: number;
  readonly #records = new Map<number, StoredValue>();
  readonly #counts = new Map<number, number>();

  /** `maximum` bounds the records of one node. */
  constructor(keys: KeyTable, maximum: number) {
    this.#keys = keys;
    this.#maximum = maximum;
  }

  /** Records held by all nodes together. */
  get size(): number {
    return this.#records.size;
  }

  get(node: number, key: KeyHandle, now: number): StoredValue | null {
    const stored = this.#records.get(placeOf(node, key));
    return stored === undefined || stored.expiresAt <= now ? null : stored;
  }

  /** Stores or replaces a record; false when the node holds as many as it may. */
  put(node: number, key: KeyHandle, stored: StoredValue): boolean {
    const place = placeOf(node, key);
    if (!this.#records.has(place)) {
      const count = this.#counts.get(node) ?? 0;
      if (count >= this.#maximum) return false;
      this.#counts.set(node, count + 1);
      this.#keys.retain(key);
    }
    this.#records.set(place, stored);
    return true;
  }

  /** Removes the record if its time is over; true when it was removed. */
  expire(node: number, key: KeyHandle, now: number): boolean {
    const place = placeOf(node, key);
    const stored = this.#records.get(place);
    if (stored === undefined || stored.expiresAt > now) return false;
    this.#records.delete(place);
    this.#counts.set(node, this.#counts.get(node)! - 1);
    this.#keys.release(key);
    return true;
  }

  /** Removes all records of a node, as a restart without a disk does. Looks at every record there is. */
  forget(node: number): void {
    for (const place of this.#records.keys()) {
      if (nodeOf(place) !== node) continue;
      this.#records.delete(place);
      this.#keys.release(keyOf(place));
    }
    this.#counts.delete(node);
  }
}
