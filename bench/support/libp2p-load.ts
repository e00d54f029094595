// A process that asks a server in another one, with FIND_NODE, one request after the other.
import { Rng } from '@kadscope/core/keyspace';
import { encodeAmino, frame, FrameReader } from '@kadscope/core/wire';
import type { Stream } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { orderOf } from './child.ts';
import { BENCH_PROTOCOL } from './libp2p-nodes.ts';

/** What the process is to do. */
export interface LoadOrder {
  readonly addresses: readonly string[];
  /** Our nodes keep one stream to a peer, those of @libp2p/kad-dht open one for each request. */
  readonly streams: 'kept' | 'fresh';
  readonly requests: number;
}

/** Requests before the measurement. */
const WARM_UP = 200;

/** A stream with one request on its way at most. */
class Asker {
  readonly #stream: Stream;
  readonly #reader = new FrameReader();
  #answered: (() => void) | null = null;
  #failed: ((error: Error) => void) | null = null;

  constructor(stream: Stream) {
    this.#stream = stream;
    stream.addEventListener('message', ({ data }) => {
      this.#reader.push(data instanceof Uint8Array ? data : data.subarray());
      if (this.#reader.next() !== null) this.#answered?.();
    });
    stream.addEventListener('close', () => this.#failed?.(new Error('the stream was closed')));
  }

  async ask(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#answered = resolve;
      this.#failed = reject;
      this.#stream.send(bytes);
    });
  }

  async close(): Promise<void> {
    this.#failed = null;
    await this.#stream.close();
  }
}

const rng = new Rng(11, 'libp2p load');
const { addresses, streams, requests } = orderOf() as LoadOrder;
const node = await createLibp2p({
  transports: [tcp()],
  connectionEncrypters: [noise()],
  streamMuxers: [yamux()],
  connectionMonitor: { enabled: false },
});
const target: Multiaddr[] = addresses.map((address) => multiaddr(address));
let kept: Asker | null = null;

await run(WARM_UP);
process.send!('warm');
process.once('message', () => void measured());

async function measured(): Promise<void> {
  await run(requests);
  process.send!('done');
}

async function run(count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    if (streams === 'fresh') {
      const asker = await open();
      await asker.ask(request());
      await asker.close();
    } else {
      kept ??= await open();
      await kept.ask(request());
    }
  }
}

async function open(): Promise<Asker> {
  return new Asker(await node.dialProtocol(target, BENCH_PROTOCOL));
}

/** A request for the peers closest to a random peer. */
function request(): Uint8Array {
  const key = Uint8Array.of(0x12, 32, ...rng.bytes(32));
  return frame(
    encodeAmino({ type: 'find-node', key, record: null, closerPeers: [], providerPeers: [] }),
  );
}
