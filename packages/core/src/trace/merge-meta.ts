// What a merged trace says about itself: what its parts agree on, and each part's own words.
import type { MergedNames } from './merge-names.ts';
import { encodeMeta, encodeNode } from './netvis-own.ts';
import type { Notes } from './notes.ts';
import type { Trace, TraceMeta } from './trace.ts';

/** Titles that are spelled out before the rest is only counted. */
const TITLES_MAX = 3;
/** Parts that lie further apart than this are worth a note: one day. */
const GAP_NS = 86_400_000_000_000n;
const AGREED = ['keyBits', 'profile', 'k', 'alpha', 'beta', 'seed'] as const;

export function mergedMeta(
  traces: readonly Trace[],
  parts: { readonly offsets: readonly bigint[]; readonly names: MergedNames },
): TraceMeta {
  const { offsets, names } = parts;
  const [first] = traces;
  const source = traces.every(({ meta }) => meta.source === first!.meta.source)
    ? first!.meta.source
    : 'file';
  const merged = traces.map(({ meta, length }, i) => ({
    ...encodeMeta(meta),
    offsetNs: String(offsets[i]),
    events: length,
    ...(names.otherNodes[i]!.length > 0 && { nodes: names.otherNodes[i]!.map(encodeNode) }),
  }));
  return {
    title: titleOf(names.titles),
    source,
    epochNs: epochOf(traces, offsets),
    ...agreed(traces),
    extra: { merged },
  };
}

/** Notes parts between which nothing happens for days: their clocks have perhaps nothing in common. */
export function noteGaps(
  traces: readonly Trace[],
  parts: {
    readonly offsets: readonly bigint[];
    readonly titles: readonly string[];
    readonly notes: Notes;
  },
): void {
  const spans = traces
    .map((trace, i) => ({ title: parts.titles[i]!, ...spanOf(trace, parts.offsets[i]!) }))
    .filter((_, i) => traces[i]!.length > 0)
    .toSorted((a, b) => (a.from < b.from ? -1 : 1));
  let before = spans[0];
  for (const span of spans.slice(1)) {
    const days = (span.from - before!.to) / GAP_NS;
    if (days > 0n) {
      parts.notes.addPlain(
        `Nothing happens for ${days} ${days === 1n ? 'day' : 'days'} between ${before!.title} and ${span.title}. If their clocks have nothing in common, give one of them an offset.`,
      );
    }
    if (span.to > before!.to) before = span;
  }
}

function titleOf(titles: readonly string[]): string {
  if (titles.length <= TITLES_MAX) return titles.join(' + ');
  return `${titles[0]} and ${titles.length - 1} more`;
}

/** Time zero is where the earliest trace has it: no event lies before. */
function epochOf(traces: readonly Trace[], offsets: readonly bigint[]): bigint {
  return traces
    .map(({ meta }, i) => meta.epochNs + offsets[i]!)
    .reduce((least, epoch) => (epoch < least ? epoch : least));
}

/** Parameters that no two traces contradict each other about. */
function agreed(traces: readonly Trace[]): Partial<TraceMeta> {
  const common: Record<string, unknown> = {};
  for (const name of AGREED) {
    const said = new Set(traces.map(({ meta }) => meta[name]));
    said.delete(undefined);
    if (said.size === 1) common[name] = [...said][0];
  }
  return common;
}

function spanOf(trace: Trace, offsetNs: bigint): { readonly from: bigint; readonly to: bigint } {
  const at = (index: number): bigint =>
    trace.meta.epochNs +
    offsetNs +
    BigInt(Math.floor(trace.get('timeMs', index))) * 1_000_000n +
    BigInt(trace.get('timeNs', index));
  return trace.length === 0 ? { from: 0n, to: 0n } : { from: at(0), to: at(trace.length - 1) };
}
