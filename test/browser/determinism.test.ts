// Same seed, same trace, bit for bit: in Node, in a Chromium page and in a Web Worker.
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launchChromium } from './support/chromium.ts';
import { hashOfRuns, SCENARIOS } from './support/hash-of-runs.ts';

let browser: Browser;
let script: string;

beforeAll(async () => {
  [browser, script] = await Promise.all([launchChromium(), bundle('./support/hash-entry.ts')]);
});

afterAll(async () => {
  await browser?.close();
});

test('three runs in Node and runs in a page and in a worker of Chromium have the same trace hashes', async () => {
  const expected = hashOfRuns();
  expect(expected).toHaveLength(SCENARIOS.length);
  expect(new Set(expected).size).toBe(SCENARIOS.length);
  expect(hashOfRuns()).toEqual(expected);
  expect(hashOfRuns()).toEqual(expected);

  const page = await browser.newPage();
  await page.addScriptTag({ content: script });
  const inPage = await page.evaluate<string[]>('hashOfRuns()');
  expect(inPage).toEqual(expected);

  const inWorker = await page.evaluate(
    (source) =>
      new Promise<string[]>((resolve, reject) => {
        const worker = new Worker(URL.createObjectURL(new Blob([source])));
        worker.onmessage = (event: MessageEvent<string[]>) => resolve(event.data);
        worker.onerror = (event) => reject(new Error(event.message));
      }),
    script,
  );
  expect(inWorker).toEqual(expected);
});

async function bundle(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'error',
    resolve: { conditions: ['@kadscope/source'] },
    build: {
      write: false,
      minify: false,
      lib: {
        entry: fileURLToPath(new URL(entry, import.meta.url)),
        formats: ['iife'],
        name: 'runs',
      },
    },
  });
  const output = Array.isArray(result) ? result[0]! : result;
  if (!('output' in output)) throw new Error('the bundler watched instead of building');
  const chunk = output.output[0];
  if (chunk.type !== 'chunk') throw new Error('the bundler made no code');
  return chunk.code;
}
