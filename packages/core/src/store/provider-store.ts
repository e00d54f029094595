// Provider records: which nodes said that they have the content of a key, and until when.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { keyOf, nodeOf, placeOf } from './place.ts';

/** Providers of one key at one node at most; a popular key must not fill a node's memory. */
const PROVIDERS_PER_KEY_MAX = 1_000;

/** The provider records of a population of nodes. Holds a reference to the key of each. */
export class ProviderStore {
  readonly #keys: KeyTable;
  readonly #maximum: number;
  /** Place -> provider -> expiry. A `Map` keeps the order of insertion, so iteration is deterministic. */
  readonly #records = new Map<number, Map<KeyHandle, number>>();
  readonly #counts = new Map<number, number>();

  /** `maximum` bounds the records of one node. */
  constructor(keys: KeyTable, maximum: number) {
    this.#keys = keys;
    this.#maximum = maximum;
  }

  /** Keys with at least one provider, summed over all nodes. */
  get size(): number {
    return this.#records.size;
  }

  /** Adds or renews a provider; false when the node or the key has as many as it may. */
  add(node: number, key: KeyHandle, provider: KeyHandle, expiresAt: number): boolean {
    const place = placeOf(node, key);
    let providers = this.#records.get(place);
    if (providers === undefined) {
      if (this.#countOf(node) >= this.#maximum) return false;
      providers = new Map();
      this.#records.set(place, providers);
      this.#keys.retain(key);
    }
    if (!providers.has(provider)) {
      if (providers.size >= PROVIDERS_PER_KEY_MAX || this.#countOf(node) >= this.#maximum)
        return false;
      this.#counts.set(node, this.#countOf(node) + 1);
    }
    providers.set(provider, expiresAt);
    return true;
  }

  /** The live providers of a key at a node, oldest announcement first, into `out`; returns how many. */
  get(node: number, key: KeyHandle, now: number, out: Int32Array): number {
    const providers = this.#records.get(placeOf(node, key));
    if (providers === undefined) return 0;
    let found = 0;
    for (const [provider, expiresAt] of providers) {
      if (expiresAt > now && found < out.length) out[found++] = provider;
    }
    return found;
  }

  /** Removes the providers of a key whose time is over, and returns them. */
  expire(node: number, key: KeyHandle, now: number): KeyHandle[] {
    const place = placeOf(node, key);
    const providers = this.#records.get(place);
    if (providers === undefined) return [];
    const expired: KeyHandle[] = [];
    for (const [provider, expiresAt] of providers) if (expiresAt <= now) expired.push(provider);
    for (const provider of expired) providers.delete(provider);
    this.#counts.set(node, this.#countOf(node) - expired.length);
    if (providers.size === 0) {
      this.#records.delete(place);
      this.#keys.release(key);
    }
    return expired;
  }

  /** Removes all records of a node, as a restart without a disk does. Looks at every key there is. */
  forget(node: number): void {
    for (const place of this.#records.keys()) {
      if (nodeOf(place) !== node) continue;
      this.#records.delete(place);
      this.#keys.release(keyOf(place));
    }
    this.#counts.delete(node);
  }

  #countOf(node: number): number {
    return this.#counts.get(node) ?? 0;
  }
}
