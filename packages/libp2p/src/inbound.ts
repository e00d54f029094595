// The streams of peers that ask us: one request after the other, each answered before the next is read.
import type { AminoMessage } from '@kadscope/core/wire';
import { decodeAmino, frame, FrameReader } from '@kadscope/core/wire';
import type { Connection, Logger, PeerId, Stream, StreamMessageEvent } from '@libp2p/interface';
import { plainBytes } from './bytes.ts';
import { unref } from './timers.ts';
import type { Waiting } from './waiting.ts';

/** Bytes of a request at most: twice what anybody sends who keeps to the least that everybody reads. */
const REQUEST_BYTES_MAX = 32_768;

/**
 * Bytes that wait to be read while a request is being answered, at most: then the stream is cut. Our own
 * channels send up to 32 requests of up to 16 KiB one behind the other.
 */
export const WAITING_BYTES_MAX = 655_360;

/** What a piece of a stream costs beside its bytes: many pieces of one byte each are not cheap. */
const CHUNK_BYTES = 256;

/** Requests that are answered before other streams have their turn. */
const TURN_REQUESTS = 32;

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
  readonly waiting: Waiting;
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
  /** What came while a request was being answered, and what it costs. */
  readonly #chunks: Uint8Array[] = [];
  #waitingBytes = 0;
  #isAnswering = false;
  /** Whether other streams have their turn. */
  #isResting = false;
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
      // The last bytes may be in the same message of the muxer, and come after this.
      queueMicrotask(() => this.#work());
    });
    stream.addEventListener('close', () => this.#ended());
    this.#setTimer();
  }

  /** Throws away what waits, and the stream with it. */
  cut(): void {
    this.#fail(new Error('too much waits to be read'));
  }

  #hear({ data }: StreamMessageEvent): void {
    if (this.#stream.status !== 'open') return;
    const bytes = plainBytes(data);
    this.#chunks.push(bytes);
    this.#waitingBytes += bytes.length + CHUNK_BYTES;
    this.#work();
  }

  /** Reads on, unless an answer is being made, or has not left yet: who does not read is not asked what else he wants. */
  #work(): void {
    try {
      for (let turns = TURN_REQUESTS; this.#isReading;) {
        const request = this.#reader.next();
        if (request !== null) {
          this.#answer(decodeAmino(request));
          if (--turns === 0) this.#rest();
        } else if (this.#chunks.length > 0) this.#readChunk();
        else break;
      }
      if (this.#waitingBytes > WAITING_BYTES_MAX) throw new Error('too many requests at once');
    } catch (error) {
      this.#fail(error);
      return;
    }
    if (this.#stream.status !== 'open') return;
    this.#parts.waiting.set(this, this.#waitingBytes);
    if (this.#hasEnded && this.#isReading) this.#close();
  }

  get #isReading(): boolean {
    const { status, writableNeedsDrain } = this.#stream;
    return !this.#isAnswering && !this.#isResting && !writableNeedsDrain && status === 'open';
  }

  #readChunk(): void {
    const chunk = this.#chunks.shift()!;
    this.#waitingBytes -= chunk.length + CHUNK_BYTES;
    this.#reader.push(chunk);
  }

  /** Lets other streams have their turn. */
  #rest(): void {
    this.#isResting = true;
    setTimeout(() => {
      this.#isResting = false;
      this.#work();
    }, 0);
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

  /** The peer has said all, and has been answered. */
  #close(): void {
    if (!this.#reader.isBetweenFrames) {
      this.#fail(new Error('the stream ended in the middle of a request'));
      return;
    }
    this.#setTimer();
    this.#stream.close().catch((error: unknown) => this.#fail(error));
  }

  #fail(error: unknown): void {
    const reason = error instanceof Error ? error : new Error(String(error));
    if (this.#stream.status === 'open')
      this.#parts.log('a request of %p came to nothing: %e', this.#from, reason);
    this.#ended();
    this.#stream.abort(reason);
  }

  #ended(): void {
    this.#clearTimer();
    this.#chunks.length = 0;
    this.#waitingBytes = 0;
    this.#parts.waiting.set(this, 0);
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
