import { simpleRow, Trace } from '@kadscope/core/trace';
import { describe, expect, test } from 'vitest';
import { advanceHead, EVENT_STEP_MS, nextSpeed, SPEED_MAX, SPEED_MIN, SPEEDS } from './clock.ts';
import type { Play } from './clock.ts';

/** Events at 0, 10, 10, 10 and 40 ms. */
function trace(): Trace {
  const made = new Trace({ title: 'five', source: 'file', epochNs: 0n });
  made.addNode({ id: 'a' });
  for (const timeMs of [0, 10, 10, 10, 40]) made.append(simpleRow(timeMs, 'annotation', 0));
  return made;
}

const START = { cursor: 0, timeMs: 0, fraction: 0 };
const PLAY: Play = { speed: 1, direction: 1, isEventTime: false, startMs: 0, endMs: 40 };

describe('the play head', () => {
  test('applies every event at or before its time', () => {
    expect(advanceHead(trace(), START, PLAY, 9)).toMatchObject({ cursor: 1, timeMs: 9 });
    expect(advanceHead(trace(), START, PLAY, 10)).toMatchObject({ cursor: 4, timeMs: 10 });
  });

  test('goes as fast as the speed says, and backwards too', () => {
    expect(advanceHead(trace(), START, { ...PLAY, speed: 1 / 10 }, 100)).toMatchObject({
      timeMs: 10,
    });
    const end = { cursor: 5, timeMs: 40, fraction: 0 };
    expect(advanceHead(trace(), end, { ...PLAY, direction: -1 }, 35)).toMatchObject({
      cursor: 1,
      timeMs: 5,
    });
  });

  test('stops at both ends and says so', () => {
    expect(advanceHead(trace(), START, PLAY, 1000)).toMatchObject({
      cursor: 5,
      timeMs: 40,
      isAtEnd: true,
    });
    const back = advanceHead(
      trace(),
      { cursor: 4, timeMs: 10, fraction: 0 },
      { ...PLAY, direction: -1 },
      1000,
    );
    expect(back).toMatchObject({ timeMs: 0, isAtEnd: true });
  });

  test('in event time takes equally long for each event, also for those of one moment', () => {
    const play = { ...PLAY, isEventTime: true };
    let head = { ...START };
    const cursors: number[] = [];
    // Twenty frames for each event: a fraction must not get lost where two events have the same time.
    for (let frame = 1; frame <= 101; frame++) {
      head = advanceHead(trace(), head, play, EVENT_STEP_MS / 20);
      if (frame % 20 === 0) cursors.push(head.cursor);
    }
    expect(cursors.map((cursor, i) => Math.abs(cursor - (i + 1)) <= 1)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
    expect(head.cursor).toBe(5);
  });

  test('in event time lets the time glide between two events', () => {
    const play = { ...PLAY, isEventTime: true };
    const head = advanceHead(
      trace(),
      { cursor: 4, timeMs: 10, fraction: 0 },
      play,
      EVENT_STEP_MS / 2,
    );
    expect(head).toMatchObject({ cursor: 4, timeMs: 25, fraction: 0.5 });
  });
});

describe('the speed', () => {
  test('has stops of 1, 2, 5 from a thousandth to a thousandfold', () => {
    expect(SPEEDS[0]).toBe(SPEED_MIN);
    expect(SPEEDS.at(-1)).toBe(SPEED_MAX);
    expect(SPEEDS.toSorted((a, b) => a - b)).toEqual(SPEEDS);
  });

  test('moves by one stop, also from between two, and not beyond the ends', () => {
    expect(nextSpeed(1, 1)).toBe(2);
    expect(nextSpeed(1, -1)).toBe(1 / 2);
    expect(nextSpeed(3, 1)).toBe(5);
    expect(nextSpeed(3, -1)).toBe(2);
    expect(nextSpeed(SPEED_MAX, 1)).toBe(SPEED_MAX);
    expect(nextSpeed(SPEED_MIN, -1)).toBe(SPEED_MIN);
  });
});
