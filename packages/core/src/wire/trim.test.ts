import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sampleMessage, samplePeer, SPEC_MULTIHASH } from '../testing/amino-samples.ts';
import { decodeAmino, encodeAmino } from './amino.ts';
import { CLOSER_PEERS_MAX, MESSAGE_BYTES_MAX, SENT_BYTES_MAX } from './message.ts';
import type { AminoMessage } from './message.ts';
import type { AminoPeer } from './peer.ts';

const peer = fc
  .tuple(fc.nat(1_000), fc.nat(16))
  .map(([number, count]) => samplePeer(number, count));
const peers = fc.array(peer, { maxLength: CLOSER_PEERS_MAX });
const limits = fc.integer({ min: 40, max: 30_000 });

function answer(
  closerPeers: readonly AminoPeer[],
  providerPeers: readonly AminoPeer[],
): AminoMessage {
  return sampleMessage({ type: 'get-providers', key: SPEC_MULTIHASH, closerPeers, providerPeers });
}

/** What remains of a message when it may have only so many bytes. */
function trimmed(message: AminoMessage, limit: number): AminoMessage {
  const bytes = encodeAmino(message, limit);
  expect(bytes.length).toBeLessThanOrEqual(limit);
  return decodeAmino(bytes, 'response');
}

function peersOf(count: number, addresses: number, from = 0): AminoPeer[] {
  return Array.from({ length: count }, (_, i) => samplePeer(from + i, addresses));
}

function withOneAddress({ id, addresses, connection }: AminoPeer): AminoPeer {
  return { id, addresses: addresses.slice(0, 1), connection };
}

test('whatever the limit, a message fits it, and what remains is in order', () => {
  fc.assert(
    fc.property(peers, peers, limits, (closer, providers, limit) => {
      const kept = trimmed(answer(closer, providers), limit);
      for (const [before, after] of [
        [closer, kept.closerPeers],
        [providers, kept.providerPeers],
      ] as const) {
        expect(after.length).toBeLessThanOrEqual(before.length);
        after.forEach(({ id, addresses, connection }, i) => {
          const whole = before[i]!;
          expect([id, connection]).toEqual([whole.id, whole.connection]);
          expect(addresses).toEqual(whole.addresses.slice(0, addresses.length));
          expect(addresses.length).toBeGreaterThanOrEqual(Math.min(1, whole.addresses.length));
        });
      }
      expect(kept.key).toEqual(SPEC_MULTIHASH);
    }),
    { numRuns: 100 },
  );
});

test('a peer is dropped only when the peers do not fit with one address each', () => {
  fc.assert(
    fc.property(peers, peers, limits, (closer, providers, limit) => {
      const { closerPeers, providerPeers } = trimmed(answer(closer, providers), limit);
      const least = answer(closer.map(withOneAddress), providers.map(withOneAddress));
      const isWhole =
        closerPeers.length + providerPeers.length === closer.length + providers.length;
      expect(isWhole).toBe(encodeAmino(least, MESSAGE_BYTES_MAX).length <= limit);
    }),
    { numRuns: 100 },
  );
});

test('nothing is trimmed that fits', () => {
  const message = answer(peersOf(20, 5), peersOf(9, 3, 50));
  const whole = encodeAmino(message, MESSAGE_BYTES_MAX);
  expect(encodeAmino(message, whole.length)).toEqual(whole);
  expect(encodeAmino(message, whole.length - 1).length).toBeLessThan(whole.length);
});

describe('a common answer of 16 KiB', () => {
  test('keeps all its peers, and their addresses in turns', () => {
    const { closerPeers, providerPeers } = trimmed(
      answer(peersOf(20, 16), peersOf(60, 16, 50)),
      SENT_BYTES_MAX,
    );
    expect([closerPeers.length, providerPeers.length]).toEqual([20, 60]);
    const counts = [...closerPeers, ...providerPeers].map(({ addresses }) => addresses.length);
    expect(Math.min(...counts)).toBeGreaterThan(2);
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(3);
  });

  test('drops the far end of both lists in turns', () => {
    const message = answer(peersOf(40, 0), peersOf(90, 0, 50));
    const { closerPeers, providerPeers } = trimmed(message, 40 + 42 * 50);
    expect(closerPeers.length + providerPeers.length).toBeGreaterThan(45);
    expect(Math.abs(closerPeers.length - providerPeers.length)).toBeLessThanOrEqual(1);
    expect(closerPeers.map(({ id }) => id)).toEqual(
      message.closerPeers.slice(0, closerPeers.length).map(({ id }) => id),
    );
  });

  test('gives the room that one list does not need to the other', () => {
    const { closerPeers, providerPeers } = trimmed(
      answer(peersOf(3, 0), peersOf(90, 0, 50)),
      40 + 42 * 50,
    );
    expect(closerPeers).toHaveLength(3);
    expect(providerPeers.length).toBeGreaterThan(42);
  });
});

test('a server that answers Go may fill 4 MiB', () => {
  const message = answer(peersOf(20, 16), peersOf(100, 16, 50));
  const { closerPeers, providerPeers } = trimmed(message, MESSAGE_BYTES_MAX);
  expect([...closerPeers, ...providerPeers].every(({ addresses }) => addresses.length === 16)).toBe(
    true,
  );
});
