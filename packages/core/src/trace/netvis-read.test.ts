import { expect, test } from 'vitest';
import { TraceFormatError } from './format-error.ts';
import { readNetVis, readNetVisValue } from './netvis-read.ts';
import { writeNetVis } from './netvis-write.ts';

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
