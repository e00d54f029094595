// Binary multiaddrs (multiformats/multiaddr): a row of components, each a protocol's code and, where the
// protocol has one, a value. Addresses stay bytes here; what is checked is that they can be taken apart.
import { isPeerId } from './peer-id.ts';

/** Bytes of an address at most: a whole peer record's worth (go-libp2p-kad-dht's `MaxPeerRecordSize`). */
export const MULTIADDR_BYTES_MAX = 8_192;

/** Bytes of a domain name at most (RFC 1035, 2.3.4). */
const NAME_BYTES_MAX = 255;

/** The shortest I2P destination, and the one and the shortest other length of its hash (go-multiaddr). */
const GARLIC64_BYTES_MIN = 386;
const GARLIC32_BYTES = 32;
const GARLIC32_ENCRYPTED_BYTES_MIN = 35;

/** The codes of protocols that others ask about by name. */
export const IP4 = 4;
export const IP6 = 41;
export const IP6ZONE = 42;
export const DNS = 53;
export const DNS4 = 54;
export const DNS6 = 55;
export const DNSADDR = 56;
export const P2P_CIRCUIT = 290;
export const P2P = 421;

const TCP = 6;
const DCCP = 33;
const IPCIDR = 43;
const SCTP = 132;
const UDP = 273;
const P2P_WEBRTC_STAR = 275;
const P2P_WEBRTC_DIRECT = 276;
const P2P_STARDUST = 277;
const WEBRTC_DIRECT = 280;
const WEBRTC = 281;
const UDT = 301;
const UTP = 302;
const UNIX = 400;
const HTTPS = 443;
const ONION = 444;
const ONION3 = 445;
const GARLIC64 = 446;
const GARLIC32 = 447;
const TLS = 448;
const SNI = 449;
const NOISE = 454;
const QUIC = 460;
const QUIC_V1 = 461;
const WEBTRANSPORT = 465;
const CERTHASH = 466;
const WS = 477;
const WSS = 478;
const P2P_WEBSOCKET_STAR = 479;
const HTTP = 480;
const HTTP_PATH = 481;
const MEMORY = 777;

/** Codes below this one are in the table of sizes; all that addresses are made of are. */
const CODES = 1_024;

const UNKNOWN = -2;
const VARIABLE = -1;

/**
 * Bytes of each protocol's value, by code (the table of multiformats/multiaddr, as go-multiaddr has it;
 * js-multiaddr gives `memory` a variable length, where Go and Rust read a number of eight bytes).
 */
const SIZES = sizes({
  0: [
    UDT,
    UTP,
    TLS,
    NOISE,
    QUIC,
    QUIC_V1,
    WEBTRANSPORT,
    HTTP,
    HTTPS,
    WS,
    WSS,
    WEBRTC,
    WEBRTC_DIRECT,
    P2P_CIRCUIT,
    P2P_WEBRTC_STAR,
    P2P_WEBRTC_DIRECT,
    P2P_WEBSOCKET_STAR,
    P2P_STARDUST,
  ],
  1: [IPCIDR],
  2: [TCP, UDP, DCCP, SCTP],
  4: [IP4],
  8: [MEMORY],
  12: [ONION],
  16: [IP6],
  37: [ONION3],
  [VARIABLE]: [
    IP6ZONE,
    DNS,
    DNS4,
    DNS6,
    DNSADDR,
    SNI,
    UNIX,
    P2P,
    GARLIC64,
    GARLIC32,
    CERTHASH,
    HTTP_PATH,
  ],
});

function sizes(codes: Readonly<Record<number, readonly number[]>>): Int16Array {
  const table = new Int16Array(CODES).fill(UNKNOWN);
  for (const [size, list] of Object.entries(codes))
    for (const code of list) table[code] = Number(size);
  return table;
}

/**
 * Whether the bytes from `start` up to `end` are an address: at least one component, all of protocols
 * that are known, codes and lengths in their shortest form, values of the right length and form.
 */
export function isMultiaddr(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
  return lastComponent(bytes, start, end) >= 0;
}

/** Where the last component of an address begins; -1 when the bytes are no address. */
export function lastComponent(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > MULTIADDR_BYTES_MAX) return -1;
  let last = start;
  for (let at = start; at < end;) {
    last = at;
    at = componentEnd(bytes, at, end);
    if (at < 0) return -1;
  }
  return last;
}

/** Where the component that begins at `start` ends; -1 when there is none before `end`. */
export function componentEnd(bytes: Uint8Array, start: number, end: number): number {
  if (start >= end) return -1;
  let at = start + 1;
  let code = bytes[start]!;
  if (code >= 0x80) {
    // A second byte of 0 would be another spelling of a code below 128; all codes fit two bytes.
    const high = at < end ? bytes[at++]! : 0;
    if (high === 0 || high >= CODES / 128) return -1;
    code = (code & 0x7f) | (high << 7);
  }
  let size = SIZES[code]!;
  if (size >= 0) {
    if (size > end - at) return -1;
    const isWithoutPort = (code === ONION || code === ONION3) && !hasPort(bytes, at + size);
    return isWithoutPort ? -1 : at + size;
  }
  if (size === UNKNOWN || at >= end) return -1;
  size = bytes[at++]!;
  if (size >= 0x80) {
    const high = at < end ? bytes[at++]! : 0;
    if (high === 0 || high >= 0x80) return -1;
    size = (size & 0x7f) | (high << 7);
  }
  return size <= end - at && isValue(code, bytes, at, at + size) ? at + size : -1;
}

/** The code of the protocol of a component that has an end. */
export function componentCode(bytes: Uint8Array, start: number): number {
  const low = bytes[start]!;
  return low < 0x80 ? low : (low & 0x7f) | (bytes[start + 1]! << 7);
}

/** Whether a value of variable length is one of its protocol (the validators of go-multiaddr). */
function isValue(code: number, bytes: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  switch (code) {
    case P2P:
      return isPeerId(bytes, start, end);
    case CERTHASH:
      return isMultihash(bytes, start, end);
    case UNIX:
      return length >= 2 && bytes[start] === SLASH && bytes[end - 1] !== SLASH;
    case GARLIC64:
      return length >= GARLIC64_BYTES_MIN;
    case GARLIC32:
      return length === GARLIC32_BYTES || length >= GARLIC32_ENCRYPTED_BYTES_MIN;
    case HTTP_PATH:
      return length > 0;
    default:
      return isName(bytes, start, end);
  }
}

const SLASH = 0x2f;
const SPACE = 0x20;
const DELETE = 0x7f;

/**
 * Whether bytes can be a domain name or a zone. Go refuses empty ones and slashes; spaces and control
 * characters never resolve, and would only deceive whoever reads the address.
 */
function isName(bytes: Uint8Array, start: number, end: number): boolean {
  if (end === start || end - start > NAME_BYTES_MAX) return false;
  for (let i = start; i < end; i++) {
    const byte = bytes[i]!;
    if (byte <= SPACE || byte === SLASH || byte === DELETE) return false;
  }
  return true;
}

/** Whether bytes are a multihash: the code of any hash, a length, and a digest of that length. */
function isMultihash(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && bytes[at]! >= 0x80) at++;
  return at < end - 1 && at - start < 9 && bytes[at + 1] === end - at - 2;
}

/** Whether the two bytes before `end` are a port that can be dialled. */
function hasPort(bytes: Uint8Array, end: number): boolean {
  return bytes[end - 2] !== 0 || bytes[end - 1] !== 0;
}
