import { describe, expect, test } from 'vitest';
import { Rng } from '../keyspace/rng.ts';
import { Budgets, DATAGRAM_BUDGETS, InFlightLimiter, STREAM_BUDGETS } from './budget.ts';
import type { BudgetLimits } from './budget.ts';

const NOW = 1_790_000_000_000;

function budgets(limits: Partial<BudgetLimits>): Budgets {
  const rng = new Rng(1);
  const all = {
    ...STREAM_BUDGETS,
    requests: { perSecond: 100, burst: 100 },
    requestsPerSource: { perSecond: 5, burst: 10 },
    requestsPerGroup: { perSecond: 10, burst: 20 },
    slots: 256,
    ...limits,
  };
  return new Budgets(all, () => rng.uint32());
}

/** How many of so many requests a node answers. */
function answered(some: Budgets, times: number, source: (i: number) => number, group = -1): number {
  let count = 0;
  for (let i = 0; i < times; i++) if (some.admitRequest(0, source(i), group, NOW)) count++;
  return count;
}

describe('requests are answered', () => {
  test('as often as the budgets of the source, of its group and of the node allow', () => {
    const some = budgets({});
    expect(answered(some, 50, () => 1, 7)).toBe(10);
    expect(answered(some, 50, () => 2, 7)).toBe(10);
    expect(answered(some, 50, () => 3, 7)).toBe(0);
    expect(answered(some, 50, () => 4, 8)).toBe(10);
    expect(answered(some, 500, (i) => 100 + i)).toBe(70);
    expect(answered(some, 50, () => 5, 9)).toBe(0);
    const usage = some.usage(0, NOW);
    expect([usage.sources.refused, usage.groups.refused, usage.requests.refused]).toEqual([
      // Sources 1, 2, 3, 4 and 5: whatever is over ten.
      5 * 40,
      10,
      430 + 10,
    ]);
  });

  test('whoever asks, as long as the node has something left, when nothing is known of the source', () => {
    const some = budgets({});
    expect(answered(some, 500, () => -1)).toBe(100);
    expect(some.usage(0, NOW)).toMatchObject({ sources: { refused: 0 }, groups: { refused: 0 } });
  });

  test('again by a node that starts anew', () => {
    const some = budgets({});
    answered(some, 500, () => -1);
    some.upload.admit(0, 5_000, NOW);
    some.forget(0);
    expect(some.usage(0, NOW)).toMatchObject({
      upload: { used: 0 },
      requests: { used: 0, refused: 0 },
    });
    expect(answered(some, 500, () => -1)).toBe(100);
  });
});

describe('things in flight', () => {
  test('are limited for each node, until they end', () => {
    const dials = new InFlightLimiter(2);
    expect([dials.admit(0), dials.admit(0), dials.admit(0)]).toEqual([true, true, false]);
    expect([dials.admit(70), dials.usage(70).used, dials.usage(71).used]).toEqual([true, 1, 0]);
    dials.release(0);
    expect(dials.usage(0)).toEqual({ used: 1, limit: 2, refused: 1 });
    expect([dials.admit(0), dials.admit(0)]).toEqual([true, false]);
  });

  test('end once', () => {
    const some = budgets({});
    expect(some.dialsInFlight.admit(0)).toBe(true);
    some.dialsInFlight.release(0);
    expect(() => some.dialsInFlight.release(0)).toThrow('only what was admitted');
    expect(() => some.requestsInFlight.release(9)).toThrow('only what was admitted');
    expect(some.usage(0, NOW)).toMatchObject({
      requestsInFlight: { used: 0, limit: 512 },
      dialsInFlight: { used: 0, limit: 160 },
    });
  });
});

test('the defaults hold together: a source has less than its group, and a group less than a node', () => {
  for (const limits of [STREAM_BUDGETS, DATAGRAM_BUDGETS]) {
    const { requests, requestsPerGroup, requestsPerSource } = limits;
    for (const size of ['perSecond', 'burst'] as const) {
      expect(requestsPerSource[size]).toBeLessThan(requestsPerGroup[size]);
      expect(requestsPerGroup[size]).toBeLessThanOrEqual(requests[size]);
    }
    // A message is never larger: 16 KiB as we send them.
    expect(limits.upload.burst).toBeGreaterThanOrEqual(16_384);
  }
});

test('a million requests of one source cost the others nothing, and no memory', () => {
  const rng = new Rng(1);
  const some = new Budgets(DATAGRAM_BUDGETS, () => rng.uint32());
  let admitted = 0;
  let served = 0;
  for (let i = 0; i < 1_000_000; i++) {
    // Ten seconds, with an honest request every ten milliseconds from one of a thousand.
    const now = NOW + i / 100;
    if (some.admitRequest(0, 0x0a000001, 0x0a0000, now)) admitted++;
    if (i % 1_000 === 0) {
      const source = 0x0b000000 + 256 * ((i / 1_000) % 1_000);
      if (some.admitRequest(0, source, source >>> 8, now)) served++;
    }
  }
  expect(admitted).toBe(50 + 5 * 10);
  expect(served).toBe(1_000);
});
