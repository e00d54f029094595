// Protocol Buffers, the part that Kademlia's messages and records are made of: varints and
// length-delimited fields. Fixed-width fields and groups occur only among fields that nobody knows.
import { assertBytes } from './assert-bytes.ts';
import { DecodeError } from './decode-error.ts';

export const VARINT = 0;
const FIXED64 = 1;
export const BYTES = 2;
const START_GROUP = 3;
const END_GROUP = 4;
const FIXED32 = 5;

/** Bytes of a varint of 64 bits at most. */
const VARINT_BYTES_MAX = 10;

/** Bytes of a field's tag and the length or number that follows it at most. */
const HEAD_BYTES_MAX = 2 * VARINT_BYTES_MAX;

/** The largest field number (29 bits: the encoding guide of Protocol Buffers). */
const FIELD_MAX = 0x1fffffff;

const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

/**
 * Reads the fields of one message in place, without a copy. `next` moves to a field; then exactly one of
 * `varint`, `uint64`, `view`, `length` or `skip` takes its value. Throws nothing but `DecodeError`.
 *
 * A nested message is read by the same reader: set `end` to where it ends, and back afterwards.
 */
export class ProtobufReader {
  readonly bytes: Uint8Array;
  /** Where the next byte is read. */
  at: number;
  /** Where the message ends. */
  end: number;
  /** Number and wire type of the field that `next` came to. */
  field = 0;
  type: number = VARINT;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    assertBytes(bytes);
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.at >= this.end) return false;
    const tag = this.#number();
    this.field = tag < 0x80000000 ? tag >>> 3 : Math.floor(tag / 8);
    this.type = tag & 7;
    if (this.field === 0 || this.field > FIELD_MAX)
      throw new DecodeError('a field has no valid number', this.at);
    return true;
  }

  /** An unsigned varint; what exceeds 2^53 - 1 is cut down to it, for no field that counts needs more. */
  varint(): number {
    if (this.type !== VARINT) throw new DecodeError('a field has the wrong wire type', this.at);
    return this.#number();
  }

  /** An unsigned varint of 64 bits, exactly. */
  uint64(): bigint {
    if (this.type !== VARINT) throw new DecodeError('a field has the wrong wire type', this.at);
    const start = this.at;
    const number = this.#number();
    if (number < Number.MAX_SAFE_INTEGER) return BigInt(number);
    let value = 0n;
    for (let i = start; i < this.at; i++)
      value |= BigInt(this.bytes[i]! & 0x7f) << BigInt(7 * (i - start));
    return value;
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
    const length = this.#number();
    if (length > this.end - this.at)
      throw new DecodeError('a field is longer than its message', this.at);
    return length;
  }

  /**
   * Passes over a field that nobody wants. Groups are long out of use, but Go's decoder passes over
   * them, too, so whoever may append to a message must not be able to make us alone refuse it.
   */
  skip(): void {
    if (this.type !== START_GROUP) {
      this.#skipOne();
      return;
    }
    for (let depth = 1; depth > 0;) {
      if (!this.next()) throw new DecodeError('a group does not end', this.at);
      if (this.type === START_GROUP) depth++;
      else if (this.type === END_GROUP) depth--;
      else this.#skipOne();
    }
  }

  #skipOne(): void {
    switch (this.type) {
      case VARINT:
        this.#number();
        return;
      case FIXED64:
        this.#advance(8);
        return;
      case BYTES:
        this.#advance(this.length());
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

  #number(): number {
    // Nearly every number of a message has one byte: tags, types, lengths of ids and addresses.
    const byte = this.at < this.end ? this.bytes[this.at]! : 0x80;
    if (byte < 0x80) {
      this.at++;
      return byte;
    }
    return this.#longNumber();
  }

  #longNumber(): number {
    let value = 0;
    let scale = 1;
    for (let count = 1; ; count++) {
      if (this.at >= this.end) throw new DecodeError('a number ends too early', this.at);
      const byte = this.bytes[this.at++]!;
      // The tenth byte has room for one bit, and ends every number.
      if (count === VARINT_BYTES_MAX && byte > 1)
        throw new DecodeError('a number has more than 64 bits', this.at);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return Math.min(value, Number.MAX_SAFE_INTEGER);
      scale *= 128;
    }
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

  /** A field with a number from 0 to 2^53 - 1; throws a `RangeError` at any other. */
  varintField(field: number, value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`${value} is no integer from 0 to 2^53 - 1`);
    this.#reserve(HEAD_BYTES_MAX);
    this.#tag(field, VARINT);
    this.#varint(value);
  }

  /** A field with an unsigned number of 64 bits; throws a `RangeError` at any other. */
  uint64Field(field: number, value: bigint): void {
    if (value < 0n || value > UINT64_MAX)
      throw new RangeError(`${value} is no integer from 0 to 2^64 - 1`);
    this.#reserve(HEAD_BYTES_MAX);
    this.#tag(field, VARINT);
    let left = value;
    while (left >= 0x80n) {
      this.#bytes[this.#length++] = Number(left & 0x7fn) | 0x80;
      left >>= 7n;
    }
    this.#bytes[this.#length++] = Number(left);
  }

  bytesField(field: number, value: Uint8Array): void {
    this.#reserve(HEAD_BYTES_MAX + value.length);
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
    this.#length = writeVarint(this.#bytes, this.#length, value);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
  }
}

/** Bytes that a number from 0 to 2^53 - 1 takes as a varint: 1 to 8. */
export function varintBytes(value: number): number {
  if (value < 0x80) return 1;
  let bytes = 2;
  for (let left = Math.floor(value / 128); left >= 0x80; left = Math.floor(left / 128)) bytes++;
  return bytes;
}

/** Writes a number from 0 to 2^53 - 1 as a varint; returns where the next byte goes. */
export function writeVarint(bytes: Uint8Array, at: number, value: number): number {
  let next = at;
  let left = value;
  while (left >= 0x80) {
    bytes[next++] = (left % 128) | 0x80;
    left = Math.floor(left / 128);
  }
  bytes[next++] = left;
  return next;
}
