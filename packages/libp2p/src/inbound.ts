// The streams of peers that ask us: one request after the other, each answered before the next is read.
import type { AminoMessage } from '@kadscope/core/wire';
import { decodeAmino, frame, FrameReader } from '@kadscope/core/wire';
import type { Connection, Logger, PeerId, Stream, StreamMessageEvent } from '@libp2p/interface';
import { plainBytes } from './bytes.ts';
import { unref } from './timers.ts';

/** Bytes of a request at most: twice what anybody sends who keeps to the least that everybody reads. */
const REQUEST_BYTES_MAX = 32_768;

/** Bytes that wait to be read while a request is being answered, at most: then the stream is cut. */
const WAITING_BYTES_MAX = 4 * REQUEST_BYTES_MAX;

/** Answers a request; `null` is no answer. Rejects where it is refused, and the stream is reset. */
export type Answerer = (
  from: PeerId,
  request: AminoMessage,
) => Promise<Uint8Array | null> | Uint8Array | null;

/** What streams of requests are served with. */
export interface InboundParts {
  readonly answer: Answerer;
  /** Milliseconds for each request to come and to be answered. */
  readonly timeoutMs: number;
  readonly log: Logger;
}

/** Serves a stream until its end. */
export function serve(stream: Stream, connection: Connection, parts: InboundParts): void {
  new InboundStream(stream, connection.remotePeer, parts).start();
}

class InboundStream {
  readonly #stream: Stream;
  readonly #from: PeerId;
  readonly #parts: InboundParts;
  readonly #reader = new FrameReader(REQUEST_BYTES_MAX);
  /** What came while a request was being answered. */
  readonly #chunks: Uint8Array[] = [];
  #isAnswering = false;
  #hasEnded = false;
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(stream: Stream, from: PeerId, parts: InboundParts) {
    this.#stream = stream;
    this.#from = from;
    this.#parts = parts;
  }

  start(): void {
    const stream = this.#stream;
    stream.maxReadBufferLength = Math.min(stream.maxReadBufferLength, WAITING_BYTES_MAX);
    stream.addEventListener('message', (event) => this.#hear(event));
    stream.addEventListener('drain', () => this.#work());
    stream.addEventListener('remoteCloseWrite', () => {
      this.#hasEnded = true;
      // Yamux says that before it hands over what came in the same frame: the request itself, with smoldot.
      queueMicrotask(() => this.#closeIfDone());
    });
    stream.addEventListener('close', () => this.#clearTimer());
    this.#setTimer();
  }

  #hear({ data }: StreamMessageEvent): void {
    this.#chunks.push(plainBytes(data));
    this.#work();
  }

  /** Reads on, unless an answer is being made, or has not left yet: who does not read is not asked what else he wants. */
  #work(): void {
    const stream = this.#stream;
    try {
      while (!this.#isAnswering && !stream.writableNeedsDrain && stream.status === 'open') {
        const request = this.#reader.next();
        if (request !== null) this.#answer(decodeAmino(request));
        else if (this.#chunks.length > 0) this.#reader.push(this.#chunks.shift()!);
        else break;
      }
      if (this.#waitingBytes() > WAITING_BYTES_MAX) throw new Error('too many requests at once');
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#closeIfDone();
  }

  #answer(request: AminoMessage): void {
    this.#setTimer();
    const answer = this.#parts.answer(this.#from, request);
    if (!(answer instanceof Promise)) {
      this.#send(answer);
      return;
    }
    this.#isAnswering = true;
    void this.#answerLater(answer);
  }

  async #answerLater(answer: Promise<Uint8Array | null>): Promise<void> {
    try {
      const bytes = await answer;
      this.#isAnswering = false;
      if (this.#stream.status !== 'open') return;
      this.#send(bytes);
      this.#work();
    } catch (error) {
      this.#fail(error);
    }
  }

  #send(answer: Uint8Array | null): void {
    if (answer !== null) this.#stream.send(frame(answer));
    this.#setTimer();
  }

  #waitingBytes(): number {
    let bytes = 0;
    for (const chunk of this.#chunks) bytes += chunk.length;
    return bytes;
  }

  #closeIfDone(): void {
    const stream = this.#stream;
    // What waits in the stream, here or in the reader is still to be answered.
    const isRead = stream.readBufferLength === 0 && this.#chunks.length === 0;
    if (!this.#hasEnded || !isRead || this.#isAnswering || stream.writableNeedsDrain) return;
    this.#clearTimer();
    if (stream.status === 'open') stream.close().catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    this.#clearTimer();
    this.#chunks.length = 0;
    const reason = error instanceof Error ? error : new Error(String(error));
    this.#parts.log('a request of %p came to nothing: %e', this.#from, reason);
    this.#stream.abort(reason);
  }

  #setTimer(): void {
    this.#clearTimer();
    this.#timer = setTimeout(
      () => this.#fail(new Error('no request in time')),
      this.#parts.timeoutMs,
    );
    unref(this.#timer);
  }

  #clearTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
