// Numbers of requests, lookups and operations, so that those of different traces stay apart.
import type { Trace } from './trace.ts';

/** New numbers for the requests, lookups and operations of one trace; -1 stays. */
export interface MergeRename {
  rpc(id: number): number;
  lookup(id: number): number;
  operation(id: number): number;
}

type Family = 'rpc' | 'lookup' | 'operation';

const INT32_MAX = 2147483647;

/** The numbers of several traces, one range after the other: those of the first trace stay as they are. */
export class MergeIds {
  readonly #renames: MergeRename[];

  constructor(traces: readonly Trace[]) {
    const rpc = familyOf(traces, 'rpc');
    const lookup = familyOf(traces, 'lookup');
    const operation = familyOf(traces, 'operation');
    this.#renames = traces.map((_, i) => ({
      rpc: rpc[i]!,
      lookup: lookup[i]!,
      operation: operation[i]!,
    }));
  }

  /** The new numbers of trace `i`. */
  of(i: number): MergeRename {
    return this.#renames[i]!;
  }
}

function familyOf(traces: readonly Trace[], family: Family): ((id: number) => number)[] {
  let next = 0;
  const bases = traces.map((trace) => {
    const base = next;
    next += highest(trace, family) + 1;
    return base;
  });
  if (next <= INT32_MAX) return bases.map((base) => (id) => (id < 0 ? -1 : base + id));
  // A file may number as it likes, and the ranges no longer fit: number anew, in order of appearance.
  next = 0;
  return traces.map(() => {
    const known = new Map<number, number>();
    return (id) => {
      if (id < 0) return -1;
      if (!known.has(id)) known.set(id, next++);
      return known.get(id)!;
    };
  });
}

function highest(trace: Trace, family: Family): number {
  let max = -1;
  for (let index = 0; index < trace.length; index++) max = Math.max(max, trace.get(family, index));
  return max;
}
