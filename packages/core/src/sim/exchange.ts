// Blocks between simulated nodes: the DHT finds who has the content, and this fetches it.
//
// A request names a block by its multihash; the answer carries its bytes, which are hashed again on
// arrival. It stands for Bitswap, reduced to one block a request.
import { sha256 } from '@noble/hashes/sha2.js';
import type { KeyTable } from '../keyspace/key-table.ts';
import { estimateBytes, kindCode, Message } from '../kademlia/message.ts';
import { hashKey } from '../kademlia/hash-key.ts';
import type { StepFields, TraceSink } from '../trace/sink.ts';

/** The code of the message kind that asks for a block and brings it. */
export const WANT_BLOCK: number = kindCode('want-block');

/** Attempts and their timeouts: as long as a request of the DHT may take. */
const ATTEMPTS_MAX = 3;
const ATTEMPT_TIMEOUT_MS = 3_400;

/** Requests for blocks are numbered from here, apart from those of the DHT. */
const FIRST_RPC = 1_000_000_000;

/** How the exchange reaches the simulation. */
export interface ExchangePort {
  send(message: Message): void;
  /** Calls `Exchange.timer(rpc, now)` after `delayMs`. */
  setTimer(delayMs: number, rpc: number): void;
}

interface Want {
  readonly node: number;
  readonly provider: number;
  readonly multihash: Uint8Array;
  readonly onBlock: (bytes: Uint8Array | null) => void;
  attempts: number;
}

/** All blocks of a simulated network, and the requests for them. */
export class Exchange {
  readonly #blocks = new Map<number, Map<string, Uint8Array>>();
  readonly #wants = new Map<number, Want>();
  readonly #keys: KeyTable;
  readonly #port: ExchangePort;
  readonly #trace: TraceSink | null;
  readonly #message = new Message();
  #nextRpc = FIRST_RPC;

  constructor(parts: { keys: KeyTable; port: ExchangePort; trace: TraceSink | null }) {
    this.#keys = parts.keys;
    this.#port = parts.port;
    this.#trace = parts.trace;
  }

  /** Gives a node a block. Throws a `RangeError` when the bytes do not hash to the multihash. */
  add(node: number, multihash: Uint8Array, bytes: Uint8Array): void {
    if (!matches(multihash, bytes)) {
      throw new RangeError(
        'a block must hash to its sha2-256 multihash; other hash functions are not supported',
      );
    }
    let held = this.#blocks.get(node);
    if (held === undefined) this.#blocks.set(node, (held = new Map()));
    held.set(textOf(multihash), bytes);
  }

  /** A block that the node holds. */
  get(node: number, multihash: Uint8Array): Uint8Array | undefined {
    return this.#blocks.get(node)?.get(textOf(multihash));
  }

  /** Asks `provider` for a block; `onBlock` gets its bytes, or `null` when it does not come. */
  fetch(want: Omit<Want, 'attempts'>, now: number): void {
    const held =
      this.get(want.node, want.multihash) ?? (want.node === want.provider ? null : undefined);
    if (held !== undefined) {
      want.onBlock(held);
      return;
    }
    const rpc = this.#nextRpc++;
    this.#wants.set(rpc, { ...want, attempts: 0 });
    this.#ask(rpc, now);
  }

  /** A message of this protocol arrived. */
  receive(message: Message, now: number): void {
    if (message.isResponse) this.#receiveBlock(message, now);
    else this.#answer(message, now);
  }

  /** The deadline of a request passed. */
  timer(rpc: number, now: number): void {
    const want = this.#wants.get(rpc);
    if (want === undefined) return;
    if (want.attempts < ATTEMPTS_MAX) this.#ask(rpc, now);
    else this.#fail(rpc, want, now);
  }

  #ask(rpc: number, now: number): void {
    const want = this.#wants.get(rpc)!;
    want.attempts++;
    const message = this.#message;
    message.isResponse = false;
    message.record = { key: want.multihash, value: new Uint8Array(0) };
    this.#address(message, { from: want.node, to: want.provider, rpc, multihash: want.multihash });
    message.traceEvent = this.#trace?.step('exchange.wanted', now, this.#fields(message)) ?? -1;
    this.#send(message);
    this.#port.setTimer(ATTEMPT_TIMEOUT_MS, rpc);
  }

  #answer(request: Message, now: number): void {
    this.#trace?.step('exchange.asked', now, {
      ...this.#fields(request),
      node: request.to,
      peer: request.from,
    });
    const multihash = request.record!.key;
    const bytes = this.get(request.to, multihash);
    const message = this.#message;
    message.isResponse = true;
    message.accepted = bytes !== undefined;
    message.record = { key: multihash, value: bytes ?? new Uint8Array(0) };
    this.#address(message, { from: request.to, to: request.from, rpc: request.rpc, multihash });
    message.traceEvent = this.#trace?.step('exchange.sent', now, this.#fields(message)) ?? -1;
    this.#send(message);
  }

  #receiveBlock(message: Message, now: number): void {
    this.#trace?.step('exchange.received', now, {
      ...this.#fields(message),
      node: message.to,
      peer: message.from,
    });
    const want = this.#wants.get(message.rpc);
    if (want === undefined || want.provider !== message.from) return;
    const bytes = message.record!.value;
    if (!message.accepted || !matches(want.multihash, bytes)) {
      this.#fail(message.rpc, want, now);
      return;
    }
    this.#wants.delete(message.rpc);
    this.add(want.node, want.multihash, bytes);
    want.onBlock(bytes);
  }

  #fail(rpc: number, want: Want, now: number): void {
    this.#wants.delete(rpc);
    this.#trace?.step('exchange.failed', now, {
      node: want.node,
      peer: want.provider,
      kind: WANT_BLOCK,
      rpc,
      detail: 'no-block',
    });
    want.onBlock(null);
  }

  #address(
    message: Message,
    to: { from: number; to: number; rpc: number; multihash: Uint8Array },
  ): void {
    message.kind = WANT_BLOCK;
    message.from = to.from;
    message.to = to.to;
    message.rpc = to.rpc;
    message.key = this.#keys.intern(hashKey(to.multihash, this.#keys.keyBytes));
    message.traceEvent = -1;
  }

  #send(message: Message): void {
    this.#port.send(message);
    this.#keys.release(message.key);
  }

  #fields(message: Message): StepFields {
    return {
      node: message.from,
      peer: message.to,
      kind: WANT_BLOCK,
      isResponse: message.isResponse,
      rpc: message.rpc,
      key: message.key,
      message: message.traceEvent,
      bytes: estimateBytes(message),
    };
  }
}

function matches(multihash: Uint8Array, bytes: Uint8Array): boolean {
  if (multihash.length !== 34 || multihash[0] !== 0x12 || multihash[1] !== 32) return false;
  const digest = sha256(bytes);
  return digest.every((byte, i) => byte === multihash[i + 2]);
}

function textOf(multihash: Uint8Array): string {
  return String.fromCharCode(...multihash);
}
