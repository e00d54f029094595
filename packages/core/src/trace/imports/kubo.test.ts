import { describe, expect, test } from 'vitest';
import { logRecords } from '../../../../../test/support/log-samples.ts';
import { keyToHex } from '../../keyspace/key.ts';
import type { TraceEvent } from '../event.ts';
import type { Trace } from '../trace.ts';
import { keyOfBytes, peerIdBytes, recordKeyBytes } from './id-text.ts';
import { readKubo } from './kubo.ts';

// Peers out of the sample, by which they are no secret of this test.
const PEERS = [
  ...new Set(logRecords('kubo-query-timed.ndjson').map((record) => record['ID'] as string)),
];
const [A, B, C] = PEERS as [string, string, string];
const CID = 'bafkreihfg3d7rdltd43u3tfvncx7n5loqofbsobojcadtmokrljfthuc7y';

interface Fields {
  readonly Responses?: unknown;
  readonly Extra?: string;
  readonly [field: string]: unknown;
}

function event(Type: number, ID: string, fields: Fields = {}): unknown {
  return { Extra: '', Responses: null, ...fields, ID, Type };
}

function responses(...ids: string[]): Fields {
  return { Responses: ids.map((ID) => ({ ID, Addrs: ['/ip4/192.0.2.1/tcp/4001'] })) };
}

function events(trace: Trace): TraceEvent[] {
  return Array.from({ length: trace.length }, (_, index) => trace.event(index));
}

/** The events as words: type, and what the other node is called. */
function told(trace: Trace): string[] {
  return events(trace).map(({ type, peer }) => {
    const name = trace.nodes[peer]?.id;
    return name === undefined ? type : `${type} ${'ABC'[PEERS.indexOf(name)] ?? name}`;
  });
}

test('a query is dialed, sent and answered, and each event follows from the one before', () => {
  const trace = readKubo([event(7, A), event(0, A), event(1, A, responses(B, C, A))], 'log');
  expect(told(trace)).toEqual([
    'operationStarted',
    'lookupStarted',
    'lookupHeard A',
    'lookupQueried A',
    'nodeDialed A',
    'messageSent A',
    'messageReceived A',
    'lookupAnswered A',
    'lookupHeard B',
    'lookupHeard C',
    'lookupFinished',
    'operationFinished',
  ]);
  expect(events(trace).map(({ cause }) => cause)).toEqual([-1, 0, 1, 1, 3, 3, 5, 6, 7, 7, 7, 10]);
  expect(trace.event(7)).toMatchObject({ count: 3, hop: 1, rpc: 0 });
  expect(trace.event(8)).toMatchObject({ hop: 2 });
  expect(trace.event(10)).toMatchObject({ count: 1, hop: 1, detail: null });
});

test.each([
  ['failed to dial: no good addresses', 'unreachable'],
  ['context deadline exceeded', 'timeout'],
  ['context canceled', 'cancelled'],
  ['stream closed', 'error'],
  ['', 'error'],
])('the error “%s” is %s', (Extra, detail) => {
  const trace = readKubo([event(0, A), event(3, A, { Extra })], 'log');
  const failed = events(trace).find(({ type }) => type === 'requestFailed');
  expect(failed).toMatchObject({ detail, cause: 4 });
  expect(told(trace)).toContain('lookupFailed A');
});

test('an error of nobody in particular is a note, and an end without results its outcome', () => {
  const trace = readKubo([event(0, A), event(3, '', { Extra: 'routing: not found' })], 'log');
  expect(events(trace).find(({ type }) => type === 'annotation')?.detail).toBe(
    'routing: not found',
  );
  expect(trace.operations[0]).toMatchObject({ outcome: 'not-found' });
});

test.each([
  [[event(4, '', responses(A))], 'findProviders', 'get-providers', 'found'],
  [[event(5, '', { Extra: 'AAEC' })], 'getValue', 'get-value', 'found'],
  [[event(2, '', responses(A))], 'findPeer', 'find-node', 'found'],
  [[event(2, A)], 'findNode', 'find-node', 'found'],
  [[event(5, A)], 'putValue', 'find-node', 'finished'],
  [[event(2, A, { Command: 'provide' })], 'provide', 'find-node', 'finished'],
])('%j is told to be %s, which asks with %s', (records, kind, asks, outcome) => {
  const first = { ...(records[0] as object), ID: B, Type: 0, Responses: null, Extra: '' };
  const trace = readKubo([first, ...records], 'log');
  expect(trace.operations).toMatchObject([{ kind, outcome }]);
  expect(events(trace).find(({ type }) => type === 'messageSent')?.kind).toBe(asks);
});

test('a value that is put is a message to each node', () => {
  const trace = readKubo([event(5, A), event(5, '', { Extra: 'AAEC' })], 'log');
  const all = events(trace);
  expect(all.find(({ type }) => type === 'messageSent')).toMatchObject({ kind: 'put-value' });
  expect(all.find(({ detail }) => detail === 'value')).toMatchObject({ bytes: 3 });
});

describe('what is added to a log', () => {
  const added = { Time: 1_790_000_000.25, Node: A, Command: 'findprovs', Key: CID };

  test('is time, node and target', () => {
    const trace = readKubo(
      [event(0, B, added), event(1, B, { ...added, Time: 1_790_000_001 })],
      'log',
    );
    expect(trace.meta.epochNs).toBe(1_790_000_000_250_000_000n);
    expect(trace.endMs).toBe(750);
    expect(trace.nodes[0]).toEqual({ id: A, key: keyOfBytes(peerIdBytes(A)!) });
    expect(trace.keys.map(keyToHex)).toEqual([keyToHex(keyOfBytes(recordKeyBytes(CID)!))]);
    expect(trace.lookups[0]).toMatchObject({ node: 0, key: 0 });
    expect(trace.notes).toEqual([]);
  });

  test('tells commands apart', () => {
    const other = { ...added, Command: 'findpeer', Key: C };
    const trace = readKubo([event(0, B, added), event(0, B, other), event(1, B, other)], 'log');
    expect(trace.operations.map(({ kind }) => kind)).toEqual(['findProviders', 'findPeer']);
    expect(trace.get('peer', trace.operations[1]!.startEvent)).toBe(
      trace.nodes.findIndex(({ id }) => id === C),
    );
    expect(trace.lookups).toHaveLength(2);
  });

  test('is noted when it makes no sense', () => {
    const trace = readKubo([event(0, B, { ...added, Node: 'me', Key: 'what?' })], 'log');
    expect(trace.notes).toEqual([
      '“me” is no peer id, so nobody can tell its place in the keyspace.',
      '“what?” is neither a CID nor a peer id nor the key of a record, so the target is not known.',
    ]);
  });
});

test('without times, records are a millisecond apart, and the trace says so', () => {
  const trace = readKubo([event(0, A), event(0, B), event(1, A)], 'log');
  expect(trace.endMs).toBe(2);
  expect(trace.notes[0]).toContain('names no times');
});

test('types that are not known, and what is no event, are kept and noted', () => {
  const records = [event(0, A), event(99, A), event(6, A), 7, { Type: 'error', Message: 'no' }];
  const trace = readKubo(records, 'log');
  const unknown = events(trace).filter(({ type }) => type === 'unknown');
  expect(unknown.map(({ detail, data }) => [detail, data])).toEqual([
    ['99', { log: records[1] }],
    ['AddingPeer', { log: records[2] }],
    [null, { log: 7 }],
    ['error', { log: records[4] }],
  ]);
  expect(trace.notes.slice(-2)).toEqual([
    'Record 2: query events of type 99 are not known; it is kept as it is.',
    'Records 4, 5: this is no query event; it is kept as it is.',
  ]);
});
