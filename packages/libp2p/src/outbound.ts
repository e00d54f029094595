// Requests of the engine on their way to other peers, and what comes back.
import type { Kademlia, Message } from '@kadscope/core';
import { kindCode, Message as EngineMessage } from '@kadscope/core';
import type { KeyHandle, KeyTable } from '@kadscope/core/keyspace';
import { MESSAGE_KINDS } from '@kadscope/core/trace';
import type { AminoMessage, AminoType } from '@kadscope/core/wire';
import { encodeAmino, frame } from '@kadscope/core/wire';
import { RECORD_BYTES_MAX, recordBytes, sameBytes } from './bytes.ts';
import { Channel } from './channel.ts';
import type { ChannelPort, Outgoing } from './channel.ts';
import { NODE } from './key-book.ts';
import type { KeyBook, Known } from './key-book.ts';
import type { Query } from './query.ts';
import { infoOf, namesOf, tellAnswer } from './tell.ts';
import type { Translator } from './translator.ts';
import type { ValidatorBridge } from './validators.ts';

const NOTHING = new Uint8Array(0);

/** What requests are sent with. */
export interface OutboundParts {
  readonly book: KeyBook;
  readonly keys: KeyTable;
  readonly translator: Translator;
  readonly bridge: ValidatorBridge;
  readonly open: ChannelPort['open'];
  readonly isConnected: ChannelPort['isConnected'];
  readonly timeoutMs: number;
  readonly now: () => number;
  readonly counted: (type: AminoType, what: 'sent' | 'failed') => void;
  readonly engine: () => Kademlia;
  /** Who listens to an operation. */
  readonly queryOf: (operation: number) => Query | undefined;
  /** A query has found what it looked for. */
  readonly found: (query: Query) => void;
  /** An answer is about to be given to the engine: where it was sent is noted in it, if that is known. */
  readonly arriving: (message: Message) => void;
  /** A request did not get away. */
  readonly lost: (request: LostRequest) => void;
  /** An answer has been given to the engine. */
  readonly delivered: () => void;
}

/** A request that came to nothing, as traces know it. */
export interface LostRequest {
  readonly to: KeyHandle;
  readonly kind: number;
  readonly event: number;
}

/** Sends what the engine asks, and brings it the answers. */
export class Outbound {
  readonly #parts: OutboundParts;
  readonly #port: ChannelPort;
  readonly #channels = new Map<KeyHandle, Channel>();
  readonly #message = new EngineMessage();

  constructor(parts: OutboundParts) {
    this.#parts = parts;
    this.#port = this.#newChannelPort();
  }

  /** Gives up everything that is on its way. */
  close(): void {
    for (const channel of this.#channels.values()) channel.abort(new Error('the node stops'));
    this.#channels.clear();
  }

  #newChannelPort(): ChannelPort {
    const { open, isConnected, counted, now } = this.#parts;
    return {
      open,
      isConnected,
      isWanted: ({ slot, rpc }) => this.#parts.engine().requests.isPending(slot, rpc),
      now,
      dialing: (peer, request) => {
        if (!isConnected(peer)) this.#queryOf(request)?.emit('DIAL_PEER', { peer: peer.peerId });
      },
      sent: (peer, request) => {
        counted(request.type, 'sent');
        this.#queryOf(request)?.emit('SEND_QUERY', { to: peer.peerId, ...namesOf(request.type) });
      },
      answered: (peer, request, answer) => this.#answered(peer, request, answer),
      delivered: (peer, request) => this.#delivered(peer, request),
      // A stream may fail while the engine writes to it: it hears of that afterwards.
      failed: (peer, request, error, isRefused) =>
        queueMicrotask(() => this.#failed(peer, request, error, isRefused)),
      idle: (peer) => void this.#channels.delete(peer.handle),
    };
  }

  /** Sends a request of the engine. */
  send(message: Message): void {
    const peer = this.#parts.book.get(message.to)!;
    const type = MESSAGE_KINDS[message.kind] as AminoType;
    const request: Outgoing = {
      frame: this.#frameOf(type, message),
      type,
      value: message.record?.value ?? null,
      slot: message.slot,
      rpc: message.rpc,
      traceEvent: message.traceEvent,
      attempts: 0,
      sentAt: 0,
    };
    if (request.frame.length === 0) {
      // The engine is in the middle of sending: it hears of the end afterwards.
      queueMicrotask(() => this.#refused(peer, request));
      return;
    }
    this.#queryOf(request)?.noteSent();
    let channel = this.#channels.get(peer.handle);
    if (channel === undefined) {
      channel = new Channel(peer, this.#port, this.#parts.timeoutMs);
      this.#channels.set(peer.handle, channel);
    }
    channel.send(request);
  }

  /** A request as it is sent; nothing where it is too large to be: a value that others have may be. */
  #frameOf(type: AminoType, message: Message): Uint8Array {
    const { record } = message;
    const isTooLarge =
      type === 'put-value' &&
      record !== null &&
      recordBytes(record.key, record.value) > RECORD_BYTES_MAX;
    if (isTooLarge) return NOTHING;
    return frame(encodeAmino(this.#parts.translator.request(type, message)));
  }

  /** An answer came. A value in it that has to be judged at leisure keeps the engine waiting, and nobody else. */
  #answered(peer: Known, request: Outgoing, answer: AminoMessage): void {
    const { record } = answer;
    this.#parts.book.prove(peer);
    const isValue = request.type === 'get-value' && record !== null;
    const pending = isValue ? this.#parts.bridge.judge(record.key, record.value) : undefined;
    if (pending === undefined) this.#deliver(peer, request, answer);
    else void pending.then(() => this.#deliver(peer, request, answer));
  }

  #deliver(peer: Known, request: Outgoing, answer: AminoMessage): void {
    const engine = this.#parts.engine();
    if (!engine.requests.isPending(request.slot, request.rpc)) return;
    const message = this.#message;
    const key = engine.requests.key(request.slot);
    const { record } = answer;
    this.#parts.translator.read(message, peer, answer, key);
    message.isResponse = true;
    message.fromServer = true;
    message.slot = request.slot;
    message.rpc = request.rpc;
    const asked = this.#parts.book.get(key)?.bytes;
    const fits = record !== null && asked !== undefined && sameBytes(record.key, asked);
    message.record = fits ? { key: asked, value: record.value } : null;
    message.accepted =
      request.value === null || (record !== null && sameBytes(record.value, request.value));
    this.#parts.arriving(message);
    this.#tell(peer, request, answer);
    engine.receive(NODE, message, this.#parts.now());
    this.#parts.delivered();
  }

  #delivered(peer: Known, request: Outgoing): void {
    this.#tell(peer, request, null);
    // The engine is in the middle of sending: it hears of the end afterwards.
    queueMicrotask(() =>
      this.#parts.engine().delivered(request.slot, request.rpc, this.#parts.now()),
    );
  }

  #failed(peer: Known, request: Outgoing, error: Error, isRefused: boolean): void {
    this.#parts.counted(request.type, 'failed');
    this.#parts.lost({
      to: peer.handle,
      kind: kindCode(request.type),
      event: request.traceEvent,
    });
    if (request.attempts === 0) this.#parts.book.doubt(peer);
    const query = this.#queryOf(request);
    query?.noteEnded();
    query?.emit('QUERY_ERROR', { from: peer.peerId, error });
    if (!isRefused) {
      this.#parts.engine().unreachable(request.slot, request.rpc, this.#parts.now());
      return;
    }
    this.#refused(peer, request);
  }

  /** A request that came to nothing, through no fault of the way to the peer. */
  #refused(peer: Known, request: Outgoing): void {
    const { requests } = this.#parts.engine();
    if (!requests.isPending(request.slot, request.rpc)) return;
    const message = this.#message;
    this.#parts.translator.clear(message, peer, request.type, requests.key(request.slot));
    message.isResponse = true;
    message.fromServer = true;
    message.slot = request.slot;
    message.rpc = request.rpc;
    this.#parts.engine().receive(NODE, message, this.#parts.now());
  }

  /** Tells a query of an answer; one that looks for a peer has found it when anybody says where it is. */
  #tell(from: Known, request: Outgoing, answer: AminoMessage | null): void {
    const query = this.#queryOf(request);
    if (query === undefined) return;
    const target = this.#parts.engine().requests.key(request.slot);
    query.noteEnded();
    tellAnswer(query, { from, type: request.type, answer, target, keys: this.#parts.keys });
    if (!query.isForPeer) return;
    const isNamed = answer?.closerPeers.some(({ id }) => sameBytes(id, query.key)) === true;
    const found = isNamed ? this.#parts.book.find(query.key) : undefined;
    if (found === undefined || found.addresses.length === 0) return;
    query.emit('FINAL_PEER', { from: from.peerId, peer: infoOf(found) });
    query.end({ reason: 'found' });
    this.#parts.found(query);
  }

  #queryOf({ slot, rpc }: Outgoing): Query | undefined {
    const { requests } = this.#parts.engine();
    return requests.isPending(slot, rpc)
      ? this.#parts.queryOf(requests.operation(slot))
      : undefined;
  }
}
