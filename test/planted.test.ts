// The bugs that `npm run planted` plants: each still fits the core as it is, and some of them are found.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface PlantedBug {
  readonly name: string;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
  readonly why: string;
}

/** Quick ones, of all sorts. */
const SAMPLES = [
  'the common prefix is one bit too long',
  'newcomers wait without bound',
  'one request more than alpha',
  'the serial number of an answer is not compared',
  'a value lives as long as a provider',
];

async function plantedBugs(): Promise<readonly PlantedBug[]> {
  const path = new URL('planted/bugs.mjs', import.meta.url).href;
  return ((await import(path)) as { BUGS: readonly PlantedBug[] }).BUGS;
}

test('fifty bugs at least can be planted, each in one place, and each is another', async () => {
  const bugs = await plantedBugs();
  expect(bugs.length).toBeGreaterThanOrEqual(50);
  expect(new Set(bugs.map(({ name }) => name)).size).toBe(bugs.length);
  const misfits = bugs.filter(({ file, find, replace }) => {
    const source = readFileSync(`packages/core/src/${file}`, 'utf8');
    return source.split(find).length !== 2 || find === replace;
  });
  expect(misfits.map(({ name, file }) => `${file}: ${name}`)).toEqual([]);
  expect(bugs.filter(({ why }) => why === '')).toEqual([]);
});

test('the invariants find what is planted', { timeout: 120_000 }, () => {
  const { status, stdout } = spawnSync(process.execPath, ['scripts/planted.mjs', ...SAMPLES], {
    encoding: 'utf8',
  });
  expect(stdout).toContain('5 of 5 planted bugs found');
  expect(status).toBe(0);
});
