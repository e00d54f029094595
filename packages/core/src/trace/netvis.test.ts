import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyJson, anyTrace, newTrace } from '../../../../test/support/any-trace.ts';
import { hashTrace } from './hash.ts';
import { readNetVis, readNetVisValue } from './netvis-read.ts';
import { netVisWarnings, writeNetVis } from './netvis-write.ts';
import { emptyRow } from './sink.ts';
import { simpleRow } from './trace.ts';
import type { Trace } from './trace.ts';

const anyName = fc.oneof(
  fc.constantFrom('Gandalf', 'Legolas', 'Boromir', '__proto__', 'constructor', '', '名'),
  fc.integer({ min: 0, max: 3 }),
  fc.constant(null),
);
const anyTime = fc.oneof(
  fc
    .integer({ min: 0, max: 50 })
    .map((n) => `2014-11-12T11:34:01.${String(n * 7919).padStart(9, '0')}Z`),
  fc.constantFrom('Tue Nov 11 19:44:14 UTC 2014', '1415681484', 1415681484.25, 'never', null),
);
const anyMessage = fc.oneof(
  anyJson(),
  fc.record(
    {
      request_id: fc.constantFrom('r1', 'r2', 7),
      id: fc.constantFrom('m1', 'm2'),
      type: fc.constantFrom('join', 'FIND_NODE', 'getProviders', 'ping'),
      size: fc.integer(),
      protocol: fc.string(),
      contents: anyJson(),
    },
    { requiredKeys: [] },
  ),
);
const anyRecord = fc.record(
  {
    time: anyTime,
    loggerID: anyName,
    level: fc.constant('info'),
    event: fc.constantFrom(
      'nodeEntered',
      'nodeExited',
      'nodeDialed',
      'nodeAccepted',
      'nodeConnected',
      'nodeDisconnected',
      'nodeStateChange',
      'messageSent',
      'messageReceived',
      'messageDropped',
      'annotation',
      'sentMessage',
      'kadscopeTrace',
      '__proto__',
    ),
    name: anyName,
    sourceNode: anyName,
    destinationNode: anyName,
    connectingNode: anyName,
    dialedNode: anyName,
    addr: fc.constantFrom('/ip4/127.0.0.1/tcp/4001'),
    message: anyMessage,
    diff: anyJson(),
    kadscope: anyJson(),
    unheardOf: anyJson(),
  },
  { requiredKeys: [] },
);
const anyRecords = fc.array(
  fc.oneof({ weight: 20, arbitrary: anyRecord }, { weight: 1, arbitrary: anyJson() }),
  {
    maxLength: 15,
  },
);
const anyLegacy = fc.record(
  {
    traceID: fc.string(),
    nodes: fc.array(
      fc.record(
        { id: anyName, name: anyName, enterTime: anyTime, more: anyJson() },
        { requiredKeys: [] },
      ),
    ),
    messages: fc.array(
      fc.record(
        {
          id: fc.constantFrom('r1', 'r2'),
          sourceNode: anyName,
          destinationNode: anyName,
          departureTime: anyTime,
          arrivalTime: anyTime,
          contents: anyJson(),
        },
        { requiredKeys: [] },
      ),
    ),
    more: anyJson(),
  },
  { requiredKeys: ['nodes'] },
);
const anyMode = fc.constantFrom<'smart' | 'strict'>('smart', 'strict');

test('NetVis to trace to NetVis loses no field and restores the order of the file', () => {
  fc.assert(
    fc.property(anyRecords, anyMode, (records, mode) => {
      const trace = readNetVis(JSON.stringify(records), { mode });
      expect(JSON.parse(writeNetVis(trace))).toEqual(records);
      expect(trace.length).toBe(records.length);
      const lines = writeNetVis(trace, { shape: 'ndjson' }).split('\n').filter(Boolean);
      expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(records);
    }),
    { numRuns: 300 },
  );
});

test('one record a line comes back as one record a line', () => {
  fc.assert(
    fc.property(fc.array(anyRecord, { minLength: 2, maxLength: 8 }), (records) => {
      const text = records.map((record) => JSON.stringify(record)).join('\r\n\n') + '\n';
      const written = writeNetVis(readNetVis(text));
      expect(
        written
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line) as unknown),
      ).toEqual(records);
    }),
  );
});

test('the older format comes back as it was, and survives the present one', () => {
  fc.assert(
    fc.property(anyLegacy, (document) => {
      const trace = readNetVis(JSON.stringify(document));
      expect(JSON.parse(writeNetVis(trace))).toEqual(document);
      const again = readNetVis(writeNetVis(trace, { shape: 'array' }));
      expect(again.nodes).toEqual(trace.nodes);
      expect(hashTrace(again)).toBe(hashTrace(trace));
      expect(JSON.parse(writeNetVis(again))).toEqual(document);
    }),
  );
});

test('a trace of ours comes back from NetVis whole', () => {
  fc.assert(
    fc.property(
      anyTrace(),
      fc.constantFrom<'array' | 'ndjson'>('array', 'ndjson'),
      (trace, shape) => {
        expectSameTrace(readNetVis(writeNetVis(trace, { shape })), trace);
      },
    ),
    { numRuns: 300 },
  );
});

function expectSameTrace(actual: Trace, expected: Trace): void {
  expect(actual.meta).toEqual(expected.meta);
  expect(actual.nodes).toEqual(expected.nodes);
  expect(actual.notes).toEqual(expected.notes);
  expect(hashTrace(actual)).toBe(hashTrace(expected));
  for (let index = 0; index < expected.length; index++) {
    const [a, b] = [actual.event(index), expected.event(index)];
    expect({ ...a, key: actual.keys[a.key] }).toEqual({ ...b, key: expected.keys[b.key] });
  }
}

test('an export of ours has what the original NetVis needs', () => {
  const trace = newTrace({ profile: 'amino' });
  const [a, b] = [trace.addNode({ id: 'a' }), trace.addNode({ id: 'b' })];
  trace.append(simpleRow(0, 'nodeEntered', a));
  for (let i = 0; i < 2; i++) {
    const sent = trace.append({
      ...simpleRow(1, 'messageSent', a),
      peer: b,
      kind: 2,
      rpc: i,
      bytes: 80,
    });
    trace.append({
      ...simpleRow(1 + i, 'messageReceived', b),
      peer: a,
      message: sent,
      kind: 2,
      rpc: i,
    });
  }
  trace.append({ ...simpleRow(3, 'nodeConnected', a), peer: b });
  const records = JSON.parse(writeNetVis(trace)) as Record<string, unknown>[];
  const of = (event: string): Record<string, unknown>[] =>
    records.filter((record) => record['event'] === event);
  expect(of('nodeEntered')[0]).toMatchObject({ name: 'a', time: '1970-01-01T00:00:00.000000000Z' });
  for (const record of [...of('messageSent'), ...of('messageReceived')]) {
    expect(record).toMatchObject({ destinationNode: 'b', message: { type: 'find-node' } });
    expect(record['loggerID']).toMatch(/^[ab]$/);
  }
  const ids = of('messageSent').map(
    (record) => (record['message'] as Record<string, unknown>)['request_id'],
  );
  expect(new Set(ids).size).toBe(2);
  expect(
    of('messageReceived').map(
      (record) => (record['message'] as Record<string, unknown>)['request_id'],
    ),
  ).toEqual(ids);
  expect(of('nodeConnected')[0]).toMatchObject({ connectingNode: 'a', dialedNode: 'b' });
  expect(netVisWarnings(trace)[0]).toContain('2 events share their millisecond');
});

test('records added to an export of ours, or fields to its records, survive', () => {
  const trace = newTrace();
  trace.addNode({ id: 'a' });
  trace.append(simpleRow(5, 'nodeEntered', 0));
  trace.append({ ...simpleRow(7, 'nodeExited', 0), cause: 0 });
  const records = JSON.parse(writeNetVis(trace)) as Record<string, unknown>[];
  const added = {
    time: '1970-01-01T00:00:00.006Z',
    loggerID: 'a',
    event: 'annotation',
    text: 'look',
  };
  const edited = [...records.slice(0, 2), { ...records[2], colour: 'red' }, added];
  const again = readNetVisValue(edited);
  expect([0, 1, 2].map((index) => again.type(index))).toEqual([
    'nodeEntered',
    'annotation',
    'nodeExited',
  ]);
  expect(again.get('cause', 2)).toBe(0);
  const written = JSON.parse(writeNetVis(again)) as unknown[];
  expect(written).toContainEqual({ ...records[2], colour: 'red' });
  expect(written).toContainEqual(added);
});

test('a row that says nothing comes back as such', () => {
  const trace = newTrace();
  trace.append(emptyRow());
  expectSameTrace(readNetVis(writeNetVis(trace)), trace);
});
