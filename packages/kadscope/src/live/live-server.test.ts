import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { applyBatch, decodeBatch, hashTrace, LiveTrace, Trace } from '@kadscope/core/trace';
import { KeyTable } from '@kadscope/core/keyspace';
import { afterEach, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { serveLive } from './live-server.ts';
import type { LiveFeed } from './live-server.ts';
import { parseOperation } from './operation-request.ts';
import type { LiveOperation } from './operation-request.ts';

const TOKEN = 'c0ffee';

const endings: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0)) await end();
});

interface Served {
  readonly port: number;
  readonly live: LiveTrace;
  readonly operations: LiveOperation[];
  /** Reports one more event. */
  readonly happen: () => void;
}

async function served(canOperate = true): Promise<Served> {
  const live = new LiveTrace({
    meta: { title: 'two nodes', source: 'node', epochNs: 12n, keyBits: 8 },
    epochMs: 0,
    hosts: 1,
    eventsMax: 1_000,
  });
  const keys = new KeyTable(8);
  const node = keys.intern(Uint8Array.of(7));
  const sink = live.sink({ keys, describe: () => ({ id: 'seven', key: Uint8Array.of(7) }) });
  const operations: LiveOperation[] = [];
  const operate = (operation: LiveOperation): Promise<number> => {
    operations.push(operation);
    return operation.kind === 'ping'
      ? Promise.reject(new Error('nobody there'))
      : Promise.resolve(42);
  };
  const feed: LiveFeed = { live, nowMs: () => 99, operate: canOperate ? operate : null };
  const server = createServer((_, response) => response.end());
  const isOwnHost = (header: string | undefined): boolean =>
    header?.startsWith('127.0.0.1') === true;
  const end = serveLive(server, { feed, token: TOKEN, isOwnHost });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endings.push(() => {
    end();
    return closed(server);
  });
  const happen = (): void =>
    void sink.step('node.entered', live.trace.length, { node, detail: 'server' });
  return { port: (server.address() as AddressInfo).port, live, operations, happen };
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}

interface Page {
  readonly socket: WebSocket;
  readonly texts: Record<string, unknown>[];
  readonly trace: () => Trace | null;
  readonly until: (isSo: () => boolean) => Promise<void>;
}

function open(
  port: number,
  options: { query?: string; headers?: Record<string, string> } = {},
): Page {
  const { query = `?token=${TOKEN}`, headers = {} } = options;
  const socket = new WebSocket(`ws://127.0.0.1:${port}/live${query}`, { headers });
  const texts: Record<string, unknown>[] = [];
  let trace: Trace | null = null;
  socket.on('message', (data: Buffer, isBinary) => {
    if (isBinary) {
      trace ??= new Trace({ title: '', source: 'node', epochNs: 0n });
      applyBatch(trace, decodeBatch(Uint8Array.from(data)));
    } else texts.push(JSON.parse(String(data)) as Record<string, unknown>);
  });
  const until = async (isSo: () => boolean): Promise<void> => {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  return { socket, texts, trace: () => trace, until };
}

function statusOf(page: Page): Promise<number> {
  return new Promise((resolve) => {
    page.socket.on('unexpected-response', (_, response) => resolve(response.statusCode ?? 0));
    page.socket.on('open', () => resolve(101));
    page.socket.on('error', () => {});
  });
}

describe('a page', () => {
  test('gets the trace as it is, and as it grows', async () => {
    const { port, live, happen } = await served();
    for (let i = 0; i < 50; i++) happen();
    const page = open(port);
    await page.until(() => page.trace()?.length === 50);
    expect(page.texts[0]).toEqual({
      type: 'started',
      meta: { title: 'two nodes', source: 'node', epochNs: '12', keyBits: 8 },
      canOperate: true,
    });
    for (let i = 0; i < 50; i++) happen();
    await page.until(() => page.trace()?.length === 100);
    expect(hashTrace(page.trace()!)).toBe(hashTrace(live.trace));
    await page.until(() => page.texts.some(({ type, nowMs }) => type === 'now' && nowMs === 99));
    page.socket.close();
  });

  test.each([
    ['knows no token', { query: '' }, 401],
    ['knows another token', { query: '?token=c0ffef' }, 401],
    ['comes from elsewhere', { headers: { Origin: 'http://evil.example' } }, 403],
    ['comes from another port of this machine', { headers: { Origin: 'http://127.0.0.1:1' } }, 403],
    ['was led here by a name', { headers: { Host: 'evil.example' } }, 403],
    ['asks for something else', { query: '/other?token=c0ffee' }, 404],
  ])('is refused that %s', async (_, options, status) => {
    const { port } = await served();
    expect(await statusOf(open(port, options))).toBe(status);
  });

  test('that is served here may watch', async () => {
    const { port } = await served();
    const page = open(port, { headers: { Origin: `http://127.0.0.1:${port}` } });
    expect(await statusOf(page)).toBe(101);
    page.socket.close();
  });
});

describe('operations', () => {
  const ask = (request: number, operation: object): string =>
    JSON.stringify({ type: 'operate', request, operation });

  test('are run, and their failures told', async () => {
    const { port, operations } = await served();
    const page = open(port);
    await page.until(() => page.texts.length > 0);
    page.socket.send(ask(1, { kind: 'provide', node: 0, key: '01ff' }));
    page.socket.send(ask(2, { kind: 'ping', node: 0, peer: 1 }));
    page.socket.send(ask(3, { kind: 'explode', node: 0 }));
    const answers = (): Record<string, unknown>[] =>
      page.texts.filter(({ request }) => request !== undefined);
    await page.until(() => answers().length === 3);
    expect(answers()).toEqual(
      [
        { type: 'failed', request: 3, message: 'The node does not know such an operation.' },
        { type: 'operationStarted', request: 1, operation: 42, timeMs: 99 },
        { type: 'failed', request: 2, message: 'nobody there' },
      ].toSorted(
        (a, b) =>
          answers().findIndex((one) => one['request'] === a.request) -
          answers().findIndex((one) => one['request'] === b.request),
      ),
    );
    expect(operations[0]).toEqual({ kind: 'provide', node: 0, key: Uint8Array.of(1, 255) });
    page.socket.close();
  });

  test('are refused where pages may only watch', async () => {
    const { port } = await served(false);
    const page = open(port);
    await page.until(() => page.texts.length > 0);
    page.socket.send(ask(1, { kind: 'bootstrap', node: 0 }));
    await page.until(() => page.texts.some(({ type }) => type === 'failed'));
    expect(page.texts.find(({ type }) => type === 'failed')!['message']).toContain('--control');
    page.socket.close();
  });

  test('that are no requests end the connection', async () => {
    const { port } = await served();
    for (const text of ['', '{', '[]', 'null', '{"type":"operate"}', 'x'.repeat(70_000)]) {
      const page = open(port);
      await page.until(() => page.texts.length > 0);
      const code = new Promise((resolve) => page.socket.once('close', resolve));
      page.socket.send(text);
      expect([1003, 1009]).toContain(await code);
    }
  });

  test.each([
    [{ kind: 'ping', node: -1, peer: 1 }],
    [{ kind: 'ping', node: 0.5, peer: 1 }],
    [{ kind: 'getValue', node: 0, key: 'abc' }],
    [{ kind: 'getValue', node: 0, key: 7 }],
    [{ kind: 'getValue', node: 0, key: 'ab'.repeat(2_000) }],
    [{ kind: 'findProviders', node: 0, key: 'ab', count: '5' }],
    [null],
    ['ping'],
  ])('that make no sense are none: %o', (operation) => {
    expect(parseOperation(JSON.stringify({ type: 'operate', request: 1, operation }))).toEqual({
      request: 1,
      operation: null,
    });
  });
});
