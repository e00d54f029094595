// Logs of other programs for tests: the samples among the examples, and what any trace made of a log must keep.
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import type { Trace } from '@kadscope/core/trace';

/** The samples, and the format of each. */
export const LOG_SAMPLES: readonly (readonly [name: string, format: string])[] = [
  ['kubo-findprovs.ndjson', 'kubo'],
  ['kubo-query-timed.ndjson', 'kubo'],
  ['go-lookup-events.ndjson', 'lookup-events'],
  ['js-query-events.ndjson', 'query-events'],
  ['otlp-spans.jsonl', 'otlp'],
];

export function logSamplePath(name: string): string {
  return `examples/traces/${name}`;
}

export function logSample(name: string): string {
  return readFileSync(logSamplePath(name), 'utf8');
}

/** The records of a sample that has one a line. */
export function logRecords(name: string): Record<string, unknown>[] {
  return logSample(name)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The records that a trace has kept, in its order. */
export function keptRecords(trace: Trace): unknown[] {
  return trace.attachments.map((data) => (data as { log: unknown }).log);
}

/** What views rely on: references that go back, lookups that begin with their start, answers to questions. */
export function assertSound(trace: Trace): void {
  for (let index = 0; index < trace.length; index++) {
    const event = trace.event(index);
    expect(event.cause).toBeLessThan(index);
    expect(event.node).toBeLessThan(trace.nodes.length);
    expect(event.peer).toBeLessThan(trace.nodes.length);
    expect(event.key).toBeLessThan(trace.keys.length);
    expect(event.hop).toBeLessThan(32_768);
    if (index > 0) expect(trace.time(index)).toBeGreaterThanOrEqual(trace.time(index - 1));
  }
  for (const lookup of trace.lookups) {
    expect(trace.type(lookup.startEvent)).toBe('lookupStarted');
    const heard = new Set<number>();
    for (let i = 0; i < lookup.events.length; i++) {
      const event = trace.event(lookup.events.values[i]!);
      expect(event.peer === lookup.node && event.type === 'lookupHeard').toBe(false);
      if (event.type === 'lookupHeard') {
        expect(heard.has(event.peer)).toBe(false);
        heard.add(event.peer);
      }
      if (event.type === 'lookupQueried') expect(heard.has(event.peer)).toBe(true);
    }
  }
}
