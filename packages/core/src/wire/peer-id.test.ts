import { expect, test } from 'vitest';
import { keyFromHex } from '../keyspace/key.ts';
import { joined, SPEC_PEER_ID } from '../testing/amino-samples.ts';
import { isPeerId, PEER_ID_BYTES_MAX } from './peer-id.ts';

const inlined = (...key: readonly ArrayLike<number>[]): Uint8Array => {
  const bytes = joined(...key);
  return joined([0, bytes.length], bytes);
};

const ED25519 = inlined([8, 1, 0x12, 32], new Uint8Array(32).fill(7));
const SECP256K1 = inlined([8, 2, 0x12, 33], new Uint8Array(33).fill(7));
const HASHED = joined([0x12, 32], new Uint8Array(32).fill(7));

test('a peer id is an Ed25519 or Secp256k1 key, or the SHA-256 of another', () => {
  for (const id of [SPEC_PEER_ID, ED25519, SECP256K1, HASHED]) expect(isPeerId(id)).toBe(true);
  expect(SECP256K1).toHaveLength(PEER_ID_BYTES_MAX);
  expect(isPeerId(joined([1, 2], HASHED, [3]), 2, 36)).toBe(true);
});

test('nothing else is', () => {
  const others = [
    joined(),
    joined([0]),
    joined([0, 0]),
    HASHED.subarray(0, 33),
    joined(HASHED, [0]),
    joined([0x12, 31], new Uint8Array(32)),
    joined([0x13, 32], new Uint8Array(32)),
    ED25519.subarray(0, 37),
    joined(ED25519, [0]),
    // Keys of RSA and ECDSA are never inlined, and a key says truly how long it is.
    inlined([8, 0, 0x12, 32], new Uint8Array(32)),
    inlined([8, 3, 0x12, 33], new Uint8Array(33)),
    inlined([8, 1, 0x12, 33], new Uint8Array(33)),
    inlined([8, 1, 0x12, 31], new Uint8Array(32)),
    inlined([8, 2, 0x12, 32], new Uint8Array(32)),
    inlined([0x10, 1, 0x12, 32], new Uint8Array(32)),
    inlined([8, 1, 0x1a, 32], new Uint8Array(32)),
    keyFromHex('00'.repeat(38)),
  ];
  for (const bytes of others) expect(isPeerId(bytes)).toBe(false);
});
