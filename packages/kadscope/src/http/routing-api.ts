// The Delegated Routing V1 HTTP API (specs.ipfs.tech/routing/http-routing-v1, with IPIP-476, IPIP-484 and
// IPIP-513): browsers and light nodes ask a router over HTTP what they would have to ask the DHT.
import type { Routing } from '../node/router.ts';
import { IPNS, joinKey } from '@kadscope/core';
import type { PeerInfo } from '@libp2p/interface';
import { chooseType } from './accept.ts';
import {
  IPNS_TYPE,
  JSON_TYPE,
  NDJSON_TYPE,
  Refusal,
  sendBody,
  sendPart,
  sendText,
  setListCaching,
} from './answer.ts';
import type { Exchange } from './answer.ts';
import { readIpnsBody, sendIpnsRecord } from './ipns-body.ts';
import { parseCid, parseKey, parsePeerId } from './keys.ts';
import { filtered, filtersOf, peerRecordOf } from './peer-record.ts';
import type { Filters, PeerRecord } from './peer-record.ts';

/** Records in one JSON answer at most (Delegated Routing V1, "Response Body"). */
const JSON_RECORDS_MAX = 100;
/** Records in one stream at most: more providers than anybody will try. */
const STREAM_RECORDS_MAX = 1_000;
/** Nobody is known when a node has just started; then it takes a moment. */
const RETRY_AFTER_S = 5;

type Handler = (router: Routing, exchange: Exchange) => Promise<void>;

/** What a path can be asked for. */
export interface Endpoint {
  readonly path: RegExp;
  readonly methods: Readonly<Record<string, Handler>>;
}

/** All paths of the API; what each names is the first group. */
export const ENDPOINTS: readonly Endpoint[] = [
  reading(/^\/routing\/v1\/providers\/([^/]+)$/, getProviders),
  reading(/^\/routing\/v1\/peers\/([^/]+)$/, getPeers),
  reading(/^\/routing\/v1\/dht\/closest\/peers\/([^/]+)$/, getClosestPeers),
  {
    path: /^\/routing\/v1\/ipns\/([^/]+)$/,
    methods: { GET: getIpns, HEAD: getIpns, PUT: putIpns },
  },
];

function reading(path: RegExp, handler: Handler): Endpoint {
  return { path, methods: { GET: handler, HEAD: handler } };
}

async function getProviders(router: Routing, exchange: Exchange): Promise<void> {
  const cid = parseCid(exchange.name);
  if (cid === null) throw new Refusal(422, `${shown(exchange.name)} is not a CID`);
  await sendList(router, exchange, 'Providers', ({ signal }) =>
    router.findProviders(cid, { signal }),
  );
}

async function getPeers(router: Routing, exchange: Exchange): Promise<void> {
  const id = parsePeerId(exchange.name);
  if (id === null) {
    throw new Refusal(
      422,
      `${shown(exchange.name)} is not a peer id, neither a CID with the codec libp2p-key nor in base58`,
    );
  }
  await sendList(router, exchange, 'Peers', async function* ({ signal }) {
    const peer = await router.findPeer(id, { signal });
    if (peer !== null) yield peer;
  });
}

async function getClosestPeers(router: Routing, exchange: Exchange): Promise<void> {
  const key = parseKey(exchange.name);
  if (key === null)
    throw new Refusal(422, `${shown(exchange.name)} is neither a CID nor a peer id`);
  await sendList(router, exchange, 'Peers', ({ signal }) => router.closestPeers(key, { signal }));
}

async function getIpns(router: Routing, exchange: Exchange): Promise<void> {
  if (chooseType(exchange.request.headers.accept, [IPNS_TYPE]) === null)
    throw new Refusal(406, `Only ${IPNS_TYPE} is served here; retry with Accept: ${IPNS_TYPE}`);
  const name = ipnsNameOf(exchange);
  assertReady(router);
  const record = await router.getIpns(joinKey('ipns', name), { signal: exchange.signal });
  if (record !== null) {
    sendIpnsRecord(exchange, record);
    return;
  }
  exchange.response.setHeader('Vary', 'Accept');
  setListCaching(exchange.response, true);
  // Whatever is not a record says that there is none (IPIP-513).
  sendText(exchange, 200, 'No record was found.');
}

async function putIpns(router: Routing, exchange: Exchange): Promise<void> {
  const type = exchange.request.headers['content-type']?.split(';')[0]!.trim().toLowerCase();
  if (type !== IPNS_TYPE)
    throw new Refusal(
      406,
      `Only ${IPNS_TYPE} is taken here; retry with Content-Type: ${IPNS_TYPE}`,
    );
  const name = ipnsNameOf(exchange);
  const record = await readIpnsBody(exchange.request);
  const problem = IPNS.validate(name, record, Date.now());
  if (problem !== null) throw new Refusal(400, `The record is not valid: ${problem}`);
  assertReady(router);
  const outcome = await router.put(joinKey('ipns', name), record, { signal: exchange.signal });
  if (outcome === 'not-stored') throw new Refusal(500, 'No node has taken the record');
  if (outcome !== 'stored') throw new Refusal(400, 'A newer record of this name is known');
  sendText(exchange, 200, 'The record was published.');
}

function ipnsNameOf({ name }: Exchange): Uint8Array {
  const id = parsePeerId(name);
  if (id === null)
    throw new Refusal(
      400,
      `${shown(name)} is not an IPNS name, which is a CID with the codec libp2p-key`,
    );
  return id.toMultihash().bytes;
}

/** Sends what is found: all at once as JSON, or as it comes as NDJSON. */
async function sendList(
  router: Routing,
  exchange: Exchange,
  field: 'Providers' | 'Peers',
  find: (options: { signal: AbortSignal }) => AsyncIterable<PeerInfo>,
): Promise<void> {
  const { request, response, signal } = exchange;
  const type = chooseType(request.headers.accept, [JSON_TYPE, NDJSON_TYPE]);
  if (type === null) throw new Refusal(406, `Only ${JSON_TYPE} and ${NDJSON_TYPE} are served here`);
  const filters = filtersOf(exchange.query);
  if (filters === null)
    throw new Refusal(422, 'A filter is a list of up to 100 names of up to 63 characters each');
  assertReady(router);
  response.setHeader('Vary', 'Accept');
  // Ends the lookup as soon as there is enough.
  const enough = new AbortController();
  const records = recordsOf(
    find({ signal: AbortSignal.any([signal, enough.signal]) }),
    filters,
    signal,
  );
  try {
    if (type === JSON_TYPE) await sendJson(exchange, field, records);
    else await sendStream(exchange, records);
  } finally {
    enough.abort();
  }
}

/** The records that a client wants, each of what is found; when time is up, those that were found by then. */
async function* recordsOf(
  peers: AsyncIterable<PeerInfo>,
  filters: Filters,
  signal: AbortSignal,
): AsyncGenerator<PeerRecord> {
  try {
    for await (const peer of peers) {
      const record = filtered(peerRecordOf(peer), filters);
      if (record !== null) yield record;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function sendJson(
  exchange: Exchange,
  field: 'Providers' | 'Peers',
  records: AsyncIterable<PeerRecord>,
): Promise<void> {
  const list: PeerRecord[] = [];
  for await (const record of records) {
    list.push(record);
    if (list.length === JSON_RECORDS_MAX) break;
  }
  setListCaching(exchange.response, list.length === 0);
  sendBody(exchange, JSON_TYPE, JSON.stringify({ [field]: list }));
}

async function sendStream(exchange: Exchange, records: AsyncIterable<PeerRecord>): Promise<void> {
  const { request, response } = exchange;
  let count = 0;
  response.setHeader('Content-Type', NDJSON_TYPE);
  for await (const record of records) {
    // The head says how long the answer may be used, which depends on whether there is one.
    if (count === 0) setListCaching(response, false);
    if (request.method === 'HEAD' || response.destroyed) break;
    await sendPart(exchange, `${JSON.stringify(record)}\n`);
    if (++count === STREAM_RECORDS_MAX) break;
  }
  if (!response.headersSent && !response.hasHeader('Cache-Control')) setListCaching(response, true);
  response.end();
}

function assertReady(router: Routing): void {
  if (router.isReady) return;
  throw new Refusal(503, 'This node knows nobody yet whom it could ask; try again in a moment', {
    'Retry-After': String(RETRY_AFTER_S),
  });
}

/** What a client has sent, short enough for a sentence. */
function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
