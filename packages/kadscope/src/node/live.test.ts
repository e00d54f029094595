import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { readTraceFiles } from '../files.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-live-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Line = Readonly<Record<string, unknown>>;

test('a node can be watched while it runs, and leaves a trace', async () => {
  const file = join(folder, 'node.arrow');
  const flags = [
    '--import',
    'tsx',
    '--conditions=@kadscope/source',
    'packages/kadscope/src/main.ts',
  ];
  const node = ['node', '--memory', '--network', 'live-test', '--no-bootstrap', '--no-http'];
  const live = ['--listen', '/ip4/127.0.0.1/tcp/0', '--live', '127.0.0.1:0', '--control'];
  const child = spawn(process.execPath, [...flags, ...node, ...live, '--trace', file, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: Line[] = [];
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    const whole = text.split('\n');
    text = whole.pop()!;
    for (const line of whole) lines.push(JSON.parse(line) as Line);
  });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo() && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
  };
  const started = (): Line | undefined => lines.find(({ type }) => type === 'started');
  await until(() => started() !== undefined);
  const studio = String(started()!['studio']);
  expect(studio).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#\/live\?token=[0-9a-f]{32}$/);
  const [, place, token] = /^http:\/\/([^/]+).*token=(\w+)$/.exec(studio)!;
  const socket = new WebSocket(`ws://${place}/live?token=${token}`);
  const heard: Line[] = [];
  let batches = 0;
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) batches++;
    else heard.push(JSON.parse(data.toString()) as Line);
  });
  await until(() => batches > 0);
  expect(heard[0]).toMatchObject({ type: 'started', canOperate: true });
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  child.kill('SIGINT');
  expect([await ended, await closed]).toEqual([0, 1001]);
  const { trace } = await readTraceFiles([file], {});
  expect(trace.nodes.map(({ id }) => id)).toContain(started()!['peerId']);
  expect(trace.length).toBeGreaterThan(0);
});

test('what cannot be recorded is said before the node starts', async () => {
  const { runNode } = await import('./run.ts');
  const io = { untilStopped: () => Promise.resolve(), out: () => {} } as never;
  await expect(runNode({ control: true }, io)).rejects.toThrow('it needs --live');
  await expect(runNode({ memory: true, trace: 'x.txt' }, io)).rejects.toThrow('x.txt');
  await expect(runNode({ memory: true, live: 'here' }, io)).rejects.toThrow('--live here');
});
