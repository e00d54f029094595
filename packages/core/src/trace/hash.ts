// The fingerprint of a trace: 64 bits in two lanes of 32, the same in Node and in every browser.
// It tells whether two runs did the same, event for event; it is no defence against forgery.
import type { Key } from '../keyspace/key.ts';
import { EVENT_TYPES } from './event.ts';
import { IntList } from './int-list.ts';
import type { Row, RowSink } from './sink.ts';
import { rowOf } from './trace.ts';
import type { Trace } from './trace.ts';

const MESSAGE_SENT = EVENT_TYPES.indexOf('messageSent');
const TWO_32 = 4294967296;
const NONE = -1;

/**
 * Hashes rows without storing them. Every numeric field counts, time included; keys and words count by
 * content, so that the order in which they became known does not matter. Attached data does not count.
 */
export class TraceHasher implements RowSink {
  #a = 0x243f6a88;
  #b = 0x85a308d3 | 0;
  #length = 0;
  readonly #keyHash = new IntList();
  readonly #wordHash = new Map<string, number>();

  /** How many rows have been hashed. */
  get length(): number {
    return this.#length;
  }

  addKey(key: Key): number {
    this.#keyHash.push(hashBytes(key, key.length, 0x13198a2e));
    this.#keyHash.push(hashBytes(key, key.length, 0x03707344));
    return this.#keyHash.length / 2 - 1;
  }

  append(row: Row): number {
    const index = this.#length++;
    this.#mix(row.timeMs | 0, Math.floor(row.timeMs / TWO_32) | 0);
    this.#mix(row.timeNs, row.type | (row.kind << 8) | (row.isResponse << 16));
    this.#mix(row.step, row.node);
    // Like a trace, which fills in that a message sent is about itself.
    this.#mix(row.peer, row.type === MESSAGE_SENT ? index : row.message);
    this.#mix(row.cause, row.rpc);
    this.#mix(row.lookup, row.operation);
    this.#mix(row.bytes, row.count);
    const key = row.key < 0 ? NONE : row.key * 2;
    this.#mix(row.hop, key === NONE ? NONE : this.#keyHash.values[key]!);
    const word = row.detail === null ? NONE : this.#hashOf(row.detail);
    this.#mix(word, key === NONE ? NONE : this.#keyHash.values[key + 1]!);
    return index;
  }

  /** Sixteen hexadecimal digits for all rows so far; more rows may follow. */
  digest(): string {
    const a = finish(this.#a ^ this.#length);
    const b = finish(this.#b ^ a);
    return toHex(finish(a ^ b)) + toHex(b);
  }

  #mix(x: number, y: number): void {
    const a = Math.imul(this.#a ^ x, 0x85ebca6b);
    const b = Math.imul(this.#b ^ y, 0xc2b2ae35);
    // Each lane takes the other's high bits, so that both values end in both lanes.
    this.#a = (Math.imul(a ^ (a >>> 15), 0x9e3779b1) ^ (b >>> 13)) + 0x27d4eb2f;
    this.#b = (Math.imul(b ^ (b >>> 16), 0x27d4eb2d) ^ (a >>> 11)) + 0x165667b1;
  }

  #hashOf(word: string): number {
    let hash = this.#wordHash.get(word);
    if (hash === undefined) {
      hash = hashText(word);
      this.#wordHash.set(word, hash);
    }
    return hash;
  }
}

/** The hash of all rows of a trace: equal to that of a hasher that got the same rows. */
export function hashTrace(trace: Trace): string {
  const hasher = new TraceHasher();
  for (const key of trace.keys) hasher.addKey(key);
  for (let index = 0; index < trace.length; index++) hasher.append(rowOf(trace, index));
  return hasher.digest();
}

/** Feeds two sinks with the same rows: say, a trace and a hash. */
export class TeeSink implements RowSink {
  readonly #first: RowSink;
  readonly #second: RowSink;

  /** Both must be equally long; the indices are those of the first. */
  constructor(first: RowSink, second: RowSink) {
    this.#first = first;
    this.#second = second;
  }

  append(row: Row): number {
    const index = this.#first.append(row);
    this.#second.append(row);
    return index;
  }

  addKey(key: Key): number {
    const index = this.#first.addKey(key);
    this.#second.addKey(key);
    return index;
  }
}

function hashBytes(bytes: Key, length: number, seed: number): number {
  let hash = seed ^ length;
  for (let i = 0; i < length; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return finish(hash);
}

function hashText(text: string): number {
  let hash = 0x811c9dc5 ^ text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return finish(hash);
}

function finish(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function toHex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0');
}
