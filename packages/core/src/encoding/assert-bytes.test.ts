import { expect, test } from 'vitest';
import { decodeBep44Item } from '../store/bep44-item.ts';
import { decodeIpnsRecord } from '../store/ipns-record.ts';
import { decodePublicKey } from '../store/public-key.ts';
import { decodeAmino } from '../wire/amino.ts';
import { FrameReader } from '../wire/frame.ts';
import { decodeCbor } from './cbor.ts';
import { isBencoded } from './is-bencoded.ts';

const decoders: [string, (bytes: Uint8Array) => unknown][] = [
  ['decodeAmino', decodeAmino],
  ['decodeBep44Item', decodeBep44Item],
  ['decodeCbor', decodeCbor],
  ['decodeIpnsRecord', decodeIpnsRecord],
  ['decodePublicKey', decodePublicKey],
  ['isBencoded', isBencoded],
  ['FrameReader', (bytes) => new FrameReader().push(bytes)],
];

test.each(decoders)('%s refuses what is no bytes, instead of looking for its end', (_, decode) => {
  for (const value of [{}, null, undefined, 'text', 7, [1, 2], new ArrayBuffer(8)])
    expect(() => decode(value as Uint8Array)).toThrow(TypeError);
});

test('bytes of another realm or a subclass are bytes', () => {
  expect(decodeCbor(Buffer.from([1]))).toBe(1n);
});
