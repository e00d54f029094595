// The ring, the event table, the inspector and the panels, as a user meets them.
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

/** A network that stands still at the start of its first whole lookup. */
async function openLookup(options: object = {}): Promise<Page> {
  const page = await studio.open('#/sim?n=60&seed=5&t=0', { reducedMotion: 'reduce', ...options });
  await page.locator('.source-counts', { hasText: 'lookups' }).waitFor({ state: 'attached' });
  await page.waitForFunction(
    () => !document.querySelector('.source-counts')?.textContent?.includes(' 0 lookups'),
  );
  return page;
}

const here = (page: Page): Promise<string> =>
  page.locator('.inspector-pane .inspector-head span').first().innerText();
const sentence = (page: Page): Promise<string> =>
  page.locator('.inspector-pane .sentence').first().innerText();

describe('You are here', () => {
  test('steps through a lookup forwards and back, each time with sentence, cause, file, function and reason', async () => {
    const page = await openLookup();
    await page.keyboard.press(']');
    expect(await here(page)).toMatch(/^step 1 of \d+ in lookup \d+$/);
    const seen: string[] = [];
    for (let step = 1; step <= 25; step++) {
      expect(await here(page)).toMatch(new RegExp(`^step ${step} of`));
      seen.push(await sentence(page));
      expect(await page.locator('.causes [aria-current=step]').count()).toBe(1);
      expect(await page.locator('.causes button.cause').count()).toBeGreaterThan(0);
      expect(await page.locator('.code-figure figcaption').innerText()).toMatch(
        /^[a-z-]+\/[a-z-]+\.ts:\d+ · \w+\.?#?\w*/,
      );
      expect(await page.locator('.code-line.is-barred').first().innerText()).not.toBe('');
      expect(await page.locator('.code-line.is-barred', { hasText: ".step('" }).count()).toBe(1);
      expect((await page.locator('.why').innerText()).length).toBeGreaterThan(40);
      await page.keyboard.press('ArrowRight');
    }
    expect(new Set(seen).size).toBeGreaterThan(15);
    for (const expected of seen.toReversed()) {
      await page.keyboard.press('ArrowLeft');
      expect(await sentence(page)).toBe(expected);
    }
    await page.close();
  });

  test('a cause is a link to the event that it names', async () => {
    const page = await openLookup();
    await page.keyboard.press(']');
    for (let i = 0; i < 12; i++) await page.keyboard.press('ArrowRight');
    const before = await sentence(page);
    await page.locator('.causes button.cause').first().click();
    expect(await sentence(page)).not.toBe(before);
    expect(await sentence(page)).toContain('started');
    await page.close();
  });

  test('a line of the source leads to the other times that it ran', async () => {
    const page = await openLookup();
    await page.keyboard.press(']');
    await page.keyboard.press('ArrowRight');
    const place = await page.locator('.code-figure figcaption').innerText();
    const before = await sentence(page);
    await page.getByRole('button', { name: 'The next time that this line ran' }).click();
    expect(await page.locator('.code-figure figcaption').innerText()).toBe(place);
    expect(await sentence(page)).not.toBe(before);
    await page.getByRole('button', { name: 'The previous time that this line ran' }).click();
    expect(await sentence(page)).toBe(before);
    await page.close();
  });

  test('a node, a key and a lookup are shown in full when they are selected', async () => {
    const page = await openLookup();
    await page.keyboard.press(']');
    await page.locator('.facts .link').first().click();
    expect(await page.locator('.is-selection').innerText()).toMatch(/knows\s+\d+ contacts/);
    expect(await page.locator('.bucket-table tbody tr').count()).toBeGreaterThan(3);
    await page.locator('.facts div', { hasText: /^key/ }).locator('.link').first().click();
    expect(await page.locator('.is-selection').innerText()).toContain('Closest nodes');
    await page
      .locator('.facts div', { hasText: /^lookup/ })
      .locator('.link')
      .first()
      .click();
    expect(await page.locator('.is-selection').innerText()).toMatch(/requests\s+\d+/);
    await page.close();
  });
});

describe('the ring', () => {
  test('is walked with the keyboard, and has a table twin with the same nodes', async () => {
    const page = await openLookup();
    await page.keyboard.press('2');
    await page.locator('.ring-canvas canvas').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const spoken = await page.locator('.ring-canvas output').innerText();
    expect(spoken).not.toBe('');
    await page.keyboard.press('Enter');
    expect(await page.locator('.is-selection h2').innerText()).toMatch(new RegExp(spoken, 'i'));
    await page.keyboard.press('t');
    expect(await page.locator('.ring-table [aria-selected=true]').innerText()).toContain(spoken);
    expect(await page.locator('.ring-table [role=grid]').getAttribute('aria-rowcount')).toBe('61');
    await page.close();
  });

  test('has the classic preset: order of loading, 800 ms an event', async () => {
    const page = await openLookup();
    await page.keyboard.press('2');
    await page.getByRole('button', { name: 'Classic' }).click();
    expect(await page.locator('.view-caption').innerText()).toContain('order of the trace');
    expect(await page.getByRole('button', { name: 'Classic' }).getAttribute('aria-pressed')).toBe(
      'true',
    );
    await page.close();
  });
});

describe('the event table', () => {
  test('filters, follows the play head, and moves it', async () => {
    const page = await openLookup();
    await page.keyboard.press('3');
    const grid = page.locator('.virtual-rows');
    await grid.focus();
    await page.keyboard.press('Home');
    expect(await here(page)).toContain('1 of');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('PageDown');
    expect(await page.locator('.grid-row.is-here').count()).toBe(1);
    await page.locator('.event-search').fill('lookup.heard');
    expect(await page.locator('.view-caption').innerText()).toMatch(
      /^\d[\d\u2009]* of [\d\u2009]+ events$/,
    );
    await page.locator('.virtual-body .grid-row').nth(1).click();
    expect(await sentence(page)).toMatch(/heard of/);
    await page.locator('.event-search').fill('no such thing');
    expect(await page.locator('.events-view .empty').innerText()).toContain('No event matches');
    await page.close();
  });
});

describe('operations', () => {
  test('each of the seven runs from a chosen node, and its result arrives', async () => {
    const page = await openLookup();
    await page.keyboard.press('g');
    const kinds = [
      'ping',
      'findPeer',
      'provide',
      'findProviders',
      'putValue',
      'getValue',
      'bootstrap',
    ];
    const outcomes: Record<string, string> = {};
    for (const kind of kinds) {
      await page.locator('.kind', { hasText: new RegExp(`^${kind}$`) }).click();
      await page.getByRole('button', { name: `Run ${kind}` }).click();
      const run = page.locator('.run').first();
      await run.locator('b', { hasText: new RegExp(`^${kind} on`) }).waitFor();
      await run.getByRole('button', { name: 'to its end' }).click({ timeout: 20_000 });
      outcomes[kind] = await run.locator('.run-state').innerText();
    }
    expect(outcomes).toEqual({
      ping: 'answered',
      findPeer: 'found',
      provide: 'stored',
      findProviders: 'found',
      putValue: 'stored',
      getValue: 'found',
      bootstrap: expect.any(String),
    });
    await page.close();
  });

  test('a node can be picked in the view, and found by typing', async () => {
    const page = await openLookup();
    await page.keyboard.press('2');
    await page.keyboard.press('t');
    await page.keyboard.press('g');
    await page.getByRole('button', { name: 'Pick in the view: runs on' }).click();
    await page.locator('.virtual-body .grid-row').nth(3).click();
    expect(await page.getByLabel('runs on', { exact: true }).inputValue()).toBe('node 3');
    await page.getByLabel('runs on', { exact: true }).fill('node 5');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await page.getByLabel('runs on', { exact: true }).inputValue()).toBe('node 50');
    await page.close();
  });

  test('a form that is not right says where and why', async () => {
    const page = await openLookup();
    await page.keyboard.press('g');
    await page.getByLabel('runs on', { exact: true }).fill('zzz');
    await page.getByLabel('content: a CID, or any text').fill('');
    await page.getByRole('button', { name: 'Run provide' }).click();
    expect(await page.locator('.field-error').allInnerTexts()).toEqual([
      'No node begins with ‘zzz’.',
      'Please write something here.',
    ]);
    await page.close();
  });
});

test('a file goes through the network and its bytes come back equal', async () => {
  const page = await openLookup();
  await page.keyboard.press('n');
  const bytes = Buffer.from(Uint8Array.from({ length: 600_001 }, (_, i) => (i * 7919) % 253));
  await page
    .locator('.add-file input[type=file]')
    .setInputFiles({ name: 'data.bin', mimeType: 'application/octet-stream', buffer: bytes });
  await page.getByRole('button', { name: 'Add and announce' }).click();
  await page.getByRole('button', { name: 'Find and fetch' }).click({ timeout: 20_000 });
  const verdict = page.locator('.verdict');
  await verdict.waitFor({ timeout: 30_000 });
  expect(await verdict.innerText()).toBe('✓ Bytes equal: all 600,001 of them.');
  expect(await page.locator('.cid code').innerText()).toMatch(/^bafybei/);
  const saved = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Save what came back' }).click();
  const stream = await (await saved).createReadStream();
  const parts: Buffer[] = [];
  for await (const part of stream) parts.push(part as Buffer);
  expect(Buffer.concat(parts).equals(bytes)).toBe(true);
  await page.close();
});

describe.each(['dark', 'light'] as const)('axe-core finds nothing serious (%s)', (colorScheme) => {
  test('in views, panels and their tables', async () => {
    const page = await openLookup({ colorScheme });
    const found: Record<string, string[]> = {};
    const check = async (name: string, part?: string): Promise<void> => {
      await page.waitForTimeout(200);
      found[name] = await seriousViolations(page, part);
    };
    await page.keyboard.press(']');
    for (let i = 0; i < 8; i++) await page.keyboard.press('ArrowRight');
    await page.keyboard.press('2');
    await check('ring and inspector');
    await page.keyboard.press('t');
    await check('ring table', '.main');
    await page.keyboard.press('t');
    await page.keyboard.press('3');
    await page.locator('.facts .link').first().click();
    await check('events', '.main');
    await check('node', '.inspector-pane');
    const panels = { g: 'operations', n: 'add a file', 'Control+o': 'open' };
    for (const [key, name] of Object.entries(panels)) {
      await page.keyboard.press(key);
      await check(name, '.drawer');
      await page.locator('.drawer-head button').click();
    }
    for (const [name, violations] of Object.entries(found)) expect(violations, name).toEqual([]);
    await page.close();
  });
});
