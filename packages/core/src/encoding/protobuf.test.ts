import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from './decode-error.ts';
import { ProtobufReader, ProtobufWriter, varintBytes, writeVarint } from './protobuf.ts';

const field = fc.integer({ min: 1, max: 0x1fffffff });
const uint64 = fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn });

function reading(...bytes: number[]): ProtobufReader {
  return new ProtobufReader(Uint8Array.from(bytes));
}

describe('what is written is read back', () => {
  const anyField = fc.oneof(
    fc.record({ kind: fc.constant('varint' as const), field, value: fc.maxSafeNat() }),
    fc.record({ kind: fc.constant('uint64' as const), field, value: uint64 }),
    fc.record({ kind: fc.constant('bytes' as const), field, value: fc.uint8Array() }),
  );

  test('field by field, and every field can be passed over', () => {
    fc.assert(
      fc.property(fc.array(anyField), fc.array(fc.boolean()), (fields, skips) => {
        const writer = new ProtobufWriter(1);
        for (const one of fields) {
          if (one.kind === 'varint') writer.varintField(one.field, one.value);
          else if (one.kind === 'uint64') writer.uint64Field(one.field, one.value);
          else writer.bytesField(one.field, one.value);
        }
        const bytes = writer.finish();
        expect(bytes).toHaveLength(writer.length);
        const reader = new ProtobufReader(bytes);
        fields.forEach((one, i) => {
          expect(reader.next()).toBe(true);
          expect(reader.field).toBe(one.field);
          if (skips[i] === true) reader.skip();
          else if (one.kind === 'varint') expect(reader.varint()).toBe(one.value);
          else if (one.kind === 'uint64') expect(reader.uint64()).toBe(one.value);
          else expect(reader.view()).toEqual(one.value);
        });
        expect(reader.next()).toBe(false);
      }),
    );
  });

  test('numbers take as many bytes as they are said to', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (value) => {
        const bytes = new Uint8Array(8);
        const length = writeVarint(bytes, 0, value);
        expect(varintBytes(value)).toBe(length);
        expect(new ProtobufReader(bytes, 0, length).varint()).toBe(value);
        expect(bytes.subarray(length).every((byte) => byte === 0)).toBe(true);
      }),
    );
  });

  test('a writer that is reset begins anew, and keeps nothing of what it has given away', () => {
    const writer = new ProtobufWriter();
    writer.bytesField(1, Uint8Array.of(7));
    const first = writer.finish();
    writer.reset();
    expect(writer.length).toBe(0);
    writer.bytesField(1, Uint8Array.of(8));
    expect([...first, ...writer.finish()]).toEqual([10, 1, 7, 10, 1, 8]);
  });
});

test('a nested message is read in place, between its two ends', () => {
  const reader = reading(0x0a, 2, 0x10, 5, 0x18, 6);
  expect(reader.next()).toBe(true);
  const { end } = reader;
  reader.end = reader.length() + reader.at;
  expect([reader.next(), reader.field, reader.varint(), reader.next()]).toEqual([
    true,
    2,
    5,
    false,
  ]);
  reader.end = end;
  expect([reader.next(), reader.field, reader.varint()]).toEqual([true, 3, 6]);
});

describe('numbers', () => {
  const ff = (count: number): number[] => Array.from({ length: count }, () => 0xff);

  test('beyond 2^53 - 1 are cut down to it, or read exactly', () => {
    for (const last of [0x00, 0x01]) {
      expect(reading(...ff(9), last).varint()).toBe(Number.MAX_SAFE_INTEGER);
      expect(reading(...ff(9), last).uint64()).toBe(2n ** (last === 0 ? 63n : 64n) - 1n);
    }
    expect(reading(...ff(7), 0x0f).uint64()).toBe(2n ** 53n - 1n);
    expect(reading(0x80, 0x80, 0).uint64()).toBe(0n);
  });

  test('of more than 64 bits are refused, as Go refuses them', () => {
    for (const bytes of [[...ff(9), 0x02], ff(10), [...ff(10), 0x00]]) {
      expect(() => reading(...bytes).varint()).toThrow('more than 64 bits (at byte 10)');
      expect(() => reading(...bytes).uint64()).toThrow(DecodeError);
    }
  });

  test('that end too early are refused', () => {
    for (const bytes of [[], [0x80], ff(9)])
      expect(() => reading(...bytes).varint()).toThrow('a number ends too early');
  });

  test('that cannot be written are a mistake of ours', () => {
    const writer = new ProtobufWriter();
    for (const value of [-1, 0.5, Number.NaN, 2 ** 53])
      expect(() => writer.varintField(1, value)).toThrow(RangeError);
    for (const value of [-1n, 2n ** 64n])
      expect(() => writer.uint64Field(1, value)).toThrow(RangeError);
    expect(writer.length).toBe(0);
  });
});

describe('fields', () => {
  test('have a number from 1 to 2^29 - 1', () => {
    for (const tag of [[0x02], [0x80, 0x80, 0x80, 0x80, 0x10], [0xff, 0xff, 0xff, 0xff, 0x7f]])
      expect(() => reading(...tag).next()).toThrow('no valid number');
    const last = reading(0xf8, 0xff, 0xff, 0xff, 0x0f, 7);
    expect([last.next(), last.field, last.varint()]).toEqual([true, 0x1fffffff, 7]);
  });

  test('end with their message', () => {
    for (const bytes of [
      [0x0a, 1],
      [0x0a, 5, 1, 2],
      [0x09, 1, 2, 3],
      [0x0d, 1, 2, 3],
    ]) {
      const reader = reading(...bytes);
      reader.next();
      expect(() => reader.skip()).toThrow('longer than its message');
    }
  });

  test('are not read as what they are not', () => {
    const number = reading(0x08, 5);
    number.next();
    expect(() => number.view()).toThrow('wrong wire type');
    const bytes = reading(0x0a, 1, 5);
    bytes.next();
    expect(() => bytes.varint()).toThrow('wrong wire type');
    expect(() => bytes.uint64()).toThrow('wrong wire type');
  });

  test('of every wire type are passed over, groups in groups included', () => {
    const group = [0x13, 0x08, 1, 0x1b, 0x0a, 2, 1, 2, 0x1c, 0x14];
    const reader = reading(0x08, 0xff, 1, 0x09, ...group.slice(0, 8), 0x0a, 1, 7, ...group);
    for (let i = 0; i < 4; i++) {
      expect(reader.next()).toBe(true);
      reader.skip();
    }
    expect(reader.next()).toBe(false);
  });

  test('of wire types that do not exist, and groups without begin or end, are refused', () => {
    for (const bytes of [[0x0c], [0x0e], [0x0f], [0x0b], [0x0b, 0x08, 1], [0x0b, 0x0e]]) {
      const reader = reading(...bytes);
      reader.next();
      expect(() => reader.skip()).toThrow(DecodeError);
    }
  });
});

test('whatever the bytes are, a reader ends or throws DecodeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      const reader = new ProtobufReader(bytes);
      try {
        while (reader.next()) reader.skip();
        expect(reader.at).toBe(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(DecodeError);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('an error names its place, where it has one', () => {
  expect(new DecodeError('no', 3)).toMatchObject({ message: 'no (at byte 3)', offset: 3 });
  expect(new DecodeError('no')).toMatchObject({ name: 'DecodeError', message: 'no', offset: -1 });
});
