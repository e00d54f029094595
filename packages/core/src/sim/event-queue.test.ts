import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EventQueue } from './event-queue.ts';

const BLOCK = 65_536;
const SUPERBLOCK = BLOCK * 1_024;

/** Distances that stay in the block, leave it, leave the superblock, or meet its edges. */
const gap = fc.oneof(
  fc.nat(3),
  fc.nat(200),
  fc.nat(BLOCK * 2),
  fc.nat(SUPERBLOCK * 3),
  fc.constantFrom(31, 32, 1_023, 1_024, BLOCK - 1, BLOCK, SUPERBLOCK - 1, SUPERBLOCK),
);

const command = fc.oneof(
  fc.record({ what: fc.constant('push' as const), gap }),
  fc.record({ what: fc.constant('pop' as const), gap }),
  fc.record({ what: fc.constant('drain' as const), gap }),
);

interface Event {
  readonly tick: number;
  readonly order: number;
}

test('on random scripts it is a list sorted by tick and then by insertion', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 200 }), fc.nat(SUPERBLOCK * 4), (script, start) => {
      const queue = new EventQueue();
      const model: Event[] = [];
      let now = start;
      let order = 0;
      const pop = (limit: number): boolean => {
        const at = model.reduce(
          (best, one, i) => (best < 0 || one.tick < model[best]!.tick ? i : best),
          -1,
        );
        const expected = at >= 0 && model[at]!.tick <= limit ? model.splice(at, 1)[0]! : null;
        expect(queue.pop(limit)).toBe(expected !== null);
        if (expected === null) return false;
        expect([queue.tick, queue.a]).toEqual([expected.tick, expected.order]);
        now = expected.tick;
        return true;
      };
      for (const { what, gap } of script) {
        if (what === 'push') {
          queue.push(now + gap, order % 256, order, -order);
          model.push({ tick: now + gap, order: order++ });
        } else if (what === 'pop') {
          const limit = now + gap;
          if (!pop(limit)) now = limit;
        } else {
          const limit = now + gap;
          while (pop(limit));
          now = limit;
        }
        expect(queue.size).toBe(model.length);
      }
      while (pop(Number.MAX_SAFE_INTEGER));
      expect([queue.size, model.length]).toEqual([0, 0]);
    }),
    { numRuns: 200 },
  );
});

test('events carry their type and two integers', () => {
  const queue = new EventQueue();
  queue.push(5, 255, -1, 2_147_483_647);
  expect(queue.pop(4)).toBe(false);
  expect(queue.pop(5)).toBe(true);
  expect([queue.tick, queue.type, queue.a, queue.b]).toEqual([5, 255, -1, 2_147_483_647]);
  expect(queue.pop(Number.MAX_SAFE_INTEGER)).toBe(false);
});

test('events of one tick come out in the order in which they went in, from wherever they were kept', () => {
  const queue = new EventQueue();
  const tick = SUPERBLOCK + BLOCK + 7;
  queue.push(tick, 0, 0, 0);
  queue.push(SUPERBLOCK, 0, 99, 0);
  expect(queue.pop(tick)).toBe(true);
  // The first is in a coarse slot now; the second joins it there, the third in the fine one.
  queue.push(tick, 0, 1, 0);
  queue.push(SUPERBLOCK + BLOCK, 0, 98, 0);
  expect(queue.pop(tick)).toBe(true);
  queue.push(tick, 0, 2, 0);
  const order: number[] = [];
  while (queue.pop(tick)) order.push(queue.a);
  expect(order).toEqual([0, 1, 2]);
});

test('a pool that has grown is used again', () => {
  const queue = new EventQueue();
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < 5_000; i++) queue.push(round * 10_000 + ((i * 7) % 5_000), 0, i, 0);
    let last = -1;
    for (let i = 0; i < 5_000; i++) {
      expect(queue.pop(Number.MAX_SAFE_INTEGER)).toBe(true);
      expect(queue.tick).toBeGreaterThan(last);
      last = queue.tick;
    }
  }
  expect(queue.size).toBe(0);
});
