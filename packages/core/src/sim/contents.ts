// What the nodes of a simulation provide, and whether it is found while its provider is there.
import { keyToHex } from '../keyspace/key.ts';
import type { KeyTable } from '../keyspace/key-table.ts';
import type { Rng } from '../keyspace/rng.ts';
import type { Operation } from '../kademlia/operation.ts';
import { summarize } from './summary.ts';
import type { Summary } from './summary.ts';

/** Keys that later operations can ask for, at most; the oldest are forgotten. */
export const REMEMBERED_MAX = 10_000;

/** How searches for content went whose provider was online from the announcement to the end of the search. */
export interface RetrievalReport {
  readonly searches: number;
  /** Share of them that found the honest provider. */
  readonly rate: number;
  /** Nodes asked. */
  readonly rpcs: Summary;
}

/** One piece of content. */
export interface Content {
  readonly number: number;
  readonly key: Uint8Array;
  readonly provider: number;
  /** The point of the keyspace, in hexadecimal. */
  readonly name: string;
  /** Whether the provider has been online ever since. */
  isAvailable: boolean;
}

/** All content of a simulation that can be looked for. */
export class Contents {
  readonly #keys: KeyTable;
  readonly #onlyAvailable: boolean;
  #list: Content[] = [];
  #nextNumber = 0;
  readonly #byNumber = new Map<number, Content>();
  readonly #byName = new Map<string, Content>();
  readonly #byProvider = new Map<number, Content[]>();
  #found = 0;
  readonly #rpcs: number[] = [];

  /** With `onlyAvailable`, content whose provider went offline is not looked for again. */
  constructor(keys: KeyTable, onlyAvailable: boolean) {
    this.#keys = keys;
    this.#onlyAvailable = onlyAvailable;
  }

  /** How many pieces there are to choose from. */
  get size(): number {
    return this.#list.length;
  }

  /** One of them. */
  pick(rng: Rng): Content {
    return this.#list[rng.below(this.#list.length)]!;
  }

  /** `operation` announced that its node has the content of `key`. */
  add(operation: Operation, key: Uint8Array): Content {
    const { node } = operation;
    const name = this.#nameOf(operation);
    const content = { number: this.#nextNumber++, key, provider: node, name, isAvailable: true };
    this.#list.push(content);
    this.#byNumber.set(content.number, content);
    this.#byName.set(content.name, content);
    const others = this.#byProvider.get(node);
    if (others === undefined) this.#byProvider.set(node, [content]);
    else others.push(content);
    if (this.#list.length > REMEMBERED_MAX) this.#forget(this.#list.shift()!);
    return content;
  }

  /** The content with this number, if it is remembered and its provider has been online ever since. */
  available(number: number): Content | undefined {
    return this.#byNumber.get(number);
  }

  /** A node went offline, and its content with it. */
  left(node: number): void {
    for (const content of this.#byProvider.get(node) ?? []) {
      content.isAvailable = false;
      this.#byNumber.delete(content.number);
    }
    if (!this.#byProvider.delete(node) || !this.#onlyAvailable) return;
    for (const content of this.#list) if (!content.isAvailable) this.#byName.delete(content.name);
    this.#list = this.#list.filter(({ isAvailable }) => isAvailable);
  }

  /** A search for providers ended: counts it if the provider is another node, and has been online all the time. */
  score(operation: Operation): void {
    const content = this.#byName.get(this.#nameOf(operation));
    if (content?.isAvailable !== true || content.provider === operation.node) return;
    this.#rpcs.push(operation.lookupRequests);
    if (operation.providers.includes(content.provider)) this.#found++;
  }

  /** How the searches went; `undefined` when there was none. */
  report(): RetrievalReport | undefined {
    const searches = this.#rpcs.length;
    if (searches === 0) return undefined;
    return { searches, rate: this.#found / searches, rpcs: summarize(this.#rpcs) };
  }

  #forget(content: Content): void {
    this.#byName.delete(content.name);
    this.#byNumber.delete(content.number);
    const others = this.#byProvider.get(content.provider);
    if (others !== undefined) others.splice(others.indexOf(content), 1);
  }

  #nameOf({ target }: Operation): string {
    return keyToHex(this.#keys.key(target));
  }
}
