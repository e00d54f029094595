import type { KadDHT } from '@libp2p/kad-dht';
import { describe, expect, test } from 'vitest';
import { readTraceText } from '@kadscope/core/trace';
import { logRecords } from '../../../test/support/log-samples.ts';
import { recordQueryEvents } from './recorder.ts';
import type { QueryEventLike, RecordOptions } from './recorder.ts';

// The events of @libp2p/kad-dht have the shape that is recorded: this line is for the compiler.
type QueryEvent = ReturnType<KadDHT['findPeer']> extends AsyncIterable<infer E> ? E : never;
const shape = (event: QueryEvent): QueryEventLike => event;

const [SELF, A, B] = [
  logRecords('js-query-events.ndjson')[0]!['node'],
  ...new Set(logRecords('js-query-events.ndjson').flatMap((record) => record['to'] ?? [])),
] as [string, string, string];

const path = { index: 0, queued: 0, running: 1, total: 1 };
const named = (name: string): { toString(): string } => ({ toString: () => name });
const peer = (id: string) => ({ id: named(id), multiaddrs: [named('/ip4/192.0.2.1/tcp/4001')] });

const EVENTS: readonly QueryEventLike[] = [
  { name: 'DIAL_PEER', peer: named(A), path },
  { name: 'SEND_QUERY', to: named(A), messageType: 'GET_VALUE', path },
  {
    name: 'PEER_RESPONSE',
    from: named(A),
    messageType: 'GET_VALUE',
    closer: [peer(B)],
    providers: [],
    record: { key: Uint8Array.of(1), value: Uint8Array.of(2, 3) },
    path,
  },
  { name: 'VALUE', from: named(A), value: Uint8Array.of(2, 3), path },
  { name: 'QUERY_ERROR', from: named(B), error: new TypeError('no'), path },
  { name: 'FINAL_PEER', from: named(A), peer: peer(B), path },
  { name: 'PATH_ENDED', path },
];

async function* queryOf(events: readonly QueryEventLike[]): AsyncGenerator<QueryEventLike> {
  for (const event of events) yield await Promise.resolve(event);
}

interface Recording {
  readonly text: () => string;
  readonly options: RecordOptions;
}

function recording(more: Partial<RecordOptions> = {}): Recording {
  let text = '';
  let ms = 1_790_000_000_000;
  const write = async (line: string): Promise<void> => {
    await Promise.resolve();
    text += line;
  };
  return { text: () => text, options: { write, now: () => (ms += 1.5), ...more } };
}

async function all(events: AsyncIterable<QueryEventLike>): Promise<QueryEventLike[]> {
  const result: QueryEventLike[] = [];
  for await (const event of events) result.push(event);
  return result;
}

test('events pass through as they are, and every line says its query and its time', async () => {
  const { text, options } = recording({
    node: named(SELF),
    operation: 'get',
    key: Uint8Array.of(1),
  });
  expect(await all(recordQueryEvents(queryOf(EVENTS), options))).toEqual(EVENTS);
  const lines = text()
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(lines.map(({ queryEvent }) => queryEvent)).toEqual([
    'STARTED',
    ...EVENTS.map(({ name }) => name),
    'ENDED',
  ]);
  expect(lines[0]).toMatchObject({ node: SELF, operation: 'get', key: 'f01' });
  expect(new Set(lines.map(({ query }) => query)).size).toBe(1);
  expect(lines[1]!['time']).toBe('2026-09-21T14:13:20.004500000Z');
  expect(lines[3]).toMatchObject({
    from: A,
    closer: [{ id: B, multiaddrs: ['/ip4/192.0.2.1/tcp/4001'] }],
    record: { key: 'f01', value: 'f0203' },
  });
  expect(lines[5]).toMatchObject({ error: { name: 'TypeError', message: 'no' } });
  expect(lines[8]).toMatchObject({ outcome: 'done' });
});

test('what was recorded is a trace', async () => {
  const { text, options } = recording({
    node: named(SELF),
    operation: 'get',
    key: named('/ipns/x'),
  });
  await all(recordQueryEvents(queryOf(EVENTS), options));
  const { trace, format } = readTraceText(text());
  expect(format).toBe('query-events');
  expect(trace.operations).toMatchObject([{ kind: 'getValue', outcome: 'found' }]);
  expect(trace.lookups).toHaveLength(1);
  expect(trace.notes).toEqual([]);
});

describe('a query that does not come to its end', () => {
  test('because its caller has enough, is closed and recorded as stopped', async () => {
    let isClosed = false;
    const { text, options } = recording();
    async function* query(): AsyncGenerator<QueryEventLike> {
      try {
        yield* queryOf(EVENTS);
      } finally {
        isClosed = true;
      }
    }
    for await (const { name } of recordQueryEvents(query(), options)) if (name === 'VALUE') break;
    expect(isClosed).toBe(true);
    expect(text()).toContain('"queryEvent":"ENDED"');
    expect(text().trim().split('\n').at(-1)).toContain('"outcome":"stopped"');
  });

  test('because it fails, fails as before, and is recorded as failed', async () => {
    const { text, options } = recording();
    async function* query(): AsyncGenerator<QueryEventLike> {
      yield* queryOf(EVENTS.slice(0, 2));
      throw new RangeError('lost');
    }
    await expect(all(recordQueryEvents(query(), options))).rejects.toThrow('lost');
    expect(text().trim().split('\n').at(-1)).toContain(
      '"outcome":"failed","error":{"name":"RangeError","message":"lost"}',
    );
  });
});

test('queries that run at once are told apart in one file', async () => {
  const { text, options } = recording();
  const runs = [1, 2].map(() => all(recordQueryEvents(queryOf(EVENTS), options)));
  await Promise.all(runs);
  expect(readTraceText(text()).trace.operations).toHaveLength(2);
});

test('time is the present when nobody says otherwise, and peers may be plain text', async () => {
  let first = '';
  const write = (line: string): void => void (first ||= line);
  await all(recordQueryEvents(queryOf([{ name: 'DIAL_PEER', peer: A, path }]), { write }));
  const { time } = JSON.parse(first) as { time: string };
  expect(Math.abs(Date.parse(time) - Date.now())).toBeLessThan(60_000);
  expect(shape).toBeTypeOf('function');
});
