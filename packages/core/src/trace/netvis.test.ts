import { existsSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyJson, anyTrace, newTrace } from '../../../../test/support/any-trace.ts';
import { Cursor } from './cursor.ts';
import { describeEvent } from './describe.ts';
import { TraceFormatError } from './format-error.ts';
import { hashTrace } from './hash.ts';
import { contentsOf } from './netvis-record.ts';
import { readNetVis, readNetVisValue } from './netvis-read.ts';
import { netVisWarnings, writeNetVis } from './netvis-write.ts';
import { emptyRow } from './sink.ts';
import { simpleRow } from './trace.ts';
import type { Trace } from './trace.ts';

const samples = new URL('../../../../../shared/data/netvis/', import.meta.url);
const hasSamples = existsSync(samples);
const sample = (name: string): string => readFileSync(new URL(name, samples), 'utf8');

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

test('times keep their nanoseconds, and equal times their order', () => {
  const time = '2014-11-12T11:34:01.477817180Z';
  const send = (id: number): unknown => ({
    time,
    loggerID: 'a',
    event: 'messageSent',
    destinationNode: 'b',
    message: { request_id: `m${id}` },
  });
  const trace = readNetVisValue([send(1), send(2), send(3)]);
  expect([0, 1, 2].map((i) => (trace.event(i).data as { netvis: unknown }).netvis)).toEqual(
    [1, 2, 3].map(send),
  );
  expect(trace.meta.epochNs + 817180n).toBe(1415792041477817180n);
  expect(trace.get('timeNs', 0)).toBe(817180);
});

test('a reply that repeats the id of its request is a message of its own, except in strict mode', () => {
  const record = (at: number, event: string, loggerID: string, to: string): unknown => ({
    time: at,
    loggerID,
    event,
    destinationNode: to,
    message: { request_id: 'r' },
  });
  const records = [
    record(1, 'messageSent', 'a', 'b'),
    record(2, 'messageReceived', 'b', 'b'),
    record(3, 'messageSent', 'b', 'a'),
    record(4, 'messageReceived', 'a', 'a'),
  ];
  const smart = readNetVisValue(records);
  expect([1, 3].map((index) => smart.get('message', index))).toEqual([0, 2]);
  expect(smart.event(2)).toMatchObject({ isResponse: true, cause: 1, rpc: smart.get('rpc', 0) });
  const strict = readNetVisValue(records, { mode: 'strict' });
  expect([1, 3].map((index) => strict.get('message', index))).toEqual([0, 0]);
});

test('a name is an alias of its logger only when nobody uses it as an id', () => {
  const entered = (loggerID: string, name: string): unknown => ({
    time: 1,
    loggerID,
    event: 'nodeEntered',
    name,
  });
  const sent = (loggerID: string, destinationNode: string): unknown => ({
    time: 2,
    loggerID,
    event: 'messageSent',
    destinationNode,
    message: {},
  });
  const ids = (records: unknown[], mode: 'smart' | 'strict' = 'smart'): string[] =>
    readNetVisValue(records, { mode }).nodes.map((node) => node.id);
  expect(ids([entered('Qm1', 'Earth'), sent('Qm1', 'Qm2')])).toEqual(['Qm1', 'Qm2']);
  expect(readNetVisValue([entered('Qm1', 'Earth'), sent('Qm1', 'Qm2')]).nodes[0]?.label).toBe(
    'Earth',
  );
  expect(ids([entered('Qm1', 'Earth'), sent('Qm1', 'Qm2')], 'strict')).toEqual([
    'Earth',
    'Qm1',
    'Qm2',
  ]);
  // Somebody sends to the name: it is a node.
  expect(ids([entered('Qm1', 'Earth'), sent('Qm1', 'Earth')])).toEqual(['Earth', 'Qm1']);
  // An observer reports two nodes.
  expect(ids([entered('o', 'a'), entered('o', 'b'), sent('o', 'c')])).toEqual(['a', 'b', 'o', 'c']);
});

test('a node may be called __proto__, by a number, or by an object', () => {
  const text =
    '[{"time":1,"event":"nodeEntered","name":"__proto__"},{"time":2,"event":"nodeEntered","name":7},' +
    '{"time":3,"event":"nodeEntered","name":{"ip":"::1"}}]';
  const trace = readNetVis(text);
  expect(trace.nodes.map((node) => node.id)).toEqual(['__proto__', '7', '{"ip":"::1"}']);
  expect(writeNetVis(trace).replaceAll('\n', '')).toBe(text);
});

test('what is odd is noted with the numbers of its records', () => {
  const trace = readNetVisValue([
    { time: 5, loggerID: 'a', event: 'sentMessage' },
    { time: 'soon', loggerID: 'a', event: 'nodeEntered', name: 'a' },
    {
      time: 4,
      loggerID: 'a',
      event: 'messageReceived',
      destinationNode: 'a',
      message: { request_id: 'x' },
    },
    12,
    { time: 6, loggerID: 'a', event: 'sentMessage' },
  ]);
  expect(trace.notes).toEqual([
    'The records were not in order of time; they are shown in order of time.',
    'Record 2: the time cannot be read; the event is placed with the record before it.',
    'Record 3: no earlier record sends this message.',
    'Record 4: a record must be an object; it is kept as it is.',
    "Records 1, 5: the event “sentMessage” is not one of NetVis's; it is kept and shown as it is.",
  ]);
  expect(trace.event(2)).toMatchObject({ type: 'unknown', detail: 'sentMessage', node: 0 });
});

test.each([
  ['', 'the file is empty', 1, 1],
  ['  \n', 'the file is empty', 1, 1],
  ['{"a": 1}', 'no trace', 1, 1],
  ['7', 'no trace', 1, 1],
  ['[{"time": 1},\n {"time" 2}]', 'a colon', 2, 10],
  [
    '{"time":1,"event":"x"}\n{"time":2,"event":"y"}\n{"time":3 "event":"z"}\n',
    'a comma is missing',
    3,
    11,
  ],
  ['{"time":1,"event":"x"}\n{"time":2,', 'cut off', 2, 11],
])('refuses %j with its position', (text, problem, line, column) => {
  let error: unknown;
  try {
    readNetVis(text);
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(TraceFormatError);
  expect(error).toMatchObject({ line, column });
  expect((error as Error).message).toContain(problem);
});

test('refuses an older document whose nodes are no list', () => {
  expect(() => readNetVis('{"nodes": 5}')).toThrow('"nodes" must be a list');
});

test('100,000 events open', () => {
  const records = Array.from({ length: 100_000 }, (_, i) => ({
    time: `2014-11-12T11:${String(Math.floor(i / 2000)).padStart(2, '0')}:${String(Math.floor(i / 40) % 50).padStart(2, '0')}.${String(i % 40).padStart(3, '0')}817180Z`,
    loggerID: `node ${i % 1000}`,
    level: 'info',
    event: i % 2 === 0 ? 'messageSent' : 'messageReceived',
    destinationNode: `node ${i % 2 === 0 ? (i + 1) % 1000 : i % 1000}`,
    message: { request_id: `m${i >>> 1}`, protocol: 'test', type: 'join', contents: 'Hello!' },
  }));
  const text = JSON.stringify(records);
  const start = performance.now();
  const trace = readNetVis(text);
  const elapsed = performance.now() - start;
  console.log(
    `opened ${trace.length} NetVis events (${(text.length / 1e6).toFixed(1)} MB) in ${Math.round(elapsed)} ms`,
  );
  expect(trace.length).toBe(100_000);
  expect(trace.messageCount).toBe(50_000);
  expect(trace.get('end', 0)).toBe(1);
});

test.skipIf(!hasSamples)(
  'lotr.netvis has 5 nodes, 5 messages of which 2 never arrive, and 1 connection',
  () => {
    const trace = readNetVis(sample('lotr.netvis'));
    expect(trace.length).toBe(11);
    const names = ['Gandalf', 'Legolas', 'Rivendell, the house of Elrond', 'Boromir', 'Gimli'];
    expect(trace.nodes.map((node) => node.id)).toEqual(names);
    expect(trace.messageCount).toBe(5);
    const open = [...trace.messages.subarray(0, 5)].filter((index) => trace.get('end', index) < 0);
    expect(open).toHaveLength(2);
    const cursor = new Cursor(trace);
    expect(cursor.state.presentCount()).toBe(4);
    cursor.seek(trace.length);
    expect([...cursor.state.connectionsOf(0)]).toEqual([1]);
    expect(cursor.state.isPresent(3), 'Gandalf says that Boromir left').toBe(false);
    expect(contentsOf(trace.event(2).data)).toBe('The ring is back!');
    expect(describeEvent(trace, 2)).toBe('Gandalf sent the message “join” to Legolas.');
    expect(JSON.parse(writeNetVis(trace))).toEqual(JSON.parse(sample('lotr.netvis')));
  },
);

test.skipIf(!hasSamples)('earth.json has 2 nodes and 2 messages', () => {
  const trace = readNetVis(sample('earth.json'));
  expect(trace.nodes).toHaveLength(2);
  expect(trace.nodes[0]).toMatchObject({ label: 'Earth' });
  expect([0, 1, 2].map((index) => trace.type(index))).toEqual([
    'nodeEntered',
    'messageSent',
    'messageReceived',
  ]);
  expect(trace.event(2)).toMatchObject({ node: 0, peer: 1, message: -1, timeMs: 923, timeNs: 3 });
  expect(readNetVis(sample('earth.json'), { mode: 'strict' }).nodes).toHaveLength(3);
});

test.skipIf(!hasSamples)('the older samples open', () => {
  const mercury = readNetVis(sample('mercury.json'));
  expect(mercury.meta.title).toBe('Mercury logs');
  expect(mercury.nodes.map((node) => node.label)).toEqual([
    'Mercury',
    'Venus',
    'Earth',
    'Mars',
    'Jupiter',
  ]);
  expect(mercury.messageCount).toBe(1);
  expect([mercury.type(0), mercury.type(1)]).toEqual(['nodeEntered', 'messageSent']);
  expect(readNetVis(sample('example.json')).nodes).toHaveLength(5);
});

test.skipIf(!hasSamples)('jupiter.json is refused at the exact place, with what to do', () => {
  expect(() => readNetVis(sample('jupiter.json'))).toThrow(
    'line 9, column 15: a list has no named fields; put { and } around the fields of each entry',
  );
});

test('a row that says nothing comes back as such', () => {
  const trace = newTrace();
  trace.append(emptyRow());
  expectSameTrace(readNetVis(writeNetVis(trace)), trace);
});
