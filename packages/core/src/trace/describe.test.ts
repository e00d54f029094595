import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyTrace, newTrace } from '../../../../test/support/any-trace.ts';
import { keyFromBits } from '../keyspace/key.ts';
import { describeEvent, explainCause, requestOf } from './describe.ts';
import { EVENT_TYPES, MESSAGE_KINDS } from './event.ts';
import type { EventType } from './event.ts';
import { leadingBits, shortId, shortKey } from './names.ts';
import { emptyRow } from './sink.ts';
import type { Row } from './sink.ts';
import { STEP_IDS } from './steps.ts';
import type { StepId } from './steps.ts';
import { eventToText, traceToText } from './text.ts';
import type { Trace } from './trace.ts';

const TARGET = '01100000';
const FIND_NODE = MESSAGE_KINDS.indexOf('find-node');

/** Node 00010000 looks up 01100000: it asks 01000000, which answers with two contacts. */
function lookup(): Trace {
  const trace = newTrace();
  for (const bits of ['00010000', '01000000', '01100001', '11000000']) {
    const key = keyFromBits(bits);
    trace.addNode({ id: shortKey(key), key });
  }
  const key = trace.addKey(keyFromBits(TARGET));
  const about = { lookup: 0, operation: 0, key };
  const add = (timeMs: number, type: EventType, row: Partial<Row>): number =>
    trace.append({ ...emptyRow(), timeMs, type: EVENT_TYPES.indexOf(type), node: 0, ...row });
  const started = add(0, 'operationStarted', { ...about, lookup: -1, detail: 'findNode' });
  const begun = add(0, 'lookupStarted', { ...about, cause: started });
  add(0, 'lookupHeard', { ...about, peer: 1, hop: 1, cause: begun });
  const queried = add(0, 'lookupQueried', { ...about, peer: 1, hop: 1, cause: begun });
  const rpc = { rpc: 5, kind: FIND_NODE };
  const request = add(0, 'messageSent', { ...about, ...rpc, peer: 1, cause: queried, bytes: 80 });
  const arrived = add(40, 'messageReceived', {
    node: 1,
    peer: 0,
    ...rpc,
    message: request,
    cause: request,
  });
  const reply = { ...rpc, isResponse: 1 };
  const response = add(40, 'messageSent', { node: 1, peer: 0, ...reply, cause: arrived });
  const received = add(92, 'messageReceived', {
    peer: 1,
    ...reply,
    message: response,
    cause: response,
  });
  const answered = add(92, 'lookupAnswered', {
    ...about,
    rpc: 5,
    peer: 1,
    hop: 1,
    count: 3,
    cause: received,
  });
  add(92, 'lookupHeard', { ...about, peer: 2, hop: 2, cause: answered });
  add(92, 'lookupHeard', { ...about, peer: 3, hop: 2, cause: answered });
  add(92, 'lookupAdvanced', { ...about, peer: 2, hop: 2, count: 7, cause: answered });
  add(92, 'contactAdded', { peer: 1, count: 1, cause: received });
  const late = { ...about, rpc: 6, kind: FIND_NODE, peer: 3 };
  const other = add(92, 'messageSent', { ...late, cause: answered });
  const failed = add(1092, 'requestFailed', {
    ...late,
    cause: other,
    message: other,
    detail: 'timeout',
  });
  add(1092, 'lookupFailed', { ...about, rpc: 6, peer: 3, cause: failed });
  add(1100, 'lookupFinished', {
    ...about,
    count: 2,
    hop: 1,
    detail: 'closest-answered',
    cause: failed,
  });
  add(1100, 'operationFinished', { operation: 0, key, count: 0, detail: 'found', cause: 16 });
  return trace;
}

test('each event of a lookup is one plain sentence with its values', () => {
  const trace = lookup();
  const sentences = Array.from({ length: trace.length }, (_, index) => describeEvent(trace, index));
  expect(sentences).toMatchInlineSnapshot(`
    [
      "Node 10 started findNode for key 60.",
      "Node 10 started lookup 0 for key 60.",
      "Node 10 heard of node 40 at hop 1; it shares 2 bits with the target.",
      "Node 10 asked node 40 at hop 1; it shares 2 bits with the target.",
      "Node 10 sent a find-node request about key 60 to node 40 (80 bytes).",
      "Node 40 received a find-node request from node 10 after 40 ms on the way.",
      "Node 40 sent a find-node response to node 10.",
      "Node 10 received a find-node response from node 40 after 52 ms on the way.",
      "Node 40 answered node 10 with 3 contacts after a round trip of 92 ms; 2 were new.",
      "Node 10 heard of node 61 at hop 2; it shares 7 bits with the target.",
      "Node 10 heard of node c0 at hop 2; it shares 0 bits with the target.",
      "The lookup of node 10 came closer: node 61 is the nearest to its target so far; it shares 7 bits with the target.",
      "Node 10 put node 40 into k-bucket 1: they share 1 bit.",
      "Node 10 sent a find-node request about key 60 to node c0.",
      "The find-node request of node 10 to node c0 was not answered within 1000 ms.",
      "Node c0 did not answer node 10 within 1000 ms; the lookup goes on without it.",
      "Lookup 0 of node 10 ended after 1100 ms, having asked 2 nodes, because the closest nodes have all answered.",
      "Node 10 found 1 node close to key 60 in 1100 ms.",
    ]
  `);
});

test('the chain of causes begins with the operation', () => {
  const trace = lookup();
  const chain = explainCause(trace, 9).map((index) => trace.type(index));
  expect(chain).toEqual([
    'operationStarted',
    'lookupStarted',
    'lookupQueried',
    'messageSent',
    'messageReceived',
    'messageSent',
    'messageReceived',
    'lookupAnswered',
    'lookupHeard',
  ]);
  expect(requestOf(trace, 8)).toBe(4);
  expect(requestOf(trace, 0)).toBe(-1);
});

test('steps without a type of their own have their own sentence', () => {
  const trace = newTrace();
  trace.addNode({ id: 'a' });
  const add = (step: StepId, row: Partial<Row>): string => {
    const type = EVENT_TYPES.indexOf('nodeStateChange');
    return describeEvent(
      trace,
      trace.append({ ...emptyRow(), type, node: 0, step: STEP_IDS.indexOf(step), ...row }),
    );
  };
  expect(add('refresh.started', { count: 3 })).toBe('Node a refreshed k-bucket 3.');
  expect(add('record.refused', { detail: 'a better record is held' })).toBe(
    'Node a refused a record: a better record is held.',
  );
  expect(add('table.probed', { peer: 0 })).toContain('least recently seen');
});

test.each([
  ['findPeer', 'found', 0, 'Node 10 reached node 40 in 80 ms.'],
  ['ping', 'no-answer', 0, 'Node 40 did not answer the ping of node 10.'],
  ['getValue', 'found', 20, 'Node 10 got the value for key 60 after 80 ms; 20 nodes sent it.'],
  ['getValue', 'not-found', 0, 'no node that answered holds a valid one, after 80 ms.'],
  ['provide', 'stored', 1, 'Node 10 provides key 60: 1 node was told in 80 ms.'],
  ['putValue', 'stored', 3, 'Node 10 stored a value for key 60: 3 nodes accepted it in 80 ms.'],
  ['findProviders', 'found', 2, 'Node 10 found 2 providers of key 60 in 80 ms.'],
  ['refresh', 'node-left', 0, 'Refresh of node 10 ended after 80 ms, because the node left.'],
  ['strange', 'odd-end', 1, 'Strange of node 10 ended after 80 ms with 1 result: odd end.'],
])('the end of %s that is %s says what came of it', (kind, detail, count, sentence) => {
  const trace = newTrace();
  for (const bits of ['00010000', '01000000']) {
    const key = keyFromBits(bits);
    trace.addNode({ id: shortKey(key), key });
  }
  const about = { operation: 0, key: trace.addKey(keyFromBits(TARGET)), node: 0 };
  const add = (timeMs: number, type: EventType, row: Partial<Row>): number =>
    trace.append({ ...emptyRow(), ...about, timeMs, type: EVENT_TYPES.indexOf(type), ...row });
  add(0, 'operationStarted', { peer: 1, detail: kind });
  expect(describeEvent(trace, add(80, 'operationFinished', { count, detail }))).toContain(sentence);
});

test('results, failures and lookups name what happened, not two things at once', () => {
  const trace = lookup();
  const say = (type: EventType, row: Partial<Row>): string =>
    describeEvent(
      trace,
      trace.append({
        ...emptyRow(),
        timeMs: 2000,
        type: EVENT_TYPES.indexOf(type),
        node: 0,
        ...row,
      }),
    );
  const value = { operation: 0, key: 0, peer: 1, bytes: 24, detail: 'value' };
  expect(say('operationProgressed', value)).toBe(
    'Node 10 got a value of 24 bytes for key 60 from node 40.',
  );
  const failed = { operation: 0, rpc: 5, peer: 1, kind: MESSAGE_KINDS.indexOf('add-provider') };
  expect(say('requestFailed', { ...failed, detail: 'unreachable' })).toBe(
    'The add-provider request of node 10 failed: node 40 could not be reached.',
  );
  expect(say('lookupFailed', { peer: 1, rpc: 5, cause: trace.length - 1 })).toBe(
    'Node 40 could not be reached by node 10; the lookup goes on without it.',
  );
  expect(say('messageSent', failed)).toContain('sent an add-provider request');
});

test('every event of every trace has a sentence and a line', () => {
  fc.assert(
    fc.property(anyTrace(), (trace) => {
      for (let index = 0; index < trace.length; index++) {
        expect(describeEvent(trace, index)).toMatch(/\S/);
        expect(describeEvent(trace, index)).not.toContain('undefined');
        expect(eventToText(trace, index)).not.toContain('undefined');
        expect(explainCause(trace, index).at(-1)).toBe(index);
      }
    }),
  );
});

test('a trace as text has one line an event in stable columns', () => {
  expect(traceToText(lookup())).toMatchInlineSnapshot(`
    "       0.000  10          operationStarted      -           -      O0     key 60  findNode
           0.000  10          lookupStarted         -           L0     O0     key 60
           0.000  10          lookupHeard           40          L0     O0     key 60  hop 1
           0.000  10          lookupQueried       > 40          L0     O0     key 60  hop 1
           0.000  10          messageSent         > 40          L0     O0     find-node  key 60  80 bytes  rpc 5
          40.000  40          messageReceived     < 10          -      -      find-node  rpc 5
          40.000  40          messageSent         > 10          -      -      find-node response  rpc 5
          92.000  10          messageReceived     < 40          -      -      find-node response  rpc 5
          92.000  10          lookupAnswered      < 40          L0     O0     key 60  hop 1  count 3  rpc 5
          92.000  10          lookupHeard           61          L0     O0     key 60  hop 2
          92.000  10          lookupHeard           c0          L0     O0     key 60  hop 2
          92.000  10          lookupAdvanced        61          L0     O0     key 60  hop 2  count 7
          92.000  10          contactAdded          40          -      -      count 1
          92.000  10          messageSent         > c0          L0     O0     find-node  key 60  rpc 6
        1092.000  10          requestFailed         c0          L0     O0     find-node  key 60  rpc 6  timeout
        1092.000  10          lookupFailed          c0          L0     O0     key 60  rpc 6
        1100.000  10          lookupFinished        -           L0     O0     key 60  hop 1  count 2  closest-answered
        1100.000  10          operationFinished     -           -      O0     key 60  count 0  found
    "
  `);
  const named = traceToText(lookup(), { from: 8, to: 9, nodeName: (node) => 'abcd'[node]! });
  expect(named).toMatchInlineSnapshot(`
    "      92.000  a           lookupAnswered      < b           L0     O0     key 60  hop 1  count 3  rpc 5
    "
  `);
});

test('long ids are shortened to four and four, and keys to ten bits', () => {
  expect(shortId('QmdqaPCyuyAD2DNGGVTEdUmH33sBF62YpSM7oWi1CoCkm8')).toBe('Qmdq…Ckm8');
  expect(shortId('Gandalf')).toBe('Gandalf');
  expect(leadingBits(Uint8Array.of(0b10110011, 0b01111111))).toBe('1011001101');
  expect(leadingBits(Uint8Array.of(0b10110011))).toBe('10110011');
});
