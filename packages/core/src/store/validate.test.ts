import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { describe, expect, test } from 'vitest';
import { editMessage } from '../testing/protobuf-edit.ts';
import { ipnsKey } from './ipns-record.ts';
import { IPNS } from './ipns.ts';
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
  return validateRecord(DEFAULT_VALIDATORS, key, value, 0);
}

/** A public key of 36 bytes, as protobuf. */
const SHORT = Uint8Array.of(8, 1, 0x12, 32, ...ed25519.getPublicKey(bytes(32)));

// What the bootstrap node QmaCpDMGvV2BGHeYERUEnRQAwe3N8SzbUtfsmvsqQLuvuJ publishes under its name: RSA of 4,096 bits.
const LONG = hexToBytes(
  '080012a60430820222300d06092a864886f70d01010105000382020f003082020a0282020100a1f5c0e7c0d5e556afc0' +
    'e84566f8c565773adb548ddc219ca9688613a0096c2dfd069804c84968545b9c9df19dd131cc8408b7781df7ddfaf208' +
    'a42a821523ce03955164a62dcab6bd10dd26f8507517567ca128f00a056d8636b9549ddb59ca727628775c90bd91d625' +
    '1adbdfd36bf68a09c3bfe69e1b1587e8f31a4b55afc8095e7b6f6683165f9c0ef0ad1b22d8b73749ee02aa46566cd5f7' +
    'a9ff6eb1099fe36b363abd4e1293108a6d473a349e77aca15e49b20ffe61b4222eb3a634e8481d71a7fdceea88a2044f' +
    'a5cedde1dee314e27880bc713ca578814684e85e0d21cff40e23c341f13ee1a06452f284664999862973e51d692b578c' +
    'd9b7de89d786ad6baebcf8dfc343db8eda434a15929591917c52bf16741359149d0e7092bc919928f1d5b25cb48b0f90' +
    'a7a05b0eb29adca993f893c6fb137a53a5c470a8a309b574bb4fd80879bde7dcc237eaf2ce9a17b9193032df99c8bf55' +
    '1987561ee264a09730f9029610571625e0d0e1e2a7f90469a6a480ed08cf9b4c3af0567bfe9abf470079d8cc7d7f22ef' +
    'c83598f86c9e0678caf79e2299a99c47c8d057e7f3b8af40185c8dd499a1c167c358d7ab83af6581944ce0b8b6bd2cfe' +
    '4bf80c8c9e7f61fe94816df79e12ae5e82c588f894b86fd599da5912f8754de2a23f2d1529845a5570a72d8d8537325b' +
    '95dd3c69d9ca30b8186c20170d10955b7da216822c730203010001',
);
const LONG_ID = hexToBytes('1220b04a57d40eca138809f139a76b12044333c3740391c9bf1ce9d8e21a79210bfd');

describe('/pk/: a public key belongs to its peer id', () => {
  test('large keys are hashed', () => {
    expect(problem(joinKey('pk', LONG_ID), LONG)).toBeNull();
    expect(problem(joinKey('pk', sha256Multihash(SHORT)), LONG)).toContain('does not belong');
    expect(problem(joinKey('pk', identity(LONG)), LONG)).toContain('does not belong');
  });

  test('keys of up to 42 bytes are their own peer id', () => {
    const other = Uint8Array.of(8, 1, 0x12, 32, ...ed25519.getPublicKey(bytes(32, 8)));
    expect(problem(joinKey('pk', identity(SHORT)), SHORT)).toBeNull();
    expect(problem(joinKey('pk', identity(SHORT)), other)).toContain('does not belong');
    // A peer id has one spelling.
    expect(problem(joinKey('pk', sha256Multihash(SHORT)), SHORT)).toContain('does not belong');
  });

  test('and is one, in its only spelling, whatever its hash is', () => {
    const none = bytes(300);
    expect(problem(joinKey('pk', sha256Multihash(none)), none)).not.toBeNull();
    expect(problem(joinKey('pk', identity(bytes(36))), bytes(36))).not.toBeNull();
    expect(problem(joinKey('pk', identity(new Uint8Array(0))), new Uint8Array(0))).toContain(
      'no data',
    );
    const padded = editMessage(SHORT, { 15: 1n });
    expect(problem(joinKey('pk', identity(SHORT)), padded)).toContain('canonical');
    expect(problem(joinKey('pk', identity(padded)), padded)).toContain('canonical');
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
    expect(problem(joinKey('name', bytes(3)), bytes(1))).toBe(
      "no validator for the namespace 'name'",
    );
    expect(problem(joinKey('PK', bytes(3)), bytes(1))).toContain("'PK'");
  });

  test('multihashes that are cut off or say a wrong length', () => {
    const whole = sha256Multihash(LONG);
    for (const multihash of [
      whole.subarray(0, 0),
      whole.subarray(0, 1),
      whole.subarray(0, 33),
      bytes(34),
    ]) {
      expect(problem(joinKey('pk', multihash), LONG)).not.toBeNull();
      expect(problem(joinKey('immutable', multihash), LONG)).not.toBeNull();
    }
    expect(problem(joinKey('pk', Uint8Array.of(...whole, 0)), LONG)).not.toBeNull();
    const short = Uint8Array.of(0x12, 31, ...sha256(LONG).subarray(0, 31));
    expect(problem(joinKey('pk', short), LONG)).not.toBeNull();
  });
});

test('of records that prove themselves, every copy is as good', () => {
  const values = [bytes(1), bytes(1)];
  expect(selectRecord(DEFAULT_VALIDATORS, immutableKey(bytes(1)), values)).toBe(0);
  expect([PUBLIC_KEY, IMMUTABLE].map((validator) => validator.select(bytes(1), values))).toEqual([
    0, 0,
  ]);
  expect(selectRecord(DEFAULT_VALIDATORS, joinKey('name', bytes(1)), values)).toBe(0);
  expect(selectRecord(DEFAULT_VALIDATORS, bytes(3), values)).toBe(0);
});

test('a multihash is code, length and digest', () => {
  const multihash = sha256Multihash(new TextEncoder().encode('hello'));
  expect(Array.from(multihash, (byte) => byte.toString(16).padStart(2, '0')).join('')).toBe(
    '12202cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824',
  );
});

test('every node validates public keys, IPNS and plain values, each at its time', () => {
  expect([...DEFAULT_VALIDATORS.keys()]).toEqual(['pk', 'ipns', 'immutable']);
  const times: number[] = [];
  const clock = {
    validate: (_rest: Uint8Array, _value: Uint8Array, nowMs: number) => {
      times.push(nowMs);
      return null;
    },
    select: () => 0,
  };
  const validators = new Map([...DEFAULT_VALIDATORS, ['clock', clock] as const]);
  expect(
    validateRecord(validators, joinKey('clock', bytes(1)), bytes(1), 1_795_392_000_000),
  ).toBeNull();
  expect(times).toEqual([1_795_392_000_000]);
});

test('a mistake of a validator is not mistaken for one of the record', () => {
  // A value that is no bytes at all can only come from us.
  for (const validator of [PUBLIC_KEY, IPNS]) {
    expect(() => validator.validate(bytes(1), null as never, 0)).toThrow(TypeError);
  }
  expect(() => IPNS.select(ipnsKey(SHORT), [bytes(1), null as never])).toThrow(TypeError);
});
