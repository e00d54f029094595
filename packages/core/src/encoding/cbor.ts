// DAG-CBOR (ipld.io/specs/codecs/dag-cbor/spec), the form of what an IPNS record signs: CBOR (RFC 8949)
// with exactly one encoding of each value. The decoder refuses all others, so that two nodes that read
// the same bytes cannot understand two things.
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { decodeUtf8 } from './cbor-text.ts';
import { assertBytes } from './assert-bytes.ts';
import { DecodeError } from './decode-error.ts';

/** A link to other content: tag 42 around the bytes of a CID, here without the leading zero of the format. */
export interface CborLink {
  readonly cid: Uint8Array;
}

/** What DAG-CBOR can say. A `bigint` is an integer, a `number` a float: the format tells them apart, too. */
export type CborValue =
  | null
  | boolean
  | bigint
  | number
  | string
  | Uint8Array
  | CborLink
  | readonly CborValue[]
  | ReadonlyMap<string, CborValue>;

/** Values within values at most: what fxamacker/cbor, Go's usual decoder, allows unless told otherwise. */
const DEPTH_MAX = 32;

/** Values in one document at most, against documents that swell when decoded; fxamacker/cbor: 131,072 in one array. */
const ITEMS_MAX = 16_384;

const UNSIGNED = 0;
const NEGATIVE = 1;
const BYTES = 2;
const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const OTHER = 7;

const FALSE = 20;
const TRUE = 21;
const NULL = 22;
const FLOAT64 = 27;
const LINK_TAG = 42n;

/** The least number that is written with 1, 2, 4 and 8 bytes after the first. */
const LEAST = [24n, 0x100n, 0x10000n, 0x100000000n];

/**
 * Reads one value that fills `bytes`. Byte strings are views of the input. Throws nothing but
 * `DecodeError`: at bytes that end too early or go on too long, lengths and numbers that are not written
 * in the shortest way, keys that are out of order, twice or no text, text that is not UTF-8, floats that
 * are not numbers or not of 64 bits, tags other than 42, and what is too deep or too much.
 */
export function decodeCbor(bytes: Uint8Array): CborValue {
  assertBytes(bytes);
  const reader = new CborReader(bytes);
  const value = reader.value(0);
  if (reader.at < bytes.length) throw new DecodeError('something follows the value', reader.at);
  return value;
}

/**
 * Writes a value: keys in their order, everything in the shortest way, so that `decodeCbor` takes it back.
 * Throws a `RangeError` at a float that is no number and an integer of more than 64 bits.
 */
export function encodeCbor(value: CborValue): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return concatBytes(...parts);
}

/** Where a decoder is, and how much it has read. */
class CborReader {
  readonly #bytes: Uint8Array;
  at = 0;
  #items = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  value(depth: number): CborValue {
    if (depth > DEPTH_MAX) throw new DecodeError('the document is too deep', this.at);
    if (++this.#items > ITEMS_MAX)
      throw new DecodeError('the document has too many values', this.at);
    const first = this.#byte();
    const info = first & 0x1f;
    switch (first >> 5) {
      case UNSIGNED:
        return this.#argument(info);
      case NEGATIVE:
        return -1n - this.#argument(info);
      case BYTES:
        return this.#view(info);
      case TEXT:
        return this.#text(info);
      case ARRAY:
        return this.#array(info, depth);
      case MAP:
        return this.#map(info, depth);
      case TAG:
        return this.#link(info);
      default:
        return this.#other(info);
    }
  }

  #array(info: number, depth: number): CborValue[] {
    const count = this.#length(info, 1);
    const values: CborValue[] = [];
    for (let i = 0; i < count; i++) values.push(this.value(depth + 1));
    return values;
  }

  #map(info: number, depth: number): Map<string, CborValue> {
    const count = this.#length(info, 2);
    const map = new Map<string, CborValue>();
    let previous: Uint8Array | null = null;
    for (let i = 0; i < count; i++) {
      const start = this.at;
      const first = this.#byte();
      if (first >> 5 !== TEXT) throw new DecodeError('a key is no text', start);
      const text = this.#text(first & 0x1f);
      // In the shortest encoding the length comes first, so the order of the bytes is that of the format.
      const key = this.#bytes.subarray(start, this.at);
      if (previous !== null && compareBytes(previous, key) >= 0)
        throw new DecodeError('the keys are out of order', start);
      previous = key;
      map.set(text, this.value(depth + 1));
    }
    return map;
  }

  #link(info: number): CborLink {
    const start = this.at - 1;
    if (this.#argument(info) !== LINK_TAG) throw new DecodeError('a tag is not 42', start);
    const first = this.#byte();
    if (first >> 5 !== BYTES) throw new DecodeError('a link is no byte string', start);
    const bytes = this.#view(first & 0x1f);
    if (bytes.length < 2 || bytes[0] !== 0)
      throw new DecodeError('a link does not begin with zero', start);
    return { cid: bytes.subarray(1) };
  }

  #other(info: number): CborValue {
    if (info === FALSE) return false;
    if (info === TRUE) return true;
    if (info === NULL) return null;
    const start = this.at;
    if (info !== FLOAT64)
      throw new DecodeError(`the simple value ${info} is not allowed`, start - 1);
    this.#need(8);
    this.at += 8;
    const { buffer, byteOffset } = this.#bytes;
    const float = new DataView(buffer, byteOffset + start, 8).getFloat64(0);
    if (!Number.isFinite(float)) throw new DecodeError('a float is no number', start);
    return float;
  }

  #text(info: number): string {
    const length = this.#length(info, 1);
    this.at += length;
    return decodeUtf8(this.#bytes, this.at - length, this.at);
  }

  #view(info: number): Uint8Array {
    const length = this.#length(info, 1);
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  /** A count of things that take at least `size` bytes each: never more than what is left can hold. */
  #length(info: number, size: number): number {
    const start = this.at - 1;
    const count = this.#argument(info);
    if (count * BigInt(size) > this.#bytes.length - this.at)
      throw new DecodeError('a length exceeds what is left', start);
    return Number(count);
  }

  /** The number in the head of a value: up to 23 in the first byte, then in 1, 2, 4 or 8 bytes. */
  #argument(info: number): bigint {
    if (info < 24) return BigInt(info);
    const start = this.at - 1;
    if (info > 27) throw new DecodeError('a length is missing', start);
    const size = 1 << (info - 24);
    this.#need(size);
    let value = 0n;
    for (let i = 0; i < size; i++) value = (value << 8n) | BigInt(this.#bytes[this.at++]!);
    if (value < LEAST[info - 24]!)
      throw new DecodeError('a number is not written in the shortest way', start);
    return value;
  }

  #byte(): number {
    this.#need(1);
    return this.#bytes[this.at++]!;
  }

  #need(count: number): void {
    if (count > this.#bytes.length - this.at)
      throw new DecodeError('the document ends too early', this.at);
  }
}

function write(value: CborValue, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of((OTHER << 5) | NULL));
  else if (typeof value === 'boolean')
    parts.push(Uint8Array.of((OTHER << 5) | (value ? TRUE : FALSE)));
  else if (typeof value === 'bigint')
    parts.push(value < 0n ? head(NEGATIVE, -1n - value) : head(UNSIGNED, value));
  else if (typeof value === 'number') parts.push(float(value));
  else if (typeof value === 'string') writeText(value, parts);
  else if (value instanceof Uint8Array) parts.push(head(BYTES, BigInt(value.length)), value);
  else if (isMap(value)) writeMap(value, parts);
  else if (isArray(value)) {
    parts.push(head(ARRAY, BigInt(value.length)));
    for (const item of value) write(item, parts);
  } else {
    const length = BigInt(value.cid.length + 1);
    parts.push(head(TAG, LINK_TAG), head(BYTES, length), Uint8Array.of(0), value.cid);
  }
}

function writeText(text: string, parts: Uint8Array[]): void {
  const bytes = utf8ToBytes(text);
  parts.push(head(TEXT, BigInt(bytes.length)), bytes);
}

function writeMap(map: ReadonlyMap<string, CborValue>, parts: Uint8Array[]): void {
  const entries = Array.from(map, ([key, value]) => ({ key: encodeCbor(key), value }));
  entries.sort((a, b) => compareBytes(a.key, b.key));
  parts.push(head(MAP, BigInt(entries.length)));
  for (const { key, value } of entries) {
    parts.push(key);
    write(value, parts);
  }
}

/** The first bytes of a value: its major type and a number in the shortest way. */
function head(major: number, argument: bigint): Uint8Array {
  if (argument < LEAST[0]!) return Uint8Array.of((major << 5) | Number(argument));
  if (argument >> 64n !== 0n)
    throw new RangeError(`an integer has at most 64 bits, not ${argument}`);
  let width = 0;
  while (width < 3 && argument >= LEAST[width + 1]!) width++;
  const size = 1 << width;
  const bytes = new Uint8Array(1 + size);
  bytes[0] = (major << 5) | (24 + width);
  for (let i = size, left = argument; i > 0; i--, left >>= 8n) bytes[i] = Number(left & 0xffn);
  return bytes;
}

function float(value: number): Uint8Array {
  if (!Number.isFinite(value)) throw new RangeError(`DAG-CBOR has no ${value}`);
  const bytes = new Uint8Array(9);
  bytes[0] = (OTHER << 5) | FLOAT64;
  new DataView(bytes.buffer).setFloat64(1, value);
  return bytes;
}

function isMap(value: object): value is ReadonlyMap<string, CborValue> {
  return value instanceof Map;
}

function isArray(value: object): value is readonly CborValue[] {
  return Array.isArray(value);
}

/** Byte by byte, and the shorter first where one begins with the other. */
function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!;
  return a.length - b.length;
}
