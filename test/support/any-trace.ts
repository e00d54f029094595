// Traces for tests: any trace that the contracts allow, made by fast-check.
import fc from 'fast-check';
import { EVENT_TYPES, MESSAGE_KINDS, STEP_IDS, Trace } from '@kadscope/core/trace';
import type { NodeInfo, Row, TraceMeta } from '@kadscope/core/trace';

const NODES_MAX = 5;
const KEYS_MAX = 4;

/** An empty trace. */
export function newTrace(meta: Partial<TraceMeta> = {}): Trace {
  return new Trace({ title: 'test', source: 'simulation', epochNs: 0n, ...meta });
}

/** JSON values that survive being written and read: no -0, no undefined. */
export function anyJson(): fc.Arbitrary<unknown> {
  return fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)) as unknown);
}

/** A trace with any rows whose references lie within it. */
export function anyTrace(eventsMax = 30): fc.Arbitrary<Trace> {
  const rows = fc.array(anyRow(), { maxLength: eventsMax });
  const notes = fc.array(fc.string(), { maxLength: 2 });
  return fc
    .tuple(anyMeta(), anyNodes(), anyKeys(), rows, notes)
    .map(([meta, nodes, keys, drafts, noted]) => {
      const trace = new Trace(meta);
      for (const node of nodes) trace.addNode(node);
      for (const key of keys) trace.addKey(key);
      trace.notes.push(...noted);
      let timeMs = 0;
      for (const draft of drafts) {
        timeMs += draft.timeMs;
        const index = trace.length;
        // References go back only: to an event, node or key that the trace has, or to none.
        const within = (value: number, length: number): number => (value >= length ? -1 : value);
        trace.append({
          ...draft,
          timeMs,
          timeNs: draft.timeMs === 0 ? lastNs(trace) : draft.timeNs,
          node: within(draft.node, nodes.length),
          peer: within(draft.peer, nodes.length),
          key: within(draft.key, keys.length),
          cause: within(draft.cause, index),
          message: within(draft.message, index),
        });
      }
      return trace;
    });
}

function lastNs(trace: Trace): number {
  return trace.length === 0 ? 0 : trace.get('timeNs', trace.length - 1);
}

function anyRow(): fc.Arbitrary<Row> {
  const number = fc.integer({ min: -1, max: 40 });
  return fc.record({
    timeMs: fc.oneof(fc.nat(3), fc.nat(100_000)),
    timeNs: fc.nat(999_999),
    type: fc.nat(EVENT_TYPES.length - 1),
    step: fc.integer({ min: -1, max: STEP_IDS.length - 1 }),
    node: fc.integer({ min: -1, max: NODES_MAX }),
    peer: fc.integer({ min: -1, max: NODES_MAX }),
    cause: number,
    message: number,
    kind: fc.nat(MESSAGE_KINDS.length - 1),
    isResponse: fc.nat(1),
    rpc: number,
    lookup: number,
    operation: number,
    key: fc.integer({ min: -1, max: KEYS_MAX }),
    bytes: number,
    hop: number,
    count: number,
    detail: fc.option(fc.constantFrom('timeout', 'findNode', 'a word', '__proto__')),
    data: fc.option(anyJson(), { nil: undefined }),
  });
}

function anyMeta(): fc.Arbitrary<TraceMeta> {
  const number = fc.nat(1000);
  return fc.record(
    {
      title: fc.string(),
      source: fc.constantFrom('simulation', 'node', 'netvis', 'file'),
      epochNs: fc.oneof(fc.constant(0n), fc.bigInt(0n, 4_000_000_000_000_000_000n)),
      keyBits: fc.constantFrom(8, 160, 256),
      profile: fc.constantFrom('paper', 'amino'),
      k: number,
      alpha: number,
      beta: number,
      seed: number,
      extra: fc.dictionary(fc.string(), anyJson(), { maxKeys: 2, noNullPrototype: true }),
    },
    { requiredKeys: ['title', 'source', 'epochNs'] },
  );
}

function anyNodes(): fc.Arbitrary<NodeInfo[]> {
  return fc.array(
    fc.record(
      { id: fc.string(), label: fc.string(), key: anyKey(), data: anyJson() },
      { requiredKeys: ['id'] },
    ),
    { maxLength: NODES_MAX },
  );
}

function anyKeys(): fc.Arbitrary<Uint8Array[]> {
  return fc.array(anyKey(), { maxLength: KEYS_MAX });
}

function anyKey(): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: 2, maxLength: 2 });
}
