import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { mix, Rng } from './rng.ts';

const seeds = fc.oneof(fc.nat(10), fc.maxSafeNat());

function draws(rng: Rng, count: number): number[] {
  return Array.from({ length: count }, () => rng.uint32());
}

test('the sequence of a seed and purpose is fixed for good: traces depend on it', () => {
  expect(draws(new Rng(1), 4)).toMatchInlineSnapshot(`
    [
      711903503,
      39228752,
      1511079511,
      781560335,
    ]
  `);
  expect(draws(new Rng(1, 'latency'), 4)).toMatchInlineSnapshot(`
    [
      4122053885,
      3204886375,
      3405823882,
      1390393026,
    ]
  `);
  expect(draws(new Rng(Number.MAX_SAFE_INTEGER, 'workload'), 4)).toMatchInlineSnapshot(`
    [
      2308370281,
      1174811453,
      70310204,
      3442614698,
    ]
  `);
  expect(mix(1, 2, 3)).toMatchInlineSnapshot(`4172449181`);
});

describe('streams', () => {
  test('the same seed and purpose give the same stream, however it was made', () => {
    fc.assert(
      fc.property(seeds, fc.string({ maxLength: 12 }), (seed, purpose) => {
        const parent = new Rng(seed);
        draws(parent, 3);
        expect(draws(parent.fork(purpose), 8)).toEqual(draws(new Rng(seed, purpose), 8));
      }),
    );
  });

  test('another seed or purpose gives another stream', () => {
    fc.assert(
      fc.property(
        seeds,
        seeds,
        fc.constantFrom('', 'loss', 'churn', 'topology'),
        (a, b, purpose) => {
          if (a !== b)
            expect(draws(new Rng(a, purpose), 4)).not.toEqual(draws(new Rng(b, purpose), 4));
          expect(draws(new Rng(a, purpose), 4)).not.toEqual(draws(new Rng(a, purpose + '.'), 4));
        },
      ),
    );
  });

  test('all 53 bits of a seed count', () => {
    const sequences = [1, 1 + 4294967296, 1 + 2 * 4294967296].map((seed) =>
      draws(new Rng(seed), 2).join(),
    );
    expect(new Set(sequences).size).toBe(3);
  });
});

describe('numbers', () => {
  test('are spread evenly', () => {
    const rng = new Rng(7, 'spread');
    const counts = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < 64_000; i++) counts[rng.below(16)]!++;
    // The deviation of a binomial count of 4,000 is 61; five of them never happen by chance.
    for (const count of counts) expect(Math.abs(count - 4_000)).toBeLessThan(5 * 61);
  });

  test('stay within their bounds', () => {
    fc.assert(
      fc.property(seeds, fc.integer({ min: 1, max: 4294967296 }), (seed, bound) => {
        const rng = new Rng(seed);
        for (let i = 0; i < 20; i++) {
          expect(rng.below(bound)).toBeLessThan(bound);
          const fraction = rng.fraction();
          expect(fraction >= 0 && fraction < 1).toBe(true);
        }
      }),
    );
  });

  test('a certain event happens always, an impossible one never', () => {
    const rng = new Rng(1);
    for (let i = 0; i < 100; i++) {
      expect(rng.chance(1)).toBe(true);
      expect(rng.chance(0)).toBe(false);
    }
  });

  test('bytes come in the asked length, and every one of them is random', () => {
    const rng = new Rng(3);
    for (const length of [0, 1, 3, 4, 5, 20, 32]) expect(rng.bytes(length)).toHaveLength(length);
    const seen = [0, 1, 2, 3, 4].map(() => new Set<number>());
    for (let i = 0; i < 300; i++) rng.bytes(5).forEach((byte, at) => seen[at]!.add(byte));
    for (const values of seen) expect(values.size).toBeGreaterThan(128);
  });
});

test('mixing is sensitive to every argument, and spreads neighbours apart', () => {
  const values = new Set<number>();
  for (let a = 0; a < 20; a++) {
    for (let b = 0; b < 20; b++) for (let c = 0; c < 20; c++) values.add(mix(a, b, c));
  }
  // Of 8,000 random words of 32 bits, 0.007 pairs collide.
  expect(values.size).toBeGreaterThan(7_998);
  expect(mix(-1, 0, 0)).toBeGreaterThanOrEqual(0);
});
