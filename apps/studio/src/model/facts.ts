// What the inspector says about one event: where it comes from, and its values with their meaning.
import { commonPrefixLength } from '@kadscope/core/keyspace';
import type { Key } from '@kadscope/core/keyspace';
import {
  formatInstant,
  instantAfter,
  instantFromNs,
  keyName,
  nodeName,
  requestOf,
} from '@kadscope/core/trace';
import type { LookupInfo, Trace, TraceEvent } from '@kadscope/core/trace';
import { duration } from './format.ts';
import type { Selection } from './selection.ts';

/** One value of an event. */
export interface Fact {
  readonly label: string;
  readonly value: string;
  /** What to compare it with, or what it means. */
  readonly note?: string;
  /** What it names, to be selected with a click. */
  readonly target?: Selection;
  /** A key or id: shown in the code font. */
  readonly isCode?: boolean;
}

/** The events that `index` led to directly, within a reach of events after it. */
export function effectsOf(trace: Trace, index: number, reach = 2000): number[] {
  const effects: number[] = [];
  const stop = Math.min(trace.length, index + 1 + reach);
  for (let at = index + 1; at < stop; at++) if (trace.get('cause', at) === index) effects.push(at);
  return effects;
}

/** Where an event stands: in its lookup when it has one, else in the whole trace. Counted from 1. */
export interface StepPosition {
  readonly step: number;
  readonly count: number;
  /** The lookup that is counted in; -1 for the whole trace. */
  readonly lookup: number;
}

export function stepPosition(trace: Trace, index: number): StepPosition {
  const lookup = trace.lookup(trace.get('lookup', index));
  if (lookup === undefined) return { step: index + 1, count: trace.length, lookup: -1 };
  return {
    step: lookup.events.countUpTo(index),
    count: lookup.events.length,
    lookup: lookup.id,
  };
}

const ENDS_REQUEST = new Set([
  'messageReceived',
  'requestFailed',
  'lookupAnswered',
  'lookupFailed',
]);

/** Milliseconds from the request to the event that ends it; `null` for every other event. */
export function roundTripMs(trace: Trace, index: number): number | null {
  if (!ENDS_REQUEST.has(trace.type(index))) return null;
  if (trace.type(index) === 'messageReceived' && trace.get('isResponse', index) === 0) return null;
  const sent = requestOf(trace, index);
  return sent < 0 ? null : trace.time(index) - trace.time(sent);
}

/** The values of an event, those that matter most first. */
export function factsOf(trace: Trace, index: number): Fact[] {
  const event = trace.event(index);
  const lookup = trace.lookup(event.lookup);
  return [
    ...whoFacts(trace, event),
    ...distanceFacts(trace, event, lookup),
    ...messageFacts(trace, event),
    ...belongingFacts(trace, event),
    ...timeFacts(trace, event),
  ];
}

/** The date, where the trace has one: virtual time has not. */
function timeFacts(trace: Trace, event: TraceEvent): Fact[] {
  const { epochNs } = trace.meta;
  if (epochNs === 0n) return [];
  const instant = instantAfter(instantFromNs(epochNs), event.timeMs, event.timeNs);
  return [{ label: 'time', value: formatInstant(instant), isCode: true }];
}

function whoFacts(trace: Trace, event: TraceEvent): Fact[] {
  const facts: Fact[] = [];
  const node = (label: string, id: number): void => {
    if (id < 0) return;
    const value = nodeName(trace, id);
    facts.push({ label, value, target: { kind: 'node', id }, isCode: true });
  };
  node('node', event.node);
  node('peer', event.peer);
  if (event.key >= 0) {
    const target: Selection = { kind: 'key', id: event.key };
    facts.push({ label: 'key', value: keyName(trace, event.key), target, isCode: true });
  }
  return facts;
}

function distanceFacts(trace: Trace, event: TraceEvent, lookup: LookupInfo | undefined): Fact[] {
  const target = trace.keys[lookup?.key ?? event.key];
  // Where a record lies, it is the node that stores it whose closeness counts, not the provider that it names.
  const isRecord = event.type === 'recordStored' || event.type === 'recordRemoved';
  const peer = trace.nodes[isRecord ? event.node : event.peer]?.key;
  if (target === undefined || peer?.length !== target.length) return [];
  const bits = commonPrefixLength(peer, target);
  const best = lookup === undefined ? -1 : bestSharedBits(trace, lookup, event.index);
  const note = best >= 0 && best !== bits ? `best so far ${best}` : undefined;
  const shared: Fact = { label: 'shared bits', value: `${bits}`, ...(note && { note }) };
  return [shared, { label: 'distance', value: distanceText(peer, target) }];
}

/** The most bits that any contact heard of before event `index` shares with the target; -1 for none. */
export function bestSharedBits(trace: Trace, lookup: LookupInfo, index: number): number {
  const target = trace.keys[lookup.key];
  let best = -1;
  if (target === undefined) return best;
  for (let i = 0; i < lookup.events.length; i++) {
    const at = lookup.events.values[i]!;
    if (at >= index) break;
    if (trace.type(at) !== 'lookupHeard') continue;
    const peer = trace.nodes[trace.get('peer', at)]?.key;
    if (peer !== undefined) best = Math.max(best, commonPrefixLength(peer, target));
  }
  return best;
}

/** The size of a distance as a power of two: `≥ 2²⁴⁹`. */
export function distanceText(a: Key, b: Key): string {
  const bits = a.length * 8;
  const shared = commonPrefixLength(a, b);
  return shared === bits ? '0: it is the key itself' : `≥ 2${superscript(bits - shared - 1)}`;
}

/** A whole number as superscript digits. */
function superscript(value: number): string {
  return Array.from(String(value), (digit) => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '⁻').join('');
}

function messageFacts(trace: Trace, event: TraceEvent): Fact[] {
  const facts: Fact[] = [];
  if (event.kind !== 'other') {
    const value = event.isResponse ? `response to ${event.kind}` : event.kind;
    facts.push({ label: 'message', value, ...messageTarget(trace, event) });
  }
  const roundTrip = roundTripMs(trace, event.index);
  if (roundTrip !== null) facts.push({ label: 'round trip', value: duration(roundTrip) });
  if (event.hop >= 0) facts.push({ label: 'hop', value: String(event.hop) });
  if (event.count >= 0) facts.push({ label: countLabel(event), value: String(event.count) });
  if (event.bytes >= 0) facts.push({ label: 'size', value: formatBytes(event.bytes) });
  if (event.detail !== null) facts.push({ label: detailLabel(event), value: event.detail });
  return facts;
}

function messageTarget(trace: Trace, event: TraceEvent): { target: Selection } | object {
  const isMessage = event.message >= 0 && trace.type(event.message) === 'messageSent';
  return isMessage ? { target: { kind: 'message', id: event.message } } : {};
}

function belongingFacts(trace: Trace, event: TraceEvent): Fact[] {
  const facts: Fact[] = [];
  if (event.rpc >= 0) facts.push({ label: 'request', value: `#${event.rpc}` });
  if (trace.lookup(event.lookup) !== undefined) {
    const target: Selection = { kind: 'lookup', id: event.lookup };
    facts.push({ label: 'lookup', value: `#${event.lookup}`, target });
  }
  const operation = trace.operation(event.operation);
  if (operation !== undefined) {
    const target: Selection = { kind: 'event', id: operation.startEvent };
    facts.push({ label: 'operation', value: `${operation.kind} #${operation.id}`, target });
  }
  return facts;
}

const COUNT_LABELS: Readonly<Record<string, string>> = {
  lookupAnswered: 'contacts',
  messageSent: 'contacts',
  messageReceived: 'contacts',
  tableRestored: 'contacts',
  bucketSplit: 'bucket',
  contactAdded: 'bucket',
  contactRemoved: 'bucket',
  operationProgressed: 'results so far',
  operationFinished: 'results',
};

function countLabel(event: TraceEvent): string {
  return COUNT_LABELS[event.type] ?? 'count';
}

const DETAIL_LABELS: Readonly<Record<string, string>> = {
  messageSent: 'type',
  messageReceived: 'type',
  recordStored: 'record',
  recordRemoved: 'record',
  operationStarted: 'kind',
  operationProgressed: 'result',
  unknown: 'event',
};

function detailLabel(event: TraceEvent): string {
  return DETAIL_LABELS[event.type] ?? 'reason';
}

/** Bytes for people: `142 bytes`, `256 KiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? 'byte' : 'bytes'}`;
  const [size, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / 1024 / 1024, 'MiB'];
  return `${Number.isInteger(size) ? size : size.toFixed(1)} ${unit}`;
}
