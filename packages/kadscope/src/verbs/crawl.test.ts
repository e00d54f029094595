import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hashKey } from '@kadscope/core';
import { keyToHex } from '@kadscope/core/keyspace';
import { readTraceText } from '@kadscope/core/trace';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { captureIo } from '../../../../test/support/captured-io.ts';
import { runCli } from '../cli.ts';
import { serveNode } from '../http/server.ts';
import { dhtReport } from '../http/debug-dht.ts';
import { Router } from '../node/router.ts';
import { kadscope, NETWORK_FLAGS, startAskedNetwork } from '../testing/asked-network.ts';
import type { AskedNetwork } from '../testing/asked-network.ts';
import { askAll } from './ask.ts';
import { withClient } from './client.ts';

const NODES = 7;
const folder = mkdtempSync(join(tmpdir(), 'kadscope-crawl-'));
let network: AskedNetwork;

beforeAll(async () => {
  network = await startAskedNetwork(NODES);
});
afterAll(async () => {
  await network.stop();
  rmSync(folder, { recursive: true });
});

interface Line {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly key: string;
}

function linesOf(text: string): Line[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
}

function ids(): string[] {
  return network.nodes.map(({ peerId }) => peerId.toString()).toSorted();
}

describe('crawl', () => {
  test('lists every node once, with its addresses and its key', async () => {
    const { code, stdout, stderr } = await network.ask('crawl');
    expect(stderr).toMatch(new RegExp(`^${NODES} nodes, \\d+ requests, [\\d.]+ m?s\n$`));
    expect(code).toBe(0);
    const lines = linesOf(stdout);
    expect(lines.map(({ id }) => id).toSorted()).toEqual(ids());
    for (const { id, addresses, key } of lines) {
      const { peerId } = network.nodes.find((node) => node.peerId.toString() === id)!;
      expect(key).toBe(keyToHex(hashKey(peerId.toMultihash().bytes, 32)));
      expect(addresses.join()).toMatch(/^\/ip4\/127\.0\.0\.1\/tcp\/\d+/);
    }
  });

  test('writes a file, and then nothing else', async () => {
    const file = join(folder, 'nodes.ndjson');
    const { code, stdout } = await network.ask('crawl', '-o', file, '--rate', '1000');
    expect([code, stdout]).toEqual([0, '']);
    expect(linesOf(readFileSync(file, 'utf8'))).toHaveLength(NODES);
  });

  test('refuses what it cannot do before it begins', async () => {
    const nowhere = await network.ask('crawl', '-o', join(folder, 'no/such/file'));
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toContain('no such file or folder');
    expect((await network.ask('crawl', '--parallel', '0')).code).toBe(2);
  });

  test('is a trace when it has been taken down', async () => {
    const lines: string[] = [];
    await withClient(
      { network: 'kadscope-local', connect: [network.address(0)], timeout: 60_000 },
      async (client) => {
        const key = client.libp2p.peerId;
        const question = {
          operation: 'explore',
          key,
          write: (line: string) => void lines.push(line),
        };
        for await (const _ of askAll(client, {
          ...question,
          ask: (dht, signal) => dht.crawl({ signal }),
        }));
      },
    );
    const { trace, format } = readTraceText(lines.join(''));
    expect(format).toBe('query-events');
    expect(trace.operations).toMatchObject([{ kind: 'explore', outcome: 'found' }]);
    expect(trace.notes).toEqual([]);
  });
});

const isBuilt = existsSync('apps/studio/dist/index.html');

test.runIf(isBuilt)('--open shows what was asked in the studio', async () => {
  const io = captureIo();
  const args = ['crawl', '--open', ...NETWORK_FLAGS, '--connect', network.address(0)];
  const ended = runCli(args, io);
  while (io.opened.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(io.stdout).toContain('Kadscope studio: http://127.0.0.1:');
  expect((await fetch(io.opened[0]!)).ok).toBe(true);
  io.stop();
  expect(await ended).toBe(0);
});

describe('stats dht', () => {
  test('prints the table of a node that joins', async () => {
    const { code, stdout } = await network.ask('stats', 'dht');
    expect(code).toBe(0);
    expect(stdout).toContain(
      `DHT kadscope-local (/kadscope-local/kad/1.0.0, client): ${NODES} peers`,
    );
    for (const id of ids()) expect(stdout).toContain(`    ${id}\n      /ip4/127.0.0.1/tcp/`);
  });

  test('asks a node that runs over its HTTP server, which tells nobody else', async () => {
    const { peerId, services } = network.nodes[0]!;
    const named = [{ name: 'test', dht: services.dht }];
    const server = await serveNode({
      host: '127.0.0.1',
      port: 0,
      router: new Router(named),
      tables: () => ({
        peerId: peerId.toString(),
        networks: named.map(({ name, dht }) => dhtReport(name, dht)),
      }),
    });
    try {
      const { code, stdout } = await kadscope('stats', 'dht', '--api', server.url, '--json');
      expect(code).toBe(0);
      const report = JSON.parse(stdout) as ReturnType<typeof dhtReport> & { peerId: string };
      expect(report).toMatchObject({
        peerId: peerId.toString(),
        networks: [{ name: 'test', mode: 'server' }],
      });
      const url = `${server.url}/debug/dht`;
      expect((await fetch(url, { headers: { Origin: 'https://example.org' } })).status).toBe(403);
      expect((await fetch(url, { method: 'POST' })).status).toBe(405);
      const text = await kadscope('stats', 'dht', '--api', server.url);
      expect(text.stdout).toMatch(/Bucket 0: \d+ peers?/);
    } finally {
      await server.close();
    }
  });

  test('says in one sentence that there is no node', async () => {
    const { code, stderr } = await kadscope('stats', 'dht', '--api', 'http://127.0.0.1:1');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^kadscope: http:\/\/127\.0\.0\.1:1 does not answer; [^\n]*\n$/);
    const both = await network.ask('stats', 'dht', '--api', 'http://127.0.0.1:1');
    expect(both.code).toBe(2);
  });
});
