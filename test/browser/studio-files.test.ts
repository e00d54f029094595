// Traces from files: what is dropped on the window plays, and what cannot be read says why.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createTrace, parseScenario, Simulation } from '@kadscope/core/sim';
import { writeArrow } from 'kadscope/arrow';
import { seriousViolations, Studio } from './support/studio.ts';

/** NetVis's own samples, where they lie beside the repository; they are not ours to copy. */
const samples = fileURLToPath(new URL('../../../shared/data/netvis/', import.meta.url));

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

/** The studio with its default network, not playing. */
async function openStudio(options: object = {}): Promise<Page> {
  const page = await studio.open('#/sim?n=30&t=0', { reducedMotion: 'reduce', ...options });
  await page.locator('.source-counts', { hasText: 'events' }).waitFor({ state: 'attached' });
  return page;
}

/** Drops a file on the window. */
function drop(page: Page, name: string, content: Buffer): Promise<void> {
  return dropAll(page, { [name]: content });
}

/** Drops several files on the window at once. */
async function dropAll(page: Page, files: Readonly<Record<string, Buffer>>): Promise<void> {
  const data = await page.evaluateHandle(
    (encoded) => {
      const transfer = new DataTransfer();
      for (const [name, base64] of encoded) {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        transfer.items.add(new File([bytes], name));
      }
      return transfer;
    },
    Object.entries(files).map(([name, content]) => [name, content.toString('base64')] as const),
  );
  await page.dispatchEvent('.main', 'dragover', { dataTransfer: data });
  await page.dispatchEvent('.main', 'drop', { dataTransfer: data });
}

const counts = (page: Page): Promise<string> => page.locator('.source-counts').innerText();

async function waitForTitle(page: Page, title: string | RegExp): Promise<void> {
  await page.locator('.source-title', { hasText: title }).waitFor({ state: 'attached' });
}

/** A list of messages between a hundred nodes, two records each. */
function netVisOf(events: number): object[] {
  return Array.from({ length: events }, (_, i) => {
    const number = i >> 1;
    const [from, to] = [`n${number % 100}`, `n${(number * 7 + 1) % 100}`];
    const isSent = i % 2 === 0;
    return {
      time: new Date(1_700_000_000_000 + i).toISOString(),
      loggerID: isSent ? from : to,
      level: 'info',
      event: isSent ? 'messageSent' : 'messageReceived',
      ...(!isSent && { sourceNode: from }),
      destinationNode: to,
      message: { request_id: `r${number}`, protocol: 'test', type: 'hello', contents: '' },
    };
  });
}

describe.skipIf(!existsSync(samples))('the samples of NetVis', () => {
  const names = existsSync(samples)
    ? readdirSync(samples).filter(
        (name) => /\.(?:json|netvis)$/.test(name) && name !== 'jupiter.json',
      )
    : [];

  test.each(names)('%s loads and plays', async (name) => {
    const page = await openStudio({ reducedMotion: 'no-preference' });
    await drop(page, name, readFileSync(samples + name));
    await page.locator('.ring-view').waitFor();
    await page.waitForFunction(
      () => !document.querySelector('.source-title')?.textContent?.includes('network'),
    );
    expect(await counts(page)).toMatch(/^[1-9]\d* nodes/);
    await page.locator('.inspector-head span', { hasText: /^event \d+ of \d+$/ }).waitFor();
    await page.close();
  });

  test('the one that is not valid JSON is refused with file, line and column, and what was open stays', async () => {
    const page = await openStudio();
    const before = await page.locator('.source-title').innerText();
    await drop(page, 'jupiter.json', readFileSync(`${samples}jupiter.json`));
    const problem = page.getByRole('alert');
    await problem.waitFor();
    expect(await problem.innerText()).toContain('jupiter.json could not be opened');
    expect(await problem.innerText()).toMatch(/Line 9, column \d+:/);
    expect(await page.locator('.excerpt .is-place').innerText()).toContain('sourceNode');
    expect(await page.locator('.source-title').innerText()).toBe(before);
    await page.close();
  });
});

describe('files', () => {
  test('our own samples open from the menu', async () => {
    const page = await openStudio();
    for (const name of ['Telegraph', 'Gossip', 'Lighthouses']) {
      await page.keyboard.press('Control+o');
      await page.locator('.sample', { hasText: name }).click();
      await waitForTitle(page, new RegExp(name, 'i'));
      expect(await counts(page)).toMatch(/nodes · (?:0 lookups · )?\d+ events/);
      await page.keyboard.press('Escape');
    }
    await page.close();
  });

  test('one record a line, and compressed with gzip, is told by content', async () => {
    const page = await openStudio();
    const lines = netVisOf(40).map((record) => JSON.stringify(record));
    await drop(page, 'lines.txt', gzipSync(lines.join('\n')));
    await waitForTitle(page, 'lines.txt');
    expect(await counts(page)).toContain('40 events');
    await page.close();
  });

  test('several recordings dropped together become one', async () => {
    const page = await openStudio();
    const records = netVisOf(60);
    await dropAll(page, {
      'a.netvis': Buffer.from(JSON.stringify(records.slice(0, 31))),
      'b.netvis': Buffer.from(JSON.stringify(records.slice(31))),
    });
    await waitForTitle(page, /a\.netvis.*b\.netvis/);
    expect(await counts(page)).toContain('60 events');
    await page.close();
  });

  test('a recording in Arrow opens with its lookups and its source lines', async () => {
    const scenario = parseScenario({ nodes: 30, seed: 2, workload: { operations: 4 } });
    const trace = createTrace(scenario);
    new Simulation(scenario, trace).run();
    const page = await openStudio();
    await drop(page, 'run.arrow', Buffer.from(writeArrow(trace)));
    await waitForTitle(page, '30 nodes, seed 2');
    expect(await counts(page)).toContain(`${trace.lookups.length} lookups`);
    await page.keyboard.press(']');
    await page.locator('.code-line.is-barred').first().waitFor();
    await page.close();
  });

  test('a broken line is named, in a compressed file too', async () => {
    const page = await openStudio();
    const lines = netVisOf(4).map((record) => JSON.stringify(record));
    lines[2] = lines[2]!.slice(0, 50);
    await drop(page, 'broken.ndjson.gz', gzipSync(lines.join('\n')));
    const problem = page.getByRole('alert');
    await problem.waitFor();
    expect(await problem.innerText()).toMatch(
      /broken\.ndjson\.gz could not be opened\s+Line 3, column \d+:/,
    );
    expect(await seriousViolations(page)).toEqual([]);
    await page.close();
  });

  test('what is no trace at all is refused in words', async () => {
    const page = await openStudio();
    await drop(page, 'picture.png', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0xff, 0xfe, 0x00]));
    expect(await page.getByRole('alert').innerText()).toContain(
      'is neither JSON nor Arrow; choose a NetVis or Arrow file.',
    );
    await drop(page, 'cut.gz', gzipSync(JSON.stringify(netVisOf(50))).subarray(0, 200));
    await page.getByRole('alert').getByText('cut.gz could not be opened').waitFor();
    expect(await page.getByRole('alert').innerText()).toContain('damaged or cut off');
    await page.close();
  });

  test('a NetVis file of 100,000 events opens; how fast is reported', async () => {
    const page = await openStudio();
    await page.evaluate(
      (text) => {
        Object.assign(window, { bigFile: new File([text], 'big.netvis') });
      },
      JSON.stringify(netVisOf(100_000)),
    );
    const openMs = await page.evaluate(async () => {
      const transfer = new DataTransfer();
      transfer.items.add((window as unknown as { bigFile: File }).bigFile);
      const startMs = performance.now();
      document
        .querySelector('.main')!
        .dispatchEvent(
          new DragEvent('drop', { dataTransfer: transfer, bubbles: true, cancelable: true }),
        );
      const isOpen = (): boolean =>
        document.querySelector('.source-title')?.textContent === 'big.netvis';
      while (!isOpen()) await new Promise((resolve) => requestAnimationFrame(resolve));
      return performance.now() - startMs;
    });
    console.log(`100,000 NetVis events opened in ${Math.round(openMs)} ms (aim: under 2000 ms)`);
    expect((await counts(page)).replaceAll('\u2009', '')).toContain('100000 events');
    await page.close();
  });

  test('a recording can be named in the address', async () => {
    const page = await studio.open('#/replay?src=samples/telegraph.netvis', {
      reducedMotion: 'reduce',
    });
    await waitForTitle(page, 'telegraph.netvis');
    await page.close();
    const elsewhere = await studio.open('#/replay?src=https://example.org/a.json', {
      reducedMotion: 'reduce',
    });
    await elsewhere.locator('.notice', { hasText: 'src' }).waitFor();
    await elsewhere.close();
  });
});
