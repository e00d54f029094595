// The way to one peer: one stream, which is used again and again, with requests one behind the other.
//
//   request ▸ request ▸ request ─────────▶ peer
//           ◂ answer ◂ answer              answers come in the order of the requests
//
// go-libp2p-kad-dht lets a peer have one request in flight; @libp2p/kad-dht opens a stream for each.
import type { AminoMessage, AminoType } from '@kadscope/core/wire';
import { decodeAmino, FrameReader } from '@kadscope/core/wire';
import type { Stream, StreamMessageEvent } from '@libp2p/interface';
import { plainBytes } from './bytes.ts';
import type { Known } from './key-book.ts';
import { unref } from './timers.ts';

/** Requests on a stream that have no answer yet, at most: a sweep tells one peer hundreds of things. */
const PIPELINED_MAX = 32;

/** Milliseconds after which a stream that nobody uses is closed. @libp2p/kad-dht's servers do so after 10 s. */
const IDLE_MS = 9_000;

/** Milliseconds for a peer to close its end of a stream after we have closed ours. */
const CLOSE_MS = 5_000;

/** A request on its way. */
export interface Outgoing {
  /** The frame to be sent. */
  readonly frame: Uint8Array;
  readonly type: AminoType;
  /** The value that is to be stored, if any. */
  readonly value: Uint8Array | null;
  /** The engine's names of the request. */
  readonly slot: number;
  readonly rpc: number;
  /** The event of its sending, where a trace is recorded; -1 otherwise. */
  readonly traceEvent: number;
  /** How often it has been sent. */
  attempts: number;
  sentAt: number;
}

/** What a channel needs, and whom it tells. */
export interface ChannelPort {
  /** A new stream to a peer, which is dialed if need be, until the signal says that nobody waits for it. */
  open(peer: Known, signal: AbortSignal): Promise<Stream>;
  isConnected(peer: Known): boolean;
  /** Whether anybody still waits for the answer to a request. */
  isWanted(request: Outgoing): boolean;
  now(): number;
  dialing(peer: Known, request: Outgoing): void;
  sent(peer: Known, request: Outgoing): void;
  answered(peer: Known, request: Outgoing, message: AminoMessage): void;
  /** A request that has no answer has been handed to the transport. */
  delivered(peer: Known, request: Outgoing): void;
  /** `isRefused`: the peer got the request, and wants nothing to do with it. */
  failed(peer: Known, request: Outgoing, error: Error, isRefused: boolean): void;
  /** Nobody uses the channel any more. */
  idle(peer: Known): void;
}

/** Requests to one peer. */
export class Channel {
  readonly #peer: Known;
  readonly #port: ChannelPort;
  readonly #timeoutMs: number;
  #stream: Stream | null = null;
  /** When a request was written last, or could have been for the first time. */
  #wroteAt = 0;
  /** Ends the attempt to open a stream that is under way. */
  #opening: AbortController | null = null;
  #isAborted = false;
  #reader = new FrameReader();
  readonly #waiting: Outgoing[] = [];
  /** Sent, in this order, and not answered. */
  readonly #pending: Outgoing[] = [];
  #timer: ReturnType<typeof setTimeout> | null = null;

  /** `timeoutMs`: whoever does not answer for so long holds up nobody else. */
  constructor(peer: Known, port: ChannelPort, timeoutMs: number) {
    this.#peer = peer;
    this.#port = port;
    this.#timeoutMs = timeoutMs;
  }

  /** Sends a request, now or as soon as there is a stream. */
  send(request: Outgoing): void {
    this.#waiting.push(request);
    this.#flush();
  }

  /** Gives everything up, for good. */
  abort(error: Error): void {
    const stream = this.#stream;
    this.#stream = null;
    this.#isAborted = true;
    this.#opening?.abort(error);
    this.#clearTimer();
    for (const request of [...this.#pending.splice(0), ...this.#waiting.splice(0)])
      this.#port.failed(this.#peer, request, error, false);
    stream?.abort(error);
  }

  #flush(): void {
    const stream = this.#stream;
    if (stream === null || stream.writeStatus !== 'writable') {
      if (this.#waiting.length > 0) this.#open();
      return;
    }
    while (
      this.#waiting.length > 0 &&
      this.#pending.length < PIPELINED_MAX &&
      !stream.writableNeedsDrain
    ) {
      const request = this.#waiting.shift()!;
      // Lookups end, and operations are cancelled, before all that they wanted to ask has been asked.
      if (this.#port.isWanted(request) && !this.#write(stream, request)) return;
    }
    this.#setTimer();
  }

  /** Writes a request; false where the stream turned out to be closed. */
  #write(stream: Stream, request: Outgoing): boolean {
    try {
      stream.send(request.frame);
    } catch {
      this.#waiting.unshift(request);
      this.#closed(stream, new Error('the stream is closed'));
      return false;
    }
    request.attempts++;
    this.#wroteAt = this.#port.now();
    request.sentAt = this.#wroteAt;
    this.#port.sent(this.#peer, request);
    if (request.type === 'add-provider') this.#port.delivered(this.#peer, request);
    else this.#pending.push(request);
    return true;
  }

  #open(): void {
    if (this.#opening !== null || this.#isAborted) return;
    this.#opening = new AbortController();
    this.#clearTimer();
    this.#port.dialing(this.#peer, this.#waiting[0]!);
    void this.#opened(this.#opening.signal);
  }

  async #opened(signal: AbortSignal): Promise<void> {
    let stream: Stream;
    try {
      stream = await this.#port.open(this.#peer, signal);
    } catch (error) {
      this.#opening = null;
      for (const request of this.#waiting.splice(0))
        this.#port.failed(this.#peer, request, errorOf(error), false);
      if (!this.#isAborted) this.#setTimer();
      return;
    }
    this.#opening = null;
    if (this.#isAborted) stream.abort(new Error('nobody waits for the stream any more'));
    else this.#use(stream);
  }

  #use(stream: Stream): void {
    this.#stream = stream;
    this.#wroteAt = this.#port.now();
    this.#reader = new FrameReader();
    stream.addEventListener('message', (event) => this.#hear(stream, event));
    stream.addEventListener('drain', () => {
      if (this.#stream === stream) this.#flush();
    });
    // Yamux says that before it hands over what came in the same frame: the last answer, perhaps.
    stream.addEventListener('remoteCloseWrite', () =>
      queueMicrotask(() => this.#closed(stream, ended())),
    );
    stream.addEventListener('close', (event) => this.#closed(stream, event.error ?? ended()));
    this.#flush();
  }

  #hear(stream: Stream, { data }: StreamMessageEvent): void {
    if (this.#stream !== stream) return;
    try {
      this.#reader.push(plainBytes(data));
      for (let frame = this.#reader.next(); frame !== null; frame = this.#reader.next())
        this.#answer(decodeAmino(frame, 'response'));
    } catch (error) {
      this.#drop(stream, errorOf(error));
      return;
    }
    this.#flush();
  }

  #answer(message: AminoMessage): void {
    const [request] = this.#pending;
    if (request?.type === message.type) {
      this.#pending.shift();
      this.#port.answered(this.#peer, request, message);
      return;
    }
    // The specification has announcements echoed, and nobody does.
    if (message.type !== 'add-provider')
      throw new Error(`an answer to ${message.type}, which nobody asked for`);
  }

  /** The peer has broken the rules, or the silence: the first request is lost, the others are sent again. */
  #drop(stream: Stream, reason: Error): void {
    this.#stream = null;
    const [first, ...others] = this.#pending.splice(0);
    this.#clearTimer();
    stream.abort(reason);
    if (first !== undefined) this.#port.failed(this.#peer, first, reason, false);
    this.#waiting.unshift(...others);
    this.#flush();
  }

  #closed(stream: Stream, reason: Error): void {
    if (this.#stream !== stream) return;
    this.#stream = null;
    this.#clearTimer();
    if (stream.status === 'open') void closeInTime(stream);
    const pending = this.#pending.splice(0);
    const again: Outgoing[] = [];
    pending.forEach((request, i) => {
      // go-libp2p-kad-dht refuses a value by a reset; whatever else is asked once more, on a new stream.
      const isRefused = i === 0 && request.type === 'put-value';
      if (isRefused || request.attempts > 1)
        this.#port.failed(this.#peer, request, reason, isRefused);
      else again.push(request);
    });
    this.#waiting.unshift(...again);
    if (this.#waiting.length > 0) this.#open();
    else this.#setTimer();
  }

  #setTimer(): void {
    this.#clearTimer();
    if (this.#opening !== null) return;
    const [first] = this.#pending;
    const isStuck = first === undefined && this.#waiting.length > 0;
    const since = first?.sentAt ?? this.#wroteAt;
    const delay =
      first !== undefined || isStuck ? since + this.#timeoutMs - this.#port.now() : IDLE_MS;
    this.#timer = setTimeout(() => this.#ring(), Math.max(0, delay));
    unref(this.#timer);
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #ring(): void {
    this.#timer = null;
    const stream = this.#stream;
    if (this.#pending.length > 0 && stream !== null) {
      this.#drop(stream, new Error('no answer in time'));
      return;
    }
    this.#stream = null;
    if (this.#waiting.length > 0) {
      // The peer does not read: announcements, which have no answer, would wait for it for ever.
      const reason = new Error('the peer does not read what it is sent');
      stream?.abort(reason);
      for (const request of this.#waiting.splice(0))
        this.#port.failed(this.#peer, request, reason, false);
    } else if (stream !== null) void closeInTime(stream);
    if (this.#waiting.length === 0 && this.#stream === null && this.#opening === null)
      this.#port.idle(this.#peer);
  }
}

/** Closes a stream at both ends, by force where the peer does not close its own. */
async function closeInTime(stream: Stream): Promise<void> {
  const timer = setTimeout(() => stream.abort(new Error('the peer does not close')), CLOSE_MS);
  unref(timer);
  stream.addEventListener('close', () => clearTimeout(timer), { once: true });
  try {
    await stream.close();
  } catch (error) {
    stream.abort(errorOf(error));
  }
}

function errorOf(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

function ended(): Error {
  return new Error('the peer closed the stream');
}
