import { expect, test } from 'vitest';
import { Rng } from '../keyspace/rng.ts';
import { KeyedHash } from './budget-hash.ts';

test('the hash is HalfSipHash-2-4: its authors hash the bytes 0 to 11 under the key 0 to 7', () => {
  const hash = new KeyedHash(0x03020100, 0x07060504);
  // The bytes 57 f0 87 2f, least significant first.
  expect(hash.hash(0x03020100, 0x07060504, 0x0b0a0908)).toBe(0x2f87f057);
});

test('the hash spreads sources that differ in one bit, and another key spreads them otherwise', () => {
  const rng = new Rng(1);
  const [a, b] = [0, 1].map(() => new KeyedHash(rng.uint32(), rng.uint32())) as [
    KeyedHash,
    KeyedHash,
  ];
  let changed = 0;
  for (let i = 0; i < 3_200; i++) {
    const source = rng.uint32();
    const flipped = (source ^ (1 << (i & 31))) >>> 0;
    for (let bits = a.hash(1, source, 0) ^ a.hash(1, flipped, 0); bits !== 0; bits &= bits - 1)
      changed++;
    expect(a.hash(1, source, 0)).not.toBe(b.hash(1, source, 0));
  }
  expect(Math.abs(changed / 3_200 - 16)).toBeLessThan(0.3);
});
