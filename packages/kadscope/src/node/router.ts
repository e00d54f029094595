// What can be asked of a node: its DHTs as one. The public DHT and that of the local network know different
// peers, so both are asked (go-libp2p-kad-dht, dual/dual.go); one that knows nobody yet is not waited for.
import type { KadscopeDHT, QueryEvent } from '@kadscope/libp2p';
import type { PeerId, PeerInfo } from '@libp2p/interface';
import { IPNS } from '@kadscope/core';

/** How long to look. */
export interface LookOptions {
  readonly signal?: AbortSignal;
}

/** A DHT of a node. */
export interface NamedDht {
  /** What the node calls it: `wan`, `lan`, or the name of a private network. */
  readonly name: string;
  readonly dht: KadscopeDHT;
}

/** The kinds of queries. */
export type QueryKind = 'findProviders' | 'findPeer' | 'getClosestPeers' | 'get' | 'put';

const PUT_OUTCOMES = ['stored', 'superseded', 'invalid', 'not-stored'] as const;

/** How storing a value went: it was taken, a better one is held, it does not fit its key, or nobody took it. */
export type PutOutcome = (typeof PUT_OUTCOMES)[number];

/** Sees the events of every query, and passes them on. */
export type Observer = (
  query: { readonly kind: QueryKind; readonly name: string; readonly key: Uint8Array },
  events: AsyncIterable<QueryEvent>,
) => AsyncIterable<QueryEvent>;

/** What can be asked. */
export type Routing = Pick<
  Router,
  'isReady' | 'findProviders' | 'findPeer' | 'closestPeers' | 'getIpns' | 'put'
>;

/** Asks all DHTs of a node that know anybody. */
export class Router {
  readonly #dhts: readonly NamedDht[];
  readonly #observe: Observer;

  constructor(dhts: readonly NamedDht[], observe: Observer = (_, events) => events) {
    this.#dhts = dhts;
    this.#observe = observe;
  }

  /** Whether anybody is known who could be asked. */
  get isReady(): boolean {
    return this.#ready.length > 0;
  }

  /** Providers of some content, as they are found; each once. */
  async *findProviders(
    cid: Parameters<KadscopeDHT['findProviders']>[0],
    options: LookOptions = {},
  ): AsyncGenerator<PeerInfo> {
    const key = cid.multihash.bytes;
    const sources = this.#ready.map((one) =>
      this.#observe(
        { kind: 'findProviders', name: one.name, key },
        one.dht.findProviders(cid, options),
      ),
    );
    const seen = new Set<string>();
    for await (const event of merged(sources)) {
      if (event.name !== 'PROVIDER') continue;
      for (const peer of event.providers) if (isNew(peer, seen)) yield peer;
    }
  }

  /** Where a peer is; `null` when nobody knows. */
  async findPeer(id: PeerId, options: LookOptions = {}): Promise<PeerInfo | null> {
    const key = id.toMultihash().bytes;
    const found = await Promise.all(
      this.#ready.map(async (one) => {
        const events = one.dht.findPeer(id, options);
        try {
          for await (const event of this.#observe(
            { kind: 'findPeer', name: one.name, key },
            events,
          ))
            if (event.name === 'FINAL_PEER') return event.peer;
        } catch (error) {
          if ((error as Error).name !== 'NotFoundError') throw error;
        }
        return null;
      }),
    );
    const multiaddrs = found.flatMap((peer) => peer?.multiaddrs ?? []);
    return multiaddrs.length === 0
      ? (found.find((peer) => peer !== null) ?? null)
      : { id, multiaddrs };
  }

  /** The peers closest to a key, nearest first: of the first DHT that knows anybody. */
  async *closestPeers(key: Uint8Array, options: LookOptions = {}): AsyncGenerator<PeerInfo> {
    const one = this.#ready[0];
    if (one === undefined) return;
    const seen = new Set<string>();
    const events = one.dht.getClosestPeers(key, options);
    const query = { kind: 'getClosestPeers', name: one.name, key } as const;
    for await (const event of this.#observe(query, events))
      if (event.name === 'FINAL_PEER' && isNew(event.peer, seen)) yield event.peer;
  }

  /** The best IPNS record of a key such as `/ipns/…`; `null` when there is none. */
  async getIpns(key: Uint8Array, options: LookOptions = {}): Promise<Uint8Array | null> {
    const sources = this.#ready.map((one) =>
      this.#observe({ kind: 'get', name: one.name, key }, one.dht.get(key, options)),
    );
    const values: Uint8Array[] = [];
    for await (const event of merged(sources)) if (event.name === 'VALUE') values.push(event.value);
    return values.length === 0 ? null : values[IPNS.select(key, values)]!;
  }

  /** Stores a value in all DHTs, and says how that went: the best of their outcomes. */
  async put(key: Uint8Array, value: Uint8Array, options: LookOptions = {}): Promise<PutOutcome> {
    const outcomes = await Promise.all(
      this.#ready.map(async (one) => {
        let outcome = '';
        const events = one.dht.put(key, value, options);
        try {
          for await (const event of this.#observe({ kind: 'put', name: one.name, key }, events))
            if (event.name === 'PATH_ENDED') outcome = event.reason;
        } catch (error) {
          // What nobody should have is refused with an error after its outcome.
          if ((error as Error).name !== 'InvalidParametersError') throw error;
        }
        return outcome;
      }),
    );
    return PUT_OUTCOMES.find((outcome) => outcomes.includes(outcome)) ?? 'not-stored';
  }

  /** Those that know anybody; of public DHTs and those of the local network, the public ones first. */
  get #ready(): readonly NamedDht[] {
    return this.#dhts.filter(({ dht }) => dht.routingTable.size > 0);
  }
}

function isNew({ id }: PeerInfo, seen: Set<string>): boolean {
  const name = id.toString();
  if (seen.has(name)) return false;
  seen.add(name);
  return true;
}

/** All that several sources say, as they say it. Whoever stops to listen ends them all. */
async function* merged<T>(sources: readonly AsyncIterable<T>[]): AsyncGenerator<T> {
  const iterators = sources.map((source) => source[Symbol.asyncIterator]());
  const next = new Map(iterators.map((iterator, i) => [i, step(iterator, i)]));
  try {
    while (next.size > 0) {
      const { i, result } = await Promise.race(next.values());
      if (result.done === true) next.delete(i);
      else {
        next.set(i, step(iterators[i]!, i));
        yield result.value;
      }
    }
  } finally {
    // One that waits for its network ends when its signal does, and is not waited for here.
    for (const [i, pending] of next) {
      pending.catch(() => {});
      void iterators[i]!.return?.().catch(() => {});
    }
  }
}

async function step<T>(
  iterator: AsyncIterator<T>,
  i: number,
): Promise<{ i: number; result: IteratorResult<T> }> {
  return { i, result: await iterator.next() };
}
