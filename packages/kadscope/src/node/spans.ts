// Queries as OpenTelemetry spans: one for the query, one for its lookup, and one for each request. Their names and
// attributes are those of go-libp2p-kad-dht (routing.go, pb/protocol_messenger.go), so that what was made for
// its spans, such as our own import of traces, reads these.
import { randomBytes } from 'node:crypto';
import type { QueryEvent } from '@kadscope/libp2p';
import type { PeerId, PeerInfo } from '@libp2p/interface';
import { base58btc } from 'multiformats/bases/base58';
import type { FinishedSpan, SpanSink } from './otlp.ts';
import type { Observer, QueryKind } from './router.ts';

const METHODS: Readonly<Record<QueryKind, string>> = {
  findProviders: 'FindProvidersAsync',
  findPeer: 'FindPeer',
  getClosestPeers: 'GetClosestPeers',
  get: 'GetValue',
  put: 'PutValue',
};
const REQUESTS: Readonly<Record<string, string>> = {
  FIND_NODE: 'GetClosestPeers',
  GET_PROVIDERS: 'GetProviders',
  GET_VALUE: 'GetValue',
  PUT_VALUE: 'PutValue',
  ADD_PROVIDER: 'PutProvider',
  PING: 'Ping',
};
const GIVING: ReadonlySet<string> = new Set(['PUT_VALUE', 'ADD_PROVIDER']);
const SLASH = 0x2f;
/** How Go says that a lookup found nothing, which is an error there. */
const NOT_FOUND = 'routing: not found';

/** Makes spans of all queries that it observes. */
export class QuerySpans {
  readonly #sink: SpanSink;
  readonly #resource: FinishedSpan['resource'];

  constructor(peerId: string, sink: SpanSink) {
    this.#sink = sink;
    this.#resource = { 'service.name': 'kadscope', 'service.instance.id': peerId };
  }

  /** Passes the events of a query on, and makes spans of them when it ends, whoever ends it. */
  readonly observe: Observer = (query, events) => this.#observe(query, events);

  async *#observe(
    query: Parameters<Observer>[0],
    events: AsyncIterable<QueryEvent>,
  ): AsyncGenerator<QueryEvent> {
    const spans = new QuerySpan(query, this.#resource);
    let error: string | undefined;
    try {
      for await (const event of events) {
        spans.read(event);
        yield event;
      }
    } catch (caught) {
      error = (caught as Error).name === 'NotFoundError' ? NOT_FOUND : (caught as Error).message;
      throw caught;
    } finally {
      for (const span of spans.finish(error)) this.#sink.add(span);
    }
  }
}

interface Running {
  readonly name: string;
  readonly isGiving: boolean;
  readonly to: string;
  readonly startMs: number;
}

type Part = Pick<FinishedSpan, 'name' | 'startMs' | 'endMs' | 'attributes' | 'error'>;

/** The spans of one query. */
class QuerySpan {
  readonly #kind: QueryKind;
  readonly #network: string;
  readonly #key: string;
  readonly #resource: FinishedSpan['resource'];
  readonly #traceId = hexId(16);
  readonly #rootId = hexId(8);
  readonly #lookupId = hexId(8);
  readonly #startMs = Date.now();
  readonly #spans: FinishedSpan[] = [];
  readonly #events: NonNullable<FinishedSpan['events']>[number][] = [];
  /** Requests that are not answered yet, by peer and type. */
  readonly #running = new Map<string, Running>();
  /** The time of the last event. */
  #lastMs = this.#startMs;
  #lookup: { readonly startMs: number; endMs: number } | null = null;
  #outcome: string | null = null;

  constructor(query: Parameters<Observer>[0], resource: FinishedSpan['resource']) {
    this.#kind = query.kind;
    this.#network = query.name;
    this.#key = textOfKey(query.key);
    this.#resource = resource;
  }

  read(event: QueryEvent): void {
    this.#lastMs = Math.max(this.#lastMs, event.time);
    switch (event.name) {
      case 'SEND_QUERY':
        this.#send(event.to, event.messageName, event.time);
        break;
      case 'PEER_RESPONSE':
        this.#end(event.from, event.messageName, { endMs: event.time, closer: event.closer });
        break;
      case 'QUERY_ERROR':
        this.#end(event.from, null, { endMs: event.time, error: event.error.message });
        break;
      case 'PROVIDER':
        for (const { id } of event.providers) this.#tell('found provider', id, event.time);
        break;
      case 'FINAL_PEER':
        if (this.#kind === 'findPeer') this.#tell('found peer', event.peer.id, event.time);
        break;
      case 'VALUE':
        this.#tell('found value', event.from, event.time);
        break;
      case 'PATH_ENDED':
        this.#outcome = event.reason;
        break;
      case 'DIAL_PEER':
      case 'ADD_PEER':
        break;
    }
  }

  /** All spans; what was not answered by now never will be. */
  finish(error: string | undefined): FinishedSpan[] {
    for (const [key, request] of this.#running) {
      this.#running.delete(key);
      this.#add(request, { endMs: this.#lastMs, error: 'context canceled' });
    }
    if (this.#lookup !== null) {
      const { startMs, endMs } = this.#lookup;
      const attributes = { Target: this.#key };
      const part = { name: 'KadDHT.RunLookupWithFollowup', startMs, endMs, attributes };
      this.#push(part, this.#lookupId, this.#rootId);
    }
    const failure = error ?? (this.#outcome === 'not-found' ? NOT_FOUND : undefined);
    this.#push(
      {
        name: `KadDHT.${METHODS[this.#kind]}`,
        startMs: this.#startMs,
        endMs: Math.max(this.#lastMs, Date.now()),
        attributes: {
          key: this.#key,
          network: this.#network,
          ...(this.#outcome !== null && { outcome: this.#outcome }),
        },
        ...(failure !== undefined && { error: failure }),
      },
      this.#rootId,
    );
    return this.#spans;
  }

  #send(to: PeerId, type: string, startMs: number): void {
    const isGiving = GIVING.has(type);
    const name = `ProtocolMessenger.${REQUESTS[type] ?? type}`;
    this.#running.set(`${to.toString()} ${name}`, { name, isGiving, to: to.toString(), startMs });
    if (!isGiving) this.#lookup ??= { startMs, endMs: startMs };
  }

  #end(
    from: PeerId,
    type: string | null,
    end: { endMs: number; closer?: readonly PeerInfo[]; error?: string },
  ): void {
    const peer = from.toString();
    // An error does not say what was asked: it is the one request that this peer has not answered.
    const found = [...this.#running].find(
      ([, { to, name }]) =>
        to === peer && (type === null || name === `ProtocolMessenger.${REQUESTS[type] ?? type}`),
    );
    if (found === undefined) return;
    this.#running.delete(found[0]);
    this.#add(found[1], end);
  }

  #add(
    { name, to, startMs, isGiving }: Running,
    { endMs, closer, error }: { endMs: number; closer?: readonly PeerInfo[]; error?: string },
  ): void {
    const peers = closer?.map(
      ({ id, multiaddrs }) => `{${id.toString()}: [${multiaddrs.join(' ')}]}`,
    );
    const attributes = { to, key: this.#key, ...(peers !== undefined && { peers }) };
    const part = { name, startMs, endMs, attributes, ...(error !== undefined && { error }) };
    this.#push(part, hexId(8), isGiving ? this.#rootId : this.#lookupId);
    if (!isGiving && this.#lookup !== null)
      this.#lookup.endMs = Math.max(this.#lookup.endMs, endMs);
  }

  #push(part: Part, spanId: string, parentSpanId?: string): void {
    const events = spanId === this.#rootId ? this.#events : [];
    this.#spans.push({
      ...part,
      traceId: this.#traceId,
      spanId,
      ...(parentSpanId !== undefined && { parentSpanId }),
      events,
      resource: this.#resource,
    });
  }

  #tell(name: string, peer: PeerId, ms: number): void {
    this.#events.push({ name, ms, attributes: { peer: peer.toString() } });
  }
}

/** A multihash in base58, or the key of a record as a path: `/ipns/` and a peer id. */
function textOfKey(key: Uint8Array): string {
  if (key[0] !== SLASH) return base58btc.baseEncode(key);
  const start = key.indexOf(SLASH, 1) + 1;
  return `${new TextDecoder().decode(key.subarray(0, start))}${base58btc.baseEncode(key.subarray(start))}`;
}

function hexId(bytes: number): string {
  return randomBytes(bytes).toString('hex');
}
