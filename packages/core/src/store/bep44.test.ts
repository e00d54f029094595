import { ed25519 } from '@noble/curves/ed25519.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../encoding/decode-error.ts';
import { decodeBep44Item, encodeBep44Item } from './bep44-item.ts';
import type { Bep44Item, MutableItem } from './bep44-item.ts';
import {
  BEP44,
  BEP44_ERRORS,
  bep44Key,
  immutableTarget,
  mutableTarget,
  problemOfPut,
  selectMutable,
  signedMessage,
  validateImmutableItem,
  validateMutableItem,
} from './bep44.ts';
import { selectRecord, validateRecord } from './validate.ts';

const VALIDATORS = new Map([['bep44', BEP44]]);
const EMPTY = new Uint8Array(0);
const HELLO = utf8ToBytes('12:Hello World!');

// BEP 44, "Test Vectors".
const KEY = hexToBytes('77ff84905a91936367c01360803104f92432fcd904a43511876df5cdf3e7e548');
const PLAIN = {
  target: hexToBytes('4a533d47ec9c7d95b1ad75f576cffc641853b750'),
  item: {
    k: KEY,
    salt: EMPTY,
    seq: 1n,
    sig: hexToBytes(
      '305ac8aeb6c9c151fa120f120ea2cfb923564e11552d06a5d856091e5e853cff' +
        '1260d3f39e4999684aa92eb73ffd136e6f4f3ecbfda0ce53a1608ecd7ae21f01',
    ),
    v: HELLO,
  },
};
const SALTED = {
  target: hexToBytes('411eba73b6f087ca51a3795d9c8c938d365e32c1'),
  item: {
    k: KEY,
    salt: utf8ToBytes('foobar'),
    seq: 1n,
    sig: hexToBytes(
      '6834284b6b24c3204eb2fea824d82f88883a3d95e8b4a21b8c0ded553d17d17d' +
        'df9a8a7104b1258f30bed3787e6cb896fca78c58f8e03b5f18f14951a87d9a08',
    ),
    v: HELLO,
  },
};
const HELLO_TARGET = hexToBytes('e5f96f6f38320f0f33959cb4d3d656452117aadb');

const SEED = new Uint8Array(32).fill(5);

/** An item of our own, signed. */
function signed(changes: Partial<MutableItem> = {}): MutableItem {
  const item = { k: ed25519.getPublicKey(SEED), salt: EMPTY, seq: 1n, v: HELLO, ...changes };
  return { ...item, sig: ed25519.sign(signedMessage(item), SEED) };
}

/** The code of what is wrong with an item under its own target. */
function codeOf(item: MutableItem): number | undefined {
  return validateMutableItem(mutableTarget(item.k, item.salt), item)?.code;
}

const problem = (target: Uint8Array, item: Bep44Item): string | null =>
  validateRecord(VALIDATORS, bep44Key(target), encodeBep44Item(item), 0);

describe('the vectors of BEP 44', () => {
  test.each([
    ['1', PLAIN, '3:seqi1e1:v12:Hello World!'],
    ['2, with a salt', SALTED, '4:salt6:foobar3:seqi1e1:v12:Hello World!'],
  ])('%s', (_, { target, item }, message) => {
    expect(mutableTarget(item.k, item.salt)).toEqual(target);
    expect(new TextDecoder().decode(signedMessage(item))).toBe(message);
    expect(validateMutableItem(target, item)).toBeNull();
    expect(problem(target, item)).toBeNull();
  });

  test('3, immutable', () => {
    expect(immutableTarget(HELLO)).toEqual(HELLO_TARGET);
    expect(validateImmutableItem(HELLO_TARGET, HELLO)).toBeNull();
    expect(problem(HELLO_TARGET, { v: HELLO })).toBeNull();
  });
});

describe('an item is refused', () => {
  test('under any target but its own', () => {
    const { protocol } = BEP44_ERRORS;
    expect(validateMutableItem(SALTED.target, PLAIN.item)?.code).toBe(protocol);
    expect(validateMutableItem(EMPTY, PLAIN.item)?.code).toBe(protocol);
    expect(validateImmutableItem(PLAIN.target, HELLO)?.code).toBe(protocol);
    expect(problem(HELLO_TARGET, PLAIN.item)).toContain('does not hash to its key');
    expect(problem(PLAIN.target, { v: HELLO })).toContain('does not hash to its key');
  });

  test('with a signature of something else', () => {
    for (const item of [PLAIN.item, SALTED.item, signed()]) {
      expect(codeOf({ ...item, seq: 2n })).toBe(BEP44_ERRORS.signature);
      expect(codeOf({ ...item, salt: utf8ToBytes('other') })).toBe(BEP44_ERRORS.signature);
      expect(codeOf({ ...item, v: utf8ToBytes('12:Hello World?') })).toBe(BEP44_ERRORS.signature);
      expect(codeOf({ ...item, k: ed25519.getPublicKey(KEY) })).toBe(BEP44_ERRORS.signature);
      expect(codeOf({ ...item, sig: item.sig.subarray(1) })).toBe(BEP44_ERRORS.signature);
      expect(codeOf({ ...item, k: item.k.subarray(1) })).toBe(BEP44_ERRORS.signature);
    }
  });

  test('with a value of more than 1,000 bytes', () => {
    const value = (length: number): Uint8Array =>
      utf8ToBytes(`${length - 4}:${'x'.repeat(length - 4)}`);
    expect(value(1_000)).toHaveLength(1_000);
    expect(codeOf(signed({ v: value(1_000) }))).toBeUndefined();
    expect(codeOf(signed({ v: value(1_001).subarray(0, 1_001) }))).toBe(BEP44_ERRORS.tooBig);
    expect(validateImmutableItem(immutableTarget(value(1_000)), value(1_000))).toBeNull();
    expect(validateImmutableItem(immutableTarget(value(1_001)), value(1_001))?.code).toBe(205);
  });

  test('with a value that is not bencoded', () => {
    for (const text of ['', 'Hello', '5:ab', 'd1:bi1e1:ai2ee', 'i1ei2e']) {
      const v = utf8ToBytes(text);
      expect(codeOf(signed({ v }))).toBe(BEP44_ERRORS.protocol);
      expect(validateImmutableItem(immutableTarget(v), v)?.code).toBe(203);
    }
    for (const text of ['i1e', 'le', 'd1:ai1e1:bi2ee', '0:'])
      expect(codeOf(signed({ v: utf8ToBytes(text) }))).toBeUndefined();
  });

  test('with a salt of more than 64 bytes', () => {
    expect(codeOf(signed({ salt: new Uint8Array(64) }))).toBeUndefined();
    expect(codeOf(signed({ salt: new Uint8Array(65) }))).toBe(BEP44_ERRORS.saltTooBig);
  });

  test('with a sequence number below zero or of more than 63 bits', () => {
    for (const seq of [0n, (1n << 63n) - 1n]) expect(codeOf(signed({ seq }))).toBeUndefined();
    for (const seq of [-1n, 1n << 63n]) expect(codeOf(signed({ seq }))).toBe(BEP44_ERRORS.protocol);
  });
});

describe('a put', () => {
  const item = signed({ seq: 5n });
  const other = utf8ToBytes('i7e');

  test('replaces nothing, or what is older', () => {
    expect(problemOfPut(item, null, null)).toBeNull();
    expect(problemOfPut(item, { seq: 4n, v: other }, null)).toBeNull();
    expect(problemOfPut(item, { seq: 5n, v: HELLO }, null)).toBeNull();
  });

  test('does not replace what is newer, nor another value of the same number', () => {
    expect(problemOfPut(item, { seq: 6n, v: HELLO }, null)?.code).toBe(BEP44_ERRORS.sequence);
    expect(problemOfPut(item, { seq: 5n, v: other }, null)?.code).toBe(BEP44_ERRORS.sequence);
  });

  test('may name the number that it expects, which must then be the one', () => {
    expect(problemOfPut(item, { seq: 4n, v: other }, 4n)).toBeNull();
    expect(problemOfPut(item, { seq: 4n, v: other }, 3n)?.code).toBe(BEP44_ERRORS.cas);
    expect(problemOfPut(item, { seq: 6n, v: other }, 5n)?.code).toBe(BEP44_ERRORS.cas);
    expect(problemOfPut(item, null, 3n)).toBeNull();
  });
});

describe('of several items', () => {
  const other = utf8ToBytes('i7e');
  const select = (...items: MutableItem[]): number =>
    selectRecord(VALIDATORS, bep44Key(PLAIN.target), items.map(encodeBep44Item));

  test('the one with the highest number is in force', () => {
    expect(select(signed(), signed({ seq: 10n }), signed({ seq: 9n }))).toBe(1);
    expect(selectMutable([{ seq: 3n, v: HELLO }])).toBe(0);
  });

  test('of the same number, what is held stays, and the same again renews it', () => {
    expect(select(signed(), signed({ v: other }))).toBe(1);
    expect(select(signed(), signed())).toBe(0);
  });

  test('what cannot be read is never in force, and immutable ones are all the same', () => {
    const junk = Uint8Array.of(1);
    const [plain, hello] = [encodeBep44Item(PLAIN.item), encodeBep44Item({ v: HELLO })];
    expect(BEP44.select(PLAIN.target, [junk, plain])).toBe(1);
    expect(BEP44.select(PLAIN.target, [plain, junk])).toBe(0);
    expect(BEP44.select(HELLO_TARGET, [hello, hello])).toBe(0);
  });
});

describe('packed', () => {
  const bytes = (max: number, min = 0): fc.Arbitrary<Uint8Array> =>
    fc.uint8Array({ minLength: min, maxLength: max });
  const anyItem: fc.Arbitrary<Bep44Item> = fc.oneof(
    fc.record({ v: bytes(30) }),
    fc.record({
      k: bytes(32, 32),
      salt: bytes(64),
      seq: fc.bigInt({ min: 0n, max: 1n << 62n }),
      sig: bytes(64, 64),
      v: bytes(30),
    }),
  );

  test('an item is a dictionary of its entries', () => {
    const text = new TextDecoder('latin1').decode(encodeBep44Item(SALTED.item));
    expect(text.startsWith('d1:k32:')).toBe(true);
    expect(text.includes('4:salt6:foobar3:seqi1e3:sig64:')).toBe(true);
    expect(text.endsWith('1:v12:Hello World!e')).toBe(true);
    expect(bytesToHex(encodeBep44Item({ v: HELLO }))).toBe(
      bytesToHex(utf8ToBytes('d1:v12:Hello World!e')),
    );
    expect(encodeBep44Item(PLAIN.item)).toHaveLength(encodeBep44Item(SALTED.item).length - 14);
  });

  test('it is unpacked as what it was', () => {
    fc.assert(
      fc.property(anyItem, (item) => {
        expect(decodeBep44Item(encodeBep44Item(item))).toEqual(item);
      }),
    );
  });

  test('it has one form only', () => {
    const text = (head: string, tail = '12:Hello World!e'): string =>
      `${head}3:seqi1e3:sig64:${'s'.repeat(64)}1:v${tail}`;
    const head = `d1:k32:${'k'.repeat(32)}`;
    const judge = (packed: string) => (): Bep44Item => decodeBep44Item(utf8ToBytes(packed));
    expect(judge(text(head))).not.toThrow();
    for (const packed of [
      '',
      'd',
      'd1:v',
      'de',
      'd1:v0:',
      text(head, '12:Hello World!'),
      text(`${head}4:salt0:`),
      text(`${head}4:salt99:x`),
      text(`d1:k032:${'k'.repeat(32)}`),
      text(`d1:k31:${'k'.repeat(31)}`),
      text(`d1:k99999999999999999999:`),
      text(head).replace('i1e', 'i01e'),
      text(head).replace('i1e', 'i-1e'),
      text(head).replace('i1e', 'ie'),
      text(head).replace('i1e', `i${'9'.repeat(20)}e`),
      text(head).replace('sig64:', 'sig63:'),
      text(head).replace('3:sig', '3:cas'),
    ]) {
      expect(judge(packed)).toThrow(DecodeError);
      expect(
        validateRecord(VALIDATORS, bep44Key(PLAIN.target), utf8ToBytes(packed), 0),
      ).not.toBeNull();
    }
  });

  test('no changed byte of it is valid', () => {
    const packed = encodeBep44Item(SALTED.item);
    for (let i = 0; i < packed.length; i++) {
      const changed = Uint8Array.from(packed);
      changed[i]! ^= 1 << (i % 8);
      expect(BEP44.validate(SALTED.target, changed, 0)).not.toBeNull();
    }
  });

  test('any bytes are an item or refused in order', () => {
    fc.assert(
      fc.property(bytes(60), (any) => {
        expect(BEP44.validate(HELLO_TARGET, any, 0)).not.toBeNull();
      }),
    );
  });
});
