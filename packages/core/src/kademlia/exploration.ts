// Exploring a region of the keyspace: finding every node whose key begins with a prefix.
//
// A lookup that ended returns the k closest nodes to its target, so no other node is closer than the last
// of them: it *covers* the subtree around the target in which everybody is closer than that. What is left
// of the region are the siblings of that subtree on the way up, and each of them is explored in the same
// way. It takes about one and a half lookups for every k nodes of the region, however they lie: the
// region of a key that Sybils crowd around, the regions of a reproviding sweep (go-libp2p-kad-dht,
// provider.go), and the whole keyspace, which is a crawl.
import { commonPrefixLength } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';

/** Lookups for one region at most; Go gives up after as many. */
export const REGION_LOOKUPS_MAX = 64;

/** Subtrees in which fewer nodes than this are to be expected are taken for empty. */
const EXPECTED_MIN = 1 / 64;

/** What an exploration works with. */
export interface ExplorationParts {
  readonly keys: KeyTable;
  readonly k: number;
  /** `Host.askable`. */
  readonly askable: (point: Key, length: number) => Key | null;
}

/** What is to be explored. */
export interface ExplorationOrder {
  /** The first `length` bits of this key are the prefix of the region; lookups begin at the key itself. */
  readonly key: Key;
  readonly length: number;
  /** Nodes in the whole network, estimated: what is too small to hold one is not looked into. */
  readonly networkSize: number;
  readonly lookupsMax: number;
}

interface Subtree {
  readonly key: Key;
  readonly length: number;
}

/** One exploration: says what to look up next, several keys at once if wanted, and learns from what was found. */
export class Exploration {
  /** Nodes of the region that answered, in the order in which they were found. */
  readonly found: KeyHandle[] = [];
  /** Lookups so far. */
  lookups = 0;
  readonly #keys: KeyTable;
  readonly #order: ExplorationOrder;
  readonly #k: number;
  readonly #askable: ExplorationParts['askable'];
  readonly #known = new Set<KeyHandle>();
  readonly #open: Subtree[];
  readonly #running = new Map<KeyHandle, Subtree>();

  constructor(parts: ExplorationParts, order: ExplorationOrder) {
    this.#keys = parts.keys;
    this.#k = parts.k;
    this.#askable = parts.askable;
    this.#order = order;
    const { key, length } = order;
    this.#open = [{ key: parts.askable(key, length) ?? key, length }];
  }

  /** Names all nodes that were found, of the region or not. */
  eachContact(visit: (contact: KeyHandle) => void): void {
    for (const contact of this.#known) visit(contact);
  }

  /** Whether the region is covered, or has cost as many lookups as it may. */
  get isDone(): boolean {
    return this.#running.size === 0 && !this.#mayGoOn;
  }

  get #mayGoOn(): boolean {
    return this.#open.length > 0 && this.lookups < this.#order.lookupsMax;
  }

  /** The key to look up next, interned: `learn` releases it; -1 when there is none, for now or for good. */
  next(): KeyHandle {
    if (!this.#mayGoOn) return -1;
    const subtree = this.#open.pop()!;
    this.lookups++;
    const target = this.#keys.intern(subtree.key);
    this.#running.set(target, subtree);
    return target;
  }

  /** What the lookup of a key that `next` returned found: the closest nodes, nearest first. */
  learn(target: KeyHandle, closest: readonly KeyHandle[]): void {
    const subtree = this.#running.get(target);
    if (subtree === undefined) return;
    this.#running.delete(target);
    this.#keys.release(target);
    for (const node of closest) this.#note(node);
    // With fewer than k nodes there are no others.
    if (closest.length < this.#k) {
      this.#open.length = 0;
      return;
    }
    const farthest = this.#keys.key(closest[closest.length - 1]!);
    const covered = commonPrefixLength(subtree.key, farthest) + 1;
    // From the root of the subtree down, so that what lies next to the covered part is looked up next.
    for (let length = subtree.length + 1; length <= covered; length++)
      this.#openSibling(subtree.key, length);
  }

  /** Gives up what is still being looked up. */
  close(): void {
    for (const target of this.#running.keys()) this.#keys.release(target);
    this.#running.clear();
    this.#open.length = 0;
  }

  /** The keyspace that shares all but the last bit of a prefix of `key`. */
  #openSibling(key: Key, length: number): void {
    if (length > this.#keys.keyBits || this.#isTooSmall(length)) return;
    const sibling = key.slice();
    const bit = length - 1;
    sibling[bit >>> 3]! ^= 0x80 >>> (bit & 7);
    const askable = this.#askable(sibling, length);
    if (askable !== null) this.#open.push({ key: askable, length });
  }

  #isTooSmall(length: number): boolean {
    let expected = this.#order.networkSize;
    for (let bit = 0; bit < length && expected >= EXPECTED_MIN; bit++) expected /= 2;
    return expected < EXPECTED_MIN;
  }

  #note(node: KeyHandle): void {
    if (this.#known.has(node)) return;
    this.#known.add(node);
    if (commonPrefixLength(this.#order.key, this.#keys.key(node)) >= this.#order.length)
      this.found.push(node);
  }
}

/** The length of the longest prefix that an average of at least `nodes` share, in a network of `networkSize`. */
export function regionLength(networkSize: number, nodes: number): number {
  let length = 0;
  for (let expected = networkSize / 2; expected >= nodes; expected /= 2) length++;
  return length;
}
