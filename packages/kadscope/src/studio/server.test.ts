import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveStudio } from './server.ts';
import type { StudioServer } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'kadscope-studio-'));
const root = join(folder, 'dist');
let server: StudioServer;

beforeAll(async () => {
  mkdirSync(join(root, 'assets'), { recursive: true });
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(root, 'index.html'), '<!doctype html>');
  writeFileSync(join(root, '.hidden'), 'hidden');
  writeFileSync(join(root, 'assets', 'main-B1x9Qz0k.js'), 'export {};');
  writeFileSync(join(root, 'empty.css'), '');
  symlinkSync(join(folder, 'secret.txt'), join(root, 'link.txt'));
  writeFileSync(join(folder, 'my trace.json.gz'), gzipSync('[]'));
  server = await serveStudio({
    root,
    host: '127.0.0.1',
    port: 0,
    file: join(folder, 'my trace.json.gz'),
  });
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

function ask(
  path: string,
  options: { method?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    // The path goes out as it is: `fetch` would tidy up the ones that are worth testing.
    const request = httpRequest({ hostname, port, path, ...options, agent: false }, (response) => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (chunk: string) => (body += chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body }),
      );
    });
    request.on('error', reject);
    request.end();
  });
}

test('serves the page with headers that keep it to itself', async () => {
  const { status, headers, body } = await ask('/');
  expect([status, body]).toEqual([200, '<!doctype html>']);
  expect(headers['content-type']).toBe('text/html; charset=utf-8');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
  expect(headers['x-content-type-options']).toBe('nosniff');
  expect(headers['cache-control']).toBe('no-cache');
});

test('a file that has not changed is not sent again', async () => {
  const first = await ask('/assets/main-B1x9Qz0k.js');
  expect(first.headers['content-type']).toBe('text/javascript; charset=utf-8');
  expect(first.headers['cache-control']).toContain('immutable');
  const again = await ask('/assets/main-B1x9Qz0k.js', {
    headers: { 'If-None-Match': first.headers.etag! },
  });
  expect([again.status, again.body]).toEqual([304, '']);
});

test('HEAD says what GET would, without the content', async () => {
  const { status, headers, body } = await ask('/', { method: 'HEAD' });
  expect([status, headers['content-length'], body]).toEqual([200, '15', '']);
  expect((await ask('/empty.css')).headers['content-length']).toBe('0');
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('%s is not allowed', async (method) => {
  const { status, headers } = await ask('/', { method });
  expect([status, headers.allow]).toEqual([405, 'GET, HEAD']);
});

test.each([
  '/../secret.txt',
  '/%2e%2e/secret.txt',
  '/..%2fsecret.txt',
  '/assets/../../secret.txt',
  '/..%5csecret.txt',
  '/link.txt',
  '/.hidden',
  '/%00',
  '/%zz',
  '/assets',
  '/nothing',
  '//etc/passwd',
])('%s leads nowhere', async (path) => {
  const { status, body } = await ask(path);
  expect(status).toBe(404);
  expect(body).not.toContain('secret');
});

test.each([
  ['127.0.0.1:4400', 200],
  ['localhost', 200],
  ['[::1]:4400', 200],
  ['192.168.1.7:4400', 200],
  ['evil.example', 403],
  ['evil.example:4400', 403],
  ['127.0.0.1.evil.example', 403],
])('a request for the host %s gets %i', async (host, status) => {
  expect((await ask('/', { headers: { Host: host } })).status).toBe(status);
});

test('the trace is served under a plain name, unpacked by the browser', async () => {
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#\/replay\?src=trace\/my_trace\.json$/);
  const { status, headers } = await ask('/trace/my_trace.json');
  expect(status).toBe(200);
  expect(headers['content-encoding']).toBe('gzip');
  expect(headers['content-type']).toBe('application/json; charset=utf-8');
  expect(await (await fetch(new URL('/trace/my_trace.json', server.url))).text()).toBe('[]');
});

test('a busy port, a foreign address and a missing file are said with what to do', async () => {
  const port = Number(new URL(server.url).port);
  await expect(serveStudio({ root, host: '127.0.0.1', port })).rejects.toThrow(
    /is in use.*--port 0/,
  );
  await expect(serveStudio({ root, host: '203.0.113.1', port: 0 })).rejects.toThrow(
    'not an address of this machine',
  );
  const missing = serveStudio({
    root,
    host: '127.0.0.1',
    port: 0,
    file: join(folder, 'nothing.json'),
  });
  await expect(missing).rejects.toThrow('there is no such file');
});
