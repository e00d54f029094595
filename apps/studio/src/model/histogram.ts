// How many messages of each class were sent in each slice of time, for any part of a trace of any length.
//
// The times of each class are kept in one ascending list; a bin is then the difference of two binary
// searches, so that 700 bins over a million events cost about a millisecond and no memory.
import { MESSAGE_KINDS, messageClass } from '@kadscope/core/trace';
import type { MessageClass, Trace } from '@kadscope/core/trace';

export type HistogramClass = MessageClass | 'failed';

/** Bottom to top. */
export const HISTOGRAM_CLASSES: readonly HistogramClass[] = [
  'find',
  'get',
  'announce',
  'put',
  'ping',
  'other',
  'failed',
];

const CLASS_OF_KIND = MESSAGE_KINDS.map((kind) => HISTOGRAM_CLASSES.indexOf(messageClass(kind)));
const FAILED = HISTOGRAM_CLASSES.indexOf('failed');

/** Bins of one time range: `counts[class][bin]`. */
export interface Histogram {
  readonly fromMs: number;
  readonly toMs: number;
  readonly bins: number;
  readonly counts: readonly Int32Array[];
  /** The largest sum of a bin. */
  readonly peak: number;
}

/** The times of a trace's messages by class, kept up with a trace that grows. */
export class MessageTimes {
  readonly #trace: Trace;
  readonly #times: TimeList[] = HISTOGRAM_CLASSES.map(() => new TimeList());
  #read = 0;

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Reads the events that have come since. */
  update(): void {
    const trace = this.#trace;
    for (; this.#read < trace.length; this.#read++) {
      const type = trace.type(this.#read);
      if (type === 'messageSent') {
        this.#times[CLASS_OF_KIND[trace.get('kind', this.#read)] ?? 0]!.push(
          trace.time(this.#read),
        );
      } else if (isFailure(trace, this.#read, type)) {
        this.#times[FAILED]!.push(trace.time(this.#read));
      }
    }
  }

  /** How many there are of each class in a part of time. */
  total(name: HistogramClass, fromMs: number, toMs: number): number {
    this.update();
    const times = this.#times[HISTOGRAM_CLASSES.indexOf(name)]!;
    return times.countBefore(toMs) - times.countBefore(fromMs);
  }

  histogram(fromMs: number, toMs: number, bins: number): Histogram {
    this.update();
    const counts = this.#times.map((times) => countBins(times, fromMs, toMs, bins));
    let peak = 0;
    for (let bin = 0; bin < bins; bin++) {
      const sum = counts.reduce((total, row) => total + row[bin]!, 0);
      if (sum > peak) peak = sum;
    }
    return { fromMs, toMs, bins, counts, peak };
  }
}

// A request that failed is counted once: where the request fails, or, in traces that only know
// messages, where the message is dropped.
function isFailure(trace: Trace, index: number, type: string): boolean {
  return type === 'requestFailed' || (type === 'messageDropped' && trace.get('rpc', index) < 0);
}

function countBins(times: TimeList, fromMs: number, toMs: number, bins: number): Int32Array {
  const counts = new Int32Array(bins);
  const width = (toMs - fromMs) / bins;
  let before = times.countBefore(fromMs);
  for (let bin = 0; bin < bins; bin++) {
    const until = times.countBefore(fromMs + (bin + 1) * width);
    counts[bin] = until - before;
    before = until;
  }
  return counts;
}

class TimeList {
  #values = new Float64Array(256);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float64Array(this.#length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  countBefore(bound: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#values[middle]! < bound) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The classes that a legend names: those that occur, in their order. */
export function classesIn(histogram: Histogram): HistogramClass[] {
  return HISTOGRAM_CLASSES.filter((_, row) => histogram.counts[row]!.some((count) => count > 0));
}
