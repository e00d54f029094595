import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { captureIo } from '../../../test/support/captured-io.ts';
import type { CapturedIo } from '../../../test/support/captured-io.ts';
import { runCli } from './cli.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-cli-'));
afterAll(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => join(folder, name);

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function kadscope(...args: string[]): Promise<Outcome> {
  const io: CapturedIo = captureIo();
  const code = await runCli(args, io);
  expect(io.stderr).not.toMatch(/^\s+at /m);
  return { code, stdout: io.stdout, stderr: io.stderr };
}

function write(name: string, content: string | Uint8Array): string {
  writeFileSync(inFolder(name), content);
  return inFolder(name);
}

const RECORDS = [
  { time: '2014-11-12T11:34:01.477817180Z', loggerID: 'a', event: 'nodeEntered', name: 'a' },
  {
    time: '2014-11-12T11:34:02Z',
    loggerID: 'a',
    event: 'messageSent',
    destinationNode: 'b',
    message: { request_id: 'r' },
  },
  {
    time: '2014-11-12T11:34:03Z',
    loggerID: 'b',
    event: 'messageReceived',
    destinationNode: 'b',
    message: { request_id: 'r' },
  },
];

describe('usage', () => {
  test('help and version are asked for in the usual ways', async () => {
    for (const args of [[], ['help'], ['--help']]) {
      const { code, stdout, stderr } = await kadscope(...args);
      expect([code, stderr]).toEqual([0, '']);
      for (const command of ['studio', 'sim', 'trace', 'completion'])
        expect(stdout).toContain(command);
    }
    expect((await kadscope('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    expect((await kadscope('help', 'sim')).stdout).toContain('run');
    expect((await kadscope('sim', 'run', '--help')).stdout).toContain('--operations');
    expect((await kadscope('help', 'sim', 'run')).stdout).toContain('--operations');
  });

  test.each([
    [['nonsense'], "unknown command 'nonsense'"],
    [['sim', 'rum'], "unknown command 'rum' (Did you mean run?)"],
    [['sim', 'run', '--nodes', '1e9'], "option '--nodes <n>' argument '1e9' is invalid"],
    [['sim', 'run', '--nodes', '-5'], "option '--nodes <n>' argument '-5' is invalid"],
    [['sim', 'run', '--nodes', 'NaN'], "option '--nodes <n>' argument 'NaN' is invalid"],
    [['sim', 'run', '--nodes='], "option '--nodes <n>' argument '' is invalid"],
    [['sim', 'run', '--nodes', '1000000000'], '--nodes: expected a'],
    [['sim', 'run', 'a', 'b'], 'too many arguments'],
    [['sim', 'run', '--nodes', 'many'], "option '--nodes <n>' argument 'many' is invalid"],
    [['sim', 'run', '--nodes', '1'], '--nodes: expected a whole number from 2'],
    [['sim', 'run', '--operations', '999999999'], '--operations: expected a whole number from 0'],
    [['sim', 'run', '--profile', 'chord'], 'Allowed choices are paper, amino'],
    [['sim', 'run', '--trace', 'x.txt'], 'name the file .json'],
    [['studio', '--port', '70000'], 'from 0 to 65535'],
    [['trace', 'info'], "missing required argument 'file'"],
    [['trace', 'convert', 'a.json'], "missing required argument 'out'"],
    [['trace', 'info', 'a.json', '--wrong'], "unknown option '--wrong'"],
  ])('%j is wrong usage: exit code 2 and one sentence', async (args, message) => {
    const { code, stdout, stderr } = await kadscope(...args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(/^kadscope: /);
    expect(stderr).toContain(message);
    const json = await kadscope(...args, '--json');
    expect([json.code, json.stderr]).toEqual([2, '']);
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'usage' } });
    expect(json.stdout).toContain(message.replaceAll('"', String.raw`\"`));
  });

  test('help on what is not there says so', async () => {
    const { code, stderr } = await kadscope('help', 'nothing');
    expect(code).toBe(2);
    expect(stderr).toContain("kadscope: unknown command 'nothing'");
  });

  test.each(['bash', 'zsh', 'fish'])(
    'completion for %s knows every command and flag',
    async (shell) => {
      const { stdout } = await kadscope('completion', shell);
      for (const word of ['studio', 'run', 'convert', 'operations', 'no-open'])
        expect(stdout).toContain(word);
    },
  );
});

describe('sim run', () => {
  const small = ['sim', 'run', '--nodes', '60', '--operations', '12'];

  test('reports the figures as one JSON object, the same for the same seed', async () => {
    const first = JSON.parse((await kadscope(...small, '--seed', '7', '--json')).stdout) as Record<
      string,
      unknown
    >;
    expect(Object.keys(first)).toEqual(
      expect.arrayContaining(
        'nodes seed profile operations successRate recall hops rpcs latencyMs bytes events traceHash wallMs eventsPerSecond peakRssBytes'.split(
          ' ',
        ),
      ),
    );
    expect(first).toMatchObject({ nodes: 60, seed: 7, profile: 'amino', operations: 12 });
    expect(first['hops']).toMatchObject({
      mean: expect.any(Number),
      p50: expect.any(Number),
      p99: expect.any(Number),
    });
    expect(first['peakRssBytes']).toBeGreaterThan(1e7);
    const again = JSON.parse((await kadscope(...small, '--seed', '7', '--json')).stdout) as Record<
      string,
      unknown
    >;
    expect(again['traceHash']).toBe(first['traceHash']);
    const other = JSON.parse((await kadscope(...small, '--seed', '8', '--json')).stdout) as Record<
      string,
      unknown
    >;
    expect(other['traceHash']).not.toBe(first['traceHash']);
  });

  test.each(['run.arrow', 'run.json', 'run.ndjson.gz'])(
    'writes its trace as %s, with the hash it reports',
    async (name) => {
      const run = JSON.parse(
        (await kadscope(...small, '--json', '--trace', inFolder(name))).stdout,
      ) as Record<string, unknown>;
      const info = JSON.parse(
        (await kadscope('trace', 'info', inFolder(name), '--json')).stdout,
      ) as Record<string, unknown>;
      expect(info).toMatchObject({
        source: 'simulation',
        nodes: 60,
        events: run['events'],
        hash: run['traceHash'],
      });
    },
  );

  test('reads scenarios from YAML, and flags win over the file', async () => {
    const file = write(
      'scenario.yaml',
      'name: small\nnodes: 50\nworkload:\n  operations: 5\n  intervalMs: 10\n',
    );
    const run = JSON.parse(
      (await kadscope('sim', 'run', file, '--nodes', '40', '--json')).stdout,
    ) as object;
    expect(run).toMatchObject({ nodes: 40, operations: 5 });
    expect((await kadscope('sim', 'run', file)).stdout).toContain(
      'small\n50 nodes, profile amino (k 20, alpha 10, beta 3), seed 1\n',
    );
  });

  test('says how often was dialed, and when nobody could do anything', async () => {
    const file = write('dials.yaml', 'nodes: 60\nconnections: 5\nworkload: { operations: 20 }\n');
    const { dials } = JSON.parse((await kadscope('sim', 'run', file, '--json')).stdout) as {
      dials: { mean: number };
    };
    expect(dials.mean).toBeGreaterThan(1);
    expect((await kadscope('sim', 'run', file)).stdout).toMatch(/^ {2}dials +\d/m);
    const lonely = write('lonely.yaml', 'nodes: 2\nsilent: 0.95\n');
    expect((await kadscope('sim', 'run', lonely)).stderr).toContain(
      'No operation could be started',
    );
  });

  test('says where a scenario is wrong', async () => {
    const bad = write('bad.yaml', 'nodes: 50\nchurn:\n  joinIntervalMs: -1\n');
    const { code, stderr } = await kadscope('sim', 'run', bad);
    expect(code).toBe(1);
    expect(stderr).toContain('bad.yaml, line 3: churn.joinIntervalMs: expected a number');
    const { error } = JSON.parse((await kadscope('sim', 'run', bad, '--json')).stdout) as {
      error: object;
    };
    expect(error).toMatchObject({ code: 'scenario', line: 3, field: 'churn.joinIntervalMs' });
  });

  test('a trace that cannot be written is said before the run', async () => {
    const { code, stderr } = await kadscope(...small, '--trace', inFolder('no/such/folder/x.json'));
    expect(code).toBe(1);
    expect(stderr).toContain('no such file or folder');
  });
});

describe('trace', () => {
  test('info counts what is in a NetVis file', async () => {
    const file = write('net.json.gz', gzipSync(JSON.stringify(RECORDS)));
    const info = JSON.parse((await kadscope('trace', 'info', file, '--json')).stdout) as object;
    expect(info).toMatchObject({
      format: 'netvis',
      isCompressed: true,
      nodes: 2,
      events: 3,
      messages: 1,
      inFlight: 0,
    });
    expect((await kadscope('trace', 'info', file)).stdout).toContain('messageReceived');
  });

  test('convert goes through every format and back without loss', async () => {
    const names = [
      'one.json',
      'two.arrow',
      'three.ndjson',
      'four.arrow.gz',
      'five.jsonl.gz',
      'six.netvis',
    ];
    write(names[0]!, JSON.stringify(RECORDS));
    for (let i = 1; i < names.length; i++) {
      const { code, stdout } = await kadscope(
        'trace',
        'convert',
        inFolder(names[i - 1]!),
        inFolder(names[i]!),
        '--json',
      );
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({ events: 3 });
    }
    expect(JSON.parse(readFileSync(inFolder('six.netvis'), 'utf8'))).toEqual(RECORDS);
    const info = JSON.parse(
      (await kadscope('trace', 'info', inFolder('three.ndjson'), '--json')).stdout,
    ) as object;
    expect(info).toMatchObject({ format: 'ndjson' });
  });

  test('check lists what is odd, and fails only for what cannot be read', async () => {
    const odd = write('odd.json', JSON.stringify([...RECORDS, { event: 'hm' }]));
    const checked = JSON.parse((await kadscope('trace', 'check', odd, '--json')).stdout) as {
      notes: string[];
    };
    expect(checked).toMatchObject({ ok: true, events: 4 });
    expect(checked.notes.join()).toContain('Record 4');
    const broken = write('broken.json', '[{"time": 1},\n {"time" 2}]');
    const { code, stderr } = await kadscope('trace', 'check', broken);
    expect(code).toBe(1);
    expect(stderr).toBe(
      `kadscope: ${broken}, line 2, column 10: expected a colon after the name of the field, not ‘2’\n`,
    );
    const json = await kadscope('trace', 'check', broken, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { file: broken, line: 2, column: 10 } });
  });

  test.each([
    ['nothing.json', null, 'there is no such file'],
    ['binary.json', Uint8Array.of(0xc3, 0x28, 1, 2), 'neither JSON in UTF-8 nor Arrow'],
    ['cut.json.gz', gzipSync('[]').subarray(0, 15), 'damaged or cut off'],
    ['cut.arrow', new TextEncoder().encode('ARROW1\0\0rest'), 'damaged or cut off'],
  ])('%s is refused in one sentence', async (name, content, message) => {
    if (content !== null) write(name, content);
    const { code, stderr } = await kadscope('trace', 'info', inFolder(name));
    expect(code).toBe(1);
    expect(stderr).toContain(message);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a file is written whole or not at all', async () => {
    const file = write('whole.json', JSON.stringify(RECORDS));
    const { code } = await kadscope('trace', 'convert', file, inFolder('missing/out.json'));
    expect(code).toBe(1);
    expect(existsSync(inFolder('missing'))).toBe(false);
  });
});
