import { sha256 } from '@noble/hashes/sha2.js';
import { expect, test } from 'vitest';
import { commonPrefixLength, keyFromBits } from '../keyspace/key.ts';
import { Rng } from '../keyspace/rng.ts';
import { PREIMAGE_BITS_MAX, Preimages } from './preimages.ts';

test('a pre-image is a multihash whose hash begins with the prefix', () => {
  const preimages = new Preimages();
  const rng = new Rng(1, 'prefixes');
  for (let length = 0; length <= 14; length++) {
    for (let i = 0; i < 20; i++) {
      const prefix = rng.bytes(32);
      const preimage = preimages.of(prefix, length);
      expect([preimage.length, preimage[0], preimage[1]]).toEqual([34, 0x12, 0x20]);
      expect(commonPrefixLength(sha256(preimage), prefix)).toBeGreaterThanOrEqual(length);
    }
  }
});

test('it is the same whatever was asked for before, and the least there is', () => {
  const used = new Preimages();
  const rng = new Rng(2, 'prefixes');
  for (let i = 0; i < 50; i++) used.of(rng.bytes(32), 1 + rng.below(12));
  for (const bits of ['0', '1', '0110', '101010101010']) {
    const prefix = keyFromBits(bits.padEnd(256, '0'));
    const fresh = new Preimages().of(prefix, bits.length);
    expect(used.of(prefix, bits.length)).toEqual(fresh);
    const number = new DataView(fresh.buffer).getUint32(2);
    for (let less = 0; less < Math.min(number, 500); less++) {
      const other = fresh.slice();
      new DataView(other.buffer).setUint32(2, less);
      expect(commonPrefixLength(sha256(other), prefix)).toBeLessThan(bits.length);
    }
  }
});

test('prefixes longer than those that are remembered can be had, up to a limit', () => {
  const preimages = new Preimages();
  const prefix = Uint8Array.of(0, 0, 0x80, 0);
  expect(
    commonPrefixLength(
      sha256(preimages.of(prefix, 17)),
      new Uint8Array([...prefix, ...new Uint8Array(28)]),
    ),
  ).toBeGreaterThanOrEqual(17);
  expect(() => preimages.of(prefix, PREIMAGE_BITS_MAX + 1)).toThrow('up to 24 bits, not 25');
  expect(() => preimages.of(Uint8Array.of(1), 9)).toThrow(RangeError);
});
