// What became of an operation, up to the play head: its results one by one, and its end.
import type { Trace } from '@kadscope/core/trace';

/** An operation that was started from the studio. */
export interface Run {
  readonly operation: number;
  /** What was run where: `provide on node 17`. */
  readonly title: string;
  /** What it is about, as the user wrote it. */
  readonly about: string;
  readonly timeMs: number;
}

/** One operation as far as a trace knows it. */
export interface RunState {
  /** All `operationProgressed` events. */
  readonly results: readonly number[];
  /** The `operationFinished` event; -1 while it runs. */
  readonly endEvent: number;
  /** Its lookups, in the order of their start. */
  readonly lookups: readonly number[];
}

/** Follows one operation through a trace that grows: each call looks at the new events only. */
export class RunWatch {
  readonly run: Run;
  readonly #trace: Trace;
  readonly #results: number[] = [];
  #endEvent = -1;
  #seen: number;

  constructor(trace: Trace, run: Run) {
    this.run = run;
    this.#trace = trace;
    this.#seen = trace.firstAtOrAfter(run.timeMs);
  }

  state(): RunState {
    const trace = this.#trace;
    for (; this.#seen < trace.length && this.#endEvent < 0; this.#seen++) {
      if (trace.get('operation', this.#seen) !== this.run.operation) continue;
      const type = trace.type(this.#seen);
      if (type === 'operationProgressed') this.#results.push(this.#seen);
      else if (type === 'operationFinished') this.#endEvent = this.#seen;
    }
    const lookups = trace.lookups.filter((lookup) => lookup.operation === this.run.operation);
    return {
      results: this.#results,
      endEvent: this.#endEvent,
      lookups: lookups.map(({ id }) => id),
    };
  }
}
