// Whether bytes are one bencoded value (BEP 3): what BEP 44 asks of a stored value, without decoding it.

/** Lists and dictionaries within each other at most, and values in all: the limits of libtorrent's decoder. */ import { assertBytes } from './assert-bytes.ts';

const DEPTH_MAX = 10;
const ITEMS_MAX = 500;

const ZERO = 0x30;
const NINE = 0x39;
const COLON = 0x3a;
const MINUS = 0x2d;
const INTEGER = 0x69;
const LIST = 0x6c;
const DICTIONARY = 0x64;
const END = 0x65;

/**
 * True for exactly one value in its one spelling: numbers without needless zeros, the keys of dictionaries
 * strings that ascend byte by byte (BEP 44 has puts with unsorted keys refused).
 */
export function isBencoded(bytes: Uint8Array): boolean {
  assertBytes(bytes);
  return new Scanner(bytes).isOneValue();
}

/** A container that is open: a list, or a dictionary whose last key lies from `start` to `end`. */
interface Open {
  readonly isDictionary: boolean;
  /** Whether a value has to follow, because a key has been read. */
  hasKey: boolean;
  start: number;
  end: number;
}

class Scanner {
  readonly #bytes: Uint8Array;
  readonly #open: Open[] = [];
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  isOneValue(): boolean {
    let items = 0;
    do {
      if (++items > ITEMS_MAX || !this.#step()) return false;
    } while (this.#open.length > 0);
    return this.#at === this.#bytes.length;
  }

  /** Reads one token: a string, an integer, or the begin or end of a container. */
  #step(): boolean {
    const container = this.#open.at(-1);
    const byte = this.#bytes[this.#at];
    if (byte === END && container !== undefined && !container.hasKey) {
      this.#at++;
      this.#open.pop();
      return true;
    }
    if (container?.isDictionary === true) {
      if (!container.hasKey) return this.#key(container);
      container.hasKey = false;
    }
    if (byte === INTEGER) return this.#integer();
    if (byte === LIST || byte === DICTIONARY) {
      this.#at++;
      this.#open.push({ isDictionary: byte === DICTIONARY, hasKey: false, start: -1, end: -1 });
      return this.#open.length <= DEPTH_MAX;
    }
    return this.#string();
  }

  #key(dictionary: Open): boolean {
    if (!this.#string(dictionary)) return false;
    dictionary.hasKey = true;
    return true;
  }

  /** A string; where it is a key, only if it comes after the key before. */
  #string(dictionary?: Open): boolean {
    const digits = this.#digits();
    if (digits === 0 || this.#bytes[this.#at] !== COLON) return false;
    let length = 0;
    for (let i = this.#at - digits; i < this.#at; i++)
      length = length * 10 + this.#bytes[i]! - ZERO;
    const start = this.#at + 1;
    if (length > this.#bytes.length - start) return false;
    this.#at = start + length;
    if (dictionary === undefined) return true;
    if (dictionary.start >= 0 && !this.#ascends(dictionary, start)) return false;
    dictionary.start = start;
    dictionary.end = this.#at;
    return true;
  }

  #integer(): boolean {
    this.#at++;
    const isNegative = this.#bytes[this.#at] === MINUS;
    if (isNegative) this.#at++;
    const isZero = this.#bytes[this.#at] === ZERO;
    if (this.#digits() === 0 || (isNegative && isZero)) return false;
    return this.#bytes[this.#at++] === END;
  }

  /** Passes over digits without a needless zero; how many, and none when there is one. */
  #digits(): number {
    const start = this.#at;
    while (isDigit(this.#bytes[this.#at])) this.#at++;
    const count = this.#at - start;
    return count > 1 && this.#bytes[start] === ZERO ? 0 : count;
  }

  /** Whether the key from `start` to here comes after the last one. */
  #ascends(last: Open, start: number): boolean {
    const bytes = this.#bytes;
    for (let i = last.start, k = start; k < this.#at; i++, k++) {
      if (i === last.end) return true;
      if (bytes[i] !== bytes[k]) return bytes[i]! < bytes[k]!;
    }
    return false;
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}
