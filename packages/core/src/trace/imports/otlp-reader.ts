// What the spans of go-libp2p-kad-dht say, moment by moment.
import { MESSAGE_KINDS } from '../event.ts';
import type { MessageKind } from '../event.ts';
import { keyOfBytes, peerIdBytes, recordKeyBytes, utf8Bytes } from './id-text.ts';
import { endOfGo, LogLookup } from './log-lookup.ts';
import { LogOperation } from './log-operation.ts';
import { failureOf } from './log-records.ts';
import type { LogTrace } from './log-trace.ts';
import { LOOKUP, makersOf, SPAWN } from './otlp-makers.ts';
import type { Maker } from './otlp-makers.ts';
import type { Moment } from './otlp-moments.ts';
import { ancestorsOf, listAttribute, textAttribute } from './otlp-spans.ts';
import type { Span, SpanEvent } from './otlp-spans.ts';

/** Methods of a router (IpfsDHT, FullRT, Kubo's composed routers), and the operation that each is. */
const OPERATIONS: ReadonlyMap<string, string> = new Map([
  ['FindProvidersAsync', 'findProviders'],
  ['FindPeer', 'findPeer'],
  ['Provide', 'provide'],
  ['ProvideMany', 'provideMany'],
  ['PutValue', 'putValue'],
  ['GetValue', 'getValue'],
  ['SearchValue', 'getValue'],
  ['GetClosestPeers', 'findNode'],
  ['Bootstrap', 'bootstrap'],
  ['Ping', 'ping'],
]);
/** Methods of the messenger, and the message that each sends. */
const REQUESTS: ReadonlyMap<string, MessageKind> = new Map([
  ['GetClosestPeers', 'find-node'],
  ['GetProviders', 'get-providers'],
  ['GetValue', 'get-value'],
  ['PutValue', 'put-value'],
  ['PutProvider', 'add-provider'],
  ['Ping', 'ping'],
]);
const ASKING: ReadonlySet<string> = new Set(['GetClosestPeers', 'GetProviders', 'GetValue']);
const GIVING: ReadonlySet<MessageKind> = new Set(['put-value', 'add-provider']);
const MESSENGER = /^(?:ProtocolMessenger|protoMessenger)\.(\w+)$/;
const FRAME = /\.(?:RunQuery|Query\.Run|QueryPeer|FindProvidersAsyncRoutine)$/;
const METHOD = /^[A-Z]\w*\.(\w+)$/;
const QUERY = /\.QueryPeer$/;
const DIAL = /\.DialPeer$/;
const TERMINATE = /\.Query\.Terminate$/;
/** How Go writes a peer with its addresses: {12D3…: [/ip4/…]}. */
const PEER_WITH_ADDRESSES = /^\{([^:\s]+):/;

/** A request that is under way outside of a lookup. */
interface Request {
  readonly peer: number;
  readonly kind: number;
  readonly rpc: number;
  readonly sent: number;
}

/** Turns moments into events. */
export class SpanReader {
  readonly #log: LogTrace;
  readonly #makerOf: (span: Span) => Maker;
  readonly #operations = new Map<Span, LogOperation>();
  readonly #lookups = new Map<Span, LogLookup>();
  readonly #requests = new Map<Span, Request>();
  /** Why lookups ended, and the spans that say so. */
  readonly #ends = new Map<LogLookup, { readonly reason: string; readonly span: Span }>();
  readonly #skipped = new Map<string, number>();
  /** What operations have found, because several spans tell of it. */
  readonly #results = new Set<string>();

  constructor(log: LogTrace, spans: readonly Span[]) {
    this.#log = log;
    this.#makerOf = makersOf(spans);
    if (spans.some((span) => span.name.endsWith('.GetProviders')))
      log.notes.addPlain(
        'Spans of GetProviders list the providers where the closer peers should be, so what was heard from them is not known.',
      );
  }

  read({ span, what }: Moment): void {
    if (what === 'start') this.#start(span);
    else if (what === 'end') this.#end(span);
    else this.#event(span, what);
  }

  #start(span: Span): void {
    const node = this.#nodeOf(span);
    this.#log.begin(span.record);
    const request = MESSENGER.exec(span.name)?.[1];
    const kind = this.#operationKind(span);
    if (request !== undefined && REQUESTS.has(request)) this.#send(span, request);
    else if (kind !== null) this.#startOperation(span, kind);
    else if (LOOKUP.test(span.name)) this.#startLookup(span);
    else if (SPAWN.test(span.name)) this.#spawn(span);
    else if (TERMINATE.test(span.name)) this.#terminate(span);
    else if (DIAL.test(span.name)) this.#dial(span);
    else if (this.#isFrame(span)) this.#skip(span);
    this.#log.end(span.name === '' ? null : span.name, node);
  }

  #end(span: Span): void {
    const operation = this.#operations.get(span);
    const lookup = this.#lookups.get(span);
    if (MESSENGER.test(span.name)) this.#answer(span);
    else if (QUERY.test(span.name)) this.#giveUp(span);
    if (lookup !== undefined) this.#finish(lookup, this.#operationOf(span));
    if (operation !== undefined) operation.finish(outcomeOf(span, operation), 'derived');
  }

  #event(span: Span, event: SpanEvent): void {
    const operation = this.#operationOf(span);
    if (operation === null) return;
    const { attributes } = event;
    if (event.name === 'found provider' || event.name === 'found peer') {
      const name = textAttribute(attributes, 'peer') ?? textAttribute(attributes, 'id');
      // Several spans tell of one result: the one that knows who sent it, and those around it.
      if (name === null || !this.#isNew(operation, name)) return;
      operation.result(event.name.slice('found '.length), { peer: this.#log.node(name) });
    } else if (event.name === 'found value' && this.#operations.has(span)) {
      const bytes = recordKeyBytes(textAttribute(attributes, 'value') ?? '')?.length ?? -1;
      operation.result('value', { bytes });
    }
  }

  /** Whether a span only holds others together: parts of a lookup, and methods that an operation calls. */
  #isFrame(span: Span): boolean {
    if (FRAME.test(span.name)) return true;
    return OPERATIONS.has(METHOD.exec(span.name)?.[1] ?? '') && this.#operationOf(span) !== null;
  }

  #skip(span: Span): void {
    this.#skipped.set(span.name, (this.#skipped.get(span.name) ?? 0) + 1);
    this.#log.skip();
  }

  /** Says what is not shown. To be called at the end. */
  noteSkipped(): void {
    if (this.#skipped.size === 0) return;
    const counts = Array.from(this.#skipped, ([name, count]) => `${count} ${name}`);
    this.#log.notes.addPlain(
      `Spans that only hold others together are not shown: ${counts.join(', ')}.`,
    );
  }

  #isNew(operation: LogOperation, name: string): boolean {
    const result = `${operation.id} ${name}`;
    const isNew = !this.#results.has(result);
    this.#results.add(result);
    return isNew;
  }

  /** The operation that a span is; `null` for what happens within another one. */
  #operationKind(span: Span): string | null {
    const method = MESSENGER.test(span.name) ? undefined : METHOD.exec(span.name)?.[1];
    const kind = method === undefined ? undefined : OPERATIONS.get(method);
    return kind === undefined || this.#operationOf(span) !== null ? null : kind;
  }

  #startOperation(span: Span, kind: string): void {
    const name = textAttribute(span.attributes, 'key') ?? textAttribute(span.attributes, 'Key');
    const key = this.#keyOf(name);
    const isPeer = name !== null && kind === 'findPeer' && peerIdBytes(name) !== null;
    const peer = isPeer ? this.#log.node(name) : -1;
    const parts = { kind, node: this.#nodeOf(span), key, peer };
    this.#operations.set(span, new LogOperation(this.#log, parts, 'said'));
  }

  #startLookup(span: Span): void {
    const operation = this.#operationOf(span);
    const key = this.#keyOf(textAttribute(span.attributes, 'Target'));
    const parts = { node: this.#nodeOf(span), key, operation: operation?.id ?? -1 };
    this.#lookups.set(span, new LogLookup(this.#log, parts, operation?.started ?? -1, 'said'));
  }

  #spawn(span: Span): void {
    const lookup = this.#lookupOf(span);
    const peer = textAttribute(span.attributes, 'QueryPeer');
    const by = textAttribute(span.attributes, 'Cause');
    if (lookup === null || peer === null) return;
    lookup.query(this.#log.node(peer), by === null ? null : this.#log.node(by));
  }

  #dial(span: Span): void {
    const name = textAttribute(span.attributes, 'PeerID');
    if (name === null) return;
    const peer = this.#log.node(name);
    const lookup = this.#lookupOf(span);
    if (lookup === null) this.#log.append('nodeDialed', this.#fields(span, { peer }));
    else lookup.tell('nodeDialed', peer);
  }

  /** Whoever was not even sent a request could not be dialed, unless the lookup had ended by then. */
  #giveUp(span: Span): void {
    const lookup = this.#lookupOf(span);
    const name = span.parent === null ? null : textAttribute(span.parent.attributes, 'QueryPeer');
    if (lookup === null || name === null) return;
    const peer = this.#log.node(name);
    const detail = this.#ends.has(lookup) ? 'cancelled' : 'unreachable';
    if (lookup.isWaiting(peer)) lookup.fail(peer, detail);
  }

  #terminate(span: Span): void {
    const lookup = this.#lookupOf(span);
    const reason = textAttribute(span.attributes, 'Reason');
    if (lookup === null || reason === null || this.#ends.has(lookup)) return;
    this.#ends.set(lookup, { reason: endOfGo(reason, lookup) ?? reason, span });
    // The end of the lookup will tell it: the rest of the k closest nodes is asked first.
    this.#log.skip();
  }

  #finish(lookup: LogLookup, operation: LogOperation | null): void {
    const end = this.#ends.get(lookup);
    if (end !== undefined) this.#log.begin(end.span.record);
    const event = lookup.finish(end?.reason ?? null, end === undefined ? 'derived' : 'said');
    operation?.lookupEnded(event);
  }

  #send(span: Span, method: string): void {
    const to = textAttribute(span.attributes, 'to');
    if (to === null) return;
    const peer = this.#log.node(to);
    const kind = MESSAGE_KINDS.indexOf(REQUESTS.get(method)!);
    const lookup = ASKING.has(method) ? this.#lookupOf(span) : null;
    if (lookup === null) {
      const rpc = this.#log.newRpc();
      const sent = this.#log.append('messageSent', this.#fields(span, { peer, kind, rpc }));
      this.#requests.set(span, { peer, kind, rpc, sent });
      return;
    }
    // The rest of the k closest nodes is asked at the end, by nobody's spawning.
    if (!lookup.isWaiting(peer)) lookup.query(peer);
    this.#requests.set(span, { peer, kind, rpc: -1, sent: lookup.send(peer, kind) });
  }

  #answer(span: Span): void {
    const request = this.#requests.get(span);
    if (request === undefined) return;
    const { peer, kind, rpc, sent } = request;
    const lookup = rpc < 0 ? this.#lookupOf(span) : null;
    if (lookup !== null) {
      if (span.error !== null) lookup.fail(peer, failureOf(span.error));
      else lookup.answer(peer, { contacts: this.#contactsOf(span, kind), kind });
      return;
    }
    const cause = sent;
    if (span.error !== null) {
      const detail = failureOf(span.error);
      this.#log.append('requestFailed', this.#fields(span, { peer, rpc, detail, cause }));
      return;
    }
    if (GIVING.has(MESSAGE_KINDS[kind]!)) this.#operationOf(span)?.taken();
    // Nobody answers ADD_PROVIDER: that it could be sent is all that is known.
    const type = MESSAGE_KINDS[kind] === 'add-provider' ? 'requestDelivered' : 'messageReceived';
    const isResponse = type === 'messageReceived' ? 1 : 0;
    this.#log.append(type, this.#fields(span, { peer, kind, rpc, isResponse, cause }));
  }

  /** The contacts in an answer; `null` where the span does not say. */
  #contactsOf(span: Span, kind: number): number[] | null {
    if (MESSAGE_KINDS[kind] === 'get-providers') return null;
    const list =
      listAttribute(span.attributes, 'peers') ?? listAttribute(span.attributes, 'closestPeers');
    return list?.map((text) => this.#log.node(PEER_WITH_ADDRESSES.exec(text)?.[1] ?? text)) ?? null;
  }

  #operationOf(span: Span): LogOperation | null {
    return nearest(span, this.#operations);
  }

  #lookupOf(span: Span): LogLookup | null {
    return nearest(span, this.#lookups);
  }

  #fields(
    span: Span,
    fields: Parameters<LogOperation['fields']>[0],
  ): ReturnType<LogOperation['fields']> {
    const operation = this.#operationOf(span);
    if (operation === null) return { node: this.#nodeOf(span), ...fields };
    return operation.fields({ cause: operation.started, ...fields });
  }

  /** The point of a key, which may be written as text, because records have keys that are text. */
  #keyOf(name: string | null): number {
    if (name === null) return -1;
    const bytes = recordKeyBytes(name) ?? utf8Bytes(name);
    return this.#log.key(bytes === null ? null : keyOfBytes(bytes));
  }

  #nodeOf(span: Span): number {
    const { name, isPeer } = this.#makerOf(span);
    if (isPeer) return this.#log.node(name);
    this.#log.notes.addPlain(
      `The spans of “${name}” do not say which peer made them, so it has no place in the keyspace.`,
    );
    return this.#log.nameless(name);
  }
}

/** What a map has for a span or the nearest span around it. */
function nearest<T>(span: Span, map: ReadonlyMap<Span, T>): T | null {
  const own = map.get(span);
  if (own !== undefined) return own;
  for (const ancestor of ancestorsOf(span)) {
    const found = map.get(ancestor);
    if (found !== undefined) return found;
  }
  return null;
}

function outcomeOf(span: Span, operation: LogOperation): string | null {
  if (span.error === null) return operation.outcome;
  return /not found/i.test(span.error) ? 'not-found' : 'failed';
}
