import { describe, expect, test } from 'vitest';
import { CIRCUIT, dnsAddress, ip4Address, ip6Address, joined } from '../testing/amino-samples.ts';
import { p2p, samplePeerId, TCP_4001 } from '../testing/amino-samples.ts';
import { ipGroup, isPublicAddress, isRelayed, NO_GROUP } from './reach.ts';

const ZONE = [42, 4, 0x65, 0x74, 0x68, 0x30];

/** `::ffff:<a>.<b>.<c>.<d>`. */
function mapped(...octets: number[]): Uint8Array {
  return ip6Address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, ...octets);
}

describe('groups', () => {
  test('are the /16 networks of IPv4', () => {
    const group = ipGroup(ip4Address(20, 2, 3, 4));
    expect(ipGroup(ip4Address(20, 2, 255, 0))).toBe(group);
    expect(ipGroup(ip4Address(20, 3, 3, 4))).not.toBe(group);
    expect(ipGroup(ip4Address(21, 2, 3, 4))).not.toBe(group);
  });

  test('are whole /8 networks where these were sold in parts', () => {
    for (const first of [12, 17, 19, 38, 48, 53, 56, 73]) {
      expect(ipGroup(ip4Address(first, 0, 0, 1))).toBe(ipGroup(ip4Address(first, 255, 9, 9)));
      expect(ipGroup(ip4Address(first, 0, 0, 1))).not.toBe(ipGroup(ip4Address(0, first, 0, 1)));
    }
    expect(ipGroup(ip4Address(13, 0, 0, 1))).not.toBe(ipGroup(ip4Address(13, 1, 0, 1)));
  });

  test('are the /32 networks of IPv6', () => {
    const group = ipGroup(ip6Address(0xff, 0xff, 0xff, 0xff, 1));
    expect(group).toBe(0xffff_ffff);
    expect(ipGroup(ip6Address(0xff, 0xff, 0xff, 0xff, 2))).toBe(group);
    expect(ipGroup(ip6Address(0xff, 0xff, 0xff, 0xfe, 1))).not.toBe(group);
  });

  test('are told apart by their family', () => {
    const all = [
      ip4Address(0, 0, 0, 0),
      ip4Address(255, 255, 0, 0),
      ip4Address(12, 0, 0, 0),
      ip6Address(0),
      ip6Address(0xff, 0xff, 0xff, 0xff),
    ].map(ipGroup);
    expect(new Set(all).size).toBe(all.length);
  });

  test('of an IPv4 address are the same when it is written as IPv6', () => {
    expect(ipGroup(mapped(20, 2, 3, 4))).toBe(ipGroup(ip4Address(20, 2, 3, 4)));
    expect(ipGroup(mapped(12, 2, 3, 4))).toBe(ipGroup(ip4Address(12, 9, 9, 9)));
  });

  test('are those of the relay, and do not depend on a zone', () => {
    const relayed = joined(ip4Address(20, 2, 3, 4), p2p(samplePeerId(1)), CIRCUIT);
    expect(ipGroup(relayed)).toBe(ipGroup(ip4Address(20, 2, 3, 4)));
    expect(ipGroup(joined(ZONE, ip6Address(1, 2, 3, 4)))).toBe(ipGroup(ip6Address(1, 2, 3, 4)));
  });

  test('there are none without an IP address', () => {
    for (const address of [
      dnsAddress('a'),
      Uint8Array.from(CIRCUIT),
      joined(),
      joined([4, 1]),
      joined(ZONE),
    ])
      expect(ipGroup(address)).toBe(NO_GROUP);
  });
});

describe('anybody can reach', () => {
  test.each([
    [1, 1, 1, 1],
    [9, 255, 255, 255],
    [11, 0, 0, 0],
    [100, 63, 255, 255],
    [100, 128, 0, 0],
    [172, 15, 255, 255],
    [172, 32, 0, 0],
    [192, 0, 0, 64],
    [192, 0, 3, 0],
    [192, 167, 255, 255],
    [198, 17, 255, 255],
    [198, 20, 0, 0],
    [223, 255, 255, 255],
  ])('%i.%i.%i.%i', (...octets) => {
    expect(isPublicAddress(ip4Address(...octets))).toBe(true);
  });

  test('global IPv6 addresses, and IPv4 behind a translator', () => {
    expect(isPublicAddress(ip6Address(0x20))).toBe(true);
    expect(isPublicAddress(ip6Address(0x3f, 0xff))).toBe(true);
    expect(isPublicAddress(ip6Address(0x20, 0x01, 0x0d, 0xb9))).toBe(true);
    expect(
      isPublicAddress(ip6Address(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0, 8, 8, 8, 8)),
    ).toBe(true);
    expect(isPublicAddress(ip6Address(0, 0x64, 0xff, 0x9b, 0, 1, 7))).toBe(true);
  });

  test('names, whatever kind of record they ask for', () => {
    for (const code of [53, 54, 55, 56])
      expect(isPublicAddress(joined([code], dnsAddress('bootstrap.libp2p.io').subarray(1)))).toBe(
        true,
      );
    for (const name of ['notlocal', 'local.example', 'a'.repeat(200), 'x.mytest'])
      expect(isPublicAddress(dnsAddress(name))).toBe(true);
  });
});

describe('not anybody can reach', () => {
  test.each([
    [0, 1, 2, 3],
    [10, 1, 2, 3],
    [100, 64, 0, 1],
    [100, 127, 255, 255],
    [127, 0, 0, 1],
    [169, 254, 1, 1],
    [172, 16, 0, 1],
    [172, 31, 255, 255],
    [192, 0, 0, 63],
    [192, 0, 2, 1],
    [192, 88, 99, 1],
    [192, 168, 1, 1],
    [198, 18, 0, 1],
    [198, 19, 255, 255],
    [198, 51, 100, 1],
    [203, 0, 113, 1],
    [224, 0, 0, 1],
    [240, 0, 0, 1],
    [255, 255, 255, 255],
  ])('%i.%i.%i.%i', (...octets) => {
    expect(isPublicAddress(ip4Address(...octets))).toBe(false);
  });

  test('IPv6 addresses of a host, a link, a site, a group, or a book', () => {
    const loopback = ip6Address(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);
    for (const address of [
      loopback,
      ip6Address(),
      ip6Address(0xfe, 0x80),
      ip6Address(0xfd, 1),
      ip6Address(0xff, 2),
      ip6Address(0x20, 0x01, 0x0d, 0xb8, 1),
      ip6Address(0x40),
      mapped(1, 1, 1, 1),
      ip6Address(0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 1, 8, 8, 8, 8),
      joined(ZONE, ip6Address(0xfe, 0x80)),
    ])
      expect(isPublicAddress(address)).toBe(false);
  });

  test('names for private use, in any case, with a dot at their end or not', () => {
    for (const name of [
      'localhost',
      'LocalHost',
      'a.localhost.',
      'printer.local',
      'a.test',
      'x.invalid',
      'nas.home.arpa',
      '4.3.2.1.in-addr.arpa',
      '1.ip6.arpa',
      `${'a'.repeat(150)}.local`,
    ])
      expect(isPublicAddress(dnsAddress(name))).toBe(false);
  });

  test('what has neither an IP address nor a name', () => {
    for (const address of [
      p2p(samplePeerId(1)),
      Uint8Array.from(TCP_4001),
      joined(),
      joined([4, 1, 1]),
    ])
      expect(isPublicAddress(address)).toBe(false);
  });
});

test('an address is relayed when a relay is part of it, not when its bytes look so', () => {
  const relay = joined(ip4Address(1, 2, 3, 4), p2p(samplePeerId(1)));
  expect(isRelayed(joined(relay, CIRCUIT))).toBe(true);
  expect(isRelayed(joined(relay, CIRCUIT, p2p(samplePeerId(2))))).toBe(true);
  expect(isRelayed(Uint8Array.from(CIRCUIT))).toBe(true);
  expect(isRelayed(relay)).toBe(false);
  expect(isRelayed(ip4Address(0xa2, 2, 0xa2, 2))).toBe(false);
  expect(isRelayed(joined([4], CIRCUIT))).toBe(false);
});
