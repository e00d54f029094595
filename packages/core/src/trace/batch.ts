// Moves what is new in a trace to its copy elsewhere: from a worker that makes it to the page that
// draws it. A batch is one object that can be cloned by `postMessage`, its columns without copying.
import type { Key } from '../keyspace/key.ts';
import { COLUMN_NAMES } from './columns.ts';
import type { Columns } from './columns.ts';
import type { NodeInfo, Trace } from './trace.ts';

/** How much of a trace its copy already has. */
export interface TraceMark {
  readonly events: number;
  readonly nodes: number;
  readonly keys: number;
  readonly words: number;
  readonly attachments: number;
  readonly notes: number;
}

/** Everything that a trace has gained since a mark. */
export interface TraceBatch {
  readonly since: TraceMark;
  /** What the copy has after this batch: the mark for the next one. */
  readonly mark: TraceMark;
  readonly columns: Columns;
  readonly nodes: readonly NodeInfo[];
  readonly keys: readonly Key[];
  readonly words: readonly string[];
  readonly attachments: readonly unknown[];
  readonly notes: readonly string[];
}

/** The mark of an empty trace: where a copy begins. */
export const START_MARK: TraceMark = {
  events: 0,
  nodes: 0,
  keys: 0,
  words: 0,
  attachments: 0,
  notes: 0,
};

/** Everything in `trace` that is newer than `since`, copied. */
export function takeBatch(trace: Trace, since: TraceMark): TraceBatch {
  return {
    since,
    mark: markOf(trace),
    columns: trace.slice(since.events, trace.length),
    nodes: trace.nodes.slice(since.nodes),
    keys: trace.keys.slice(since.keys),
    words: trace.words.slice(since.words),
    attachments: trace.attachments.slice(since.attachments),
    notes: trace.notes.slice(since.notes),
  };
}

/** The buffers of a batch that `postMessage` may move instead of copying them. */
export function transferables(batch: TraceBatch): ArrayBuffer[] {
  return COLUMN_NAMES.map((name) => batch.columns[name].buffer as ArrayBuffer);
}

/** Appends a batch to a copy. Throws a `RangeError` when batches were lost or come twice. */
export function applyBatch(trace: Trace, batch: TraceBatch): void {
  const has = markOf(trace);
  for (const part of Object.keys(START_MARK) as (keyof TraceMark)[]) {
    if (has[part] !== batch.since[part]) {
      throw new RangeError(
        `this batch continues a trace with ${batch.since[part]} ${part}; the copy has ${has[part]}`,
      );
    }
  }
  for (const node of batch.nodes) trace.addNode(node);
  for (const key of batch.keys) trace.addKey(key);
  for (const word of batch.words) trace.word(word);
  for (const attachment of batch.attachments) trace.attachments.push(attachment);
  for (const note of batch.notes) trace.notes.push(note);
  trace.appendColumns(batch.columns);
}

function markOf(trace: Trace): TraceMark {
  return {
    events: trace.length,
    nodes: trace.nodes.length,
    keys: trace.keys.length,
    words: trace.words.length,
    attachments: trace.attachments.length,
    notes: trace.notes.length,
  };
}
