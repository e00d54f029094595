// Answers of the routing API: what of a request they depend on, and what they look like.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { once } from 'node:events';

/** A request, with what its answer needs. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** What the path names: a CID, a peer id, a key. */
  readonly name: string;
  readonly query: URLSearchParams;
  /** Aborted when the client goes away, or time is up. */
  readonly signal: AbortSignal;
}

/** Something that a request asks for and will not get. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.name = 'Refusal';
    this.status = status;
    this.headers = headers;
  }
}

export const JSON_TYPE = 'application/json';
export const NDJSON_TYPE = 'application/x-ndjson';
export const IPNS_TYPE = 'application/vnd.ipfs.ipns-record';

/** Seconds that answers may be used: with results, and without (Delegated Routing V1, "Response Headers"). */
const MAX_AGE_S = 300;
const MAX_AGE_EMPTY_S = 15;
/** Seconds that an old answer is better than none: as long as provider records live, 48 hours. */
const STALE_S = 172_800;

/** Says how long an answer may be used. */
export function setCaching(response: ServerResponse, maxAgeS: number, staleS: number): void {
  response.setHeader(
    'Cache-Control',
    `public, max-age=${maxAgeS}, stale-while-revalidate=${staleS}, stale-if-error=${staleS}`,
  );
  response.setHeader('Last-Modified', new Date().toUTCString());
}

/** Says how long a list may be used. */
export function setListCaching(response: ServerResponse, isEmpty: boolean): void {
  setCaching(response, isEmpty ? MAX_AGE_EMPTY_S : MAX_AGE_S, STALE_S);
}

/** Sends one whole body; without it for HEAD. */
export function sendBody(
  { request, response }: Exchange,
  type: string,
  body: string | Uint8Array,
): void {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', bytes.length);
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

/** Sends a plain sentence. */
export function sendText(exchange: Exchange, status: number, text: string): void {
  exchange.response.statusCode = status;
  sendBody(exchange, 'text/plain; charset=utf-8', `${text}\n`);
}

/** Sends a part of a body, no faster than the client reads. Rejects when the client goes away meanwhile. */
export async function sendPart({ response, signal }: Exchange, text: string): Promise<void> {
  if (!response.write(text)) await once(response, 'drain', { signal });
}
