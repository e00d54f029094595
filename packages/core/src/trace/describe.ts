// One plain sentence for an event, with its values, and the chain of events that led to it.
import { commonPrefixLength } from '../keyspace/key.ts';
import { describeOperation } from './describe-operation.ts';
import { because, called, capital, counted, duration, target } from './describe-words.ts';
import type { TraceEvent } from './event.ts';
import { keyName } from './names.ts';
import { recordOf } from './netvis-record.ts';
import type { Trace } from './trace.ts';

/** Longest chain of causes that is followed: a lookup of a million nodes has fewer than a hundred links. */
const CHAIN_MAX = 10_000;
/** Longest text of an annotation that is quoted. */
const QUOTE_MAX = 120;

/**
 * What happened at event `index`, in one sentence for people.
 *
 * "Node 1f3a…a9c0 answered node 40c2…77b1 with 20 contacts after a round trip of 92 ms; 11 were new."
 */
export function describeEvent(trace: Trace, index: number): string {
  const event = trace.event(index);
  switch (event.type) {
    case 'messageSent':
    case 'messageReceived':
    case 'messageDropped':
    case 'requestFailed':
    case 'requestDelivered':
      return describeMessage(trace, event);
    case 'lookupStarted':
    case 'lookupHeard':
    case 'lookupQueried':
    case 'lookupAnswered':
    case 'lookupFailed':
    case 'lookupStalled':
    case 'lookupAdvanced':
    case 'lookupFinished':
      return describeLookup(trace, event);
    case 'operationStarted':
    case 'operationProgressed':
    case 'operationFinished':
      return describeOperation(trace, event);
    case 'contactAdded':
    case 'contactRemoved':
    case 'bucketSplit':
    case 'tableRestored':
    case 'recordStored':
    case 'recordRemoved':
      return describeTables(trace, event);
    case 'nodeStateChange':
    case 'annotation':
    case 'unknown':
      return describeOther(trace, event);
    default:
      return describeNode(trace, event);
  }
}

/** The events that led to event `index`, the first cause first and `index` itself last. */
export function explainCause(trace: Trace, index: number): number[] {
  const chain: number[] = [];
  // Causes lie before their effects, so the chain ends; a file that says otherwise is cut off here.
  for (let at = index; at >= 0 && at < trace.length && chain.length < CHAIN_MAX;) {
    chain.push(at);
    const cause = trace.get('cause', at);
    if (cause >= at) break;
    at = cause;
  }
  return chain.toReversed();
}

/** The request that event `index` is about or answers: its `messageSent` event, or -1. */
export function requestOf(trace: Trace, index: number): number {
  const rpc = trace.get('rpc', index);
  if (rpc < 0) return -1;
  let at = index;
  for (let links = 0; at >= 0 && links < CHAIN_MAX; links++) {
    if (trace.get('rpc', at) === rpc && trace.get('isResponse', at) === 0) {
      const message = trace.get('message', at);
      if (trace.type(at) === 'messageSent') return at;
      if (message >= 0 && trace.get('isResponse', message) === 0) return message;
    }
    const cause = trace.get('cause', at);
    if (cause >= at) return -1;
    at = cause;
  }
  return -1;
}

function describeMessage(trace: Trace, event: TraceEvent): string {
  const node = called(trace, event.node);
  const peer = called(trace, event.peer);
  const what = messageName(event);
  const about = event.key < 0 ? '' : ` about ${target(trace, event)}`;
  switch (event.type) {
    case 'messageSent':
      return `${capital(node)} sent ${what}${about} to ${peer}${bytesOf(event)}.`;
    case 'messageReceived':
      return `${capital(node)} received ${what}${about} from ${peer}${flightOf(trace, event)}.`;
    case 'messageDropped':
      return `${capital(what)} from ${node} to ${peer} was lost${because(event)}.`;
    case 'requestDelivered':
      return `The ${event.kind} message of ${node} arrived at ${peer}, says the transport.`;
    default:
      return describeFailure(trace, event);
  }
}

function describeFailure(trace: Trace, event: TraceEvent): string {
  const request = requestOf(trace, event.index);
  const what = `The ${event.kind} request of ${called(trace, event.node)}`;
  const peer = called(trace, event.peer);
  if (event.detail === 'unreachable') return `${what} failed: ${peer} could not be reached.`;
  const waited = request < 0 ? '' : duration(trace, request, event.index);
  if (event.detail === 'timeout')
    return `${what} to ${peer} was not answered${waited && ` within ${waited}`}.`;
  return `${what} to ${peer} failed${waited && ` after ${waited}`}${because(event)}.`;
}

function describeLookup(trace: Trace, event: TraceEvent): string {
  const node = called(trace, event.node);
  const peer = called(trace, event.peer);
  const closeness = shared(trace, event);
  const hop = event.hop > 0 ? ` at hop ${event.hop}` : '';
  switch (event.type) {
    case 'lookupStarted':
      return `${capital(node)} started lookup ${event.lookup} for ${target(trace, event)}.`;
    case 'lookupHeard':
      return `${capital(node)} heard of ${peer}${hop}${closeness}.`;
    case 'lookupQueried':
      return `${capital(node)} asked ${peer}${hop}${closeness}.`;
    case 'lookupAnswered':
      return describeAnswer(trace, event);
    case 'lookupFailed': {
      const isUnreachable = reasonOfCause(trace, event) === 'unreachable';
      const request = requestOf(trace, event.index);
      const waited = request < 0 ? '' : ` within ${duration(trace, request, event.index)}`;
      return isUnreachable
        ? `${capital(peer)} could not be reached by ${node}; the lookup goes on without it.`
        : `${capital(peer)} did not answer ${node}${waited}; the lookup goes on without it.`;
    }
    case 'lookupStalled': {
      const request = requestOf(trace, event.index);
      const waited = request < 0 ? '' : ` after ${duration(trace, request, event.index)}`;
      return `${capital(peer)} has not answered ${node}${waited}: the lookup asks somebody else meanwhile.`;
    }
    case 'lookupAdvanced':
      return `The lookup of ${node} came closer: ${peer} is the nearest to its target so far${closeness}.`;
    default: {
      const lookup = trace.lookup(event.lookup);
      const took =
        lookup === undefined ? '' : ` after ${duration(trace, lookup.startEvent, event.index)}`;
      const asked = event.count < 0 ? '' : `, having asked ${counted(event.count, 'node')}`;
      return `Lookup ${event.lookup} of ${node} ended${took}${asked}${endOf(event)}.`;
    }
  }
}

function describeAnswer(trace: Trace, event: TraceEvent): string {
  const request = requestOf(trace, event.index);
  const after =
    request < 0 ? '' : ` after a round trip of ${duration(trace, request, event.index)}`;
  const fresh = newContacts(trace, event);
  const gave = event.count < 0 ? '' : ` with ${counted(event.count, 'contact')}`;
  const news =
    event.count <= 0
      ? ''
      : `; ${fresh === 1 ? '1 was' : `${fresh === 0 ? 'none' : fresh} were`} new`;
  return `${capital(called(trace, event.peer))} answered ${called(trace, event.node)}${gave}${after}${news}.`;
}

/** Why a lookup ended, in words. */
const ENDS: Readonly<Record<string, string>> = {
  'closest-answered': 'the closest nodes have all answered',
  satisfied: 'the operation has what it wanted',
  'nobody-answered': 'nobody answered',
  'node-left': 'the node left',
  cancelled: 'nobody wants to know any more',
};

function endOf(event: TraceEvent): string {
  const reason = event.detail === null ? undefined : ENDS[event.detail];
  return reason === undefined ? because(event) : `, because ${reason}`;
}

/** The reason that the cause of an event gives. */
function reasonOfCause(trace: Trace, event: TraceEvent): string | null {
  const detail = event.cause < 0 ? -1 : trace.get('detail', event.cause);
  return detail < 0 ? null : trace.words[detail]!;
}

/** How many contacts of an answer entered the shortlist. */
function newContacts(trace: Trace, event: TraceEvent): number {
  const events = trace.lookup(event.lookup)?.events;
  if (events === undefined) return 0;
  let fresh = 0;
  for (let i = events.countUpTo(event.index); i < events.length; i++) {
    const at = events.values[i]!;
    const type = trace.type(at);
    if (type === 'lookupAnswered' || type === 'lookupFailed' || type === 'lookupFinished') break;
    if (type === 'lookupHeard' && trace.get('cause', at) === event.index) fresh++;
  }
  return fresh;
}

function describeTables(trace: Trace, event: TraceEvent): string {
  const node = called(trace, event.node);
  const peer = called(trace, event.peer);
  const bucket = event.count < 0 ? 'its routing table' : `k-bucket ${event.count}`;
  const record = event.detail === 'provider' ? `the provider record of ${peer}` : 'a record';
  const key = event.key < 0 ? '' : ` for ${keyName(trace, event.key)}`;
  switch (event.type) {
    case 'contactAdded':
      return `${capital(node)} put ${peer} into ${bucket}${sharedWithNode(trace, event)}.`;
    case 'contactRemoved':
      return `${capital(node)} removed ${peer} from ${bucket}${because(event)}.`;
    case 'bucketSplit':
      return `${capital(node)} split ${event.count < 0 ? 'its last k-bucket' : bucket}.`;
    case 'tableRestored':
      return event.count < 0
        ? `${capital(node)} has its routing table back.`
        : `${capital(node)} starts with a routing table of ${counted(event.count, 'contact')}.`;
    case 'recordStored':
      return `${capital(node)} stored ${record}${key}${bytesOf(event)}.`;
    default:
      return `${capital(node)} dropped ${record}${key}.`;
  }
}

function describeOther(trace: Trace, event: TraceEvent): string {
  const node = called(trace, event.node);
  const record = recordOf(event.data);
  if (event.type === 'annotation') {
    const text = annotationText(event, record);
    return text === null ? `A note on ${node}.` : `Note: ${text}`;
  }
  if (event.type === 'unknown') {
    const name = event.detail === null ? 'An unknown event' : `The event “${event.detail}”`;
    return event.node < 0 ? `${name} was recorded.` : `${name} was recorded at ${node}.`;
  }
  if (event.step === 'table.probed') {
    return `${capital(node)} pinged ${called(trace, event.peer)}, its least recently seen contact of a full k-bucket.`;
  }
  if (event.step === 'record.refused') return `${capital(node)} refused a record${because(event)}.`;
  if (event.step === 'refresh.started') {
    return `${capital(node)} refreshed ${event.count < 0 ? 'a k-bucket' : `k-bucket ${event.count}`}.`;
  }
  return `The state of ${node} changed${because(event)}.`;
}

function describeNode(trace: Trace, event: TraceEvent): string {
  const node = capital(called(trace, event.node));
  const peer = called(trace, event.peer);
  switch (event.type) {
    case 'nodeEntered':
      return `${node} entered the network.`;
    case 'nodeExited':
      return `${node} left the network.`;
    case 'nodeDialed':
      return `${node} dialed ${peer}.`;
    case 'nodeAccepted':
      return `${node} accepted a connection from ${peer}.`;
    case 'nodeConnected':
      return `${node} connected to ${peer}.`;
    default:
      return `${node} disconnected from ${peer}${because(event)}.`;
  }
}

function annotationText(
  event: TraceEvent,
  record: Readonly<Record<string, unknown>> | null,
): string | null {
  const candidates = [
    event.data,
    record?.['text'],
    record?.['annotation'],
    record?.['message'],
    event.detail,
  ];
  const text = candidates.find((value) => typeof value === 'string');
  if (typeof text !== 'string') return null;
  return text.length > QUOTE_MAX ? `${text.slice(0, QUOTE_MAX)}…` : text;
}

function messageName(event: TraceEvent): string {
  if (event.kind !== 'other') {
    const article = /^[aeiou]/.test(event.kind) ? 'an' : 'a';
    return `${article} ${event.kind} ${event.isResponse ? 'response' : 'request'}`;
  }
  return event.detail === null ? 'a message' : `the message “${event.detail}”`;
}

/** How many bits the other node shares with the key that the event is about. */
function shared(trace: Trace, event: TraceEvent): string {
  const peer = trace.nodes[event.peer]?.key;
  const key = trace.keys[event.key];
  if (peer === undefined || key === undefined || peer.length !== key.length) return '';
  return `; it shares ${counted(commonPrefixLength(peer, key), 'bit')} with the target`;
}

function sharedWithNode(trace: Trace, event: TraceEvent): string {
  const own = trace.nodes[event.node]?.key;
  const peer = trace.nodes[event.peer]?.key;
  if (own === undefined || peer === undefined || own.length !== peer.length) return '';
  return `: they share ${counted(commonPrefixLength(own, peer), 'bit')}`;
}

function flightOf(trace: Trace, event: TraceEvent): string {
  return event.message < 0
    ? ''
    : ` after ${duration(trace, event.message, event.index)} on the way`;
}

function bytesOf(event: TraceEvent): string {
  return event.bytes < 0 ? '' : ` (${counted(event.bytes, 'byte')})`;
}
