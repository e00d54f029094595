import { describe, expect, test } from 'vitest';
import { RoundTrips } from './round-trips.ts';

const TIMES = {
  firstSoftTimeoutMs: 1_000,
  leastSoftTimeoutMs: 200,
  requestTimeoutMs: 10_000,
  requestAttempts: 3,
};

const NODE = 3;

/** Answers to requests of which each sending gets through with a fixed frequency. */
function lossy(trips: RoundTrips, everyNth: number, requests: number): void {
  let sending = 0;
  for (let request = 0; request < requests; request++) {
    const first = sending;
    do sending++;
    while (sending % everyNth !== 0);
    trips.observe(NODE, 100, sending - first);
    // The pattern may not fall in step with the requests.
    sending += request % everyNth;
  }
}

describe('the soft timeout', () => {
  test('is a second before anything has been measured', () => {
    expect(new RoundTrips(TIMES, 1).softTimeoutMs(NODE)).toBe(1_000);
  });

  test('is the mean and four deviations, as in TCP', () => {
    const trips = new RoundTrips(TIMES, 1);
    trips.observe(NODE, 400, 1);
    expect(trips.softTimeoutMs(NODE)).toBe(400 + 4 * 200);
    trips.observe(NODE, 400, 1);
    expect(trips.softTimeoutMs(NODE)).toBe(400 + 4 * 150);
    trips.observe(NODE, 800, 1);
    expect(trips.softTimeoutMs(NODE)).toBe(450 + 4 * (150 + (400 - 150) / 4));
  });

  test('falls where answers come quickly, but not below its least value', () => {
    const trips = new RoundTrips(TIMES, 1);
    for (let i = 0; i < 100; i++) trips.observe(NODE, 10, 1);
    expect(trips.softTimeoutMs(NODE)).toBe(200);
  });

  test('never exceeds the time that a request has', () => {
    const trips = new RoundTrips(TIMES, 1);
    trips.observe(NODE, 9_000, 1);
    expect(trips.softTimeoutMs(NODE)).toBe(10_000);
  });

  test('learns no round trip from a request that was repeated (Karn), and grows until one is not', () => {
    const trips = new RoundTrips(TIMES, 1);
    trips.observe(NODE, 200, 1);
    const before = trips.softTimeoutMs(NODE);
    trips.observe(NODE, 5_000, 2);
    expect(trips.softTimeoutMs(NODE)).toBeCloseTo(200 + (before - 200) * 1.05, 3);
    for (let i = 0; i < 200; i++) trips.observe(NODE, 5_000, 2);
    expect(trips.softTimeoutMs(NODE)).toBe(10_000);
  });

  test('is each node’s own, and forgotten with it', () => {
    const trips = new RoundTrips(TIMES, 1);
    trips.observe(NODE, 400, 1);
    expect(trips.softTimeoutMs(NODE + 1)).toBe(1_000);
    expect(trips.softTimeoutMs(1_000)).toBe(1_000);
    trips.forget(NODE);
    trips.forget(1_000);
    expect(trips.softTimeoutMs(NODE)).toBe(1_000);
  });
});

describe('a request is sent', () => {
  test('three times where nothing is lost, however many are dead', () => {
    const trips = new RoundTrips(TIMES, 1);
    expect(trips.attempts(NODE)).toBe(3);
    for (let i = 0; i < 100; i++) trips.observe(NODE, 100, 1);
    expect(trips.attempts(NODE)).toBe(3);
  });

  test('so often that fewer than one in a hundred is given up for what is lost', () => {
    const half = new RoundTrips(TIMES, 1);
    lossy(half, 2, 500);
    // 0.5 to the seventh is 0.8 %; the estimate is cautious, and begins with some faith.
    expect([6, 7]).toContain(half.attempts(NODE));
    const quarter = new RoundTrips(TIMES, 1);
    lossy(quarter, 4, 500);
    expect(quarter.attempts(NODE)).toBeGreaterThan(10);
  });

  test('no more than sixteen times', () => {
    const trips = new RoundTrips(TIMES, 1);
    for (let i = 0; i < 100; i++) trips.observe(NODE, 100, 3);
    expect(trips.attempts(NODE)).toBe(16);
  });

  test('three times again when the network has recovered', () => {
    const trips = new RoundTrips(TIMES, 1);
    lossy(trips, 2, 200);
    for (let i = 0; i < 300; i++) trips.observe(NODE, 100, 1);
    expect(trips.attempts(NODE)).toBe(3);
  });
});
