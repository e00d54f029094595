// kadscope node as a process: what it prints, what it serves, and how it ends.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { captureIo } from '../../../../test/support/captured-io.ts';
import { runCli } from '../cli.ts';
import { until } from '../testing/network.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-node-command-'));
const CONTENT = 'bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y';
const running: Running[] = [];

afterEach(() => {
  for (const { child } of running.splice(0)) child.kill('SIGKILL');
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Line {
  readonly type: string;
  readonly peerId?: string;
  readonly addresses?: string[];
  readonly http?: string | null;
  readonly contacts?: number;
  readonly mode?: string;
}

/** A process, and what it has said. */
class Running {
  readonly child: ChildProcess;
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[]) {
    const main = 'packages/kadscope/src/main.ts';
    const flags = ['--import', 'tsx', '--conditions=@kadscope/source', main, 'node'];
    const common = ['--listen', '/ip4/127.0.0.1/tcp/0', '--network', 'node-command-test'];
    this.child = spawn(process.execPath, [...flags, ...common, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child.stdout!.on('data', (part: Buffer) => (this.stdout += part.toString()));
    this.child.stderr!.on('data', (part: Buffer) => (this.stderr += part.toString()));
    this.ended = new Promise((resolve) => {
      this.child.on('close', (code, signal) => resolve({ code, signal }));
    });
  }

  get lines(): Line[] {
    const complete = this.stdout.slice(0, this.stdout.lastIndexOf('\n') + 1);
    return complete
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Line);
  }

  /** A line that says something; waits until it is there. */
  async line(isIt: (line: Line) => boolean): Promise<Line> {
    const found = (): Line | undefined => this.lines.find((line) => isIt(line));
    const hasEnded = (): boolean => this.child.exitCode !== null;
    await until(() => found() !== undefined || hasEnded(), 'the node says so', 100_000);
    if (found() === undefined) throw new Error(`the node has ended: ${this.stdout}${this.stderr}`);
    return found()!;
  }
}

function launch(...args: string[]): Running {
  const one = new Running(args);
  running.push(one);
  return one;
}

const isStarted = ({ type }: Line): boolean => type === 'started';

test('prints its id and addresses, serves the routing API and metrics, and ends with 0 on SIGTERM', async () => {
  const first = launch('--json', '--memory', '--no-http');
  const begin = await first.line(isStarted);
  expect(begin.http).toBeNull();
  const data = join(folder, 'one');
  const args = ['--json', '--data', data, '--http', '127.0.0.1:0', '--metrics'];
  const node = launch(...args, '--bootstrap', begin.addresses![0]!);
  const { peerId, addresses, http } = await node.line(isStarted);
  expect(addresses![0]).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/[1-9]\d*\/p2p\/12D3KooW/);
  expect(addresses![0]).toContain(peerId);
  await node.line(({ type, contacts }) => type === 'table' && contacts === 1);
  expect(await node.line(({ type }) => type === 'mode')).toMatchObject({ mode: 'server' });

  const closest = await fetch(`${http!}/routing/v1/dht/closest/peers/${CONTENT}`);
  const { Peers } = (await closest.json()) as { Peers: { ID: string; Addrs: string[] }[] };
  expect(Peers.map(({ ID }) => ID)).toContain(begin.peerId);
  const metrics = await (await fetch(`${http!}/metrics`)).text();
  expect(metrics).toMatch(/^libp2p_kad_dht_routing_table_size 1$/m);
  expect(metrics).toMatch(/^process_cpu_seconds_total /m);

  node.child.kill('SIGTERM');
  expect(await node.ended).toEqual({ code: 0, signal: null });
  expect(node.lines.slice(-2).map(({ type }) => type)).toEqual(['stopping', 'stopped']);
  expect(node.stderr).toBe('');

  // Again, with the same data and no bootstrap node.
  const again = launch(...args, '--no-bootstrap');
  expect((await again.line(isStarted)).peerId).toBe(peerId);
  expect(await again.line(({ type }) => type === 'table')).toMatchObject({ contacts: 1 });
  again.child.kill('SIGINT');
  expect(await again.ended).toEqual({ code: 0, signal: null });
}, 240_000);

test('people read sentences, and a second signal ends it at once', async () => {
  const node = launch('--memory', '--http', '127.0.0.1:0', '--client');
  await until(() => node.stdout.includes('only asks others'), 'it has started', 100_000);
  expect(node.stdout).toMatch(
    /Peer id: 12D3KooW\w+\nListening on:\n {2}\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/\w+\nRouting API: http:\/\/127\.0\.0\.1:\d+\/routing\/v1\n/,
  );
  node.child.kill('SIGINT');
  node.child.kill('SIGTERM');
  const { code, signal } = await node.ended;
  // The first signal may have been enough when the second one came.
  expect([0, null]).toContain(code);
  if (code === null) expect(signal).toBe('SIGTERM');
}, 240_000);

test.each([
  [['--server', '--client'], '--server and --client exclude each other'],
  [['--memory', '--data', 'x'], '--memory keeps nothing'],
  [['--memory', '--http', 'nonsense'], '--http nonsense: expected a host and a port'],
  [['--memory', '--http', '127.0.0.1:99999'], 'expected a host and a port'],
  [['--memory', '--no-http', '--metrics'], 'leave out --no-http'],
  [['--memory', '--otlp', 'nonsense'], '--otlp nonsense: expected a URL'],
  [['--memory', '--network', 'a', '--protocol', '/b'], 'name the same thing'],
  [['--memory', '--listen', 'x'], '--listen x: this is no multiaddr'],
])('%j is a usage error', async (args, message) => {
  const io = captureIo();
  expect(await runCli(['node', ...args], io)).toBe(2);
  expect(io.stderr).toMatch(/^kadscope: [^\n]*\nRun 'npx kadscope help'/);
  expect(io.stderr).toContain(message);
});

test('an address that cannot be listened on is one sentence, and one object with --json', async () => {
  const args = [
    'node',
    '--memory',
    '--no-http',
    '--no-bootstrap',
    '--listen',
    '/ip4/203.0.113.1/tcp/0',
  ];
  const io = captureIo();
  expect(await runCli(args, io)).toBe(1);
  expect(io.stderr).toMatch(/^kadscope: the node cannot listen: [^\n]*\n$/);
  const json = captureIo();
  expect(await runCli([...args, '--json'], json)).toBe(1);
  const last = json.stdout.trim().split('\n').at(-1)!;
  expect(JSON.parse(last)).toMatchObject({ error: { code: 'cannot-listen' } });
});
