// What an address says about where a node is: how it can be reached, and with whom it shares a network.
import {
  componentCode,
  componentEnd,
  DNS,
  DNS4,
  DNS6,
  DNSADDR,
  IP4,
  IP6,
  IP6ZONE,
  P2P_CIRCUIT,
} from './multiaddr.ts';

/** What `ipGroup` says of an address without an IP address. */
export const NO_GROUP = -1;

/** Groups of IPv4 lie above those of IPv6, which have 32 bits; those of whole /8 networks above the others. */
const GROUPS_IP4 = 0x1_0000_0000;
const GROUPS_IP4_8 = GROUPS_IP4 + 0x1_0000;

/**
 * First octets of the /8 networks that had one owner and were sold in parts, so that a /16 of them says
 * too little (go-libp2p-kbucket, `peerdiversity/filter.go`).
 */
const LEGACY_NETWORKS: ReadonlySet<number> = new Set([12, 17, 19, 38, 48, 53, 56, 73]);

/** An address range: the leading bits of IP addresses. */
interface Range {
  readonly bytes: readonly number[];
  readonly bits: number;
}

/** IPv4 addresses that nobody elsewhere can reach: private, loopback, link-local, reserved (go-multiaddr, `net/private.go`). */
const NOT_PUBLIC_IP4: readonly Range[] = [
  { bytes: [0], bits: 8 },
  { bytes: [10], bits: 8 },
  { bytes: [100, 64], bits: 10 },
  { bytes: [127], bits: 8 },
  { bytes: [169, 254], bits: 16 },
  { bytes: [172, 16], bits: 12 },
  { bytes: [192, 0, 0, 0], bits: 26 },
  { bytes: [192, 0, 2], bits: 24 },
  { bytes: [192, 88, 99], bits: 24 },
  { bytes: [192, 168], bits: 16 },
  { bytes: [198, 18], bits: 15 },
  { bytes: [198, 51, 100], bits: 24 },
  { bytes: [203, 0, 113], bits: 24 },
  // Multicast (224/4), and reserved to the end (240/4).
  { bytes: [224], bits: 3 },
];

/** IPv6 addresses that can be reached: global unicast, and IPv4 behind a translator (RFC 6052, RFC 8215). */
const PUBLIC_IP6: readonly Range[] = [
  { bytes: [0x20], bits: 3 },
  { bytes: [0x00, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0], bits: 96 },
  { bytes: [0x00, 0x64, 0xff, 0x9b, 0x00, 0x01], bits: 48 },
];

/** The exception in it: addresses for documentation. */
const DOCUMENTATION_IP6: Range = { bytes: [0x20, 0x01, 0x0d, 0xb8], bits: 32 };

/** IPv4 addresses written as IPv6. */
const MAPPED_IP4: Range = { bytes: [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], bits: 96 };

/** Domains whose names lead nowhere, or somewhere else for everybody (RFC 6761, 6762, 8375; go-multiaddr). */
const SPECIAL_DOMAINS = [
  'localhost',
  'local',
  'test',
  'invalid',
  'home.arpa',
  'in-addr.arpa',
  'ip6.arpa',
];

/**
 * The group of networks that an address belongs to, as the diversity filter of go-libp2p-kbucket has it:
 * its /16 in IPv4, or its /8 where that was sold in parts; its /32 in IPv6. Addresses in different groups
 * cost an attacker different networks. `NO_GROUP` where the address does not begin with an IP address; a
 * relayed address counts for its relay. Go asks for the owner of an IPv6 address first, a table we lack.
 */
export function ipGroup(address: Uint8Array): number {
  const start = hostStart(address);
  if (start < 0) return NO_GROUP;
  const code = address[start];
  const at = start + 1;
  if (code === IP4) return ip4Group(address, at);
  if (code !== IP6) return NO_GROUP;
  if (isIn(MAPPED_IP4, address, at)) return ip4Group(address, at + 12);
  const high = (address[at]! << 8) | address[at + 1]!;
  return high * 0x1_0000 + ((address[at + 2]! << 8) | address[at + 3]!);
}

function ip4Group(address: Uint8Array, at: number): number {
  const first = address[at]!;
  if (LEGACY_NETWORKS.has(first)) return GROUPS_IP4_8 + first;
  return GROUPS_IP4 + (first << 8) + address[at + 1]!;
}

/**
 * Whether anybody can reach an address: it begins with an IP address of the public internet, or with a
 * domain name that is not for private use. Says nothing about relays; `isRelayed` does.
 */
export function isPublicAddress(address: Uint8Array): boolean {
  const start = hostStart(address);
  if (start < 0) return false;
  const at = start + 1;
  switch (address[start]) {
    case IP4:
      return !NOT_PUBLIC_IP4.some((range) => isIn(range, address, at));
    case IP6:
      return (
        PUBLIC_IP6.some((range) => isIn(range, address, at)) &&
        !isIn(DOCUMENTATION_IP6, address, at)
      );
    case DNS:
    case DNS4:
    case DNS6:
    case DNSADDR: {
      const end = componentEnd(address, start, address.length);
      return !SPECIAL_DOMAINS.some((domain) => isWithin(domain, address, at, end));
    }
    default:
      return false;
  }
}

/** Whether an address leads through a relay (`/p2p-circuit`). */
export function isRelayed(address: Uint8Array): boolean {
  for (let at = 0; at < address.length;) {
    const end = componentEnd(address, at, address.length);
    if (end < 0) return false;
    if (componentCode(address, at) === P2P_CIRCUIT) return true;
    at = end;
  }
  return false;
}

/**
 * Where the first component begins that is not an IPv6 zone; -1 where there is none. The codes of all
 * kinds of hosts have one byte.
 */
function hostStart(address: Uint8Array): number {
  let at = 0;
  for (;;) {
    const end = componentEnd(address, at, address.length);
    if (end < 0 || address[at] !== IP6ZONE) return end < 0 ? -1 : at;
    at = end;
  }
}

/** Whether the IP address at a place lies in a range. */
function isIn({ bytes, bits }: Range, address: Uint8Array, at: number): boolean {
  for (let i = 0; i < bits; i += 8) {
    const mask = (0xff00 >>> Math.min(8, bits - i)) & 0xff;
    if (((address[at + i / 8]! ^ bytes[i / 8]!) & mask) !== 0) return false;
  }
  return true;
}

/**
 * Whether the name that ends at `end` is a domain or lies in it, whatever its case and final dot. Before
 * the name, from `start` on, is its length.
 */
function isWithin(domain: string, bytes: Uint8Array, start: number, end: number): boolean {
  const name = bytes[start]! < 0x80 ? start + 1 : start + 2;
  const last = bytes[end - 1] === DOT ? end - 1 : end;
  const first = last - domain.length;
  if (first < name || (first > name && bytes[first - 1] !== DOT)) return false;
  for (let i = 0; i < domain.length; i++)
    if (lowerCase(bytes[first + i]!) !== domain.charCodeAt(i)) return false;
  return true;
}

const DOT = 0x2e;

function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
