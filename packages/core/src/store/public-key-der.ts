// The DER (X.690) that public keys of X.509 are written in: sequences, integers and bit strings, strictly.
import { DecodeError } from '../encoding/decode-error.ts';

const INTEGER = 0x02;
const BIT_STRING = 0x03;
const SEQUENCE = 0x30;

/** The algorithm of an RSA key: 1.2.840.113549.1.1.1 with NULL, as RFC 3279, section 2.3.1, has it. */
const RSA = Uint8Array.of(6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0);

/** The algorithm of an elliptic curve key on P-256: 1.2.840.10045.2.1 with 1.2.840.10045.3.1.7 (RFC 5480). */
const P256 = Uint8Array.from(
  [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1].concat([6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]),
);

/** Modulus and exponent of an RSA key, most significant byte first and not zero. Throws a `DecodeError`. */
export function decodeRsaKey(der: Uint8Array): { modulus: Uint8Array; exponent: Uint8Array } {
  const numbers = new DerReader(subjectKey(der, RSA, 'RSA')).enter(SEQUENCE);
  const modulus = numbers.unsigned();
  const exponent = numbers.unsigned();
  numbers.finish();
  return { modulus, exponent };
}

/** The point of a key on P-256, as SEC 1 writes points. Throws a `DecodeError`. */
export function decodeP256Key(der: Uint8Array): Uint8Array {
  return subjectKey(der, P256, 'P-256');
}

/** The key in a SubjectPublicKeyInfo (RFC 5280, section 4.1), which must be one of the algorithm. */
function subjectKey(der: Uint8Array, algorithm: Uint8Array, name: string): Uint8Array {
  const outer = new DerReader(der);
  const info = outer.enter(SEQUENCE);
  outer.finish();
  const found = info.content(SEQUENCE);
  if (found.length !== algorithm.length || found.some((byte, i) => byte !== algorithm[i]))
    throw new DecodeError(`a public key is not one of ${name}`);
  const bits = info.content(BIT_STRING);
  info.finish();
  if (bits[0] !== 0) throw new DecodeError('a public key is not made of whole bytes');
  return bits.subarray(1);
}

/** Reads the elements of a sequence one after the other. */
class DerReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** A reader of the next element's content. */
  enter(tag: number): DerReader {
    return new DerReader(this.content(tag));
  }

  /** The content of the next element, which must have this tag. */
  content(tag: number): Uint8Array {
    if (this.#bytes[this.#at] !== tag) throw new DecodeError(`DER has no element ${tag} here`);
    this.#at++;
    const length = this.#length();
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The next integer, which must be positive, without the zero that keeps its sign. */
  unsigned(): Uint8Array {
    const content = this.content(INTEGER);
    const first = content[0];
    const isPadded = first === 0;
    const leads = isPadded ? content[1] : first;
    if (leads === undefined || leads === 0 || leads >= 0x80 !== isPadded)
      throw new DecodeError('DER has no positive integer here');
    return isPadded ? content.subarray(1) : content;
  }

  finish(): void {
    if (this.#at < this.#bytes.length)
      throw new DecodeError('something follows the end of the DER');
  }

  /** A length: up to 127 in one byte, else the shortest that will do of two and three. */
  #length(): number {
    const first = this.#bytes[this.#at++] ?? 0xff;
    let length = first;
    if (first >= 0x80) {
      const width = first - 0x80;
      if (width !== 1 && width !== 2) throw new DecodeError('DER has a length that it cannot have');
      length = 0;
      for (let i = 0; i < width; i++) length = length * 256 + (this.#bytes[this.#at++] ?? 0);
      if (length < (width === 1 ? 0x80 : 0x100))
        throw new DecodeError('DER has a length that is not the shortest');
    }
    if (length > this.#bytes.length - this.#at)
      throw new DecodeError('DER has a length beyond its end');
    return length;
  }
}
