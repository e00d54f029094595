// Spans of queries arrive at a collector over HTTP, are valid OTLP JSON, and open as a trace.
import { createServer } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { peerIdFromString } from '@libp2p/peer-id';
import { CID } from 'multiformats/cid';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { readTraceText } from '@kadscope/core/trace';
import { collect, testNetwork, until } from '../testing/network.ts';
import type { KadscopeNode } from './create.ts';
import { OtlpExporter } from './otlp.ts';
import type { FinishedSpan } from './otlp.ts';
import { Router } from './router.ts';
import { QuerySpans } from './spans.ts';

const content = CID.parse('bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y');
const STRANGER = peerIdFromString('12D3KooWD3eckifWpRn9wQpMG9R9hX3sD158z7EqHWmweQAJU5SA');

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface JsonSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: { key: string; value: Record<string, unknown> }[];
  readonly events: { name: string; timeUnixNano: string }[];
  readonly status: { code?: number; message?: string };
}

let nodes: KadscopeNode[] = [];
const collectors: Server[] = [];

beforeAll(async () => {
  nodes = await testNetwork(5);
});
afterEach(() => {
  for (const server of collectors.splice(0)) {
    server.close();
    server.closeAllConnections();
  }
});
afterAll(async () => {
  for (const node of nodes) await node.stop();
});

/** A collector that keeps what it gets, and answers with what `status` says. */
async function collector(
  status: () => number = () => 200,
  port = 0,
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part: Buffer) => (body += part.toString()));
    request.on('end', () => {
      received.push({ path: request.url!, headers: request.headers, body });
      response.writeHead(status(), { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  collectors.push(server);
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, received };
}

function spansOf(received: readonly Received[]): JsonSpan[] {
  return received.flatMap(({ body }) =>
    (JSON.parse(body) as { resourceSpans: { scopeSpans: { spans: JsonSpan[] }[] }[] }).resourceSpans
      .flatMap(({ scopeSpans }) => scopeSpans)
      .flatMap(({ spans }) => spans),
  );
}

function spanNamed(name: string): FinishedSpan {
  const [traceId, spanId] = ['0'.repeat(31) + 1, '0'.repeat(15) + 1];
  return { traceId, spanId, name, startMs: 1, endMs: 2, attributes: {}, resource: {} };
}

test('the spans of a lookup arrive in OTLP JSON, and open as a trace', async () => {
  const { url, received } = await collector();
  const exporter = new OtlpExporter(url, (note) => expect(note).toBe(''));
  const self = nodes[0]!.libp2p.peerId.toString();
  const router = new Router(nodes[0]!.dhts, new QuerySpans(self, exporter).observe);
  await nodes[4]!.libp2p.contentRouting.provide(content);
  expect(await collect(router.findProviders(content))).toHaveLength(1);
  expect((await collect(router.closestPeers(content.multihash.bytes))).length).toBeGreaterThan(2);
  expect(await router.findPeer(STRANGER)).toBeNull();
  await exporter.close();

  expect(received.length).toBeGreaterThan(0);
  for (const { path, headers } of received)
    expect([path, headers['content-type']]).toEqual(['/v1/traces', 'application/json']);
  const spans = spansOf(received);
  const ids = new Map(spans.map((span) => [span.spanId, span]));
  expect(ids.size).toBe(spans.length);
  for (const span of spans) {
    expect(span.traceId).toMatch(/^[\da-f]{32}$/);
    expect(span.spanId).toMatch(/^[\da-f]{16}$/);
    expect(span.kind).toBe(1);
    expect(span.startTimeUnixNano).toMatch(/^\d{19}$/);
    expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)).toBe(true);
    if (span.parentSpanId !== undefined)
      expect(ids.get(span.parentSpanId)!.traceId).toBe(span.traceId);
  }
  const roots = spans.filter(({ parentSpanId }) => parentSpanId === undefined);
  expect(roots.map(({ name, status }) => [name, status.message])).toEqual([
    ['KadDHT.FindProvidersAsync', undefined],
    ['KadDHT.GetClosestPeers', undefined],
    ['KadDHT.FindPeer', 'routing: not found'],
  ]);
  const asked = spans.filter(({ name }) => name === 'ProtocolMessenger.GetProviders');
  expect(asked.length).toBeGreaterThan(0);

  const { trace } = readTraceText(received.map(({ body }) => body).join('\n'));
  const events = Array.from({ length: trace.length }, (_, i) => trace.event(i));
  const kinds = new Set(events.map(({ type }) => type));
  for (const type of ['operationStarted', 'lookupStarted', 'messageSent', 'lookupAnswered'])
    expect(kinds).toContain(type);
  const finished = events.filter(({ type }) => type === 'operationFinished');
  expect(finished).toHaveLength(3);
  expect(events[0]!.node).toBe(trace.nodes.findIndex(({ id }) => id === self));
});

test('a query that somebody gives up has its spans', async () => {
  const { url, received } = await collector();
  const exporter = new OtlpExporter(url, () => {});
  const router = new Router(nodes[0]!.dhts, new QuerySpans('x', exporter).observe);
  for await (const _ of router.closestPeers(content.multihash.bytes)) break;
  await exporter.close();
  expect(spansOf(received).some(({ name }) => name === 'KadDHT.GetClosestPeers')).toBe(true);
});

test('what does not arrive is said once, kept, and sent when the collector is back', async () => {
  let status = 503;
  const { url, received } = await collector(() => status);
  const notes: string[] = [];
  const exporter = new OtlpExporter(`${url}/own/path`, (note) => notes.push(note));
  exporter.add(spanNamed('a'));
  await exporter.flush();
  await exporter.flush();
  expect(notes).toEqual([`Spans do not arrive at ${url}/own/path: it answered 503.`]);
  status = 200;
  exporter.add(spanNamed('b'));
  await exporter.close();
  expect(notes[1]).toContain('again');
  expect(received.at(-1)!.path).toBe('/own/path');
  expect(spansOf(received.slice(-1)).map(({ name }) => name)).toEqual(['a', 'b']);
});

test('spans that nobody takes do not pile up', async () => {
  const { url, received } = await collector();
  collectors[0]!.close();
  collectors[0]!.closeAllConnections();
  const notes: string[] = [];
  const exporter = new OtlpExporter(url, (note) => notes.push(note));
  for (let i = 0; i < 20_000; i++) exporter.add(spanNamed(`${i}`));
  await exporter.flush();
  expect(notes[0]).toContain('do not arrive');
  const { port } = new URL(url);
  const back = await collector(undefined, Number(port));
  await exporter.flush();
  await until(() => notes.length === 2, 'it says what was lost');
  expect(spansOf(back.received)).toHaveLength(8192);
  expect(notes[1]).toContain('11808 spans were lost');
  expect(received).toEqual([]);
  await exporter.close();
});

test.each(['nonsense', 'ftp://x'])('--otlp %s is no collector', (url) => {
  expect(() => new OtlpExporter(url, () => {})).toThrow(`--otlp ${url}: expected a URL`);
});
