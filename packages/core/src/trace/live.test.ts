import { describe, expect, test } from 'vitest';
import { keyToHex } from '../keyspace/key.ts';
import { KeyTable } from '../keyspace/key-table.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { LiveTrace } from './live.ts';
import type { LiveHost } from './live.ts';

const META = { title: 'live', source: 'node', epochNs: 0n, keyBits: 8 } as const;
const key = (byte: number): Uint8Array => Uint8Array.of(byte);

/** A host that knows some keys, each held once. */
function host(...bytes: readonly number[]): LiveHost & { handles: KeyHandle[] } {
  const keys = new KeyTable(8);
  const handles = bytes.map((byte) => keys.intern(key(byte)));
  const describe = (contact: KeyHandle): { id: string; key: Uint8Array } => ({
    id: keyToHex(keys.key(contact)),
    key: keys.key(contact),
  });
  return { keys, describe, handles };
}

function live(hosts = 2, eventsMax = 1_000): LiveTrace {
  return new LiveTrace({ meta: META, epochMs: 1_000, hosts, eventsMax });
}

describe('nodes', () => {
  test('are the same node whoever speaks of them, also when a handle is used again', () => {
    const trace = live();
    const [one, two] = [host(1, 2), host(2, 3)];
    const [first, second] = [trace.sink(one), trace.sink(two)];
    first.step('table.added', 1_005, { node: one.handles[0]!, peer: one.handles[1]! });
    second.step('table.added', 1_006, { node: two.handles[0]!, peer: two.handles[1]! });
    one.keys.release(one.handles[1]!);
    expect(one.keys.intern(key(9))).toBe(one.handles[1]);
    first.step('table.added', 1_007, { node: one.handles[0]!, peer: one.handles[1]! });
    expect(trace.trace.nodes.map(({ id }) => id)).toEqual(['01', '02', '03', '09']);
    const pairs = [0, 1, 2].map((at) => {
      const { node, peer } = trace.trace.event(at);
      return [node, peer];
    });
    expect(pairs).toEqual([
      [0, 1],
      [1, 2],
      [0, 3],
    ]);
    expect(trace.find(key(3))).toBe(2);
    expect(trace.find(key(4))).toBe(-1);
  });

  test('of a restored table are nodes, too', () => {
    const trace = live(1);
    const one = host(1, 2, 3);
    const data = one.handles.slice(1);
    trace.sink(one).step('table.restored', 1_000, { node: one.handles[0]!, count: 2, data });
    expect(trace.trace.attachments[trace.trace.get('data', 0)]).toEqual([1, 2]);
  });

  test('number what they do apart from one another', () => {
    const trace = live(3);
    for (const one of [host(1), host(2), host(3)])
      trace
        .sink(one)
        .step('operation.started', 1_000, { node: one.handles[0]!, operation: 5, detail: 'ping' });
    expect(trace.trace.operations.map(({ id }) => id)).toEqual([15, 16, 17]);
    expect(() => trace.sink(host(4))).toThrow('this trace is of 3 nodes');
  });
});

describe('time', () => {
  test('begins with the trace, and does not go back between hosts', () => {
    const trace = live();
    const [one, two] = [host(1), host(2)];
    const [first, second] = [trace.sink(one), trace.sink(two)];
    first.step('node.entered', 1_000.25, { node: one.handles[0]!, detail: 'server' });
    first.step('node.left', 1_010.5, { node: one.handles[0]!, detail: 'left' });
    second.step('node.entered', 1_010.25, { node: two.handles[0]!, detail: 'server' });
    expect([0, 1, 2].map((at) => trace.trace.time(at))).toEqual([0.25, 10.5, 10.5]);
  });

  test('ends when the trace is full', () => {
    const trace = live(1, 2);
    const one = host(1);
    const sink = trace.sink(one);
    const steps = [1, 2, 3].map(() => sink.step('node.entered', 1_001, { node: one.handles[0]! }));
    expect([steps, trace.isFull, trace.trace.length]).toEqual([[0, 1, -1], true, 2]);
  });
});

describe('messages', () => {
  const request = { from: key(1), to: key(2), kind: 4, isResponse: false };
  const answer = { from: key(2), to: key(1), kind: 4, isResponse: true };

  test('arrive in the order in which they were sent, and as what they are', () => {
    const trace = live();
    trace.departed(request, 7, 0);
    trace.departed({ ...request, kind: 5 }, 8, 1);
    trace.departed(request, 9, 2);
    trace.departed(answer, 10, 3);
    expect(trace.arrived(request, 5)).toBe(7);
    expect(trace.arrived(answer, 5)).toBe(10);
    // Over another stream, something else may be slower.
    expect(trace.arrived(request, 5)).toBe(9);
    expect(trace.arrived({ ...request, kind: 5 }, 6)).toBe(8);
    expect(trace.arrived(request, 5)).toBe(-1);
  });

  test('that did not get away are not received', () => {
    const trace = live();
    trace.departed(request, 7, 0);
    trace.departed(request, 8, 0);
    trace.lost(request, 7);
    trace.lost(answer, 7);
    expect(trace.arrived(request, 1)).toBe(8);
  });

  test('that nobody here receives are forgotten', () => {
    const trace = live();
    for (let event = 0; event < 100; event++) trace.departed(request, event, event);
    expect(trace.arrived(request, 100)).toBe(36);
    trace.departed(answer, 200, 0);
    expect(trace.arrived(answer, 20_000)).toBe(-1);
    trace.departed(request, -1, 0);
    expect(trace.arrived({ ...request, kind: 3 }, 0)).toBe(-1);
  });
});
