import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DecodeError } from '../encoding/decode-error.ts';
import { joined } from '../testing/amino-samples.ts';
import { frame, FrameReader } from './frame.ts';
import { MESSAGE_BYTES_MAX, SENT_BYTES_MAX } from './message.ts';

/** All frames that a reader gives before it wants more. */
function take(reader: FrameReader, ...chunk: readonly ArrayLike<number>[]): number[][] {
  const frames: number[][] = [];
  reader.push(joined(...chunk));
  for (let next = reader.next(); next !== null; next = reader.next()) frames.push([...next]);
  return frames;
}

test('a frame is a length and what is so long', () => {
  expect([...frame(Uint8Array.of(7, 8))]).toEqual([2, 7, 8]);
  expect([...frame(new Uint8Array(300)).subarray(0, 3)]).toEqual([0xac, 2, 0]);
  expect(frame(new Uint8Array(0))).toEqual(Uint8Array.of(0));
  expect(frame(new Uint8Array(MESSAGE_BYTES_MAX))).toHaveLength(MESSAGE_BYTES_MAX + 4);
  expect(() => frame(new Uint8Array(MESSAGE_BYTES_MAX + 1))).toThrow(RangeError);
});

test('frames come out as they went in, however the stream is cut', () => {
  const size = fc.oneof(fc.nat(5), fc.nat(300), fc.constantFrom(127, 128, 16_383, 16_384));
  fc.assert(
    fc.property(
      fc.array(size, { maxLength: 8 }),
      fc.infiniteStream(fc.nat(5_000)),
      (sizes, cuts) => {
        const messages = sizes.map((length, i) => new Uint8Array(length).fill(i + 1));
        const stream = joined(...messages.map(frame));
        const reader = new FrameReader();
        const frames: number[][] = [];
        for (let at = 0; at < stream.length;) {
          const end = at + cuts.next().value;
          frames.push(...take(reader, stream.subarray(at, end)));
          at = end;
        }
        expect(frames).toEqual(messages.map((message) => [...message]));
        expect(reader.isBetweenFrames).toBe(true);
      },
    ),
  );
});

test('byte by byte, the end of a frame is known when it has come, and the end of the stream is judged', () => {
  const reader = new FrameReader();
  const ends: boolean[] = [reader.isBetweenFrames];
  const frames = [0xac, 2, ...new Uint8Array(300).fill(9), 0].flatMap((byte) => {
    const some = take(reader, [byte]);
    ends.push(reader.isBetweenFrames);
    return some;
  });
  expect(frames).toEqual([[...new Uint8Array(300).fill(9)], []]);
  expect(ends.map((isEnd, i) => (isEnd ? i : -1)).filter((i) => i >= 0)).toEqual([0, 302, 303]);
});

test('a frame that lies in one chunk is a view of it, and a chunk with more is not done', () => {
  const chunk = joined(frame(Uint8Array.of(1)), frame(Uint8Array.of(2)));
  const reader = new FrameReader();
  reader.push(chunk);
  expect(reader.next()!.buffer).toBe(chunk.buffer);
  expect(reader.isBetweenFrames).toBe(false);
  expect(() => reader.push(chunk)).toThrow('a chunk is read before the next one comes');
  expect(reader.next()).toEqual(Uint8Array.of(2));
  expect(reader.next()).toBeNull();
});

test('frames that were given away are not touched again', () => {
  const reader = new FrameReader();
  take(reader, [3, 1]);
  reader.push(Uint8Array.of(2, 3, 3, 4));
  const first = reader.next()!;
  expect(reader.next()).toBeNull();
  expect(take(reader, [5, 6])).toEqual([[4, 5, 6]]);
  expect([...first]).toEqual([1, 2, 3]);
});

describe('a length is refused as soon as it is read', () => {
  const limits: [string, number[], number?][] = [
    ['beyond 4 MiB', [0x81, 0x80, 0x80, 0x02]],
    ['of 2^31', [0x80, 0x80, 0x80, 0x80, 0x08]],
    ['that does not end', [0xff, 0xff, 0xff, 0xff, 0xff]],
    ['beyond the limit of a server', [0x81, 0x80, 0x01], SENT_BYTES_MAX],
    ['that exceeds the limit before its end', [0xff, 0xff], 100],
    ['in a longer form', [0x85, 0x00]],
    ['of zero in a longer form', [0x80, 0x00]],
  ];

  test.each(limits)('%s', (_, bytes, limit) => {
    const reader = new FrameReader(limit);
    expect(() => take(reader, bytes)).toThrow(DecodeError);
    // It cannot be known where the next frame would begin.
    expect(() => take(reader, frame(Uint8Array.of(1)))).toThrow(DecodeError);
    expect(reader.isBetweenFrames).toBe(false);
    const slow = new FrameReader(limit);
    expect(() => bytes.map((byte) => take(slow, [byte]))).toThrow(DecodeError);
  });

  test('after the frames before it', () => {
    const reader = new FrameReader(2);
    reader.push(Uint8Array.of(1, 9, 3));
    expect(reader.next()).toEqual(Uint8Array.of(9));
    expect(() => reader.next()).toThrow('a frame claims more than 2 bytes');
  });

  test('but not at the limit itself', () => {
    expect(take(new FrameReader(), frame(new Uint8Array(MESSAGE_BYTES_MAX)))).toHaveLength(1);
    expect(take(new FrameReader(1), [1, 7])).toEqual([[7]]);
    expect(() => new FrameReader(MESSAGE_BYTES_MAX + 1)).toThrow('the limit of a frame');
  });
});

test('no claim makes a reader allocate: a thousand streams that claim 4 MiB cost what they sent', () => {
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 1_000 }, () => new FrameReader());
  for (const reader of readers) expect(take(reader, [0x80, 0x80, 0x80, 0x02], [1])).toEqual([]);
  const grown = process.memoryUsage().arrayBuffers - before;
  expect(readers.every((reader) => !reader.isBetweenFrames)).toBe(true);
  expect(grown).toBeLessThan(10_000_000);
});
