// How smooth the studio is with a trace of a million events at 1,000 nodes. The figures are printed; they
// decide nothing, because the machine that runs this may be busy with anything.
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Studio } from './support/studio.ts';

/** By this virtual time the default network of 1,000 nodes has made a million events. */
const MILLION_EVENTS_MS = 228_000;
const PLAY_MS = 3_000;

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.start();
});

afterAll(async () => {
  await studio?.stop();
});

test('a million events at 1,000 nodes play and can be sought in; how fast is reported', async () => {
  const page = await studio.open(`#/sim?n=1000&t=${MILLION_EVENTS_MS}`);
  await page.waitForFunction(
    (least) =>
      Number(
        /([\d\u2009\u202f ]+) events/
          .exec(document.querySelector('.source-counts')?.textContent ?? '')?.[1]
          ?.replaceAll(/\D/g, ''),
      ) >= least,
    1_000_000,
    { timeout: 50_000 },
  );
  await page.waitForTimeout(1000);

  const seeks = await seekTimes(page, ['Home', 'End', 'Home', 'End', 'Home', 'End', 'Home']);
  const framesPerSecond: Record<string, number> = {};
  for (const [view, key] of [
    ['ruler', '1'],
    ['ring', '2'],
    ['events', '3'],
  ] as const) {
    await page.keyboard.press(key);
    framesPerSecond[view] = await framesWhilePlaying(page);
  }
  const median = seeks.toSorted((a, b) => a - b)[seeks.length >>> 1]!;
  console.log(
    `1,000 nodes, 1,000,000 events: ${JSON.stringify(framesPerSecond)} frames/s (aim: 60); ` +
      `seek from end to end and draw: median ${median.toFixed(0)} ms, ` +
      `max ${Math.max(...seeks).toFixed(0)} ms (aim: 50)`,
  );
  expect(Math.min(...Object.values(framesPerSecond))).toBeGreaterThan(0);
  expect(studio.complaints).toEqual([]);
  await page.close();
}, 120_000);

/** Milliseconds from each key to the end of the frame that shows its effect. */
function seekTimes(page: Page, keys: readonly string[]): Promise<number[]> {
  return page.evaluate(async (strokes) => {
    const times: number[] = [];
    for (const key of strokes) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      const startMs = performance.now();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
      await new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
      times.push(performance.now() - startMs);
    }
    return times;
  }, keys);
}

async function framesWhilePlaying(page: Page): Promise<number> {
  await page.keyboard.press('Space');
  const frames = await page.evaluate(
    (playMs) =>
      new Promise<number>((resolve) => {
        let count = 0;
        const startMs = performance.now();
        const tick = (nowMs: number): void => {
          count++;
          if (nowMs - startMs < playMs) requestAnimationFrame(tick);
          else resolve(count / ((nowMs - startMs) / 1000));
        };
        requestAnimationFrame(tick);
      }),
    PLAY_MS,
  );
  await page.keyboard.press('Space');
  return Math.round(frames * 10) / 10;
}
