// Frames: how messages follow one another on a stream of libp2p. Each is preceded by its length as an
// unsigned varint (ipfs/specs, `src/routing/kad-dht.md`), in its shortest form (multiformats/unsigned-varint).
import { assertBytes } from '../encoding/assert-bytes.ts';
import { DecodeError } from '../encoding/decode-error.ts';
import { varintBytes, writeVarint } from '../encoding/protobuf.ts';
import { assert } from '../keyspace/assert.ts';
import { MESSAGE_BYTES_MAX } from './message.ts';

/** Bytes that a buffer for the rest of a frame begins with at most: the frame of a common answer. */
const FIRST_BUFFER_BYTES = 4_096;

/** A message with its length before it. Throws a `RangeError` at more than `MESSAGE_BYTES_MAX`. */
export function frame(message: Uint8Array): Uint8Array {
  if (message.length > MESSAGE_BYTES_MAX)
    throw new RangeError(`a frame has ${message.length} bytes, more than ${MESSAGE_BYTES_MAX}`);
  const bytes = new Uint8Array(varintBytes(message.length) + message.length);
  bytes.set(message, writeVarint(bytes, 0, message.length));
  return bytes;
}

const NOTHING: Uint8Array = new Uint8Array(0);

/**
 * Takes a stream apart into frames, whatever pieces it comes in. Usage: `push` a chunk, then take `next`
 * until it is `null`, and so on; at the end of the stream, `isBetweenFrames` tells whether it was cut.
 *
 * A length beyond the limit is refused as soon as it is read. What is held never exceeds the chunk and
 * about twice of what has come of one frame: no claim makes us allocate anything.
 *
 * @example
 * ```ts
 * const reader = new FrameReader()
 * reader.push(Uint8Array.of(2, 7, 8, 1))
 * reader.next() // Uint8Array.of(7, 8)
 * reader.next() // null
 * reader.isBetweenFrames // false
 * ```
 */
export class FrameReader {
  readonly #limit: number;
  #chunk: Uint8Array = NOTHING;
  #at = 0;
  /** The part of the length that has been read, and its bits. */
  #length = 0;
  #lengthBits = 0;
  /** What has come of a frame that began in an earlier chunk, while `#hasLength`. */
  #buffer: Uint8Array = NOTHING;
  #filled = 0;
  #hasLength = false;
  #error: DecodeError | null = null;

  /** `limit`: bytes of a frame at most; a server has no reason to read longer requests than `SENT_BYTES_MAX`. */
  constructor(limit: number = MESSAGE_BYTES_MAX) {
    assert(limit >= 0 && limit <= MESSAGE_BYTES_MAX, 'the limit of a frame is that of a message');
    this.#limit = limit;
  }

  /** Takes the next chunk of the stream; the one before it must have been read to its end. */
  push(chunk: Uint8Array): void {
    assertBytes(chunk);
    assert(this.#at === this.#chunk.length, 'a chunk is read before the next one comes');
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * The next frame, without its length; `null` when its end has not come yet. A view of the chunk where
   * all of the frame is in it. Throws `DecodeError` at a length that is too large or not in its shortest
   * form; the stream cannot be read from then on, and every further call throws the same.
   */
  next(): Uint8Array | null {
    if (this.#error !== null) throw this.#error;
    if (!this.#hasLength && !this.#readLength()) return null;
    const wanted = this.#length - this.#filled;
    const there = this.#chunk.length - this.#at;
    if (there < wanted) {
      this.#keep(there);
      return null;
    }
    let frame: Uint8Array;
    if (this.#filled === 0) {
      frame = this.#chunk.subarray(this.#at, this.#at + wanted);
      this.#at += wanted;
      if (this.#at === this.#chunk.length) this.#release();
    } else {
      this.#keep(wanted);
      frame = this.#buffer.subarray(0, this.#filled);
    }
    this.#reset();
    return frame;
  }

  /** Whether the stream may end here: every frame that began has ended. */
  get isBetweenFrames(): boolean {
    return (
      this.#error === null &&
      !this.#hasLength &&
      this.#lengthBits === 0 &&
      this.#at === this.#chunk.length
    );
  }

  /** Reads the length as far as it has come; true when it is whole. */
  #readLength(): boolean {
    while (this.#at < this.#chunk.length) {
      const byte = this.#chunk[this.#at++]!;
      // The limit has 23 bits, so that the fourth byte always decides.
      this.#length += (byte & 0x7f) * (1 << this.#lengthBits);
      if (byte === 0 && this.#lengthBits > 0) this.#fail('a length is not in its shortest form');
      if (this.#length > this.#limit || (byte >= 0x80 && this.#lengthBits === 21))
        this.#fail(`a frame claims more than ${this.#limit} bytes`);
      this.#lengthBits += 7;
      if (byte < 0x80) {
        this.#hasLength = true;
        return true;
      }
    }
    this.#release();
    return false;
  }

  /** Moves bytes of the chunk to the buffer, which grows with what has come, not with what is claimed. */
  #keep(count: number): void {
    const needed = this.#filled + count;
    if (needed > this.#buffer.length) {
      const room = Math.max(needed, 2 * this.#buffer.length, FIRST_BUFFER_BYTES);
      const buffer = new Uint8Array(Math.min(this.#length, room));
      buffer.set(this.#buffer.subarray(0, this.#filled));
      this.#buffer = buffer;
    }
    this.#buffer.set(this.#chunk.subarray(this.#at, this.#at + count), this.#filled);
    this.#at += count;
    this.#filled = needed;
    if (this.#at === this.#chunk.length) this.#release();
  }

  /** Lets go of a chunk that has been read. */
  #release(): void {
    this.#chunk = NOTHING;
    this.#at = 0;
  }

  /** Makes ready for the next frame. The buffer belongs to whoever took the frame. */
  #reset(): void {
    this.#length = 0;
    this.#lengthBits = 0;
    this.#hasLength = false;
    this.#buffer = NOTHING;
    this.#filled = 0;
  }

  #fail(message: string): never {
    this.#error = new DecodeError(message);
    this.#release();
    this.#reset();
    throw this.#error;
  }
}
