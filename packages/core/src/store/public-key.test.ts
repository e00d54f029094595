import { createHash, createPublicKey, generateKeyPairSync, sign as nodeSign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { bytesToHex, hexToBytes, utf8ToBytes } from '@noble/hashes/utils.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../encoding/decode-error.ts';
import { editMessage } from '../testing/protobuf-edit.ts';
import {
  decodePublicKey,
  encodePublicKey,
  peerIdOf,
  verifyEd25519,
  verifySignature,
} from './public-key.ts';

const MESSAGE = utf8ToBytes('a message');

// libp2p specification "Peer Ids and Keys", test vectors: private and public keys in protobuf.
const VECTORS = {
  Ed25519: {
    secret: '7e0830617c4a7de83925dfb2694556b12936c477a0e1feb2e148ec9da60fee7d',
    key: '080112201ed1e8fae2c4a144b8be8fd4b47bf3d3b34b871c3cacf6010f0e42d474fce27e',
  },
  Secp256k1: {
    secret: '53dadf1d5a164d6b4acdb15e24aa4c5b1d3461bdbd42abedb0a4404d56ced8fb',
    key: '08021221037777e994e452c21604f91de093ce415f5432f701dd8cd1a7a6fea0e630bfca99',
  },
  ECDSA: {
    secret: '3e5b1fe9712e6c314942a750bd67485de3c1efe85b1bfb520ae8f9ae3dfa4a4c',
    key:
      '0803125b3059301306072a8648ce3d020106082a8648ce3d03010703420004de3d300fa36ae0e8f5d530899d83abab44' +
      'abf3161f162a4bc901d8e6ecda020e8b6d5f8da30525e71d6851510c098e5c47c646a597fb4dcec034e9f77c409e62',
  },
} as const;

const secretOf = (type: keyof typeof VECTORS): Uint8Array => hexToBytes(VECTORS[type].secret);
const keyOf = (type: keyof typeof VECTORS): Uint8Array => hexToBytes(VECTORS[type].key);

/** Signs the message as the vector's private key would. */
const SIGN = {
  Ed25519: () => ed25519.sign(MESSAGE, secretOf('Ed25519')),
  Secp256k1: () => secp256k1.sign(MESSAGE, secretOf('Secp256k1'), { format: 'der' }),
  ECDSA: () => p256.sign(MESSAGE, secretOf('ECDSA'), { format: 'der' }),
} as const;

const TYPES = ['Ed25519', 'Secp256k1', 'ECDSA'] as const;

/** A public key of Node's as protobuf. */
function protobufOf(type: number, key: KeyObject): Uint8Array {
  const der = key.export({ type: 'spki', format: 'der' });
  return editMessage(new Uint8Array(0), { 1: BigInt(type), 2: new Uint8Array(der) });
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaKey = protobufOf(0, rsa.publicKey);
const rsaSign = (message: Uint8Array, hash = 'sha256'): Uint8Array =>
  new Uint8Array(nodeSign(hash, message, rsa.privateKey));

function problem(bytes: Uint8Array): string {
  try {
    decodePublicKey(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError);
    return (error as DecodeError).message;
  }
  return 'none';
}

describe.each(TYPES)('the %s key of the specification', (type) => {
  const bytes = keyOf(type);
  const key = decodePublicKey(bytes);
  const signature = SIGN[type]();

  test('reads as what it is, and is written as it was', () => {
    expect(key.type).toBe(type);
    expect(bytesToHex(encodePublicKey(key))).toBe(VECTORS[type].key);
  });

  test('verifies what its private half has signed, and nothing else', () => {
    expect(verifySignature(key, MESSAGE, signature)).toBe(true);
    expect(verifySignature(key, utf8ToBytes('another'), signature)).toBe(false);
    const other = decodePublicKey(
      type === 'ECDSA'
        ? protobufOf(3, generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey)
        : keyOf(type === 'Ed25519' ? 'Secp256k1' : 'Ed25519'),
    );
    expect(verifySignature(other, MESSAGE, signature)).toBe(false);
  });

  test('says no to every signature with a wrong bit, and to any bytes', () => {
    for (let i = 0; i < signature.length; i++) {
      const broken = Uint8Array.from(signature);
      broken[i]! ^= 1 << (i % 8);
      expect(verifySignature(key, MESSAGE, broken)).toBe(false);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(verifySignature(key, MESSAGE, bytes)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });
});

describe('peer ids', () => {
  test('are the key itself for keys of up to 42 bytes', () => {
    for (const type of ['Ed25519', 'Secp256k1'] as const) {
      const id = peerIdOf(decodePublicKey(keyOf(type)));
      expect(id).toEqual(Uint8Array.of(0, keyOf(type).length, ...keyOf(type)));
    }
  });

  test('are a hash for longer ones', () => {
    for (const bytes of [keyOf('ECDSA'), rsaKey]) {
      const digest = createHash('sha256').update(bytes).digest('hex');
      expect(bytesToHex(peerIdOf(decodePublicKey(bytes)))).toBe(`1220${digest}`);
    }
  });
});

describe('Ed25519', () => {
  test('is judged as RFC 8032 has it', () => {
    // RFC 8032, section 7.1, test 2.
    const key = hexToBytes('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c');
    const signature = hexToBytes(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
    expect(verifyEd25519(key, Uint8Array.of(0x72), signature)).toBe(true);
    expect(verifyEd25519(key, Uint8Array.of(0x73), signature)).toBe(false);
    expect(verifyEd25519(key.subarray(1), Uint8Array.of(0x72), signature)).toBe(false);
    expect(verifyEd25519(key, Uint8Array.of(0x72), signature.subarray(1))).toBe(false);
  });

  test('refuses a signature whose second half is too large, which would be a second signature of the message', () => {
    const order = (1n << 252n) + 27742317777372353535851937790883648493n;
    const signature = Uint8Array.from(SIGN.Ed25519());
    let s = 0n;
    for (let i = 63; i >= 32; i--) s = (s << 8n) | BigInt(signature[i]!);
    for (let i = 32, left = s + order; i < 64; i++, left >>= 8n)
      signature[i] = Number(left & 0xffn);
    expect(verifyEd25519(keyOf('Ed25519').subarray(4), MESSAGE, signature)).toBe(false);
  });

  test('refuses keys of small order, under which one signature fits all messages', () => {
    const key = new Uint8Array(32);
    key[0] = 1;
    const signature = new Uint8Array(64);
    signature[0] = 1;
    expect(verifyEd25519(key, MESSAGE, signature)).toBe(false);
  });

  test('has keys of 32 bytes', () => {
    for (const length of [0, 31, 33])
      expect(problem(editMessage(keyOf('Ed25519'), { 2: new Uint8Array(length) }))).toContain(
        '32 bytes',
      );
  });
});

describe('ECDSA signatures', () => {
  test('may have their second number in either half, as Go has it', () => {
    for (const [type, curve] of [
      ['Secp256k1', secp256k1],
      ['ECDSA', p256],
    ] as const) {
      const { r, s } = curve.Signature.fromBytes(SIGN[type](), 'der');
      const other = new curve.Signature(r, curve.Point.Fn.ORDER - s).toBytes('der');
      const key = decodePublicKey(keyOf(type));
      expect(verifySignature(key, MESSAGE, SIGN[type]())).toBe(true);
      expect(verifySignature(key, MESSAGE, other)).toBe(true);
    }
  });

  test('are DER, and not the two numbers side by side, as js-libp2p makes them', () => {
    const plain = p256.sign(MESSAGE, secretOf('ECDSA'), { format: 'compact' });
    expect(verifySignature(decodePublicKey(keyOf('ECDSA')), MESSAGE, plain)).toBe(false);
  });

  test('of Node are good, on the curve that libp2p uses', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = decodePublicKey(protobufOf(3, publicKey));
    const signature = new Uint8Array(nodeSign('sha256', MESSAGE, privateKey));
    expect(verifySignature(key, MESSAGE, signature)).toBe(true);
    for (const namedCurve of ['P-384', 'secp256k1'])
      expect(problem(protobufOf(3, generateKeyPairSync('ec', { namedCurve }).publicKey))).toContain(
        'P-256',
      );
  });
});

describe('keys on curves', () => {
  test('lie on them', () => {
    const der = Uint8Array.from(keyOf('ECDSA').subarray(4));
    der[der.length - 1]! ^= 1;
    expect(problem(editMessage(keyOf('ECDSA'), { 2: der }))).toContain('no point');
    const point = Uint8Array.from(keyOf('Secp256k1').subarray(4));
    for (const broken of [
      point.subarray(1),
      new Uint8Array(33),
      Uint8Array.of(4, ...point.subarray(1)),
    ])
      expect(problem(editMessage(keyOf('Secp256k1'), { 2: broken }))).toContain('no point');
  });

  test('of secp256k1 may be written in full, and are then the same peer', () => {
    const long = secp256k1.getPublicKey(secretOf('Secp256k1'), false);
    const key = decodePublicKey(editMessage(keyOf('Secp256k1'), { 2: long }));
    expect(long).toHaveLength(65);
    expect(encodePublicKey(key)).toEqual(keyOf('Secp256k1'));
  });

  test('of P-256 may not be compressed, because Go does not read such', () => {
    const head = '3039301306072a8648ce3d020106082a8648ce3d030107032200';
    const der = hexToBytes(head + bytesToHex(p256.getPublicKey(secretOf('ECDSA'), true)));
    expect(createPublicKey({ key: Buffer.from(der), type: 'spki', format: 'der' }).type).toBe(
      'public',
    );
    expect(problem(editMessage(keyOf('ECDSA'), { 2: der }))).toContain('no point');
  });
});

describe('RSA', () => {
  const key = decodePublicKey(rsaKey);
  const signature = rsaSign(MESSAGE);

  test('verifies PKCS #1 v1.5 with SHA-256 and nothing else', () => {
    expect(verifySignature(key, MESSAGE, signature)).toBe(true);
    expect(verifySignature(key, utf8ToBytes('another'), signature)).toBe(false);
    expect(verifySignature(key, MESSAGE, rsaSign(MESSAGE, 'sha512'))).toBe(false);
    expect(verifySignature(key, MESSAGE, signature.subarray(1))).toBe(false);
    expect(verifySignature(key, MESSAGE, Uint8Array.of(0, ...signature))).toBe(false);
    expect(verifySignature(key, MESSAGE, new Uint8Array(256).fill(0xff))).toBe(false);
    expect(verifySignature(key, MESSAGE, new Uint8Array(256))).toBe(false);
    for (let i = 0; i < signature.length; i += 5) {
      const broken = Uint8Array.from(signature);
      broken[i]! ^= 1 << (i % 8);
      expect(verifySignature(key, MESSAGE, broken)).toBe(false);
    }
  });

  test('takes an exponent of 3, whose forgeries hide behind padding that nobody checks', () => {
    const small = generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 });
    const smallKey = decodePublicKey(protobufOf(0, small.publicKey));
    const good = new Uint8Array(nodeSign('sha256', MESSAGE, small.privateKey));
    expect(verifySignature(smallKey, MESSAGE, good)).toBe(true);
    // Bleichenbacher's forgery of 2006: a cube that begins as it should, 00 01 ff 00, algorithm, digest.
    const digest = createHash('sha256').update(MESSAGE).digest('hex');
    const begin = `0001ff003031300d060960864801650304020105000420${digest}`;
    const root = cubeRoot(BigInt(`0x${begin.padEnd(512, '0')}`)) + 1n;
    expect((root * root * root).toString(16).padStart(512, '0').startsWith(begin)).toBe(true);
    const forged = hexToBytes(root.toString(16).padStart(512, '0'));
    expect(verifySignature(smallKey, MESSAGE, forged)).toBe(false);
  });

  test.each([
    ['too small', 2047, 65_537n, '2047 bits'],
    ['too large', 8193, 65_537n, '8193 bits'],
    ['much too large', 16_384, 65_537n, '16384 bits'],
    ['even', 0, 65_537n, 'even'],
    ['with an exponent of 1', 2048, 1n, 'exponent'],
    ['with an even exponent', 2048, 65_536n, 'exponent'],
    ['with an exponent of 32 bits', 2048, 0x80000001n, 'exponent'],
    ['with an exponent of 40 bits', 2048, 0xff00000001n, 'exponent'],
  ])('refuses keys that are %s', (_, bits, exponent, text) => {
    const modulus = bits === 0 ? 1n << 2047n : (1n << BigInt(bits - 1)) | 1n;
    const bytes = rsaProtobuf(modulus, exponent);
    expect(problem(bytes)).toContain(text);
  });

  test('takes keys of 2,048 and of 8,192 bits', () => {
    for (const bits of [2048n, 8192n])
      expect(problem(rsaProtobuf((1n << (bits - 1n)) | 1n, 0x7fffffffn))).toBe('none');
  });
});

describe('what surrounds a key', () => {
  const bytes = keyOf('Ed25519');

  test('may have more fields and the same ones twice, as in Go; written, it is canonical again', () => {
    const other = editMessage(bytes, { 1: 2n, 2: new Uint8Array(9) });
    for (const padded of [
      editMessage(bytes, { 15: 7n, 16: new Uint8Array(200) }),
      Uint8Array.of(...other, ...bytes),
      Uint8Array.of(...bytes, 0x7b, 0x7c),
    ])
      expect(encodePublicKey(decodePublicKey(padded))).toEqual(bytes);
  });

  test('must name the type and contain the key', () => {
    expect(problem(new Uint8Array(0))).toContain('no data');
    expect(problem(editMessage(bytes, { 1: null }))).toContain('no type');
    expect(problem(editMessage(bytes, { 2: null }))).toContain('no data');
    for (const type of [4n, 255n, 1n << 63n])
      expect(problem(editMessage(bytes, { 1: type }))).toContain('no type');
    expect(problem(bytes.subarray(0, 30))).toContain('longer than');
  });

  test('any bytes are a key or refused in order, and a key is written as it is read', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...TYPES),
        fc.nat(),
        fc.nat({ max: 255 }),
        (type, place, byte) => {
          const changed = Uint8Array.from(keyOf(type));
          changed[place % changed.length] = byte;
          if (problem(changed) !== 'none') return;
          const key = decodePublicKey(changed);
          expect(decodePublicKey(encodePublicKey(key))).toEqual(key);
        },
      ),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), (any) => {
        problem(any);
      }),
    );
  });
});

describe('DER is read strictly', () => {
  const good = rsaKey.subarray(rsaKey.length - 294);
  const hex = bytesToHex(good);
  const judge = (der: string): string => problem(editMessage(rsaKey, { 2: hexToBytes(der) }));

  test.each([
    ['empty', '', 'no element'],
    ['not a sequence', `31${hex.slice(2)}`, 'no element'],
    ['followed by something', `${hex}00`, 'follows the end'],
    ['cut off', hex.slice(0, -2), 'beyond its end'],
    ['of no definite length', `3080${hex.slice(8)}`, 'cannot have'],
    ['of a length in three bytes', `3083000122${hex.slice(8)}`, 'cannot have'],
    ['of a length that ends too early', '30', 'cannot have'],
    ['of another algorithm', hex.replace('0101010500', '0101020500'), 'not one of RSA'],
    ['of no whole bytes', hex.replace('0382010f00', '0382010f01'), 'whole bytes'],
    ['with a negative modulus', hex.replace('0282010100', '02820101ff'), 'no positive'],
  ])('%s', (_, der, text) => {
    expect(judge(der)).toContain(text);
  });

  test.each([
    ['a length of one byte in two', '308103020101', 'not the shortest'],
    ['a length of two bytes in three', `308200ff${'00'.repeat(255)}`, 'not the shortest'],
    ['numbers that are empty', rsaDer('0200', '0203010001'), 'no positive'],
    ['numbers that are zero', rsaDer('020100', '0203010001'), 'no positive'],
    ['numbers with a needless zero', rsaDer('02020001', '0203010001'), 'no positive'],
    ['three numbers', rsaDer('020101', '020101020101'), 'follows the end'],
    ['one number', rsaDer('020101', ''), 'no element'],
  ])('%s', (_, der, text) => {
    expect(judge(der)).toContain(text);
  });
});

/** The largest number whose cube is not larger. */
function cubeRoot(cube: bigint): bigint {
  let [low, high] = [0n, 1n << 700n];
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle * middle * middle <= cube) low = middle;
    else high = middle;
  }
  return low;
}

/** SubjectPublicKeyInfo of RSA around two encoded numbers. */
function rsaDer(modulus: string, exponent: string): string {
  const numbers = element('30', modulus + exponent);
  return element('30', '300d06092a864886f70d0101010500' + element('03', `00${numbers}`));
}

function element(tag: string, content: string): string {
  const length = content.length / 2;
  if (length < 0x80) return tag + length.toString(16).padStart(2, '0') + content;
  const digits = length.toString(16);
  const bytes = digits.length > 2 ? `82${digits.padStart(4, '0')}` : `81${digits}`;
  return tag + bytes + content;
}

function rsaProtobuf(modulus: bigint, exponent: bigint): Uint8Array {
  const number = (value: bigint): string => {
    const digits = value.toString(16);
    const even = digits.length % 2 === 0 ? digits : `0${digits}`;
    return element('02', /^[89a-f]/.test(even) ? `00${even}` : even);
  };
  const der = hexToBytes(rsaDer(number(modulus), number(exponent)));
  return editMessage(new Uint8Array(0), { 1: 0n, 2: der });
}
