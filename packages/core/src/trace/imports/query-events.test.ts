import { describe, expect, test } from 'vitest';
import { logRecords } from '../../../../../test/support/log-samples.ts';
import type { TraceEvent } from '../event.ts';
import type { Trace } from '../trace.ts';
import { readQueryEvents } from './query-events.ts';

type Fields = Record<string, unknown>;

const SAMPLE = logRecords('js-query-events.ndjson');
const SELF = SAMPLE[0]!['node'] as string;
const PEERS = [...new Set(SAMPLE.map((record) => record['to']))].filter(
  (name) => typeof name === 'string',
);
const [A, B, C] = PEERS as [string, string, string];
const STARTED = { node: SELF, operation: 'findProviders', key: SAMPLE[0]!['key'] };

function line(queryEvent: string, fields: Fields = {}, index = 0): Fields {
  const path = { index, queued: 0, running: 1, total: 1 };
  return { queryEvent, time: '2026-10-05T09:40:00Z', query: 'q', path, ...fields };
}

const peer = (id: string): Fields => ({ id, multiaddrs: [] });
const dials = (to: string, path = 0): Fields => line('DIAL_PEER', { peer: to }, path);
const asks = (to: string, path = 0, messageType = 'GET_PROVIDERS'): Fields =>
  line('SEND_QUERY', { to, messageType }, path);
const answers = (from: string, closer: string[] = [], path = 0): Fields =>
  line('PEER_RESPONSE', { from, messageType: 'GET_PROVIDERS', closer: closer.map(peer) }, path);

function events(trace: Trace): TraceEvent[] {
  return Array.from({ length: trace.length }, (_, index) => trace.event(index));
}

function read(records: Fields[], started: Fields = STARTED): Trace {
  return readQueryEvents([line('STARTED', started), ...records], 'log');
}

test('each disjoint path is a lookup of its own, and ends by itself', () => {
  const trace = read([
    dials(A, 0),
    dials(B, 1),
    asks(A, 0),
    answers(A, [C, B], 0),
    line('PATH_ENDED', {}, 0),
    line('PATH_ENDED', {}, 1),
    line('PATH_ENDED', {}, 2),
    line('ENDED', { outcome: 'done' }),
  ]);
  expect(trace.lookups.map(({ endEvent }) => endEvent >= 0)).toEqual([true, true]);
  const heard = events(trace).filter(({ type }) => type === 'lookupHeard');
  expect(heard.map(({ lookup, hop }) => [lookup, hop])).toEqual([
    [0, 1],
    [1, 1],
    [0, 2],
    [0, 2],
  ]);
  // The end of a path that asked nobody is kept as it is.
  expect(events(trace).filter(({ type }) => type === 'unknown')).toHaveLength(1);
  expect(trace.operations).toMatchObject([
    { kind: 'findProviders', outcome: 'not-found', node: 0 },
  ]);
});

test('a caller that has enough ends the query', () => {
  const found = line('PROVIDER', { from: A, providers: [peer(B)] });
  const trace = read([asks(A), answers(A), found, line('ENDED', { outcome: 'stopped' })]);
  expect(trace.operations).toMatchObject([{ outcome: 'found' }]);
  const all = events(trace);
  expect(all.find(({ type }) => type === 'lookupFinished')?.detail).toBe('satisfied');
  expect(all.find(({ type }) => type === 'operationProgressed')).toMatchObject({
    detail: 'provider',
    count: 1,
  });
});

test.each([
  ['get', 'getValue'],
  ['put', 'putValue'],
  ['getClosestPeers', 'findNode'],
  ['findPeer', 'findPeer'],
  ['provide', 'provide'],
  ['constructor', 'constructor'],
  [undefined, 'query'],
])('the method %s is %s', (operation, kind) => {
  expect(read([], { ...STARTED, operation }).operations[0]!.kind).toBe(kind);
});

test('records that are given to nodes are messages, and nobody answers ADD_PROVIDER', () => {
  const gives = (messageType: string): Fields[] => [
    line('SEND_QUERY', { to: A, messageType }),
    line('PEER_RESPONSE', { from: A, messageType, closer: [] }),
  ];
  const trace = read(
    [
      asks(A, 0, 'FIND_NODE'),
      answers(A),
      line('PATH_ENDED'),
      line('FINAL_PEER', { from: A, peer: peer(A) }),
      dials(A),
      ...gives('ADD_PROVIDER'),
      ...gives('PUT_VALUE'),
      line('SEND_QUERY', { to: B, messageType: 'ADD_PROVIDER' }),
      line('QUERY_ERROR', { from: B, error: { name: 'TimeoutError', message: 'timed out' } }),
      line('ENDED', { outcome: 'done' }),
    ],
    { ...STARTED, operation: 'provide' },
  );
  const after = events(trace).slice(8);
  expect(after.map(({ type, kind, detail, count }) => [type, kind, detail, count])).toEqual([
    ['operationProgressed', 'other', 'peer', -1],
    ['nodeDialed', 'other', null, -1],
    ['messageSent', 'add-provider', null, -1],
    ['requestDelivered', 'add-provider', null, -1],
    ['messageSent', 'put-value', null, -1],
    ['messageReceived', 'put-value', null, -1],
    ['messageSent', 'add-provider', null, -1],
    ['requestFailed', 'other', 'timeout', -1],
    ['operationFinished', 'other', 'stored', 2],
  ]);
});

describe('errors', () => {
  const error = {
    name: 'NoValidAddressesError',
    message: 'The dial request has no valid addresses',
  };

  test('of a node that is being asked fail its request', () => {
    const trace = read([dials(A), line('QUERY_ERROR', { from: A, error })]);
    expect(events(trace).find(({ type }) => type === 'requestFailed')?.detail).toBe('unreachable');
  });

  test('of anybody else are notes', () => {
    const trace = read([line('QUERY_ERROR', { from: SELF, error }, -1)]);
    expect(trace.event(1)).toMatchObject({
      type: 'annotation',
      detail: 'NoValidAddressesError: The dial request has no valid addresses',
    });
  });

  test('that end a query are its outcome', () => {
    const trace = read([asks(A), line('ENDED', { outcome: 'failed', error })]);
    expect(trace.operations[0]!.outcome).toBe('failed');
    expect(events(trace).find(({ type }) => type === 'lookupFinished')?.detail).toBe('cancelled');
  });
});

test('values are counted in bytes, and what a node had itself is no answer', () => {
  const trace = read([
    line('PEER_RESPONSE', { from: SELF, messageType: 'GET_PROVIDERS', closer: [] }, -1),
    line('VALUE', { from: A, value: 'f000102' }),
  ]);
  expect(trace.type(1)).toBe('unknown');
  expect(trace.event(2)).toMatchObject({ detail: 'value', bytes: 3 });
  expect(trace.lookups).toEqual([]);
});

test('a log may begin and end in the middle of queries, and says so', () => {
  const trace = readQueryEvents([asks(A), answers(A), { ...asks(B), query: 'r' }], 'log');
  expect(trace.operations.map(({ kind, outcome }) => [kind, outcome])).toEqual([
    ['query', null],
    ['query', null],
  ]);
  expect(trace.lookups.map(({ endEvent }) => endEvent)).toEqual([-1, -1]);
  expect(trace.notes).toEqual([
    'The log begins in the middle of a query.',
    'The log ends before 2 of its queries do.',
  ]);
});

test('queries that use one name after the other are two', () => {
  const once = [line('STARTED', STARTED), asks(A), line('ENDED', { outcome: 'done' })];
  expect(readQueryEvents([...once, ...once], 'log').operations).toHaveLength(2);
});

test('what the recorder was not told is noted', () => {
  const trace = read([asks(A)], {});
  expect(trace.nodes[0]).toEqual({ id: 'js-libp2p' });
  expect(trace.notes.join(' ')).toMatch(/not told who asks.*not told what is looked up/);
});

test('events of names to come, and events without a peer, are kept and noted', () => {
  const trace = read([line('SOMETHING'), line('SEND_QUERY'), line('DIAL_PEER', { peer: {} })]);
  expect(events(trace).map(({ type, detail }) => [type, detail])).toEqual([
    ['operationStarted', 'findProviders'],
    ['unknown', 'SOMETHING'],
    ['unknown', 'SEND_QUERY'],
    ['unknown', 'DIAL_PEER'],
  ]);
  expect(trace.notes).toContain(
    'Record 2: query events called “SOMETHING” are not known; it is kept as it is.',
  );
  expect(trace.notes).toContain('Records 3, 4: the event names no peer; it is kept as it is.');
});
