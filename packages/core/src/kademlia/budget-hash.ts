// A keyed hash for tables whose entries strangers choose: HalfSipHash-2-4 (Aumasson & Bernstein), SipHash
// on words of 32 bits, which is what JavaScript multiplies and shifts without help. Who does not know the
// key cannot find sources that fall into one slot.

/** Hashes three integers of 32 bits under a secret key of two. */
export class KeyedHash {
  readonly #k0: number;
  readonly #k1: number;
  #v0 = 0;
  #v1 = 0;
  #v2 = 0;
  #v3 = 0;

  constructor(k0: number, k1: number) {
    this.#k0 = k0 | 0;
    this.#k1 = k1 | 0;
  }

  /** 32 bits, as a signed integer. */
  hash(a: number, b: number, c: number): number {
    this.#v0 = this.#k0;
    this.#v1 = this.#k1;
    this.#v2 = 0x6c796765 ^ this.#k0;
    this.#v3 = 0x74656462 ^ this.#k1;
    this.#absorb(a);
    this.#absorb(b);
    this.#absorb(c);
    // The last word of a message is its length in bytes, in the highest byte.
    this.#absorb(12 << 24);
    this.#v2 ^= 0xff;
    for (let round = 0; round < 4; round++) this.#mix();
    return this.#v1 ^ this.#v3;
  }

  #absorb(word: number): void {
    this.#v3 ^= word;
    this.#mix();
    this.#mix();
    this.#v0 ^= word;
  }

  #mix(): void {
    let v0 = (this.#v0 + this.#v1) | 0;
    let v1 = rotate(this.#v1, 5) ^ v0;
    let v2 = (this.#v2 + this.#v3) | 0;
    let v3 = rotate(this.#v3, 8) ^ v2;
    v0 = (rotate(v0, 16) + v3) | 0;
    v3 = rotate(v3, 7) ^ v0;
    v2 = (v2 + v1) | 0;
    v1 = rotate(v1, 13) ^ v2;
    this.#v0 = v0;
    this.#v1 = v1;
    this.#v2 = rotate(v2, 16);
    this.#v3 = v3;
  }
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
