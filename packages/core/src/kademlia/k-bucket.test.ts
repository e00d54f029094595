import { describe, expect, test } from 'vitest';
import { KBuckets } from './k-bucket.ts';

const MINUTE = 60_000;

function buckets(options: { k?: number; cache?: number; keepsTimes?: boolean } = {}): KBuckets {
  const { k = 3, cache = 2, keepsTimes = true } = options;
  return new KBuckets({ k, replacementCacheMax: cache, keepsTimes, capacity: 1 });
}

function contactsOf(all: KBuckets, bucket: number): number[] {
  return Array.from({ length: all.size(bucket) }, (_, index) => all.contact(bucket, index));
}

describe('§2.2: a bucket', () => {
  test('is a list from the least to the most recently seen contact', () => {
    const all = buckets();
    const bucket = all.create();
    for (const contact of [7, 8, 9]) all.append(bucket, contact, 0);
    all.touch(bucket, 0, MINUTE);
    expect(contactsOf(all, bucket)).toEqual([8, 9, 7]);
    all.touch(bucket, 2, MINUTE);
    expect(contactsOf(all, bucket)).toEqual([8, 9, 7]);
    all.removeAt(bucket, 1);
    expect(contactsOf(all, bucket)).toEqual([8, 7]);
    expect(all.indexOf(bucket, 7)).toBe(1);
    expect(all.indexOf(bucket, 9)).toBe(-1);
  });

  test('takes k contacts and no more', () => {
    const all = buckets({ k: 1 });
    const bucket = all.create();
    all.append(bucket, 7, 0);
    expect(all.isFull(bucket)).toBe(true);
    expect(() => all.append(bucket, 8, 0)).toThrow('a full bucket takes no contact');
    for (const k of [0, 256]) expect(() => buckets({ k })).toThrow('1 to 255 contacts');
  });

  test('knows for how long its oldest contact was silent, in minutes', () => {
    const all = buckets();
    const bucket = all.create();
    expect(all.silenceMs(bucket, MINUTE)).toBe(0);
    all.append(bucket, 7, 0);
    all.append(bucket, 8, 10 * MINUTE);
    expect(all.silenceMs(bucket, 15 * MINUTE + 1)).toBe(15 * MINUTE);
    all.touch(bucket, 0, 16 * MINUTE);
    expect(all.silenceMs(bucket, 16 * MINUTE)).toBe(6 * MINUTE);
    // The counter of minutes has 16 bits.
    expect(all.silenceMs(bucket, (65_536 + 11) * MINUTE)).toBe(MINUTE);
  });

  test('that keeps no times has no old contacts', () => {
    const all = buckets({ keepsTimes: false });
    const bucket = all.create();
    all.append(bucket, 7, 0);
    all.touch(bucket, 0, 0);
    expect(all.silenceMs(bucket, 1e9)).toBe(0);
  });

  test('remembers when it was refreshed, in seconds, and whether a ping is on its way', () => {
    const all = buckets();
    const bucket = all.create();
    all.markRefreshed(bucket, 1_999);
    expect(all.refreshedAt(bucket)).toBe(1_000);
    all.setProbing(bucket, true);
    expect(all.isProbing(bucket)).toBe(true);
    all.setProbing(bucket, false);
    expect(all.isProbing(bucket)).toBe(false);
  });
});

describe('§4.1: the replacement cache', () => {
  test('keeps the newest newcomers, each once, and gives the newest away first', () => {
    const all = buckets({ cache: 2 });
    const bucket = all.create();
    for (const contact of [7, 8, 7, 9]) all.cache(bucket, contact);
    expect(all.replacements(bucket)).toEqual([7, 9]);
    expect(all.takeReplacement(bucket)).toBe(9);
    expect(all.takeReplacement(bucket)).toBe(7);
    expect(all.takeReplacement(bucket)).toBe(-1);
  });

  test('forgets a newcomer that turned out to be dead', () => {
    const all = buckets();
    const bucket = all.create();
    all.dropReplacement(bucket, 7);
    all.cache(bucket, 7);
    all.cache(bucket, 8);
    all.dropReplacement(bucket, 7);
    all.dropReplacement(bucket, 9);
    expect(all.replacements(bucket)).toEqual([8]);
  });

  test('of size 0 keeps nobody', () => {
    const all = buckets({ cache: 0 });
    const bucket = all.create();
    all.cache(bucket, 7);
    expect(all.replacements(bucket)).toEqual([]);
    expect(all.takeReplacement(bucket)).toBe(-1);
  });
});

test('a bucket that is used again is as new', () => {
  const all = buckets();
  const bucket = all.create();
  all.append(bucket, 7, 0);
  all.cache(bucket, 8);
  all.markRefreshed(bucket, 5_000);
  all.setProbing(bucket, true);
  all.destroy(bucket);
  const again = all.create();
  expect(again).toBe(bucket);
  expect([all.size(again), all.refreshedAt(again), all.isProbing(again)]).toEqual([0, 0, false]);
  expect(all.replacements(again)).toEqual([]);
  all.cache(again, 9);
  expect(all.replacements(again)).toEqual([9]);
});

test('many buckets do not touch each other', () => {
  const all = buckets({ k: 2 });
  const made = Array.from({ length: 500 }, () => all.create());
  for (const bucket of made) {
    all.append(bucket, bucket * 2, bucket * MINUTE);
    all.append(bucket, bucket * 2 + 1, bucket * MINUTE);
    if (bucket % 3 === 0) all.cache(bucket, bucket);
  }
  for (const bucket of made) {
    expect(contactsOf(all, bucket)).toEqual([bucket * 2, bucket * 2 + 1]);
    expect(all.silenceMs(bucket, 500 * MINUTE)).toBe((500 - bucket) * MINUTE);
    expect(all.replacements(bucket)).toEqual(bucket % 3 === 0 ? [bucket] : []);
  }
  all.move(made[3]!, 0, all.create());
  expect(contactsOf(all, made[3]!)).toEqual([7]);
});
