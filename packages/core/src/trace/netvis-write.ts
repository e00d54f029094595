// Writes traces as NetVis files that the original NetVis loads, and that come back whole here.
//
// A trace that was read from a NetVis file is written as it came: the same records in the same order. Any
// other trace becomes a list of records with a leading one that describes it (see netvis-own.ts).
import { keyToHex } from '../keyspace/key.ts';
import { toJson } from './json-text.ts';
import { shortId } from './names.ts';
import { encodeOwn, encodeTrace } from './netvis-own.ts';
import { HEADER_EVENT, HEADER_FORMAT, isNetVisData, isRecord } from './netvis-record.ts';
import type { NetVisOrigin, NetVisRecord } from './netvis-record.ts';
import { formatInstant, instantAfter, instantFormatter, instantFromNs } from './instant.ts';
import type { Instant } from './instant.ts';
import type { TraceEvent } from './event.ts';
import type { Trace } from './trace.ts';

/** How to lay the file out. */
export interface NetVisWriteOptions {
  /** A JSON list, or one record a line; without, as the trace was read, or a list. */
  readonly shape?: 'array' | 'ndjson';
}

/** Logger of records that no node made. */
const NOBODY = 'kadscope';

/** The whole file as text. For long traces, write `netVisPieces` one after the other. */
export function writeNetVis(trace: Trace, options: NetVisWriteOptions = {}): string {
  let text = '';
  for (const piece of netVisPieces(trace, options)) text += piece;
  return text;
}

/** The file in pieces of one record each. */
export function* netVisPieces(trace: Trace, options: NetVisWriteOptions = {}): Generator<string> {
  const origin = originOf(trace);
  if (origin?.shape === 'object' && options.shape === undefined) {
    yield `${JSON.stringify(origin.document, null, 2)}\n`;
    return;
  }
  const shape = options.shape ?? origin?.shape ?? 'array';
  const isLines = shape === 'ndjson';
  let separator = isLines ? '' : '[\n';
  for (const record of netVisRecords(trace)) {
    yield separator + record;
    separator = isLines ? '\n' : ',\n';
  }
  if (isLines) yield '\n';
  else yield separator === '[\n' ? '[]\n' : '\n]\n';
}

/** The records of the file as JSON, in its order. */
function* netVisRecords(trace: Trace): Generator<string> {
  const origin = originOf(trace);
  const epoch = instantFromNs(trace.meta.epochNs);
  // What an older document says besides its events would be lost without a header.
  if (origin === null || origin.shape === 'object') yield toJson(headerRecord(trace, epoch))!;
  const context = contextOf(trace, epoch);
  for (const index of fileOrder(trace, origin)) yield eventRecord(context, index);
}

/** What the original NetVis will not show as it is, one sentence each. */
export function netVisWarnings(trace: Trace): string[] {
  let shared = 0;
  for (let index = 1; index < trace.length; index++) {
    if (trace.get('timeMs', index) === trace.get('timeMs', index - 1)) shared++;
  }
  if (shared === 0) return [];
  return [
    `${shared} events share their millisecond with the event before; the original NetVis cuts times to milliseconds and shows such events in reverse order. Kadscope keeps the nanoseconds and the order.`,
  ];
}

function headerRecord(trace: Trace, epoch: Instant): NetVisRecord {
  return {
    time: formatInstant(epoch),
    loggerID: NOBODY,
    level: 'info',
    event: HEADER_EVENT,
    kadscope: encodeTrace(trace, HEADER_FORMAT),
  };
}

interface Context {
  readonly trace: Trace;
  readonly epoch: Instant;
  readonly format: (instant: Instant) => string;
  /** All ids of nodes as JSON. */
  readonly ids: readonly string[];
  /** All keys in hexadecimal. */
  readonly keys: readonly string[];
  readonly protocol: string;
}

function contextOf(trace: Trace, epoch: Instant): Context {
  return {
    trace,
    epoch,
    format: instantFormatter(),
    ids: trace.nodes.map(({ id }) => JSON.stringify(id)),
    keys: trace.keys.map((key) => keyToHex(key)),
    protocol: JSON.stringify(`kadscope ${trace.meta.profile ?? ''}`.trim()),
  };
}

// Records are put together as text: a file has one for each event, and an object for each of them, only
// to be taken apart again, costs three times as much.
function eventRecord(context: Context, index: number): string {
  const { epoch, ids } = context;
  const event = context.trace.event(index);
  // What was read, a record without a value included, is written as it was.
  if (isNetVisData(event.data)) return toJson(event.data.netvis) ?? 'null';
  const time = context.format(instantAfter(epoch, event.timeMs, event.timeNs));
  const logger = ids[event.node] ?? `"${NOBODY}"`;
  const own = encodeOwn(event, context.keys[event.key]);
  return `{"time":"${time}","loggerID":${logger},"level":"info","event":"${event.type}"${netVisFields(context, event)},"kadscope":${own}}`;
}

/** The fields by which NetVis itself understands the event, each behind a comma. */
function netVisFields(context: Context, event: TraceEvent): string {
  const { trace, ids } = context;
  const node = ids[event.node];
  const peer = ids[event.peer];
  switch (event.type) {
    case 'nodeEntered':
    case 'nodeExited':
      return field('name', node);
    case 'messageSent':
      return field('destinationNode', peer) + field('message', messageFields(context, event));
    case 'messageReceived':
    case 'messageDropped': {
      const sentTo = event.message < 0 ? -1 : trace.get('peer', event.message);
      return (
        field('destinationNode', ids[sentTo] ?? node) +
        field('sourceNode', peer) +
        field('message', messageFields(context, event))
      );
    }
    case 'nodeDialed':
    case 'nodeConnected':
    case 'nodeDisconnected':
      return field('connectingNode', node) + field('dialedNode', peer);
    case 'nodeAccepted':
      return field('connectingNode', peer) + field('dialedNode', node);
    case 'annotation':
      return typeof event.data === 'string' ? field('text', toJson(event.data)) : '';
    default:
      return '';
  }
}

function messageFields(context: Context, event: TraceEvent): string {
  const { trace, epoch, keys } = context;
  const sent = event.message < 0 ? event.index : event.message;
  const { timeMs, timeNs, kind, isResponse, key, bytes } =
    sent === event.index ? event : trace.event(sent);
  const what = `${kind} ${isResponse ? 'response' : 'request'}`;
  const contents = key < 0 ? what : `${what} about key ${shortId(keys[key] ?? '')}`;
  const time = context.format(instantAfter(epoch, timeMs, timeNs));
  const size = bytes < 0 ? '' : `,"size":${bytes}`;
  // Every message has an id of its own, because NetVis takes equal ids for one message.
  return `{"request_id":"message ${sent}","time":"${time}","protocol":${context.protocol},"type":"${kind}"${size},"contents":"${contents}"}`;
}

function field(name: string, json: string | undefined): string {
  return json === undefined ? '' : `,"${name}":${json}`;
}

function* fileOrder(trace: Trace, origin: NetVisOrigin | null): Generator<number> {
  const positions = origin?.order;
  if (positions?.length !== trace.length) {
    for (let index = 0; index < trace.length; index++) yield index;
    return;
  }
  yield* Array.from(positions, (_, index) => index).toSorted(
    (a, b) => positions[a]! - positions[b]!,
  );
}

function originOf(trace: Trace): NetVisOrigin | null {
  const origin = trace.meta.extra?.['netvis'];
  return isRecord(origin) && typeof origin['shape'] === 'string'
    ? (origin as unknown as NetVisOrigin)
    : null;
}
