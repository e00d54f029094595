// Bytes as text, as libp2p and IPFS write ids (multibase): base58btc, base36, base32, base64 and base16.

/** Characters read at most: the longest key that a DHT message names is 80 bytes, an IPNS value 10 KiB. */
const TEXT_MAX = 32_768;
/** The same for the bases in which one character can change every byte: time grows with the square. */
const NUMBER_TEXT_MAX = 512;

const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const BASE64_URL = `${BASE64.slice(0, 62)}-_`;
const BASE16 = '0123456789abcdef';

type Decode = (text: string) => Uint8Array | null;

const BY_PREFIX: Readonly<Record<string, Decode>> = {
  z: decodeBase58,
  k: (text) => decodeNumber(text, BASE36),
  b: (text) => decodeBits(text, BASE32, 5),
  m: (text) => decodeBits(text, BASE64, 6),
  u: (text) => decodeBits(text, BASE64_URL, 6),
  f: decodeHex,
};

/**
 * The bytes of a text whose first character names its base; `null` when it is none, or of a base that ids
 * are not written in.
 *
 * @example
 * ```ts
 * decodeMultibase('f1220') // Uint8Array.of(0x12, 0x20)
 * ```
 */
export function decodeMultibase(text: string): Uint8Array | null {
  return BY_PREFIX[text.charAt(0)]?.(text.slice(1)) ?? null;
}

/** The bytes of a base58btc text without a prefix: how peer ids and the oldest CIDs are written. */
export function decodeBase58(text: string): Uint8Array | null {
  return decodeNumber(text, BASE58);
}

/** The bytes of base64 (RFC 4648 §4), with its padding or without. */
export function decodeBase64(text: string): Uint8Array | null {
  return decodeBits(text.replace(/={1,2}$/, ''), BASE64, 6);
}

/** The bytes of pairs of hexadecimal digits. */
export function decodeHex(text: string): Uint8Array | null {
  return text.length % 2 === 0 ? decodeBits(text.toLowerCase(), BASE16, 4) : null;
}

/** Bases that are no power of two: the text is one number, and each leading zero of it a byte. */
function decodeNumber(text: string, alphabet: string): Uint8Array | null {
  if (text.length > NUMBER_TEXT_MAX) return null;
  const zero = alphabet.charAt(0);
  let zeros = 0;
  while (text.charAt(zeros) === zero) zeros++;
  // Little-endian while it grows.
  const bytes: number[] = [];
  for (let at = zeros; at < text.length; at++) {
    let carry = alphabet.indexOf(text.charAt(at));
    if (carry < 0) return null;
    for (let i = 0; i < bytes.length; i++) {
      carry += bytes[i]! * alphabet.length;
      bytes[i] = carry & 0xff;
      carry >>= 8;
    }
    // One digit of base 58 is less than a byte.
    if (carry > 0) bytes.push(carry);
  }
  const result = new Uint8Array(zeros + bytes.length);
  result.set(bytes.toReversed(), zeros);
  return result;
}

/** Bases of `bits` a character. Bits that are left over must be zero, so that each text has one meaning. */
function decodeBits(text: string, alphabet: string, bits: number): Uint8Array | null {
  if (text.length > TEXT_MAX) return null;
  const result = new Uint8Array(Math.floor((text.length * bits) / 8));
  let buffer = 0;
  let held = 0;
  let at = 0;
  for (const character of text) {
    const value = alphabet.indexOf(character);
    if (value < 0) return null;
    buffer = ((buffer << bits) | value) & 0xffff;
    held += bits;
    if (held < 8) continue;
    held -= 8;
    result[at++] = (buffer >> held) & 0xff;
  }
  const isWhole = held < bits && (buffer & ((1 << held) - 1)) === 0;
  return isWhole ? result : null;
}
