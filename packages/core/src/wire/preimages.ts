// FIND_NODE on the IPFS DHT carries what is hashed, not the point of the keyspace itself. To look into a
// region, a node needs bytes whose hash begins with its prefix.
//
// Go ships a table for all prefixes of 16 bits. Here they are counted up as they are needed: the whole
// table takes 753,015 hashes, a few short prefixes take a few, and longer ones can be had too.
import { sha256 } from '@noble/hashes/sha2.js';

/** Bits of a prefix at most: 2^24 hashes are some 20 seconds. */
export const PREIMAGE_BITS_MAX = 24;

/** Prefixes of so many bits are remembered, in 256 KiB: Go's table. */
const REMEMBERED_BITS = 16;

/** Multihashes of random peers, as far as anybody can tell, by the beginning of their Kademlia key. */
export class Preimages {
  /** The number of the first pre-image for each prefix of 16 bits, plus one; 0 for none yet. */
  readonly #first: Uint32Array = new Uint32Array(1 << REMEMBERED_BITS);
  readonly #bytes = new Uint8Array(34);
  #next = 0;

  constructor() {
    this.#bytes[0] = 0x12;
    this.#bytes[1] = 0x20;
  }

  /**
   * A sha2-256 multihash whose SHA-256 begins with the first `length` bits of `prefix`: 0x12, 0x20, a number in
   * four bytes, zeros, as in go-libp2p-kbucket. Throws a `RangeError` for more than 24 bits.
   */
  of(prefix: Uint8Array, length: number): Uint8Array {
    if (length > PREIMAGE_BITS_MAX || length > prefix.length * 8)
      throw new RangeError(`a prefix has up to ${PREIMAGE_BITS_MAX} bits, not ${length}`);
    const wanted = headOf(prefix);
    const known = this.#remembered(wanted, length);
    if (known >= 0) return this.#multihash(known);
    // What has been counted before fits no prefix of up to 16 bits; a longer one has to start over.
    let at = length > REMEMBERED_BITS ? 0 : this.#next;
    for (; ; at++) {
      const head = this.#headOfHash(at);
      if (at >= this.#next) {
        this.#next = at + 1;
        const slot = head >>> (32 - REMEMBERED_BITS);
        if (this.#first[slot] === 0) this.#first[slot] = at + 1;
      }
      if (sharesPrefix(head, wanted, length)) return this.#multihash(at);
    }
  }

  /** The least number that is remembered for a prefix; -1 when there is none. */
  #remembered(wanted: number, length: number): number {
    if (length > REMEMBERED_BITS) return -1;
    const low = length === 0 ? 0 : (wanted >>> (32 - length)) << (REMEMBERED_BITS - length);
    const high = low + (1 << (REMEMBERED_BITS - length));
    let least = 0;
    for (let slot = low; slot < high; slot++) {
      const number = this.#first[slot]!;
      if (number !== 0 && (least === 0 || number < least)) least = number;
    }
    return least - 1;
  }

  #headOfHash(number: number): number {
    this.#write(number);
    return headOf(sha256(this.#bytes));
  }

  #multihash(number: number): Uint8Array {
    this.#write(number);
    return this.#bytes.slice();
  }

  #write(number: number): void {
    for (let i = 0; i < 4; i++) this.#bytes[2 + i] = number >>> (24 - 8 * i);
  }
}

function headOf(key: Uint8Array): number {
  const byte = (at: number): number => key[at] ?? 0;
  return ((byte(0) << 24) | (byte(1) << 16) | (byte(2) << 8) | byte(3)) >>> 0;
}

function sharesPrefix(a: number, b: number, length: number): boolean {
  return length === 0 || (a ^ b) >>> (32 - length) === 0;
}
