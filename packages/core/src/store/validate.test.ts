import { sha256 } from '@noble/hashes/sha2.js';
import { describe, expect, test } from 'vitest';
import {
  DEFAULT_VALIDATORS,
  IMMUTABLE,
  immutableKey,
  joinKey,
  PUBLIC_KEY,
  selectRecord,
  sha256Multihash,
  validateRecord,
  VALUE_BYTES_MAX,
} from './validate.ts';

const bytes = (length: number, fill = 7): Uint8Array => new Uint8Array(length).fill(fill);

/** The identity multihash: code 0, length, the bytes themselves. */
function identity(value: Uint8Array): Uint8Array {
  return Uint8Array.of(0, value.length, ...value);
}

function problem(key: Uint8Array, value: Uint8Array): string | null {
  return validateRecord(DEFAULT_VALIDATORS, key, value);
}

describe('/pk/: a public key belongs to its peer id', () => {
  test('large keys are hashed', () => {
    expect(problem(joinKey('pk', sha256Multihash(bytes(300))), bytes(300))).toBeNull();
    expect(problem(joinKey('pk', sha256Multihash(bytes(300))), bytes(300, 8))).toContain(
      'does not belong',
    );
    expect(problem(joinKey('pk', identity(bytes(43))), bytes(43))).toContain('does not belong');
  });

  test('keys of up to 42 bytes are their own peer id', () => {
    for (const length of [1, 36, 42])
      expect(problem(joinKey('pk', identity(bytes(length))), bytes(length))).toBeNull();
    expect(problem(joinKey('pk', identity(bytes(36))), bytes(36, 8))).toContain('does not belong');
    expect(problem(joinKey('pk', identity(bytes(36))), bytes(35))).toContain('does not belong');
    // A peer id has one spelling.
    expect(problem(joinKey('pk', sha256Multihash(bytes(36))), bytes(36))).toContain(
      'does not belong',
    );
  });
});

describe('/immutable/: a value is the pre-image of its key', () => {
  test('of any size up to the limit', () => {
    for (const length of [0, 1, 300, VALUE_BYTES_MAX]) {
      expect(problem(immutableKey(bytes(length)), bytes(length))).toBeNull();
    }
    expect(problem(immutableKey(bytes(3)), bytes(4))).toContain('does not hash');
  });

  test('and nothing but sha2-256 will do', () => {
    expect(problem(joinKey('immutable', identity(bytes(3))), bytes(3))).toContain('does not hash');
    const renamed = sha256Multihash(bytes(3));
    renamed[0] = 0x13;
    expect(problem(joinKey('immutable', renamed), bytes(3))).toContain('does not hash');
  });
});

describe('what is refused whatever it contains', () => {
  test('values that are too large', () => {
    const value = bytes(VALUE_BYTES_MAX + 1);
    expect(problem(immutableKey(value), value)).toContain('16385 bytes, more than 16384');
  });

  test('keys without a namespace', () => {
    for (const text of ['', '/', '//', '///', 'pk/x', 'pk', '/pk', '//pk/']) {
      expect(problem(new TextEncoder().encode(text), bytes(1))).toContain('namespace such as /pk/');
    }
  });

  test('namespaces that nobody validates', () => {
    expect(problem(joinKey('ipns', bytes(3)), bytes(1))).toBe(
      "no validator for the namespace 'ipns'",
    );
    expect(problem(joinKey('PK', bytes(3)), bytes(1))).toContain("'PK'");
  });

  test('multihashes that are cut off or say a wrong length', () => {
    const whole = sha256Multihash(bytes(50));
    for (const multihash of [
      whole.subarray(0, 0),
      whole.subarray(0, 1),
      whole.subarray(0, 33),
      bytes(34),
    ]) {
      expect(problem(joinKey('pk', multihash), bytes(50))).not.toBeNull();
      expect(problem(joinKey('immutable', multihash), bytes(50))).not.toBeNull();
    }
    expect(problem(joinKey('pk', Uint8Array.of(...whole, 0)), bytes(50))).not.toBeNull();
    const short = Uint8Array.of(0x12, 31, ...sha256(bytes(50)).subarray(0, 31));
    expect(problem(joinKey('pk', short), bytes(50))).not.toBeNull();
  });
});

test('of records that prove themselves, every copy is as good', () => {
  const values = [bytes(1), bytes(1)];
  expect(selectRecord(DEFAULT_VALIDATORS, immutableKey(bytes(1)), values)).toBe(0);
  expect([PUBLIC_KEY, IMMUTABLE].map((validator) => validator.select(bytes(1), values))).toEqual([
    0, 0,
  ]);
  expect(selectRecord(DEFAULT_VALIDATORS, joinKey('ipns', bytes(1)), values)).toBe(0);
  expect(selectRecord(DEFAULT_VALIDATORS, bytes(3), values)).toBe(0);
});

test('a multihash is code, length and digest', () => {
  const multihash = sha256Multihash(new TextEncoder().encode('hello'));
  expect(Array.from(multihash, (byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(
    '12202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  );
});
