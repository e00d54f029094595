import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Cursor } from './cursor.ts';
import { EVENT_TYPES, MESSAGE_KINDS } from './event.ts';
import type { EventType } from './event.ts';
import { emptyRow } from './sink.ts';
import type { TraceState } from './state.ts';
import { simpleRow, Trace } from './trace.ts';

const NODES = 6;
const KEYS = 3;

const change = fc.record({
  type: fc.constantFrom<EventType>(
    'nodeEntered',
    'nodeExited',
    'nodeConnected',
    'nodeDisconnected',
    'contactAdded',
    'contactRemoved',
    'recordStored',
    'recordRemoved',
    'annotation',
  ),
  node: fc.nat(NODES - 1),
  peer: fc.integer({ min: -1, max: NODES - 1 }),
  key: fc.nat(KEYS - 1),
  isProvider: fc.boolean(),
});

type Change = typeof change extends fc.Arbitrary<infer T> ? T : never;

function traceOf(changes: readonly Change[]): Trace {
  const trace = new Trace({ title: 'test', source: 'file', epochNs: 0n });
  for (let node = 0; node < NODES; node++) trace.addNode({ id: `n${node}` });
  for (let key = 0; key < KEYS; key++) trace.addKey(Uint8Array.of(key));
  changes.forEach((one, index) => append(trace, one, index));
  return trace;
}

function append(trace: Trace, one: Change, index: number): void {
  const kind = MESSAGE_KINDS.indexOf(one.isProvider ? 'add-provider' : 'put-value');
  const type = EVENT_TYPES.indexOf(one.type);
  trace.append({
    ...emptyRow(),
    timeMs: index,
    type,
    node: one.node,
    peer: one.peer,
    key: one.key,
    kind,
  });
}

function describeState(state: TraceState): unknown {
  const nodes = Array.from({ length: NODES }, (_, node) => ({
    present: state.isPresent(node),
    contacts: [...state.contactsOf(node)],
    connections: [...state.connectionsOf(node)],
    records: [...state.recordsOf(node)],
    providers: Array.from({ length: KEYS }, (_, key) => [...state.providersOf(node, key)]),
  }));
  return { nodes, holders: Array.from({ length: KEYS }, (_, key) => [...state.holdersOf(key)]) };
}

function stateAt(trace: Trace, index: number): unknown {
  const cursor = new Cursor(trace);
  while (cursor.index < index) cursor.next();
  return describeState(cursor.state);
}

test('a seek from anywhere to anywhere equals a replay from zero', () => {
  fc.assert(
    fc.property(
      fc.array(change, { maxLength: 60 }),
      fc.array(fc.nat(60), { maxLength: 8 }),
      (changes, targets) => {
        const trace = traceOf(changes);
        const cursor = new Cursor(trace);
        for (const target of targets) {
          cursor.seek(target);
          expect(cursor.index).toBe(Math.min(target, trace.length));
          expect(describeState(cursor.state)).toEqual(stateAt(trace, cursor.index));
        }
      },
    ),
  );
});

test('stepping back takes back exactly one event', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const trace = traceOf(changes);
      const cursor = new Cursor(trace);
      const seen = [describeState(cursor.state)];
      while (cursor.next()) seen.push(describeState(cursor.state));
      while (cursor.previous()) expect(describeState(cursor.state)).toEqual(seen[cursor.index]);
      expect(cursor.index).toBe(0);
    }),
  );
});

test('seek and step agree across snapshots, in a trace that grows and outlives its journal', () => {
  const changes: Change[] = [];
  const random = (bound: number, i: number): number => (Math.imul(i, 2654435761) >>> 7) % bound;
  for (let i = 0; i < 300_000; i++) {
    const added = random(3, i * 7) > 0;
    changes.push({
      type: added ? 'contactAdded' : 'contactRemoved',
      node: random(NODES, i * 3 + 1),
      peer: random(NODES, i * 5 + 2),
      key: 0,
      isProvider: false,
    });
  }
  const trace = traceOf(changes.slice(0, 200_000));
  const cursor = new Cursor(trace);
  cursor.seek(200_000);
  changes.slice(200_000).forEach((one, index) => append(trace, one, 200_000 + index));
  cursor.seek(Infinity);
  expect(cursor.index).toBe(300_000);
  for (const target of [299_999, 65_536, 65_535, 131_073, 10, 250_000]) {
    cursor.seek(target);
    expect(describeState(cursor.state), `at ${target}`).toEqual(stateAt(trace, target));
  }
  cursor.seek(131_073);
  for (let i = 0; i < 5; i++) cursor.previous();
  expect(cursor.index).toBe(131_068);
  expect(describeState(cursor.state)).toEqual(stateAt(trace, 131_068));
});

test('a trace prepared in slices, while it grows and the cursor moves, is the same to jump about in', () => {
  const trace = traceOf([]);
  const cursor = new Cursor(trace);
  expect(cursor.prepare()).toBe(true);
  const random = (bound: number, i: number): number => (Math.imul(i, 2654435761) >>> 7) % bound;
  const types = ['contactAdded', 'contactRemoved', 'recordStored', 'recordStored'] as const;
  for (let i = 0; i < 300_000; i++) {
    append(
      trace,
      {
        type: types[random(4, i * 7)]!,
        node: random(NODES, i * 3 + 1),
        peer: random(NODES, i * 5 + 2),
        key: random(KEYS, i * 11 + 3),
        isProvider: random(2, i * 13) === 0,
      },
      i,
    );
    if (i % 20_000 === 0) cursor.prepare(15_000);
    if (i % 50_000 === 0) cursor.seek(random(i + 1, i));
  }
  const at = cursor.index;
  while (!cursor.prepare(30_000)) expect(cursor.index).toBe(at);
  for (const target of [290_000, 65_536, 70_000, 10, 262_144, 196_607]) {
    cursor.seek(target);
    expect(describeState(cursor.state), `at ${target}`).toEqual(stateAt(trace, target));
  }
});

test('a node is present from the start unless the first it says is that it enters', () => {
  const trace = new Trace({ title: 'test', source: 'file', epochNs: 0n });
  for (const id of ['mentioned', 'enters', 'leaves']) trace.addNode({ id });
  trace.append(simpleRow(1, 'nodeEntered', 1));
  trace.append(simpleRow(2, 'nodeExited', 2));
  trace.append(simpleRow(3, 'nodeExited', 1));
  const cursor = new Cursor(trace);
  const present = (): boolean[] => [0, 1, 2].map((node) => cursor.state.isPresent(node));
  expect(present()).toEqual([true, false, true]);
  cursor.seekTime(1);
  expect(present()).toEqual([true, true, true]);
  cursor.seekTime(2.5);
  expect(present()).toEqual([true, true, false]);
  cursor.seekTime(99);
  expect(present()).toEqual([true, false, false]);
  expect(cursor.state.presentCount()).toBe(1);
  expect(cursor.state.isPresent(-1)).toBe(false);
});

test('a node that leaves takes its contacts, connections and records with it', () => {
  const trace = traceOf([
    { type: 'contactAdded', node: 0, peer: 1, key: 0, isProvider: false },
    { type: 'contactAdded', node: 1, peer: 0, key: 0, isProvider: false },
    { type: 'nodeConnected', node: 2, peer: 0, key: 0, isProvider: false },
    { type: 'recordStored', node: 0, peer: 3, key: 2, isProvider: true },
    { type: 'recordStored', node: 0, peer: 4, key: 2, isProvider: true },
    { type: 'nodeExited', node: 0, peer: -1, key: 0, isProvider: false },
  ]);
  const cursor = new Cursor(trace);
  cursor.seek(5);
  expect([...cursor.state.recordsOf(0)]).toEqual([2]);
  expect([...cursor.state.providersOf(0, 2)]).toEqual([3, 4]);
  expect([...cursor.state.holdersOf(2)]).toEqual([0]);
  cursor.next();
  expect(cursor.state.contactsOf(0)).toHaveLength(0);
  expect([...cursor.state.contactsOf(1)], 'nobody tells the others').toEqual([0]);
  expect(cursor.state.connectionsOf(2)).toHaveLength(0);
  expect(cursor.state.holdersOf(2)).toHaveLength(0);
});

test('a restored routing table replaces the one before, and can be taken back', () => {
  const trace = traceOf([{ type: 'contactAdded', node: 0, peer: 1, key: 0, isProvider: false }]);
  trace.append({ ...simpleRow(2, 'tableRestored', 0), data: [5, 2, 3] });
  const cursor = new Cursor(trace);
  cursor.seek(2);
  expect([...cursor.state.contactsOf(0)]).toEqual([2, 3, 5]);
  cursor.previous();
  expect([...cursor.state.contactsOf(0)]).toEqual([1]);
});

test('a key is held until the last of its providers is gone', () => {
  const trace = traceOf([
    { type: 'recordStored', node: 0, peer: 3, key: 1, isProvider: true },
    { type: 'recordStored', node: 0, peer: 4, key: 1, isProvider: true },
    { type: 'recordRemoved', node: 0, peer: 3, key: 1, isProvider: true },
    { type: 'recordRemoved', node: 0, peer: 4, key: 1, isProvider: true },
  ]);
  const cursor = new Cursor(trace);
  cursor.seek(3);
  expect([...cursor.state.holdersOf(1)]).toEqual([0]);
  cursor.seek(4);
  expect([...cursor.state.holdersOf(1)]).toEqual([]);
});
