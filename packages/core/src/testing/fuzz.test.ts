import { expect, test } from 'vitest';
import { DecodeError } from '../encoding/decode-error.ts';
import { codecTarget, EXECUTION_MS_MAX, fuzz, FuzzFailure, INPUT_BYTES_MAX } from './fuzz.ts';
import type { FuzzTarget } from './fuzz.ts';

const seeds = [Uint8Array.of(2, 1, 2), new Uint8Array(20).fill(5)];

/** A clock that stands still. */
const still = (): number => 0;

function failureOf(run: () => unknown): FuzzFailure {
  try {
    run();
  } catch (error) {
    if (error instanceof FuzzFailure) return error;
  }
  throw new Error('it did not fail');
}

/** Accepts inputs whose first byte is their length; remembers all. */
function lengthTarget(inputs: string[] = []): FuzzTarget {
  return {
    name: 'length',
    seeds,
    run(input) {
      inputs.push(input.join());
      if (input[0] === input.length - 1) return true;
      throw new DecodeError('no');
    },
  };
}

test('a run repeats itself exactly, and begins with the inputs it was given', () => {
  const first: string[] = [];
  const second: string[] = [];
  const report = fuzz(lengthTarget(first), { executions: 5_000, seed: 7, now: still });
  expect(fuzz(lengthTarget(second), { executions: 5_000, seed: 7, now: still })).toEqual(report);
  expect(second).toEqual(first);
  expect(first.slice(0, 2)).toEqual(seeds.map((input) => input.join()));
  expect(new Set(first).size).toBeGreaterThan(2_000);
  expect(report.accepted + report.refused).toBe(5_000);
  const other: string[] = [];
  fuzz(lengthTarget(other), { executions: 5_000, seed: 8, now: still });
  expect(other).not.toEqual(first);
});

test('inputs stay within their limit', () => {
  let longest = 0;
  const target: FuzzTarget = {
    name: 'long',
    seeds: [new Uint8Array(INPUT_BYTES_MAX)],
    tokens: [new Uint8Array(1_000)],
    run(input) {
      longest = Math.max(longest, input.length);
      return true;
    },
  };
  fuzz(target, { executions: 2_000, seed: 1, now: still });
  expect(longest).toBe(INPUT_BYTES_MAX);
});

test('an error that is no DecodeError is a failure, which names its input', () => {
  const target: FuzzTarget = {
    name: 'wrong',
    seeds,
    run(input) {
      if (input.length > 24) throw new TypeError('read beyond the end');
      return true;
    },
  };
  const failure = failureOf(() => fuzz(target, { executions: 10_000, seed: 3, now: still }));
  expect(failure.input.length).toBeGreaterThan(24);
  expect(failure.message).toMatch(
    /^wrong, seed 3, execution \d+ threw TypeError: read beyond the end: [0-9a-f]+$/,
  );
  expect(failure.cause).toBeInstanceOf(TypeError);
  expect(() => target.run(failure.input)).toThrow('read beyond the end');
});

test('an input that takes too long is a failure, a pause of the machine is not', () => {
  let time = 0;
  const now = (): number => time;
  const slow = (isAlways: boolean): FuzzTarget => {
    let pauses = 0;
    return {
      name: 'slow',
      seeds,
      run(input) {
        if (input.length <= 24) return true;
        if (isAlways || pauses++ === 0) time += EXECUTION_MS_MAX + 1;
        throw new DecodeError('too long');
      },
    };
  };
  expect(fuzz(slow(false), { executions: 1_000, seed: 1, now }).slowestMs).toBe(
    EXECUTION_MS_MAX + 1,
  );
  const failure = failureOf(() => fuzz(slow(true), { executions: 1_000, seed: 1, now }));
  expect(failure.message).toContain('took 51 ms');
});

test('a codec must read what it writes, and write it the same way', () => {
  const run = (decode: (bytes: Uint8Array) => number, encode: (value: number) => Uint8Array) =>
    failureOf(() =>
      fuzz(codecTarget({ name: 'byte', seeds }, decode, encode), {
        executions: 1,
        seed: 1,
        now: still,
      }),
    ).message;
  const byte = (value: number): Uint8Array => Uint8Array.of(value);
  const first = (bytes: Uint8Array): number => bytes[0]!;
  expect(run((bytes) => bytes[0]! + 1, byte)).toContain('in another way');
  const refuses = (bytes: Uint8Array): number => {
    if (bytes.length === 1) throw new DecodeError('too short');
    return bytes[0]!;
  };
  expect(run(refuses, byte)).toContain('what it writes it does not read');
  const report = fuzz(codecTarget({ name: 'byte', seeds }, first, byte), {
    executions: 2,
    seed: 1,
    now: still,
  });
  expect(report).toEqual({ accepted: 2, refused: 0, slowestMs: 0 });
});

test('a target without inputs is a mistake', () => {
  const target: FuzzTarget = { name: 'none', seeds: [], run: () => true };
  expect(() => fuzz(target, { executions: 1, seed: 1, now: still })).toThrow('a few inputs');
});
