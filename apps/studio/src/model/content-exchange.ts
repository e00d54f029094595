// A file through the network: cut, kept and announced by one node, found and fetched by another.
//
// It runs where the simulation runs. Virtual time is moved forward only as far as each part needs.
import type { OperationEvent } from '@kadscope/core';
import type { Simulation } from '@kadscope/core/sim';
import { assemble, cutIntoBlocks, multihashOf } from './content.ts';
import type {
  AddedFile,
  FetchedBlock,
  FetchedFile,
  FetchRequest,
  FileRequest,
} from './protocol.ts';

/** What the simulation offers. */
export type BlockNetwork = Pick<
  Simulation,
  'now' | 'onResult' | 'startOperation' | 'addBlocks' | 'fetchBlock' | 'runUntil'
>;

/** How an exchange reports: `done` of `total` (-1 while nobody knows) steps of `what`. */
export type OnProgress = (done: number, total: number, what: string) => void;

/** An operation that has not ended after so much virtual time never will: the longest lookup has its own deadline. */
const OPERATION_MS_MAX = 180_000;

/** Virtual time moves in steps of this size, so that what arrives is acted on soon after. */
const STEP_MS = 5;

/** Blocks are large: so much virtual time without any arriving means that none will. */
const BLOCK_MS_MAX = 60_000;

/** Files through a simulated network. */
export class ContentExchange {
  readonly #network: BlockNetwork;
  readonly #ended = new Map<number, string>();
  readonly #providers = new Map<number, number[]>();
  // Results are kept only while somebody waits for one: a busy network has too many.
  #waiting = 0;

  constructor(network: BlockNetwork) {
    this.#network = network;
    network.onResult = (event) => this.#onResult(event);
  }

  /** Cuts a file, gives its blocks to a node and lets it announce the root. */
  add(file: FileRequest, onProgress: OnProgress): Promise<AddedFile> {
    return this.#listening(() => this.#add(file, onProgress));
  }

  /** Finds a provider of a file, fetches its blocks from there, and puts the file together. */
  fetch(request: FetchRequest, onProgress: OnProgress): Promise<FetchedFile> {
    return this.#listening(() => this.#fetch(request, onProgress));
  }

  async #listening<T>(run: () => Promise<T>): Promise<T> {
    this.#waiting++;
    try {
      return await run();
    } finally {
      if (--this.#waiting === 0) {
        this.#ended.clear();
        this.#providers.clear();
      }
    }
  }

  async #add(file: FileRequest, onProgress: OnProgress): Promise<AddedFile> {
    onProgress(0, 2, 'cutting the file into blocks');
    const content = await cutIntoBlocks(file.bytes);
    const network = this.#network;
    network.addBlocks(file.node, content.blocks);
    onProgress(1, 2, 'announcing the root');
    const key = multihashOf(content.root);
    const operation = network.startOperation({ kind: 'provide', node: file.node, key });
    const startMs = network.now;
    const outcome = this.#finish(operation);
    onProgress(2, 2, 'announced');
    return {
      name: file.name,
      size: file.bytes.length,
      node: file.node,
      root: content.root,
      blocks: content.blocks.map(({ cid, bytes }) => ({ cid, size: bytes.length })),
      operation,
      outcome,
      startMs,
      endMs: network.now,
    };
  }

  async #fetch({ cid, node }: FetchRequest, onProgress: OnProgress): Promise<FetchedFile> {
    const network = this.#network;
    onProgress(0, -1, 'looking for a provider');
    const operation = network.startOperation({
      kind: 'findProviders',
      node,
      key: multihashOf(cid),
      count: 1,
    });
    const startMs = network.now;
    this.#finish(operation);
    const foundMs = network.now;
    const provider = this.#providers.get(operation)?.find((each) => each !== node);
    if (provider === undefined) {
      throw new Error(
        'No provider was found: announce the file first, or try again from another node.',
      );
    }
    const blocks: FetchedBlock[] = [];
    const bytes = await assemble(cid, async (blockCid, multihash) => {
      const askedMs = network.now;
      const block = await this.#block({ node, provider, multihash });
      blocks.push({ cid: blockCid, size: block.length, askedMs, arrivedMs: network.now });
      onProgress(blocks.length, -1, 'fetching blocks');
      return block;
    });
    return { cid, bytes, node, provider, operation, blocks, startMs, foundMs, endMs: network.now };
  }

  /** Moves time until an operation has ended; how it ended. */
  #finish(operation: number): string {
    const limit = this.#network.now + OPERATION_MS_MAX;
    while (!this.#ended.has(operation)) {
      if (this.#network.now >= limit) throw new Error('The operation did not end.');
      this.#network.runUntil(this.#network.now + STEP_MS);
    }
    return this.#ended.get(operation)!;
  }

  async #block(want: {
    node: number;
    provider: number;
    multihash: Uint8Array;
  }): Promise<Uint8Array> {
    let arrived: Uint8Array | null | undefined;
    this.#network.fetchBlock(want, (bytes) => {
      arrived = bytes;
    });
    const limit = this.#network.now + BLOCK_MS_MAX;
    while (arrived === undefined && this.#network.now < limit) {
      // Other blocks may be asked for in between, so that several are under way at once.
      await Promise.resolve();
      this.#network.runUntil(this.#network.now + STEP_MS);
    }
    if (arrived === undefined || arrived === null) {
      throw new Error('The provider did not send a block: it may have left the network.');
    }
    return arrived;
  }

  #onResult(event: OperationEvent): void {
    if (this.#waiting === 0) return;
    const { id } = event.operation;
    if (event.type === 'finished') this.#ended.set(id, event.operation.outcome ?? 'finished');
    else if (event.type === 'provider') {
      this.#providers.set(id, [...(this.#providers.get(id) ?? []), event.provider]);
    }
  }
}
