// The only source of randomness: a small seeded generator, one stream per purpose.
//
// Streams are named, so that drawing once more for latency does not shift the ids or the workload of
// the same seed. The generator is sfc32 (Chris Doty-Humphrey's Small Fast Counting generator, PractRand):
// 32-bit additions and shifts only, hence the same on every JavaScript engine.

/** A seeded stream of pseudo-random numbers. Not for secrets. */
export class Rng {
  readonly #seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** A stream for `seed` (its low 53 bits count) and `purpose`. */
  constructor(seed: number, purpose = '') {
    this.#seed = seed;
    this.#a = hashText(purpose, seed | 0);
    this.#b = hashText(purpose, Math.floor(seed / 4294967296) ^ 0x9e3779b9);
    this.#c = hashText(purpose, 0x85ebca6b);
    for (let i = 0; i < 12; i++) this.uint32();
  }

  /** An independent stream of the same seed for another purpose. */
  fork(purpose: string): Rng {
    return new Rng(this.#seed, purpose);
  }

  /** A uniform integer from 0 to 2^32 - 1. */
  uint32(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** A uniform number in [0, 1) with 32 bits of resolution. */
  fraction(): number {
    return this.uint32() / 4294967296;
  }

  /** A uniform integer from 0 to `bound - 1`; `bound` is at most 2^32. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  /** True with the given probability. */
  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** `length` random bytes. */
  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let i = 0; i < length; i += 4) {
      const word = this.uint32();
      for (let j = 0; j < 4 && i + j < length; j++) result[i + j] = word >>> (24 - 8 * j);
    }
    return result;
  }
}

/** Mixes three integers into 32 well-spread bits (the finalizer of MurmurHash3): randomness that needs no state. */
export function mix(a: number, b: number, c: number): number {
  let h = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b);
  h = Math.imul((h ^ (h >>> 15) ^ b) | 0, 0xc2b2ae35);
  h = Math.imul((h ^ (h >>> 13) ^ c) | 0, 0x27d4eb2f);
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  return h >>> 0;
}

function hashText(text: string, seed: number): number {
  let h = (seed ^ 0x811c9dc5) | 0;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return mix(h, seed, text.length) | 0;
}
