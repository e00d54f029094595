import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Rng } from '../keyspace/rng.ts';
import { RateLimiter, SourceLimiter } from './budget-rate.ts';

/** Milliseconds since 1970, as a real host passes them: the hardest case for sums of fractions. */
const NOW = 1_790_000_000_000;

function count(times: number, admits: (i: number) => boolean): number {
  let admitted = 0;
  for (let i = 0; i < times; i++) if (admits(i)) admitted++;
  return admitted;
}

describe('a rate', () => {
  test('admits a burst at once, and then as much as time has paid for', () => {
    for (const now of [0, NOW]) {
      const limiter = new RateLimiter({ perSecond: 3, burst: 10 });
      expect(count(20, () => limiter.admit(0, 1, now))).toBe(10);
      expect(limiter.usage(0, now)).toMatchObject({ limit: 10, refused: 10 });
      expect(limiter.usage(0, now).used).toBeCloseTo(10, 2);
      expect(count(20, () => limiter.admit(0, 1, now + 1_000))).toBe(3);
      expect(limiter.usage(0, now + 2_000).used).toBeCloseTo(7, 2);
      expect(count(20, () => limiter.admit(0, 1, now + 60_000))).toBe(10);
    }
  });

  test('counts bytes, and never admits more than a burst in one piece', () => {
    const limiter = new RateLimiter({ perSecond: 1_000, burst: 1_500 });
    expect(limiter.admit(0, 1_501, NOW)).toBe(false);
    expect([limiter.admit(0, 1_400, NOW), limiter.admit(0, 101, NOW)]).toEqual([true, false]);
    expect([limiter.admit(0, 100, NOW), limiter.admit(0, 1, NOW)]).toEqual([true, false]);
    expect(limiter.admit(0, 45, NOW + 45)).toBe(true);
  });

  test('is kept for each node of a population', () => {
    const limiter = new RateLimiter({ perSecond: 1, burst: 2 }, 2);
    for (const node of [0, 1, 999_999]) expect(count(3, () => limiter.admit(node, 1, NOW))).toBe(2);
    limiter.forget(999_999);
    expect(limiter.usage(999_999, NOW)).toEqual({ used: 0, limit: 2, refused: 0 });
    expect(limiter.usage(1, NOW).refused).toBe(1);
    expect(limiter.usage(5_000_000, NOW)).toEqual({ used: 0, limit: 2, refused: 0 });
    limiter.forget(5_000_000);
  });

  test('is not lost for long when the clock is set back', () => {
    const limiter = new RateLimiter({ perSecond: 10, burst: 10 });
    expect(count(10, () => limiter.admit(0, 1, NOW))).toBe(10);
    const past = NOW - 30 * 86_400_000;
    expect(limiter.admit(0, 1, past)).toBe(false);
    expect(count(20, () => limiter.admit(0, 1, past + 500))).toBe(5);
  });

  test('is never exceeded in any span of time, and nothing is refused that it allows', () => {
    const step = fc.record({ wait: fc.nat(400), cost: fc.integer({ min: 1, max: 5 }) });
    const rates = fc.record({
      perSecond: fc.integer({ min: 1, max: 50 }),
      burst: fc.integer({ min: 5, max: 20 }),
    });
    fc.assert(
      fc.property(rates, fc.array(step, { maxLength: 100 }), (rate, steps) => {
        const limiter = new RateLimiter(rate);
        // The model: a bucket of tokens that fills with time.
        let tokens = rate.burst;
        let now = NOW;
        for (const { wait, cost } of steps) {
          now += wait;
          tokens = Math.min(rate.burst, tokens + (wait * rate.perSecond) / 1_000);
          const admitted = limiter.admit(0, cost, now);
          if (cost <= tokens - 0.01) expect(admitted).toBe(true);
          if (cost > tokens + 0.51) expect(admitted).toBe(false);
          if (admitted) tokens -= cost;
        }
      }),
    );
  });

  test('that admits nothing is a mistake', () => {
    expect(() => new RateLimiter({ perSecond: 0, burst: 1 })).toThrow('admits something');
  });
});

describe('sources', () => {
  const rate = { perSecond: 5, burst: 50 };
  const limiterOf = (slots: number): SourceLimiter => {
    const rng = new Rng(3);
    return new SourceLimiter(rate, slots, () => rng.uint32());
  };

  test('have a rate each, and one that floods takes nothing from the others', () => {
    const limiter = limiterOf(1_024);
    expect(count(100_000, () => limiter.admit(0, 4_294_967_296 * 7 + 3, 1, NOW))).toBe(50);
    for (const source of [0, 3, 7, 4_294_967_296 * 7 + 4, Number.MAX_SAFE_INTEGER])
      expect(count(60, () => limiter.admit(0, source, 1, NOW))).toBe(50);
    expect(count(60, () => limiter.admit(1, 3, 1, NOW))).toBe(50);
    expect(limiter.usage(0, NOW)).toEqual({ used: 7, limit: 1_024, refused: 99_950 + 5 * 10 });
    expect(limiter.usage(1, NOW + 20_000)).toEqual({ used: 0, limit: 1_024, refused: 10 });
    limiter.forget(0);
    expect(limiter.usage(0, NOW).refused).toBe(0);
  });

  test('are told apart as long as there are about as many slots as there are who owe something', () => {
    const limiter = limiterOf(4_096);
    const sources = 2_048;
    for (let i = 0; i < 60; i++)
      for (let source = 0; source < sources; source++) limiter.admit(0, source, 1, NOW);
    // Some sets of four have five sources to remember, and forgive one of them now and then.
    const { refused } = limiter.usage(0, NOW);
    expect(refused).toBeGreaterThan(0.75 * sources * 10);
    expect(refused).toBeLessThanOrEqual(sources * 10);
  });

  test('that are honest are served while forged ones fill the table a hundred times', () => {
    const limiter = limiterOf(1_024);
    let served = 0;
    for (let i = 0; i < 100_000; i++) {
      limiter.admit(0, 1_000_000 + i, 1, NOW + i / 100);
      // One request a second of ten sources.
      if (i % 10_000 === 0)
        served += count(10, (source) => limiter.admit(0, source, 1, NOW + i / 100));
    }
    expect(served).toBe(100);
    expect(limiter.usage(0, NOW).limit).toBe(1_024);
  });

  test('need a power of two of slots', () => {
    for (const slots of [0, 2, 1_000]) expect(() => limiterOf(slots)).toThrow('power of two');
    expect(limiterOf(4).admit(0, 1, 1, NOW)).toBe(true);
  });
});
