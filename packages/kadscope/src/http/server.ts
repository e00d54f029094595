// The HTTP server of a node: the routing API, and metrics for Prometheus.
//
// It is made on node:http, as the studio's server: five paths need no router, streams need the response
// itself, and nothing more has to be installed. Every web page may ask the routing API (that is what it is for,
// and it says only what everybody can find out), but not for the metrics.
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Routing } from '../node/router.ts';
import { Refusal, sendBody, sendText } from './answer.ts';
import type { Exchange } from './answer.ts';
import { close, hostOfUrl, isOwnHost, listen } from './own-host.ts';
import type { Place } from './own-host.ts';
import { DEBUG_PATH, sendTables } from './debug-dht.ts';
import type { TablesReport } from './debug-dht.ts';
import { ENDPOINTS } from './routing-api.ts';

/** Metrics as Prometheus reads them; `Registry` of prom-client is one. */
export interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

/** What to serve, and to whom. */
export interface NodeServerOptions extends Place {
  readonly router: Routing;
  /** Names besides the host by which the server may be called, as behind a proxy. */
  readonly names?: readonly string[];
  /** Served under `/metrics`. */
  readonly metrics?: MetricsSource;
  /** The routing tables, served to this machine under `/debug/dht`. */
  readonly tables?: () => TablesReport;
  /** Requests that are answered at the same time, at most. */
  readonly requestsMax?: number;
  /** Milliseconds for a lookup; then what was found is sent. */
  readonly timeoutMs?: number;
  /** Told of what should not happen. */
  readonly onError?: (error: unknown) => void;
}

/** A running server. */
export interface NodeServer {
  readonly url: string;
  close(): Promise<void>;
}

/** Lookups at once: each has up to 10 requests in flight, and a node some hundred connections. */
const REQUESTS_MAX = 64;
/** The default of boxo (routing/http/server). */
const TIMEOUT_MS = 30_000;
/** Milliseconds for a client to say what it wants. */
const HEAD_TIMEOUT_MS = 10_000;
const RETRY_AFTER_S = 1;
const FLAGS = {
  rival: 'another node',
  port: '--http HOST:PORT',
  freePort: 'port 0',
  host: '--http',
} as const;

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Content-Security-Policy': "default-src 'none'",
  'Referrer-Policy': 'no-referrer',
};

/** Listens; throws a `CommandError` that says what to do when it cannot. */
export async function serveNode(options: NodeServerOptions): Promise<NodeServer> {
  const requests = new Requests(options);
  const server = createServer((request, response) => void requests.answer(request, response));
  server.headersTimeout = HEAD_TIMEOUT_MS;
  server.requestTimeout = HEAD_TIMEOUT_MS * 3;
  const port = await listen(server, options, FLAGS);
  return {
    url: `http://${hostOfUrl(options.host)}:${port}`,
    close: () => {
      requests.abort();
      return close(server);
    },
  };
}

/** Answers requests, so many at a time. */
class Requests {
  readonly #options: NodeServerOptions;
  /** What ends the requests that are being answered. */
  readonly #running = new Set<AbortController>();

  constructor(options: NodeServerOptions) {
    this.#options = options;
  }

  /** Gives up all that is being looked for. */
  abort(): void {
    for (const one of this.#running) one.abort(new Error('the server is closing'));
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const stop = new AbortController();
    const { timeoutMs = TIMEOUT_MS } = this.#options;
    const timer = setTimeout(() => stop.abort(new Error('time is up')), timeoutMs);
    response.once('close', () => stop.abort(new Error('the client has gone')));
    // What goes wrong with a connection ends it, and is told by 'close'.
    response.on('error', () => {});
    const exchange = exchangeOf(request, response, stop.signal);
    this.#running.add(stop);
    try {
      await this.#route(exchange);
    } catch (error) {
      this.#refuse(exchange, error);
    } finally {
      clearTimeout(timer);
      this.#running.delete(stop);
    }
  }

  async #route(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    const { host, names = [], router, metrics, requestsMax = REQUESTS_MAX } = this.#options;
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    if (!isOwnHost(request.headers.host, host, ...names)) {
      throw new Refusal(
        403,
        'This address leads to a node that only answers to its own name; --http-name gives it another one.',
      );
    }
    const path = (request.url ?? '/').split('?', 1)[0]!;
    if (path === '/metrics' && metrics !== undefined) {
      await sendMetrics(exchange, metrics);
      return;
    }
    const { tables } = this.#options;
    if (path === DEBUG_PATH && tables !== undefined) {
      sendTables(exchange, tables);
      return;
    }
    if (!path.startsWith('/routing/')) throw new Refusal(404, 'There is nothing here.');
    allowEverybody(response);
    const endpoint = ENDPOINTS.find((one) => one.path.test(path));
    // For what it does not know the specification has these two ("Error Codes").
    if (endpoint === undefined) throw new Refusal(400, 'The routing API has no such path.');
    const allowed = [...Object.keys(endpoint.methods), 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') {
      response.writeHead(204, { Allow: allowed }).end();
      return;
    }
    const handler = endpoint.methods[request.method ?? ''];
    if (handler === undefined)
      throw new Refusal(501, `Only ${allowed} work here.`, { Allow: allowed });
    if (this.#running.size > requestsMax) {
      throw new Refusal(429, 'This node is busy with other lookups; try again in a moment.', {
        'Retry-After': String(RETRY_AFTER_S),
      });
    }
    const name = decoded(endpoint.path.exec(path)![1]!);
    await handler(router, { ...exchange, name });
  }

  #refuse(exchange: Exchange, error: unknown): void {
    const { response, signal } = exchange;
    // Nobody is left to be told, or the half of an answer that was sent has to be the last of it.
    if (response.destroyed || response.headersSent) {
      response.destroy();
      return;
    }
    response.setHeader('Cache-Control', 'no-store');
    if (error instanceof Refusal) {
      for (const [name, value] of Object.entries(error.headers)) response.setHeader(name, value);
      sendText(exchange, error.status, error.message);
    } else if (signal.aborted) {
      sendText(exchange, 504, 'The lookup took too long.');
    } else {
      this.#options.onError?.(error);
      sendText(exchange, 500, 'The lookup failed.');
    }
  }
}

function exchangeOf(
  request: IncomingMessage,
  response: ServerResponse,
  signal: AbortSignal,
): Exchange {
  const query = new URLSearchParams((request.url ?? '').split('?').slice(1).join('?'));
  return { request, response, name: '', query, signal };
}

/** Pages of every origin may ask (Delegated Routing V1, "CORS and Web Browsers"). */
function allowEverybody(response: ServerResponse): void {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, PUT, OPTIONS');
  response.setHeader('Access-Control-Allow-Headers', 'Accept, Content-Type, If-None-Match');
  response.setHeader('Access-Control-Expose-Headers', 'ETag, Expires, Last-Modified, Retry-After');
  response.setHeader('Access-Control-Max-Age', '86400');
}

async function sendMetrics(exchange: Exchange, metrics: MetricsSource): Promise<void> {
  const { method } = exchange.request;
  if (method !== 'GET' && method !== 'HEAD')
    throw new Refusal(405, 'Only GET and HEAD work here.', { Allow: 'GET, HEAD' });
  exchange.response.setHeader('Cache-Control', 'no-store');
  sendBody(exchange, metrics.contentType, await metrics.metrics());
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refusal(400, 'The path is not percent-encoded as it should be.');
  }
}
