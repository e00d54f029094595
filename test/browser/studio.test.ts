// The studio as a whole: it lives at once, the ruler and the timeline answer keys and pointer, links bring
// a state back, and it can be used without eyes, without a mouse and on a phone.
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { seriousViolations, Studio } from './support/studio.ts';

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.start();
});

afterAll(async () => {
  await studio?.stop();
});

afterEach(() => {
  expect(studio.complaints).toEqual([]);
});

/** A network of 120 nodes that stands still after two seconds. */
async function openStill(extra = '', options: object = {}): Promise<Page> {
  const page = await studio.open(`#/sim?n=120&seed=5&t=2000${extra}`, options);
  await page.waitForFunction(
    () => document.querySelector('.readout-time')?.textContent === '0:02.000',
  );
  return page;
}

const time = (page: Page): Promise<string> => page.locator('.readout-time').innerText();
const event = async (page: Page): Promise<number> =>
  Number(
    /^event ([\d\s]+) of/
      .exec(await page.locator('.readout-event').innerText())![1]!
      .replaceAll(/\s/g, ''),
  );

/** A number that changes when any pixel of a canvas does. */
function pixels(page: Page, selector: string): Promise<number> {
  return page.evaluate((name) => {
    const canvas = document.querySelector<HTMLCanvasElement>(name)!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let hash = 0;
    for (let i = 0; i < data.length; i += 4)
      hash = (Math.imul(hash, 31) + data[i]! + data[i + 1]! * 7 + data[i + 2]! * 13) | 0;
    return hash;
  }, selector);
}

describe('at once', () => {
  test('200 nodes and moving messages are there within five seconds', async () => {
    const started = Date.now();
    const page = await studio.open();
    await page.locator('.source-counts', { hasText: '200 nodes' }).waitFor();
    await page.waitForFunction(
      () => !document.querySelector('.readout-time')!.textContent.startsWith('0:00.0'),
    );
    const before = await pixels(page, '.ruler-canvas canvas');
    await page.waitForFunction(
      (first) => document.querySelector('.readout-time')!.textContent !== first,
      await time(page),
    );
    expect(await pixels(page, '.ruler-canvas canvas')).not.toBe(before);
    expect(Date.now() - started).toBeLessThan(5000);
    await page.close();
  });

  test('nothing moves by itself for those who asked for less motion', async () => {
    const page = await studio.open('', { reducedMotion: 'reduce' });
    await page.locator('.source-counts', { hasText: '200 nodes' }).waitFor();
    await page.waitForTimeout(400);
    expect(await time(page)).toBe('0:00.000');
    expect(await page.locator('.play').innerText()).toBe('Play');
    await page.close();
  });

  test('an unreadable link says what was wrong and shows the network', async () => {
    const page = await studio.open('#/sim?n=60&t=soon&view=map');
    await page.locator('.notice', { hasText: "'t' must be a number" }).waitFor();
    await page.locator('.source-counts', { hasText: '60 nodes' }).waitFor();
    await page.close();
  });
});

describe('the play head', () => {
  test('steps forwards and backwards to exactly the same place', async () => {
    const page = await openStill();
    const start = await event(page);
    const picture = await pixels(page, '.ruler-canvas canvas');
    await page.keyboard.press('ArrowLeft');
    expect(await event(page)).toBe(start - 1);
    await page.keyboard.press('ArrowRight');
    expect(await event(page)).toBe(start);
    const stepped = await time(page);
    await page.keyboard.press('Shift+ArrowRight');
    expect(await event(page)).toBeGreaterThan(start);
    await page.keyboard.press('Shift+ArrowLeft');
    await page.keyboard.press('Home');
    expect(await time(page)).toBe('0:00.000');
    expect(stepped <= '0:02.000').toBe(true);
    expect(picture).not.toBe(await pixels(page, '.ruler-canvas canvas'));
    await page.close();
  });

  test('plays, pauses, plays backwards and changes its speed', async () => {
    const page = await openStill('&speed=1');
    await page.keyboard.press('Space');
    await page.waitForFunction(
      () => document.querySelector('.readout-time')!.textContent > '0:02.200',
    );
    await page.keyboard.press('Space');
    const paused = await time(page);
    await page.waitForTimeout(150);
    expect(await time(page)).toBe(paused);
    await page.keyboard.press('Shift+Space');
    await page.waitForFunction(
      () => document.querySelector('.readout-time')!.textContent < '0:02.100',
    );
    await page.keyboard.press('Space');
    await page.keyboard.press('-');
    expect(await page.locator('.speed output').innerText()).toBe('×1/2');
    await page.keyboard.press('+');
    await page.keyboard.press('+');
    expect(await page.locator('.speed output').innerText()).toBe('×2');
    await page.close();
  });

  test('goes where the timeline is pressed, and the timeline zooms', async () => {
    const page = await openStill();
    const box = (await page.locator('.timeline-canvas').boundingBox())!;
    await page.mouse.move(box.x + 16, box.y + 40);
    await page.mouse.down();
    expect(await time(page)).toMatch(/^0:00\.0/);
    await page.mouse.move(box.x + 200, box.y + 40, { steps: 4 });
    await page.mouse.up();
    const dragged = await time(page);
    expect(dragged > '0:00.100').toBe(true);
    const before = await pixels(page, '.timeline-canvas canvas');
    await page.keyboard.press('w');
    await page.waitForTimeout(60);
    expect(await pixels(page, '.timeline-canvas canvas')).not.toBe(before);
    expect(await time(page)).toBe(dragged);
    await page.close();
  });
});

describe('the ruler', () => {
  test('folds to another reference, and its columns say so', async () => {
    const page = await openStill();
    await page.locator('.ruler-heading', { hasText: 'seen from the target' }).waitFor();
    const before = await pixels(page, '.ruler-canvas canvas');
    await page.getByRole('radio', { name: 'origin' }).click();
    await page.locator('.ruler-heading', { hasText: 'k-buckets of the origin' }).waitFor();
    await page.waitForTimeout(450);
    expect(await pixels(page, '.ruler-canvas canvas')).not.toBe(before);
    await page.close();
  });

  test('has tables that say the same: all nodes by bits, and every request of the lookup', async () => {
    const page = await openStill();
    const heading = await page.locator('.ruler-heading', { hasText: 'one lookup' }).innerText();
    const requests = Number(/(\d+) requests/.exec(heading)![1]);
    await page.keyboard.press('t');
    const rows = page.locator('.ruler-tables table').first().locator('tbody tr');
    const counts = await rows.locator('td:nth-child(2)').allInnerTexts();
    expect(counts.reduce((sum, text) => sum + Number(text), 0)).toBe(120);
    expect(await page.locator('.ruler-tables table').nth(1).locator('tbody tr').count()).toBe(
      requests,
    );
    expect(await page.locator('.timeline-canvas table').count()).toBe(1);
    await page.close();
  });

  test('shows a chosen lookup from its start and follows it', async () => {
    const page = await openStill();
    await page.keyboard.press('k');
    const chosen = page.locator('.lookups-list tbody button').nth(2);
    const name = await chosen.innerText();
    await chosen.click();
    await page.locator('.lookup-button', { hasText: name }).waitFor();
    expect(
      await page.getByRole('button', { name: 'Follow lookup' }).getAttribute('aria-pressed'),
    ).toBe('true');
    await page.locator('.inspector-pane', { hasText: `in ${name.toLowerCase()}` }).waitFor();
    await page.close();
  });

  test('can be walked with the arrow keys', async () => {
    const page = await openStill();
    await page.locator('.ruler-canvas canvas').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await page.waitForFunction(() => location.hash.includes('sel=row:1'));
    await page.keyboard.press('Shift+ArrowDown');
    await page.waitForFunction(() => /sel=node:\d+/.test(location.hash));
    await page.close();
  });
});

describe('links', () => {
  test('bring back the moment, the selection and the view', async () => {
    const page = await openStill();
    await page.keyboard.press(']');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('r');
    await page.waitForFunction(
      () => location.hash.includes('ref=origin') && location.hash.includes('follow=1'),
    );
    const hash = await page.evaluate(() => location.hash);
    const [at, number] = [await time(page), await event(page)];
    const lookup = await page.locator('.lookup-button').innerText();
    await page.close();

    const again = await studio.open(hash);
    await again.waitForFunction(
      (wanted) => document.querySelector('.readout-time')?.textContent === wanted,
      at,
    );
    expect(await event(again)).toBe(number);
    expect(await again.locator('.lookup-button').innerText()).toBe(lookup);
    expect(await again.getByRole('radio', { name: 'origin' }).getAttribute('aria-checked')).toBe(
      'true',
    );
    expect(await again.evaluate(() => location.hash)).toBe(hash);
    await again.close();
  });

  test('pasted into an open tab lead there: to another place, or to another network', async () => {
    const page = await openStill();
    const paste = (hash: string): Promise<void> =>
      page.evaluate((text) => void (location.hash = text), hash);
    await paste('#/sim?n=120&seed=5&t=2600&view=events');
    await page.locator('.readout-time', { hasText: '0:02.600' }).waitFor();
    await page.getByRole('radio', { name: 'Events', checked: true }).waitFor();
    await paste('#/sim?n=60&seed=5&t=300');
    await page.locator('.source-counts', { hasText: '60 nodes' }).waitFor();
    await page.locator('.readout-time', { hasText: '0:00.300' }).waitFor();
    await page.close();
  });

  test('to a time that is too far, or to no recording, say so', async () => {
    const page = await studio.open('#/sim?n=120&t=99999999');
    await page.locator('.notice', { hasText: 'too far' }).waitFor();
    await page.locator('.readout-time', { hasText: '0:02.000' }).waitFor();
    await page.evaluate(() => void (location.hash = '#/replay'));
    await page.locator('.notice', { hasText: 'nothing to replay' }).waitFor();
    expect(await page.evaluate(() => location.hash)).toMatch(/^#\/sim/);
    await page.close();
  });
});

describe('keys and commands', () => {
  test('the help shows every key, and single keys can be switched off', async () => {
    const page = await openStill();
    await page.keyboard.press('?');
    const dialog = page.getByRole('dialog', { name: 'Keys' });
    expect(await dialog.locator('.help-row').count()).toBeGreaterThan(35);
    await dialog.getByRole('checkbox').uncheck();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.keyboard.press('t');
    expect(await page.locator('.ruler-tables').count()).toBe(0);
    await page.close();
  });

  test('the palette finds commands and nodes by typing', async () => {
    const page = await openStill();
    await page.keyboard.press('Control+k');
    await page.locator('.palette input:focus').waitFor();
    await page.keyboard.type('ring');
    await page.keyboard.press('Enter');
    await page.locator('.ring-view').waitFor();
    await page.keyboard.press('/');
    await page.locator('.palette input:focus').waitFor();
    await page.keyboard.type('node 17');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => location.hash.includes('sel=node:17'));
    await page.close();
  });

  test('keys typed into a field stay in the field', async () => {
    const page = await openStill('&panel=operations');
    const field = page.locator('.drawer input[type=text], .drawer input:not([type])').first();
    await field.fill('');
    await field.pressSequentially('t2');
    expect(await page.locator('.ruler-tables').count()).toBe(0);
    expect(await field.inputValue()).toBe('t2');
    await page.close();
  });
});

describe('everybody', () => {
  test.each([
    ['dark', 'the ruler', ''],
    ['light', 'the ruler', ''],
    ['dark', 'the tables', '&table=1'],
    ['light', 'the tables', '&table=1'],
  ] as const)('%s: %s has no serious accessibility problem', async (colorScheme, _what, extra) => {
    const page = await openStill(extra, { colorScheme });
    expect(await seriousViolations(page)).toEqual([]);
    await page.close();
  });

  test.each(['help', 'commands', 'lookups'])('the dialog %s has none either', async (panel) => {
    const page = await openStill();
    await page.keyboard.press({ help: '?', commands: '/', lookups: 'k' }[panel]!);
    await page.locator('dialog[open]').waitFor();
    expect(await seriousViolations(page)).toEqual([]);
    await page.close();
  });

  test('each step is said, not more than once a second', async () => {
    const page = await openStill();
    const said = page.locator('[aria-live=polite].visually-hidden');
    await page.keyboard.press('ArrowRight');
    await page.waitForFunction(() =>
      /^Event \d+: .+\.$/.test(
        document.querySelector('[aria-live=polite].visually-hidden')!.textContent,
      ),
    );
    const first = await said.innerText();
    await page.keyboard.press('ArrowRight');
    await page.waitForTimeout(200);
    expect(await said.innerText()).toBe(first);
    await page.waitForFunction(
      (before) =>
        document.querySelector('[aria-live=polite].visually-hidden')!.textContent !== before,
      first,
    );
    await page.close();
  });

  test('on a phone everything fits, one column at a time', async () => {
    const page = await openStill('', { viewport: { width: 390, height: 844 } });
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(overflow).toBeLessThanOrEqual(0);
    const small = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button:not(.visually-hidden), input[type=range]')]
        .map((element) => ({
          name: element.ariaLabel ?? element.textContent,
          box: element.getBoundingClientRect(),
        }))
        .filter(({ box }) => box.width > 0 && (box.width < 24 || box.height < 24))
        .map(({ name }) => name),
    );
    expect(small).toEqual([]);
    const before = await pixels(page, '.ruler-canvas canvas');
    await page.getByRole('radio', { name: 'State' }).click();
    await page.locator('.ruler-heading', { hasText: 'State' }).waitFor();
    await page.waitForTimeout(100);
    expect(await pixels(page, '.ruler-canvas canvas')).not.toBe(before);
    expect(await seriousViolations(page)).toEqual([]);
    await page.close();
  });
});
