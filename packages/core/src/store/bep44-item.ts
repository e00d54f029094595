// Items of BEP 44 as one piece of bytes, so that a store of records can hold them: a bencoded dictionary with
// the entries that a `put` has for the item, `k`, `salt`, `seq`, `sig` and `v`, or `v` alone.
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import { assertBytes } from '../encoding/assert-bytes.ts';
import { DecodeError } from '../encoding/decode-error.ts';

/** An item that is its own proof. `v` is the value as it was bencoded, verbatim. */
export interface ImmutableItem {
  readonly v: Uint8Array;
}

/** An item that its publisher can replace. */
export interface MutableItem extends ImmutableItem {
  /** The Ed25519 key that signs, 32 bytes. */
  readonly k: Uint8Array;
  /** What tells the items of one key apart; empty for none. */
  readonly salt: Uint8Array;
  /** The version, 0 to 2^63 - 1. */
  readonly seq: bigint;
  /** 64 bytes. */
  readonly sig: Uint8Array;
}

/** Either kind; only mutable ones have a `k`. */
export type Bep44Item = ImmutableItem | MutableItem;

const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;

/** Digits of a sequence number or a length at most: those of 2^63 - 1. */
const DIGITS_MAX = 19;

const ZERO = 0x30;
const NINE = 0x39;

/** Packs an item. */
export function encodeBep44Item(item: Bep44Item): Uint8Array {
  const parts: Uint8Array[] = [utf8ToBytes('d')];
  if ('k' in item) {
    parts.push(utf8ToBytes('1:k32:'), item.k);
    if (item.salt.length > 0) parts.push(utf8ToBytes(`4:salt${item.salt.length}:`), item.salt);
    parts.push(utf8ToBytes(`3:seqi${item.seq}e3:sig64:`), item.sig);
  }
  parts.push(utf8ToBytes('1:v'), item.v, utf8ToBytes('e'));
  return concatBytes(...parts);
}

/**
 * Unpacks an item; its parts are views of the input. Throws nothing but `DecodeError`: at anything but one
 * item in its one packed form. Whether `v` is bencoded is for the validators to say.
 */
export function decodeBep44Item(bytes: Uint8Array): Bep44Item {
  assertBytes(bytes);
  const reader = new ItemReader(bytes);
  reader.expect('d');
  if (!reader.take('1:k')) return { v: reader.rest() };
  const k = reader.string();
  const salt = reader.take('4:salt') ? reader.string() : new Uint8Array(0);
  reader.expect('3:seqi');
  const seq = BigInt(reader.digits());
  reader.expect('e3:sig');
  const sig = reader.string();
  const item = { k, salt, seq, sig, v: reader.rest() };
  const isOneForm = k.length === KEY_BYTES && sig.length === SIGNATURE_BYTES;
  if (!isOneForm || encodeBep44Item(item).length !== bytes.length)
    throw new DecodeError('an item is not packed as it should be');
  return item;
}

class ItemReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Passes over these characters if they come next. */
  take(text: string): boolean {
    for (let i = 0; i < text.length; i++)
      if (this.#bytes[this.#at + i] !== text.charCodeAt(i)) return false;
    this.#at += text.length;
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw new DecodeError(`an item has no '${text}' here`, this.#at);
  }

  /** The digits that come next, at least one. */
  digits(): string {
    let text = '';
    let byte = this.#bytes[this.#at];
    while (byte !== undefined && byte >= ZERO && byte <= NINE && text.length < DIGITS_MAX) {
      text += String.fromCharCode(byte);
      byte = this.#bytes[++this.#at];
    }
    if (text === '') throw new DecodeError('an item has no number here', this.#at);
    return text;
  }

  string(): Uint8Array {
    const length = Number(this.digits());
    this.expect(':');
    if (length > this.#bytes.length - this.#at)
      throw new DecodeError('an item ends too early', this.#at);
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The value of the last entry, which is all that is left but the end of the dictionary. */
  rest(): Uint8Array {
    this.expect('1:v');
    const value = this.#bytes.subarray(this.#at, -1);
    this.#at = Math.max(this.#at, this.#bytes.length - 1);
    this.expect('e');
    return value;
  }
}
