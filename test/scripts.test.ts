// The first things a newcomer meets: what they say when something is missing.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

function run(
  script: string,
  environment: NodeJS.ProcessEnv = {},
): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], {
    encoding: 'utf8',
    env: { ...process.env, ...environment },
  });
  return { status, output: stdout + stderr };
}

test('a benchmark without a name lists the names and fails', () => {
  const { status, output } = run('scripts/bench.mjs');
  expect(status).toBe(1);
  expect(output).toMatch(/^\s*Usage: npm run bench -- NAME \[--json\]\n\nNames:\n {2}/);
});

test('the launcher of an unbuilt checkout names the command that builds', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kadscope-launcher-'));
  try {
    cpSync('packages/kadscope/bin', join(folder, 'bin'), { recursive: true });
    cpSync('packages/kadscope/package.json', join(folder, 'package.json'));
    const { status, output } = run(join(folder, 'bin/kadscope.js'));
    expect(status).toBe(1);
    expect(output).toBe('kadscope is not built yet: run npm run build\n');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the checks with Kubo are skipped where there is no Go toolchain', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kadscope-no-go-'));
  try {
    const environment = { PATH: folder, KUBO_CACHE: folder, KUBO_BINARY: '' };
    const { status, output } = run('interop/kubo.mjs', environment);
    expect(status).toBe(0);
    expect(output).toMatch(/^Skipped: no Go toolchain here/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('the checks with Kubo refuse a binary that is something else', () => {
  const { status, output } = run('interop/kubo.mjs', { KUBO_BINARY: process.execPath });
  expect(status).toBe(1);
  expect(output).toContain(`${process.execPath} is no Kubo that runs here: `);
});
