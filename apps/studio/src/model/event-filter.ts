// Which events a table shows: a filter of words and numbers over the columns of a trace that may grow.
//
// A word is looked up once in the short lists that the columns refer to (types, steps, nodes, words), so
// that testing an event costs a few array reads, whatever the words are. Only an event in whose columns a
// word does not occur is put into a sentence to look there.
import { describeEvent, EVENT_TYPES, IntList, MESSAGE_KINDS, STEP_IDS } from '@kadscope/core/trace';
import type { EventType, Trace } from '@kadscope/core/trace';

/** Kinds of events as people look for them. */
export const EVENT_GROUPS = [
  'all',
  'messages',
  'lookups',
  'operations',
  'tables',
  'records',
  'nodes',
  'notes',
] as const;

export type EventGroup = (typeof EVENT_GROUPS)[number];

/** What to show. `-1` and `''` let everything through. */
export interface EventFilter {
  /** Words that must all occur in the event: in its type, step, kind, reason, in a name of its nodes or in its sentence. */
  readonly text: string;
  readonly group: EventGroup;
  readonly node: number;
  readonly lookup: number;
}

export const NO_FILTER: EventFilter = { text: '', group: 'all', node: -1, lookup: -1 };

const GROUP_OF: Readonly<Record<EventType, EventGroup>> = {
  nodeEntered: 'nodes',
  nodeExited: 'nodes',
  nodeDialed: 'nodes',
  nodeAccepted: 'nodes',
  nodeConnected: 'nodes',
  nodeDisconnected: 'nodes',
  nodeStateChange: 'nodes',
  messageSent: 'messages',
  messageReceived: 'messages',
  messageDropped: 'messages',
  requestFailed: 'messages',
  requestDelivered: 'messages',
  annotation: 'notes',
  unknown: 'notes',
  contactAdded: 'tables',
  contactRemoved: 'tables',
  bucketSplit: 'tables',
  tableRestored: 'tables',
  recordStored: 'records',
  recordRemoved: 'records',
  lookupStarted: 'lookups',
  lookupHeard: 'lookups',
  lookupQueried: 'lookups',
  lookupAnswered: 'lookups',
  lookupFailed: 'lookups',
  lookupStalled: 'lookups',
  lookupAdvanced: 'lookups',
  lookupFinished: 'lookups',
  operationStarted: 'operations',
  operationProgressed: 'operations',
  operationFinished: 'operations',
};

/** Events looked at when a filter is made: some 40 ms with sentences, a frame that is hardly missed. */
const FIRST_LOOK_EVENTS = 20_000;

/** The events that a filter lets through, kept up to date with `update`. */
export class FilteredEvents {
  readonly filter: EventFilter;
  readonly #trace: Trace;
  readonly #words: readonly WordMatcher[];
  readonly #rows: IntList | null;
  #seen = 0;

  constructor(trace: Trace, filter: EventFilter) {
    this.filter = filter;
    this.#trace = trace;
    const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
    this.#words = words.map((word) => new WordMatcher(trace, word));
    const isOpen = words.length === 0 && filter.group === 'all' && filter.node < 0;
    this.#rows = isOpen && filter.lookup < 0 ? null : new IntList();
    this.update(FIRST_LOOK_EVENTS);
  }

  /** How many events pass. */
  get length(): number {
    return this.#rows === null ? this.#seen : this.#rows.length;
  }

  /** The event of a row. */
  at(row: number): number {
    return this.#rows === null ? row : this.#rows.values[row]!;
  }

  /** The last row at or before event `index`; -1 when there is none. */
  rowOf(index: number): number {
    if (this.#rows === null) return Math.min(index, this.#seen - 1);
    return this.#rows.countUpTo(index) - 1;
  }

  /** Whether all events of the trace have been looked at. */
  get isComplete(): boolean {
    return this.#seen === this.#trace.length;
  }

  /** Takes in what the trace has gained, at most so many events: a search of a million sentences takes its time. */
  update(eventsMax: number = Number.POSITIVE_INFINITY): void {
    const trace = this.#trace;
    if (this.#rows === null) {
      this.#seen = trace.length;
      return;
    }
    for (const word of this.#words) word.update();
    const end = Math.min(trace.length, this.#seen + eventsMax);
    for (; this.#seen < end; this.#seen++) {
      if (this.#passes(this.#seen)) this.#rows.push(this.#seen);
    }
  }

  #passes(index: number): boolean {
    const { group, node, lookup } = this.filter;
    const trace = this.#trace;
    if (lookup >= 0 && trace.get('lookup', index) !== lookup) return false;
    if (node >= 0 && trace.get('node', index) !== node && trace.get('peer', index) !== node) {
      return false;
    }
    if (group !== 'all' && GROUP_OF[trace.type(index)] !== group) return false;
    const missing = this.#words.filter((word) => !word.matches(index));
    if (missing.length === 0) return true;
    const sentence = describeEvent(trace, index).toLowerCase();
    return missing.every(({ word }) => sentence.includes(word));
  }
}

/** Where a word occurs in the lists that the columns of a trace refer to. */
class WordMatcher {
  readonly #trace: Trace;
  readonly word: string;
  readonly #types: readonly boolean[];
  readonly #kinds: readonly boolean[];
  readonly #steps: readonly boolean[];
  readonly #nodes: boolean[] = [];
  readonly #details: boolean[] = [];

  constructor(trace: Trace, word: string) {
    this.#trace = trace;
    this.word = word;
    const has = (text: string): boolean => text.toLowerCase().includes(word);
    this.#types = EVENT_TYPES.map(has);
    this.#kinds = MESSAGE_KINDS.map((kind) => kind !== 'other' && has(kind));
    this.#steps = STEP_IDS.map(has);
  }

  /** Looks at the nodes and words that the trace has gained. */
  update(): void {
    const { nodes, words } = this.#trace;
    for (let i = this.#nodes.length; i < nodes.length; i++) {
      const { id, label } = nodes[i]!;
      this.#nodes.push(this.#isIn(id) || (label !== undefined && this.#isIn(label)));
    }
    for (let i = this.#details.length; i < words.length; i++) {
      this.#details.push(this.#isIn(words[i]!));
    }
  }

  matches(index: number): boolean {
    const trace = this.#trace;
    return (
      this.#types[trace.get('type', index)] === true ||
      this.#kinds[trace.get('kind', index)] === true ||
      this.#steps[trace.get('step', index)] === true ||
      this.#nodes[trace.get('node', index)] === true ||
      this.#nodes[trace.get('peer', index)] === true ||
      this.#details[trace.get('detail', index)] === true
    );
  }

  #isIn(text: string): boolean {
    return text.toLowerCase().includes(this.word);
  }
}
