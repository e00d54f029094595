// The accelerated client (go-libp2p-kad-dht's fullrt): a node that knows the whole network needs no lookups.
//
// It crawls the network now and then, keeps all nodes in a trie, and turns each operation into requests to
// the nodes that are closest to its key. Go asks every node for each of its buckets; an exploration takes one
// and a half lookups for every k nodes, an eighth of the requests. While the first crawl runs, operations
// look up as usual.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { KeyTrieBuilder } from '../keyspace/key-trie.ts';
import { hashKey } from './hash-key.ts';
import type { Kademlia } from './kademlia.ts';
import type { Command, OperationEvent } from './operation.ts';

/** Milliseconds from one crawl to the next, as in Go. */
const CRAWL_INTERVAL_MS = 3_600_000;

/** Lookups of a crawl at once. */
const PARALLEL = 8;

/** Requests of a crawl per second on average, so that nobody's router fails (kubo #10192); Go opens 200 connections at once. */
const REQUESTS_PER_SECOND = 200;

/** What an accelerated client is made of. */
export interface AcceleratedOptions {
  readonly engine: Kademlia;
  readonly keys: KeyTable;
  readonly node: number;
  readonly k: number;
  readonly crawlIntervalMs?: number;
  readonly parallel?: number;
  readonly requestsPerSecond?: number;
}

/** One node's knowledge of the whole network. */
export class AcceleratedClient {
  readonly #options: Required<AcceleratedOptions>;
  /** What the last complete crawl found, and what the one that runs has found. */
  #known: KeyTrieBuilder;
  #found: KeyTrieBuilder;
  #crawl = -1;
  #crawledAt = Number.NEGATIVE_INFINITY;

  constructor(options: AcceleratedOptions) {
    this.#options = {
      crawlIntervalMs: CRAWL_INTERVAL_MS,
      parallel: PARALLEL,
      requestsPerSecond: REQUESTS_PER_SECOND,
      ...options,
    };
    this.#known = new KeyTrieBuilder(options.keys);
    this.#found = this.#known;
  }

  /** Whether a crawl has been completed: operations need no lookups from then on. */
  get isReady(): boolean {
    return this.#known.size > 0;
  }

  /** Nodes known from the last complete crawl. */
  get size(): number {
    return this.#known.size;
  }

  /** Starts a crawl if none is running and the last one is old enough; says whether it did. */
  crawl(now: number): boolean {
    const { engine, keys, node, parallel, requestsPerSecond, crawlIntervalMs } = this.#options;
    if (this.#crawl >= 0 || now - this.#crawledAt < crawlIntervalMs) return false;
    const prefix: Key = new Uint8Array(keys.keyBytes);
    this.#found = new KeyTrieBuilder(keys);
    this.#crawl = engine.nextOperation;
    engine.start({ kind: 'explore', node, prefix, length: 0, parallel, requestsPerSecond }, now);
    return true;
  }

  /** Takes what the host hears of operations; says whether it was about the crawl. */
  hear(event: OperationEvent): boolean {
    if (event.operation.id !== this.#crawl) return false;
    if (event.type === 'nodes') for (const node of event.nodes) this.#found.insert(node);
    if (event.type !== 'finished') return true;
    this.#crawl = -1;
    if (event.operation.outcome === 'found') {
      this.#known = this.#found;
      this.#crawledAt = event.now;
    }
    return true;
  }

  /** A node proved to be gone. */
  forget(contact: KeyHandle): void {
    this.#known.remove(contact);
  }

  /** The `count` nodes of the whole network that are closest to a point, nearest first. */
  closest(target: KeyHandle, count: number): KeyHandle[] {
    const out = new Int32Array(count);
    const found = this.#known.build().closest(target, count, out);
    return [...out.subarray(0, found)];
  }

  /** The command with the nodes that it concerns, where they are known: it asks them, and looks nobody up. */
  accelerate(command: Command): Command {
    if (!this.isReady) return command;
    switch (command.kind) {
      case 'provide':
      case 'findProviders':
      case 'putValue':
      case 'getValue':
        return { ...command, contacts: this.#closestTo(command.key) };
      case 'provideMany':
        return { ...command, contacts: [...this.#known.build()] };
      default:
        return command;
    }
  }

  #closestTo(key: Uint8Array): KeyHandle[] {
    const { keys, k } = this.#options;
    const target = keys.intern(hashKey(key, keys.keyBytes));
    const contacts = this.closest(target, k);
    keys.release(target);
    return contacts;
  }
}
