// npm run planted [-- WORD ...]: plants mistakes in copies of the core, one at a time, and lets the invariants of the
// simulator find them. Fails if one stays hidden for a thousand seeds, or if the core as it is shows anything.
//
// With words, only the bugs whose names contain one of them; with --seed N, only that seed of the core as it is.
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BUGS } from '../test/planted/bugs.mjs';
import { install, root, run, SetupError } from './setup.mjs';

const SEEDS = 1_000;

/** Processes at once. */
const PROCESSES = 2;

/** A seed that takes longer hangs: that is a way to be found, too. */
const SEED_MAX_MS = 20_000;

await run(async () => {
  await install();
  const words = process.argv.slice(2);
  if (words[0] === '--seed') {
    const seed = Number(words[1]);
    report('as it is', await hunt(null, { first: seed, seeds: 1 }));
    return;
  }
  const bugs = BUGS.filter(({ name }) => words.length === 0 || words.some((w) => name.includes(w)));
  if (bugs.length === 0)
    throw new SetupError(`no planted bug has a name with ${words.join(' or ')}`);
  const failures = words.length > 0 ? 0 : await tryCleanCore();
  const missed = await tryBugs(bugs);
  process.stdout.write(`\n${bugs.length - missed} of ${bugs.length} planted bugs found\n`);
  if (missed + failures > 0) process.exitCode = 1;
});

/** The core as it is must show nothing; returns how often it does. */
async function tryCleanCore() {
  const share = SEEDS / PROCESSES;
  const parts = Array.from({ length: PROCESSES }, (_, i) =>
    hunt(null, { first: 1 + i * share, seeds: share }),
  );
  const results = await Promise.all(parts);
  for (const result of results) report('the core as it is', result);
  return results.filter(({ found }) => found !== null).length;
}

async function tryBugs(bugs) {
  const waiting = [...bugs];
  let missed = 0;
  const work = async () => {
    for (let bug = waiting.shift(); bug !== undefined; bug = waiting.shift()) {
      const result = await hunt(bug, { first: 1, seeds: SEEDS });
      report(bug.name, result);
      if (result.found === null) missed++;
    }
  };
  await Promise.all(Array.from({ length: PROCESSES }, work));
  return missed;
}

function report(name, { found, ms }) {
  const what = found === null ? 'nothing' : `${found.name} at seed ${found.seed}`;
  process.stdout.write(`${name.padEnd(72)} ${what.padEnd(36)} ${(ms / 1000).toFixed(1)} s\n`);
  if (name.startsWith('the core') && found !== null) process.stdout.write(`  ${found.detail}\n`);
}

/** Runs seeds on a copy of the core with a bug in it, until one shows it. */
async function hunt(bug, { first, seeds }) {
  const folder = mkdtempSync(join(tmpdir(), 'kadscope-planted-'));
  try {
    copyCore(folder);
    if (bug !== null) plant(bug, folder);
    return await work([join(folder, 'src'), String(seeds), String(first)]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function copyCore(folder) {
  const filter = (path) => !path.endsWith('.test.ts');
  cpSync(`${root}packages/core/src`, join(folder, 'src'), { recursive: true, filter });
  symlinkSync(`${root}node_modules`, join(folder, 'node_modules'));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
}

function plant({ name, file, find, replace }, folder) {
  const path = join(folder, 'src', file);
  const parts = readFileSync(path, 'utf8').split(find);
  if (parts.length !== 2)
    throw new SetupError(`'${name}' fits ${parts.length - 1} times into ${file}, not once`);
  writeFileSync(path, parts.join(replace));
}

/** Runs the worker, which says after each seed that it is alive, and what it found at the end. */
function work(args) {
  const start = performance.now();
  const flags = ['--import', 'tsx', 'test/planted/worker.mjs', ...args];
  const child = spawn(process.execPath, flags, { cwd: root });
  let [output, errors] = ['', ''];
  let watch = setTimeout(() => child.kill(), SEED_MAX_MS);
  child.stdout.on('data', (data) => {
    output += data;
    clearTimeout(watch);
    watch = setTimeout(() => child.kill(), SEED_MAX_MS);
  });
  child.stderr.on('data', (data) => (errors += data));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(watch);
      const ms = performance.now() - start;
      const lines = output.trim().split('\n');
      const last = Number(lines.at(-1) || Number(args[2]) - 1);
      if (signal !== null) resolve({ found: { name: 'endless', seed: last + 1, detail: '' }, ms });
      else if (code === 0) resolve({ ...JSON.parse(lines.at(-1)), ms });
      else reject(new SetupError(`a trial failed by itself:\n${errors}`));
    });
  });
}
