// What operations have found and how they ended, in one sentence each: every kind speaks of its own result.
import {
  because,
  called,
  capital,
  capitalWord,
  counted,
  duration,
  target,
} from './describe-words.ts';
import type { TraceEvent } from './event.ts';
import { recordOf } from './netvis-record.ts';
import type { Trace } from './trace.ts';
import type { OperationInfo } from './trace-index.ts';

/** Kademlia's k, where a trace does not say it. */
const K_DEFAULT = 20;
/** Longest value that is quoted. */
const QUOTE_MAX = 60;

/** The sentence about an event of an operation. */
export function describeOperation(trace: Trace, event: TraceEvent): string {
  const node = called(trace, event.node);
  const info = trace.operation(event.operation);
  const kind = info?.kind ?? event.detail ?? 'operation';
  if (event.type === 'operationStarted') {
    const about = event.key < 0 ? '' : ` for ${target(trace, event)}`;
    return `${capital(node)} started ${kind}${about}.`;
  }
  if (event.type === 'operationProgressed') return describeResult(trace, event, kind);
  if (info === undefined) return ending({ trace, event, kind, took: '' });
  const took = duration(trace, info.startEvent, event.index);
  const outcome = event.detail ?? '';
  const sentence = SUCCESSES.has(outcome)
    ? success(trace, event, { info, took })
    : failure(trace, event, { info, took });
  return sentence ?? ending({ trace, event, kind, took: ` after ${took}` });
}

function describeResult(trace: Trace, event: TraceEvent, kind: string): string {
  const node = capital(called(trace, event.node));
  const peer = called(trace, event.peer);
  if (event.detail === 'value') {
    const text = printable(event.data);
    const size = event.bytes < 0 ? '' : ` of ${counted(event.bytes, 'byte')}`;
    const value = text === null ? `a value${size}` : `the value “${text}”`;
    if (event.peer === event.node)
      return `${node} holds ${value} for ${target(trace, event)} itself.`;
    return `${node} got ${value} for ${target(trace, event)} from ${peer}.`;
  }
  if (event.detail === 'provider') {
    const number = event.count < 0 ? 'a provider' : `provider number ${event.count}`;
    return `${node} found ${number} of ${target(trace, event)}: ${peer}.`;
  }
  const who = event.peer < 0 ? '' : ` (${peer})`;
  const number = event.count < 0 ? '' : ` number ${event.count}`;
  return `${capitalWord(kind)} of ${called(trace, event.node)} found ${event.detail ?? 'result'}${number}${who}.`;
}

/** A value that came with the event, where it is text that can be shown. */
function printable(data: unknown): string | null {
  const value = data instanceof Uint8Array ? data : recordOf(data)?.['value'];
  const text = value instanceof Uint8Array ? textOf(value.subarray(0, QUOTE_MAX + 1)) : value;
  if (typeof text !== 'string' || text === '' || /\p{Cc}/u.test(text)) return null;
  return text.length > QUOTE_MAX ? `${text.slice(0, QUOTE_MAX)}…` : text;
}

/** Bytes as text, where all of them are printable ASCII: whatever else they are may not be text. */
function textOf(bytes: Uint8Array): string | null {
  return bytes.every((byte) => byte >= 0x20 && byte < 0x7f) ? String.fromCharCode(...bytes) : null;
}

const SUCCESSES: ReadonlySet<string> = new Set(['found', 'stored', 'answered', 'refreshed']);

interface Ended {
  readonly info: OperationInfo;
  /** The time that it took, in words. */
  readonly took: string;
}

/** What an operation achieved; `null` for kinds that only a foreign trace knows. */
function success(trace: Trace, event: TraceEvent, { info, took }: Ended): string | null {
  const node = capital(called(trace, event.node));
  const key = target(trace, event);
  switch (info.kind) {
    case 'findNode':
      return `${node} found ${counted(answered(trace, info), 'node')} close to ${key} in ${took}.`;
    case 'findPeer':
      return `${node} reached ${peerOf(trace, info)} in ${took}.`;
    case 'ping':
      return `${capital(peerOf(trace, info))} answered the ping of ${called(trace, event.node)} after a round trip of ${took}.`;
    case 'getValue':
      return trace.time(event.index) === trace.time(info.startEvent)
        ? `${node} holds the value for ${key} itself, and had nobody to ask.`
        : `${node} got the value for ${key} after ${took}; ${counted(event.count, 'node')} sent it.`;
    case 'findProviders':
      return `${node} found ${counted(event.count, 'provider')} of ${key} in ${took}.`;
    case 'provide':
      return `${node} provides ${key}: ${counted(event.count, 'node')} ${were(event.count)} told in ${took}.`;
    case 'putValue':
      return `${node} stored a value for ${key}: ${counted(event.count, 'node')} accepted it in ${took}.`;
    case 'bootstrap':
      return `${node} joined the network in ${took}, with ${counted(event.count, 'lookup')}.`;
    case 'refresh':
      return `${node} refreshed its routing table in ${took}, with ${counted(event.count, 'lookup')}.`;
    default:
      return null;
  }
}

/** Why an operation has no result; `null` where only its own word says so. */
function failure(trace: Trace, event: TraceEvent, { info, took }: Ended): string | null {
  const node = capital(called(trace, event.node));
  const key = target(trace, event);
  switch (event.detail) {
    case 'node-left':
      return `${capitalWord(info.kind)} of ${called(trace, event.node)} ended after ${took}, because the node left.`;
    case 'cancelled':
      return `${capitalWord(info.kind)} of ${called(trace, event.node)} was cancelled after ${took}.`;
    case 'invalid':
      return `${node} sent nothing: the value does not fit ${key}.`;
    case 'not-stored':
      return info.kind === 'provide'
        ? `${node} found nobody to tell that it provides ${key}, in ${took}.`
        : `${node} asked for ${took}, but no node accepted the value for ${key}.`;
    case 'no-answer':
      return info.kind === 'ping'
        ? `${capital(peerOf(trace, info))} did not answer the ping of ${called(trace, event.node)}.`
        : `${capitalWord(info.kind)} of ${called(trace, event.node)} failed after ${took}, because nobody answered.`;
    case 'not-found':
      return `${node} ${missing(trace, info, key)}, after ${took}.`;
    default:
      return null;
  }
}

function missing(trace: Trace, info: OperationInfo, key: string): string {
  switch (info.kind) {
    case 'findPeer':
      return `did not reach ${peerOf(trace, info)}: no node that answered could name a way to it`;
    case 'findProviders':
      return `found no provider of ${key}: no node that answered knows one`;
    case 'getValue':
      return `found no value for ${key}: no node that answered holds a valid one`;
    default:
      return `found no node close to ${key}: nobody answered`;
  }
}

/** The sentence about an operation of a foreign trace: what it says, in its own words. */
function ending(of: {
  readonly trace: Trace;
  readonly event: TraceEvent;
  readonly kind: string;
  readonly took: string;
}): string {
  const { trace, event, kind, took } = of;
  const results = event.count < 0 ? '' : ` with ${counted(event.count, 'result')}`;
  return `${capitalWord(kind)} of ${called(trace, event.node)} ended${took}${results}${because(event)}.`;
}

/** The node that an operation is about. */
function peerOf(trace: Trace, info: OperationInfo): string {
  const peer = trace.get('peer', info.startEvent);
  return peer < 0 ? 'the node that it looked for' : called(trace, peer);
}

/** How many nodes the last lookup of an operation brings home: at most k of those that answered. */
function answered(trace: Trace, info: OperationInfo): number {
  let at = trace.get('cause', info.endEvent);
  // The end of an operation is caused by the end of its lookup, at once or by way of a request.
  while (at >= 0 && trace.get('lookup', at) < 0) {
    const cause = trace.get('cause', at);
    if (cause >= at) break;
    at = cause;
  }
  const events = trace.lookup(at < 0 ? -1 : trace.get('lookup', at))?.events;
  if (events === undefined) return Math.max(0, trace.get('count', info.endEvent));
  const peers = new Set<number>();
  for (let i = 0; i < events.length; i++) {
    const index = events.values[i]!;
    if (trace.type(index) === 'lookupAnswered') peers.add(trace.get('peer', index));
  }
  return Math.min(peers.size, trace.meta.k ?? K_DEFAULT);
}

function were(count: number): string {
  return count === 1 ? 'was' : 'were';
}
