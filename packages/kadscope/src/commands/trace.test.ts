import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { captureIo } from '../../../../test/support/captured-io.ts';
import { runCli } from '../cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-merge-'));
afterAll(() => rmSync(folder, { recursive: true }));

const ends = { sourceNode: 'a', destinationNode: 'b', message: { request_id: 'r' } };
const sent = { time: 10, loggerID: 'a', event: 'messageSent', ...ends };
const received = { time: 10.05, loggerID: 'b', event: 'messageReceived', ...ends };
const [a, b] = ['a.json', 'b.json'].map((name) => join(folder, name)) as [string, string];

beforeEach(() => {
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  writeFileSync(a, JSON.stringify([sent]));
  writeFileSync(b, JSON.stringify([received]));
});

async function kadscope(
  ...args: string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const io = captureIo();
  const code = await runCli(args, io);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { stdout } = await kadscope(...args, '--json');
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('several files', () => {
  test('are one trace to info, with what each of them is', async () => {
    const info = await json('trace', 'info', a, b);
    expect(info).toMatchObject({
      title: 'a.json + b.json',
      nodes: 2,
      events: 2,
      messages: 1,
      inFlight: 0,
      parts: [
        { file: a, events: 1 },
        { file: b, events: 1, start: '1970-01-01T00:00:10.050000000Z' },
      ],
    });
    const text = (await kadscope('trace', 'info', a, b)).stdout;
    expect(text).toContain('1 message sent in one file and received in another was joined.');
    expect(text).toContain(`${b}: 1 event at 2 nodes`);
    expect(await json('trace', 'check', a, b)).toMatchObject({ ok: true, files: [a, b] });
  });

  test('are converted to one, in every format', async () => {
    for (const name of ['out.arrow', 'out.ndjson.gz', 'out.json']) {
      const out = join(folder, name);
      expect(await json('trace', 'convert', a, b, out)).toMatchObject({ files: [a, b], events: 2 });
      expect(await json('trace', 'info', out)).toMatchObject({ messages: 1, inFlight: 0 });
    }
  });

  test('are put on one clock by --offset, to the nanosecond', async () => {
    const out = join(folder, 'out.ndjson');
    const args = ['--offset', `${a}=-0.000001`, '--offset', `${b}=+2ms`];
    expect((await kadscope('trace', 'convert', a, b, out, ...args)).code).toBe(0);
    const records = readFileSync(out, 'utf8').trim().split('\n').slice(1);
    expect(records.map((line) => (JSON.parse(line) as { time: unknown }).time)).toEqual([
      '1970-01-01T00:00:09.999999999Z',
      '1970-01-01T00:00:10.052000000Z',
    ]);
  });

  test.each([
    ['b.json', 'expected a file and milliseconds'],
    [`${b}=soon`, 'expected a file and milliseconds'],
    [`${b}=1e3`, 'expected a file and milliseconds'],
    [`${b}=999999999999999`, 'expected a file and milliseconds'],
    ['c.json=1', 'c.json is none of the files'],
    [`${b}=1`, 'has an offset already'],
  ])('--offset %s is refused', async (value, message) => {
    const args = ['trace', 'info', a, b, '--offset', `${b}=1`, '--offset', value];
    const { code, stderr } = await kadscope(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  test('whoever forgets the new name does not lose the last file', async () => {
    const before = readFileSync(b, 'utf8');
    const c = join(folder, 'c.json');
    writeFileSync(c, JSON.stringify([sent]));
    const refused = await kadscope('trace', 'convert', a, c, b);
    expect([refused.code, readFileSync(b, 'utf8')]).toEqual([2, before]);
    expect(refused.stderr).toContain('add --force');
    expect((await kadscope('trace', 'convert', a, c, b, '--force')).code).toBe(0);
    expect(readFileSync(b, 'utf8')).not.toBe(before);
    // Not even with force is a file replaced by what is read from it.
    const own = await kadscope('trace', 'convert', a, b, `${folder}/./a.json`, '--force');
    expect(own.stderr).toContain('is what is read here');
  });

  test('of different keyspaces are refused in one sentence', async () => {
    const traces = ['paper', 'amino'].map((profile) => join(folder, `${profile}.arrow`));
    for (const path of traces) {
      const profile = path.includes('paper') ? 'paper' : 'amino';
      const args = ['--nodes', '5', '--operations', '1', '--profile', profile, '--trace', path];
      expect((await kadscope('sim', 'run', ...args)).code).toBe(0);
    }
    const { code, stderr } = await kadscope('trace', 'info', ...traces);
    expect(code).toBe(1);
    expect(stderr).toMatch(/keys of 160 bits and .* of 256: .* cannot be merged\n$/);
  });
});

describe('a file that is written', () => {
  test.each([
    ['a.json/out.json', 'this is no folder'],
    ['folder.json', 'this is no file'],
    ['none/out.json', 'no such file or folder'],
    ['a.json', 'is what is read here'],
    [`${'x'.repeat(300)}.json`, 'the name is too long'],
  ])('must have a place: %s has none', async (name, message) => {
    mkdirSync(join(folder, 'folder.json'));
    const { stderr } = await kadscope('trace', 'convert', a, join(folder, name));
    expect(stderr).toContain(message);
    expect(readdirSync(folder).filter((one) => one.includes('partial'))).toEqual([]);
  });

  test('takes the place of what a link leads to, and the link stays', async () => {
    const link = join(folder, 'link.json');
    symlinkSync(b, link);
    // What it leads to is a trace, which is replaced only by those who say so.
    const refused = await kadscope('trace', 'convert', a, link);
    expect([refused.code, JSON.parse(readFileSync(b, 'utf8'))]).toEqual([2, [received]]);
    expect(refused.stderr).toContain('add --force');
    writeFileSync(join(folder, 'other.json'), 'no trace');
    expect((await kadscope('trace', 'convert', a, join(folder, 'other.json'))).code).toBe(0);
    expect((await kadscope('trace', 'convert', a, link, '--force')).code).toBe(0);
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
    expect(JSON.parse(readFileSync(b, 'utf8'))).toEqual([sent]);
  });

  test('a scenario is never replaced by its own trace', async () => {
    const scenario = join(folder, 'scenario.json');
    writeFileSync(scenario, '{"nodes": 5, "workload": {"operations": 1}}');
    const { code } = await kadscope('sim', 'run', scenario, '--trace', scenario);
    expect(code).toBe(2);
    expect(readFileSync(scenario, 'utf8')).toContain('"nodes": 5');
  });
});

test.each([
  ['/dev/zero', 'this is a device'],
  ['', 'a file without a name'],
])('%j is not read for ever', async (path, message) => {
  if (path !== '' && !existsSync(path)) return;
  for (const verb of [
    ['trace', 'info'],
    ['sim', 'run'],
  ]) {
    const { code, stderr } = await kadscope(...verb, path);
    expect(code).toBe(1);
    expect(stderr).toContain(message);
  }
});
