// Several recordings as one trace: what many nodes logged each for itself becomes one story.
//
// Nodes with the same id are one node, times are put on one clock, and a message that one file sends and
// another receives becomes one message. Everything else stays as its own file has it: the order of its
// events, what caused what, which request, lookup and operation they belong to.
import { instantFromNs } from './instant.ts';
import { MergeIds } from './merge-ids.ts';
import { FileMessages } from './merge-messages.ts';
import { mergedMeta, noteGaps } from './merge-meta.ts';
import { MergedNames } from './merge-names.ts';
import { MergeSource } from './merge-source.ts';
import { Notes } from './notes.ts';
import { Trace } from './trace.ts';

/** How to lay traces over one another. */
export interface MergeOptions {
  /**
   * What to add to the times of each trace, in nanoseconds, because the clocks of those who recorded
   * them differ. The traces that the list does not reach are taken as they are.
   */
  readonly offsetsNs?: readonly bigint[];
}

/**
 * All events of several traces in order of time; where times are equal, in the order of the traces. The
 * notes say what was odd. One trace alone, without an offset, is returned as it is.
 *
 * Throws a `TraceFormatError` when the traces have keys of different lengths, because distances between
 * them mean nothing, and a `RangeError` when there is no trace at all.
 */
export function mergeTraces(traces: readonly Trace[], options: MergeOptions = {}): Trace {
  const offsets = traces.map((_, i) => options.offsetsNs?.[i] ?? 0n);
  const [first] = traces;
  if (first === undefined) throw new RangeError('there is no trace to merge');
  if (traces.length === 1 && offsets[0] === 0n) return first;
  const notes = new Notes();
  const names = new MergedNames(traces, notes);
  const meta = mergedMeta(traces, { offsets, names });
  const trace = new Trace(meta);
  for (const node of names.nodes) trace.addNode(node);
  for (const key of names.keys) trace.addKey(key);
  const ids = new MergeIds(traces);
  const sources = traces.map(
    (input, i) =>
      new MergeSource(input, {
        shift: instantFromNs(input.meta.epochNs + offsets[i]! - meta.epochNs),
        isShifted: offsets[i] !== 0n,
        epoch: instantFromNs(meta.epochNs),
        nodeOf: names.nodeOf[i]!,
        keyOf: names.keyOf[i]!,
        rename: ids.of(i),
      }),
  );
  const messages = new FileMessages(trace);
  appendAll(trace, sources, messages);
  messages.note(names.titles, notes);
  noteGaps(traces, { offsets, titles: names.titles, notes });
  traces.forEach((input, i) => {
    trace.notes.push(...input.notes.map((note) => `${names.titles[i]}: ${note}`));
  });
  trace.notes.push(...notes.list());
  return trace;
}

/** Always the earliest event that is left. There are few files, so looking at each beats a heap. */
function appendAll(trace: Trace, sources: readonly MergeSource[], messages: FileMessages): void {
  for (;;) {
    let next = -1;
    for (let i = 0; i < sources.length; i++) {
      if (sources[i]!.isAtEnd) continue;
      if (next < 0 || sources[i]!.isBefore(sources[next]!)) next = i;
    }
    if (next < 0) return;
    const source = sources[next]!;
    const row = source.row(trace.length);
    if (row.data !== undefined) messages.complete(row, source, next);
    source.advance(trace.append(row));
  }
}
