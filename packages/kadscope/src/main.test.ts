// The command line as a process: signals, closed pipes, full disks.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-main-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

function launch(args: readonly string[], stdout: 'pipe' | number = 'pipe'): ChildProcess {
  const main = 'packages/kadscope/src/main.ts';
  const flags = ['--import', 'tsx', '--conditions=@kadscope/source', main];
  return spawn(process.execPath, [...flags, ...args], { stdio: ['ignore', stdout, 'pipe'] });
}

function ended(child: ChildProcess): Promise<End> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => (stdout += String(chunk)));
  child.stderr!.on('data', (chunk: Buffer) => (stderr += String(chunk)));
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

test('a real process has the exit code and prints one object', async () => {
  const { code, stdout } = await ended(launch(['trace', 'info', 'no-such-file.json', '--json']));
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ENOENT' } });
}, 30_000);

test('a reader that goes away early is no failure', async () => {
  const child = launch(['sim', 'run', '--nodes', '50', '--operations', '5']);
  child.stdout!.destroy();
  expect(await ended(child)).toMatchObject({ code: 0, stderr: '' });
}, 30_000);

test.runIf(existsSync('/dev/full'))(
  'a full disk is one sentence',
  async () => {
    const { code, stderr } = await ended(
      launch(['completion', 'bash'], openSync('/dev/full', 'w')),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^kadscope: the output could not be written: ENOSPC[^\n]*\n$/);
  },
  30_000,
);

test('Ctrl+C ends a simulation at once, and there is no trace', async () => {
  const trace = join(folder, 'run.arrow');
  const long = ['sim', 'run', '--nodes', '500', '--operations', '1000000', '--trace', trace];
  const child = launch(long);
  const end = ended(child);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: null, signal: 'SIGINT', stdout: '', stderr: '' });
  expect(readdirSync(folder)).toEqual([]);
}, 30_000);

test('Ctrl+C while a file is written leaves no part of it', async () => {
  const places = mkdtempSync(join(folder, 'writing-'));
  const input = join(folder, 'long.ndjson');
  const record = { time: 1, loggerID: 'a', event: 'annotation', text: 'x'.repeat(200) };
  writeFileSync(input, `${JSON.stringify(record)}\n`.repeat(100_000));
  const child = launch(['trace', 'convert', input, join(places, 'out.json.gz')]);
  const end = ended(child);
  const isWriting = (): boolean => readdirSync(places).some((name) => name.endsWith('.partial'));
  while (!isWriting() && child.exitCode === null) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill('SIGINT');
  expect(await end).toMatchObject({ code: null, signal: 'SIGINT', stderr: '' });
  expect(readdirSync(places)).toEqual([]);
  rmSync(input);
}, 30_000);

test.each(['SIGINT', 'SIGTERM'] as const)(
  'the studio prints its address and ends cleanly on %s',
  async (signal) => {
    const page =
      existsSync('apps/studio/dist/index.html') ||
      existsSync('packages/kadscope/studio/index.html');
    const child = launch(['studio', '--no-open', '--port', '0']);
    let stdout = '';
    let stderr = '';
    const listening = new Promise<void>((resolve) => {
      child.stdout!.on('data', (chunk: Buffer) => {
        stdout += String(chunk);
        if (stdout.includes('\n')) resolve();
      });
      child.on('close', () => resolve());
    });
    child.stderr!.on('data', (chunk: Buffer) => (stderr += String(chunk)));
    const ended = new Promise((resolve) => child.on('close', resolve));
    await listening;
    child.kill(signal);
    const code = await ended;
    if (page) {
      expect(stdout).toMatch(/^Kadscope studio: http:\/\/127\.0\.0\.1:\d+\/\n$/);
      expect([code, stderr]).toEqual([0, '']);
    } else expect(stderr).toContain('npm run build');
  },
  30_000,
);
