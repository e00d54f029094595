// The studio on nodes that run: what they do is seen as it happens, and they do what is asked of them.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { launchChromium } from './support/chromium.ts';
import { seriousViolations } from './support/studio.ts';

const NODES = 8;
/** A busy machine draws a frame a second. */
const PATIENT = { timeout: 30_000 };
const BIN = 'packages/kadscope/bin/kadscope.js';

let network: ChildProcess;
let browser: Browser;
let url: string;
const complaints: string[] = [];

beforeAll(async () => {
  const flags = ['--nodes', String(NODES), '--port', '0', '--no-open', '--json'];
  network = spawn(process.execPath, [BIN, 'up', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [[line], started] = await Promise.all([
    once(createInterface({ input: network.stdout! }), 'line'),
    launchChromium(),
  ]);
  url = (JSON.parse(line as string) as { url: string }).url;
  browser = started;
});

afterAll(async () => {
  await browser?.close();
  if (network?.exitCode === null && network.kill()) await once(network, 'exit');
});

afterEach(() => {
  expect(complaints.splice(0)).toEqual([]);
});

/** A page that watches the network. */
async function watch(address = url): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.on('pageerror', (error) => complaints.push(error.stack ?? error.message));
  await page.goto(address);
  return page;
}

/** How many events the page knows of. */
async function eventsOf(page: Page): Promise<number> {
  const text = await page.locator('.source-counts').textContent();
  return Number(/([\d,.\s]+) events/.exec(text ?? '')?.[1]?.replace(/\D/g, ''));
}

test('what happens in a network of real nodes is seen as it happens', async () => {
  const page = await watch();
  await page.locator('.source-counts', { hasText: `${NODES} nodes` }).waitFor();
  const live = page.getByRole('button', { name: 'Live' });
  await expect.poll(() => live.getAttribute('aria-pressed'), PATIENT).toBe('true');
  const before = await eventsOf(page);
  await expect.poll(() => eventsOf(page), PATIENT).toBeGreaterThan(before);
  expect(await seriousViolations(page)).toEqual([]);
  await page.close();
});

test('looking back leaves the present, and one press returns to it', async () => {
  const page = await watch();
  const live = page.getByRole('button', { name: 'Live' });
  await expect.poll(() => live.getAttribute('aria-pressed'), PATIENT).toBe('true');
  await page.keyboard.press('Home');
  await expect.poll(() => live.getAttribute('aria-pressed'), PATIENT).toBe('false');
  await live.click();
  await expect.poll(() => live.getAttribute('aria-pressed'), PATIENT).toBe('true');
  await page.close();
});

test('a real node does what the operations panel asks of it', async () => {
  const page = await watch();
  await page.locator('.source-counts', { hasText: `${NODES} nodes` }).waitFor();
  await page.keyboard.press('g');
  await page.locator('.kind', { hasText: /^bootstrap$/ }).click();
  await page.getByRole('button', { name: 'Run bootstrap' }).click();
  const run = page.locator('.run').first();
  await run.locator('.run-state', { hasText: 'refreshed' }).waitFor();
  await page.close();
});

test('a page with another token may not watch, and is told where to find the right one', async () => {
  const page = await watch(
    url.replace(/token=(.*)/, (_, token: string) => `token=${mirrored(token)}`),
  );
  await page.getByText('open the address that it printed last').first().waitFor();
  await page.close();
});

function mirrored(token: string): string {
  return token.split('').toReversed().join('');
}
