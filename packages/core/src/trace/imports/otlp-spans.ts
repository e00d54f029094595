// Spans out of OTLP JSON (opentelemetry-proto, "JSON Protobuf Encoding"): ids in hexadecimal, 64-bit numbers as
// text, attributes as lists of {key, value}. One document, or one a line, as the Collector's file exporter writes.
import { isRecord } from '../netvis-record.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import type { Notes } from '../notes.ts';
import { textOf } from './log-records.ts';

/** Names and values of attributes; lists are lists of texts. */
export type Attributes = ReadonlyMap<string, unknown>;

/** Something that happened within a span. */
export interface SpanEvent {
  readonly name: string;
  readonly ns: bigint;
  readonly attributes: Attributes;
}

/** One span. */
export interface Span {
  /** The span as it was read. */
  readonly record: NetVisRecord;
  readonly id: string;
  readonly parent: Span | null;
  readonly depth: number;
  /** Without the prefix that go-libp2p-kad-dht puts before the names of most of its spans; empty for none. */
  readonly name: string;
  readonly startNs: bigint;
  /** The end; that of its start when it has none. */
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly events: readonly SpanEvent[];
  /** The message of its error; `null` when there was none. */
  readonly error: string | null;
  /** What made it: the attributes of its resource. */
  readonly resource: Attributes;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const PREFIX = 'KademliaDHT.';
const STATUS_ERROR = 2;
/** The largest time that a 64-bit number of nanoseconds can say. */
const NS_MAX = 18_446_744_073_709_551_615n;
/** The start of a span whose time cannot be read, until a better one is found. */
const NO_TIME = -1n;
/** Spans within each other at most: deeper ones are taken as if they had no parent. */
const DEPTH_MAX = 1000;

/** Whether a record is a document of traces. */
export function isOtlp(record: NetVisRecord): boolean {
  return Array.isArray(record['resourceSpans']);
}

/** All spans of the documents; each knows its parent where that is among them. */
export function spansOf(documents: readonly NetVisRecord[], notes: Notes): Span[] {
  const spans = documents.flatMap((document) => collect(document, notes));
  const earliest = spans.reduce<bigint | null>(
    (least, { startNs }) =>
      startNs !== NO_TIME && (least === null || startNs < least) ? startNs : least,
    null,
  );
  const byId = new Map(spans.map((span) => [span.id, span]));
  for (const span of spans) {
    const trace = textOf(span.record['traceId'])?.toLowerCase();
    const parent = textOf(span.record['parentSpanId'])?.toLowerCase();
    span.parent = parent === undefined ? null : (byId.get(`${trace} ${parent}`) ?? null);
    if (span.startNs === NO_TIME) span.startNs = earliest ?? 0n;
    if (span.endNs < span.startNs) span.endNs = span.startNs;
  }
  for (const span of spans) measure(span);
  return spans;
}

/** The documents without their spans: who made them, and with which libraries. */
export function originsOf(documents: readonly NetVisRecord[]): unknown[] {
  return documents.flatMap((document) =>
    recordsOf(document['resourceSpans']).map((group) => {
      const { scopeSpans, ...rest } = group;
      const scopes = recordsOf(scopeSpans).map((scope) => ({ ...scope, spans: undefined }));
      return { ...rest, scopes };
    }),
  );
}

/** The ancestors of a span, the nearest first. */
export function* ancestorsOf(span: Span): Generator<Span> {
  for (let at = span.parent; at !== null; at = at.parent) yield at;
}

/** A text attribute; `null` where there is none. */
export function textAttribute(attributes: Attributes, name: string): string | null {
  return textOf(attributes.get(name));
}

/** An attribute that lists texts; `null` where there is none. */
export function listAttribute(attributes: Attributes, name: string): readonly string[] | null {
  const value = attributes.get(name);
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : null;
}

function collect(document: NetVisRecord, notes: Notes): Mutable<Span>[] {
  return recordsOf(document['resourceSpans']).flatMap((group) => {
    const resource = group['resource'];
    const attributes = attributesOf(isRecord(resource) ? resource['attributes'] : []);
    const records = recordsOf(group['scopeSpans']).flatMap((scope) => recordsOf(scope['spans']));
    return records.map((record) => spanOf(record, attributes, notes));
  });
}

function spanOf(record: NetVisRecord, resource: Attributes, notes: Notes): Mutable<Span> {
  const name = textOf(record['name']) ?? '';
  const startNs = nsOf(record['startTimeUnixNano']) ?? NO_TIME;
  if (startNs === NO_TIME)
    notes.addPlain('There are spans without a time that can be read; they are shown at the start.');
  const trace = textOf(record['traceId'])?.toLowerCase();
  return {
    record,
    id: `${trace} ${textOf(record['spanId'])?.toLowerCase()}`,
    parent: null,
    depth: 0,
    name: name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name,
    startNs,
    endNs: nsOf(record['endTimeUnixNano']) ?? startNs,
    attributes: attributesOf(record['attributes']),
    events: recordsOf(record['events']).map((event) => ({
      name: textOf(event['name']) ?? '',
      ns: nsOf(event['timeUnixNano']) ?? startNs,
      attributes: attributesOf(event['attributes']),
    })),
    error: errorOf(record['status']),
    resource,
  };
}

function errorOf(status: unknown): string | null {
  if (!isRecord(status)) return null;
  const isError = status['code'] === STATUS_ERROR || status['code'] === 'STATUS_CODE_ERROR';
  return isError ? (textOf(status['message']) ?? 'an error without a message') : null;
}

/** Finds how deep a span lies, and cuts circles of parents, which only a broken file has. */
function measure(span: Mutable<Span>): void {
  let depth = 0;
  for (let at = span.parent; at !== null; at = at.parent) {
    depth++;
    if (at !== span && depth <= DEPTH_MAX) continue;
    span.parent = null;
    depth = 0;
    break;
  }
  span.depth = depth;
}

function attributesOf(list: unknown): Attributes {
  const result = new Map<string, unknown>();
  for (const { key, value } of recordsOf(list))
    if (typeof key === 'string' && isRecord(value)) result.set(key, valueOf(value));
  return result;
}

function valueOf(value: NetVisRecord): unknown {
  const { stringValue, intValue, doubleValue, boolValue, arrayValue } = value;
  if (isRecord(arrayValue)) return recordsOf(arrayValue['values']).map((item) => valueOf(item));
  return stringValue ?? intValue ?? doubleValue ?? boolValue;
}

/** Nanoseconds since 1970, as text or, where some exporter writes numbers, rounded by whoever parsed them. */
function nsOf(value: unknown): bigint | null {
  const text =
    typeof value === 'number' && Number.isInteger(value) ? BigInt(value).toString() : value;
  if (typeof text !== 'string' || !/^\d{1,20}$/.test(text)) return null;
  const ns = BigInt(text);
  return ns === 0n || ns > NS_MAX ? null : ns;
}

function recordsOf(value: unknown): NetVisRecord[] {
  return Array.isArray(value) ? value.filter((item) => isRecord(item)) : [];
}
