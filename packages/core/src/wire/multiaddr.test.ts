import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  CIRCUIT,
  dnsAddress,
  ip4Address,
  joined,
  p2p,
  samplePeer,
} from '../testing/amino-samples.ts';
import { samplePeerId, TCP_4001 } from '../testing/amino-samples.ts';
import { isMultiaddr, lastComponent, MULTIADDR_BYTES_MAX } from './multiaddr.ts';

/** The library that js-libp2p reads addresses with; a dependency of @libp2p/kad-dht. */
const path = '../../../../node_modules/@multiformats/multiaddr/dist/src/index.js';
const { multiaddr } = (await import(new URL(path, import.meta.url).href)) as {
  multiaddr(this: void, address: string | Uint8Array): { readonly bytes: Uint8Array };
};

const ED25519 = '12D3KooWKnDdG3iXw9eTFijk3EWSunZcFi54Zka4wmtqtt6rPxc8';
const HASHED = 'QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN';
const CERTIFICATE = 'uEiAkH5a4DPGKUuOBjYw0CgwjvcJCJMD2K_1aluKR_tpevQ';
const ONION3 = 'vww6ybal4bd7szmgncyruucpgfkqahzddi37ktceo3ah7ngmcopnpyyd';

const ADDRESSES = [
  '/ip4/127.0.0.1/tcp/4001',
  `/ip4/1.2.3.4/udp/4001/quic-v1/p2p/${ED25519}`,
  `/ip4/1.2.3.4/udp/4001/quic-v1/webtransport/certhash/${CERTIFICATE}/certhash/${CERTIFICATE}`,
  `/ip4/1.2.3.4/udp/4001/webrtc-direct/certhash/${CERTIFICATE}`,
  `/ip4/1.2.3.4/tcp/4001/p2p/${HASHED}/p2p-circuit/webrtc`,
  '/ip6/2a00:1450::1/udp/4001/quic',
  '/ip6zone/eth0/ip6/fe80::1/tcp/4001',
  '/ip4/10.0.0.0/ipcidr/8',
  '/dns/example.org/tcp/443/https',
  '/dns4/a.example.org/tcp/443/tls/ws',
  '/dns4/a.example.org/tcp/443/tls/sni/b.example.org/ws',
  '/dns6/xn--mller-kva.example/tcp/443/wss',
  `/dnsaddr/bootstrap.libp2p.io/p2p/${HASHED}`,
  '/dns4/example.org/tcp/80/http/http-path/api%2Fv1',
  '/ip4/1.2.3.4/dccp/1',
  '/ip4/1.2.3.4/sctp/1',
  '/ip4/1.2.3.4/udp/1/utp',
  '/ip4/1.2.3.4/udp/1/udt',
  '/ip4/1.2.3.4/tcp/1/noise',
  '/ip4/1.2.3.4/tcp/0',
  '/unix/%2Frun%2Fnode.sock',
  '/onion/aaimaq4ygg2iegci:80/http',
  `/onion3/${ONION3}:1234`,
  '/p2p-circuit',
  '/dns4/star.example/tcp/443/wss/p2p-webrtc-star',
  '/dns4/star.example/tcp/443/wss/p2p-websocket-star',
  '/ip4/1.2.3.4/tcp/1/http/p2p-webrtc-direct',
  '/ip4/1.2.3.4/tcp/1/ws/p2p-stardust',
];

test.each(ADDRESSES)(
  '%s is an address, and no part of its last component can be missing',
  (text) => {
    const { bytes } = multiaddr(text);
    expect(isMultiaddr(bytes)).toBe(true);
    const last = lastComponent(bytes, 0, bytes.length);
    for (let end = last + 1; end < bytes.length; end++)
      expect(isMultiaddr(bytes, 0, end)).toBe(false);
    expect(isMultiaddr(bytes, 0, last)).toBe(last > 0);
  },
);

test('what js-multiaddr does not write is an address, too', () => {
  // A number of eight bytes, as Go and Rust have it; js-multiaddr expects a length.
  expect(isMultiaddr(joined([0x89, 6], new Uint8Array(8)))).toBe(true);
  const garlic = (code: number, length: number): Uint8Array =>
    joined(
      [code, 3],
      length < 128 ? [length] : [(length & 127) | 128, length >> 7],
      new Uint8Array(length),
    );
  for (const length of [386, 400]) expect(isMultiaddr(garlic(0xbe, length))).toBe(true);
  for (const length of [32, 35, 36]) expect(isMultiaddr(garlic(0xbf, length))).toBe(true);
});

describe('no address is', () => {
  const refused: Record<string, Uint8Array> = {
    'nothing at all': joined(),
    'a protocol that nobody knows': joined(ip4Address(1, 2, 3, 4), [7]),
    'a protocol with a code of three bytes': joined([0xe1, 0xd8, 0xc1, 3]),
    'a code in a longer form': joined([0x84, 0x00], [1, 2, 3, 4]),
    'half a code': joined([0xa5]),
    'a length in a longer form': joined([54, 0x81, 0x00, 0x61]),
    'a length of three bytes': joined([54, 0xff, 0xff, 0x01], new Uint8Array(32_767).fill(97)),
    'a value without its length': joined([54]),
    'a name without a letter': joined([54, 0]),
    'a name with a slash': dnsAddress('a/b'),
    'a name with a space': dnsAddress('a b'),
    'a name with a line end': dnsAddress('a\n'),
    'a name with a deletion': dnsAddress('a\u007f'),
    'a name of 256 bytes': dnsAddress('a'.repeat(256)),
    'a peer without an id': joined([0xa5, 3, 0]),
    'a peer id with another hash': p2p(joined([0x13, 32], new Uint8Array(32))),
    'a socket without a path': joined([0x90, 3, 1, 0x2f]),
    'a socket with a relative path': joined([0x90, 3, 2, 0x61, 0x62]),
    'a socket that is a folder': joined([0x90, 3, 3, 0x2f, 0x61, 0x2f]),
    'an onion service without a port': joined([0xbc, 3], new Uint8Array(12)),
    'an onion service of version 3 without a port': joined([0xbd, 3], new Uint8Array(37)),
    'a short I2P destination': joined([0xbe, 3, 0x81, 3], new Uint8Array(385)),
    'a short hash of an I2P destination': joined([0xbf, 3, 33], new Uint8Array(33)),
    'a certificate hash without a hash': joined([0xd2, 3, 0]),
    'a certificate hash that is cut': joined([0xd2, 3, 4, 0x12, 3, 1, 2]),
    'a certificate hash with half a code': joined([0xd2, 3, 2, 0x80, 0x80]),
    'an empty path': joined([0xe1, 3, 0]),
  };

  test.each(Object.entries(refused))('%s', (_, bytes) => {
    expect(isMultiaddr(bytes)).toBe(false);
  });

  test('more bytes than a peer record has', () => {
    const circuits = (count: number): Uint8Array =>
      joined(...Array.from({ length: count }, () => CIRCUIT));
    expect(isMultiaddr(circuits(MULTIADDR_BYTES_MAX / 2))).toBe(true);
    expect(isMultiaddr(circuits(MULTIADDR_BYTES_MAX / 2 + 1))).toBe(false);
  });
});

test('a name may have 255 bytes', () => {
  for (const length of [1, 127, 128, 255])
    expect(isMultiaddr(dnsAddress('a'.repeat(length)))).toBe(true);
});

test('an address is looked for between its two ends only', () => {
  const bytes = joined([9, 9], ip4Address(1, 2, 3, 4), [9]);
  expect(isMultiaddr(bytes, 2, 10)).toBe(true);
  expect([isMultiaddr(bytes, 1, 10), isMultiaddr(bytes, 2, 11), isMultiaddr(bytes, 2, 2)]).toEqual([
    false,
    false,
    false,
  ]);
});

test('the last component is where it is', () => {
  const id = samplePeerId(1);
  const address = joined(ip4Address(1, 2, 3, 4), p2p(id));
  expect(lastComponent(address, 0, address.length)).toBe(8);
  expect(lastComponent(Uint8Array.from(TCP_4001), 0, 3)).toBe(0);
});

test('js-multiaddr reads everything that is an address, however it came about', () => {
  const addresses = samplePeer(1, 12).addresses;
  let agreed = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...addresses, ...ADDRESSES.map((text) => multiaddr(text).bytes)),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 2 }),
      fc.nat(40),
      (address, edits, cut) => {
        const bytes = address.slice(0, Math.max(1, address.length - (cut > 20 ? 0 : cut)));
        for (const [at, value] of edits) bytes[at % bytes.length] = value;
        if (!isMultiaddr(bytes)) return;
        agreed++;
        expect(multiaddr(bytes).bytes).toEqual(bytes);
      },
    ),
    { numRuns: 3_000 },
  );
  expect(agreed).toBeGreaterThan(500);
});
