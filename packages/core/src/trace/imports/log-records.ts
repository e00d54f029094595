// The records of a log in order of time, and what to do where it names no times.
import { compareInstants } from '../instant.ts';
import type { Instant } from '../instant.ts';
import type { Notes } from '../notes.ts';

/** A record, its number in the file (from 1), and when it happened. */
export interface LogEntry {
  readonly record: unknown;
  readonly number: number;
  readonly at: Instant;
}

/** What lies between two records of a log without times: enough to tell them apart on a timeline. */
const ARTIFICIAL_MS = 1;

/** Where a message of an error is longer than this, only the record has the rest. */
const TEXT_MAX = 200;

/** The records with their times; one without a time happens with the record before it. */
export function timedEntries(
  records: readonly unknown[],
  timeOf: (record: unknown) => Instant | null,
  notes: Notes,
): LogEntry[] {
  const instants = records.map((record) => timeOf(record));
  const first = instants.find((instant) => instant !== null);
  if (first === undefined || first === null) return artificialEntries(records, notes);
  let last: Instant = first;
  const entries = records.map((record, i): LogEntry => {
    const at = instants[i] ?? last;
    if (instants[i] === null)
      notes.add(i + 1, 'there is no time; the event is placed with the record before it');
    last = at;
    return { record, number: i + 1, at };
  });
  const sorted = entries.toSorted((a, b) => compareInstants(a.at, b.at));
  if (sorted.some((entry, i) => entry !== entries[i]))
    notes.addPlain('The records were not in order of time; they are shown in order of time.');
  return sorted;
}

/** Time zero is the whole millisecond of the first record. */
export function epochOf(entries: readonly LogEntry[]): Instant {
  return { ms: entries[0]?.at.ms ?? 0, ns: 0 };
}

function artificialEntries(records: readonly unknown[], notes: Notes): LogEntry[] {
  if (records.length > 0)
    notes.addPlain(
      'The log names no times: its records are shown a millisecond apart, in their order. No duration means anything.',
    );
  return records.map((record, i) => ({
    record,
    number: i + 1,
    at: { ms: i * ARTIFICIAL_MS, ns: 0 },
  }));
}

/** The text of a field; `null` where there is none, or an empty one. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A message of an error, no longer than can be shown. */
export function shortText(text: string): string {
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}

/** In one word, why a request failed, as far as the message of an error tells. */
export function failureOf(message: string | null): string {
  if (message === null) return 'error';
  if (/time(?:d )?-?out|deadline exceeded/i.test(message)) return 'timeout';
  if (/dial|connect|unreachable|no (?:good )?addresses|no route|refused|reset/i.test(message))
    return 'unreachable';
  return /abort|cancel/i.test(message) ? 'cancelled' : 'error';
}
