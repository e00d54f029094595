// Protocol Buffers, the part that Kademlia's messages and records are made of: varints and
// length-delimited fields. Fixed-width fields and groups of unknown fields are skipped or refused.
import { DecodeError } from './decode-error.ts';

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
export const FIXED32 = 5;

/** Bytes of a varint of 64 bits at most. */
const VARINT_BYTES_MAX = 10;

/**
 * Reads the fields of one message in place, without a copy. `next` moves to a field; then exactly one of
 * `varint`, `uint64`, `bytes`, `message` or `skip` takes its value. Throws nothing but `DecodeError`.
 */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  /** Where the next byte is read. */
  at: number;
  /** Where the message ends. */
  end: number;
  /** Number and wire type of the field that `next` came to. */
  field = 0;
  type = 0;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.type = tag % 8;
    if (this.field === 0 || this.field > 0x1fffffff)
      throw new DecodeError('a field has no valid number', this.at);
    return true;
  }

  /** An unsigned varint; what exceeds 2^53 - 1 is cut down to it, for no field that counts needs more. */
  varint(): number {
    const { bytes, end } = this;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      if (this.at >= end) throw new DecodeError('a number ends too early', this.at);
      const byte = bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value > Number.MAX_SAFE_INTEGER ? Number.MAX_SAFE_INTEGER : value;
      scale *= 128;
    }
    throw new DecodeError('a number has more than ten bytes', this.at);
  }

  /** An unsigned varint of 64 bits, exactly. */
  uint64(): bigint {
    const { bytes, end } = this;
    let value = 0n;
    for (let i = 0; i < VARINT_BYTES_MAX; i++) {
      if (this.at >= end) throw new DecodeError('a number ends too early', this.at);
      const byte = bytes[this.at++]!;
      value |= BigInt(byte & 0x7f) << BigInt(7 * i);
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new DecodeError('a number has more than ten bytes', this.at);
  }

  /** The value of a length-delimited field: a view of the input, not a copy. */
  view(): Uint8Array {
    const length = this.length();
    const start = this.at;
    this.at += length;
    return this.bytes.subarray(start, this.at);
  }

  /** The length of a length-delimited field, which fits what is left; the field starts at `at`. */
  length(): number {
    if (this.type !== BYTES) throw new DecodeError('a field has the wrong wire type', this.at);
    const length = this.varint();
    if (length > this.end - this.at)
      throw new DecodeError('a field is longer than its message', this.at);
    return length;
  }

  /** Passes over a field that nobody wants. */
  skip(): void {
    switch (this.type) {
      case VARINT:
        this.varint();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case BYTES:
        this.at += this.length();
        return;
      case FIXED32:
        this.#advance(4);
        return;
      default:
        throw new DecodeError(`wire type ${this.type} is not supported`, this.at);
    }
  }

  #advance(count: number): void {
    if (count > this.end - this.at)
      throw new DecodeError('a field is longer than its message', this.at);
    this.at += count;
  }
}

/** Writes the fields of a message, one after the other, into a buffer that grows. */
export class ProtobufWriter {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** A field with a number from 0 to 2^53 - 1. */
  varintField(field: number, value: number): void {
    this.#reserve(20);
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** A field with an unsigned number of 64 bits. */
  uint64Field(field: number, value: bigint): void {
    this.#reserve(20);
    this.#tag(field, VARINT);
    let left = value;
    while (left >= 0x80n) {
      this.#bytes[this.#length++] = Number(left & 0x7fn) | 0x80;
      left >>= 7n;
    }
    this.#bytes[this.#length++] = Number(left);
  }

  bytesField(field: number, value: Uint8Array): void {
    this.#reserve(20 + value.length);
    this.#tag(field, BYTES);
    this.#varint(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** A copy of what has been written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Forgets what has been written, and keeps the buffer. */
  reset(): void {
    this.#length = 0;
  }

  #tag(field: number, type: number): void {
    this.#varint(field * 8 + type);
  }

  #varint(value: number): void {
    let left = value;
    while (left >= 0x80) {
      this.#bytes[this.#length++] = (left % 128) | 0x80;
      left = Math.floor(left / 128);
    }
    this.#bytes[this.#length++] = left;
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}
