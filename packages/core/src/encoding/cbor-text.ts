// UTF-8, strictly: the core has no `TextDecoder`, and a lenient one would give one text many spellings.
import { DecodeError } from './decode-error.ts';

/** By the number of bytes that follow the first: the least code point that needs so many. */
const LEAST = [0, 0x80, 0x800, 0x10000];

/**
 * The text in `bytes` from `start` to before `end`. Throws a `DecodeError` at what is cut off, longer than
 * it need be, a surrogate or beyond U+10FFFF (RFC 3629, section 3).
 */
export function decodeUtf8(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  while (at < end) {
    const first = bytes[at++]!;
    if (first < 0x80) {
      text += String.fromCharCode(first);
      continue;
    }
    const following = followingBytes(first);
    if (following === 0 || at + following > end)
      throw new DecodeError('a text is not UTF-8', at - 1);
    let point = first & (0x3f >> following);
    for (const stop = at + following; at < stop; at++) {
      const byte = bytes[at]!;
      if ((byte & 0xc0) !== 0x80) throw new DecodeError('a text is not UTF-8', at);
      point = point * 64 + (byte & 0x3f);
    }
    const isSurrogate = point >= 0xd800 && point <= 0xdfff;
    if (point < LEAST[following]! || point > 0x10ffff || isSurrogate)
      throw new DecodeError('a text is not UTF-8', at - 1);
    text += String.fromCodePoint(point);
  }
  return text;
}

/** How many bytes follow the first one of several; zero when no character begins with it. */
function followingBytes(first: number): number {
  if (first < 0xc0) return 0;
  if (first < 0xe0) return 1;
  if (first < 0xf0) return 2;
  return first < 0xf8 ? 3 : 0;
}
