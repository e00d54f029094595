// A million damaged inputs for every codec of this folder. A failure says which input it was.
//
// FUZZ_EXECUTIONS and FUZZ_SEED ask for other numbers of others.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DecodeError } from '../encoding/decode-error.ts';
import { joined, sampleMessages } from '../testing/amino-samples.ts';
import { codecTarget, fuzz } from '../testing/fuzz.ts';
import type { FuzzTarget } from '../testing/fuzz.ts';
import { decodeAmino, encodeAmino } from './amino.ts';
import { frame, FrameReader } from './frame.ts';
import { MESSAGE_BYTES_MAX, SENT_BYTES_MAX } from './message.ts';
import { isMultiaddr } from './multiaddr.ts';
import { ipGroup, isPublicAddress, isRelayed } from './reach.ts';

const EXECUTIONS = Number(process.env['FUZZ_EXECUTIONS'] ?? 1_000_000);
const SEED = Number(process.env['FUZZ_SEED'] ?? 1);

const messages = sampleMessages().map((message) => encodeAmino(message));

const amino = codecTarget(
  { name: 'amino', seeds: messages },
  (bytes) => decodeAmino(bytes, 'response'),
  (message) => encodeAmino(message, MESSAGE_BYTES_MAX),
);

/** A number that stands for the frames of a stream that comes in pieces of so many bytes, and how it ended. */
function fingerprint(stream: Uint8Array, pieces: number): { hash: number; isRefused: boolean } {
  const reader = new FrameReader(SENT_BYTES_MAX);
  let hash = 0;
  try {
    for (let at = 0; at < stream.length; at += pieces) {
      reader.push(stream.subarray(at, at + pieces));
      for (let next = reader.next(); next !== null; next = reader.next()) {
        hash = Math.imul(hash ^ next.length, 0x01000193);
        for (let i = 0; i < next.length; i++) hash = Math.imul(hash ^ next[i]!, 0x01000193);
      }
    }
  } catch (error) {
    if (error instanceof DecodeError) return { hash, isRefused: true };
    throw error;
  }
  return { hash, isRefused: false };
}

/** However a stream is cut into pieces, its frames are the same. */
const frames: FuzzTarget = {
  name: 'frames',
  seeds: [
    joined(...messages.slice(0, 2).map(frame), ...messages.slice(3, 5).map(frame)),
    frame(new Uint8Array(200)),
    frame(new Uint8Array(0)),
  ],
  run(input) {
    const whole = fingerprint(input, Math.max(1, input.length));
    const cut = fingerprint(input, 1 + (input.length % 31));
    if (whole.isRefused !== cut.isRefused || whole.hash !== cut.hash)
      throw new Error('the frames depend on the pieces');
    return !whole.isRefused;
  },
};

/** An address is one, or none; whoever asks what it says gets an answer in either case. */
const addresses: FuzzTarget = {
  name: 'multiaddr',
  seeds: sampleMessages().flatMap(({ closerPeers }) =>
    closerPeers.slice(0, 5).flatMap((peer) => peer.addresses),
  ),
  run(input) {
    const group = ipGroup(input);
    if (!Number.isSafeInteger(group)) throw new Error('a group is a number');
    isPublicAddress(input);
    isRelayed(input);
    return isMultiaddr(input);
  },
};

const { stackTraceLimit } = Error;

beforeAll(() => {
  // Most inputs are refused, and most of what that costs is the trace of where.
  Error.stackTraceLimit = 0;
});

afterAll(() => {
  Error.stackTraceLimit = stackTraceLimit;
});

test.each([amino, frames, addresses])(
  '$name survives a million damaged inputs',
  (target) => {
    const report = fuzz(target, {
      executions: EXECUTIONS,
      seed: SEED,
      now: () => performance.now(),
    });
    expect(report.accepted + report.refused).toBe(EXECUTIONS);
    // Inputs that are all refused at their first byte would prove nothing.
    expect(report.accepted).toBeGreaterThan(EXECUTIONS / 100);
    expect(report.refused).toBeGreaterThan(EXECUTIONS / 100);
  },
  Math.max(60_000, EXECUTIONS / 10),
);
