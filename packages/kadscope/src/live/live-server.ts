// Lets the studio watch nodes that run: one WebSocket, over which a trace comes as it grows.
//
//   node ─ started (JSON) · batch (bytes) · now (JSON) · answers (JSON) ─▶ page
//        ◀─ operate (JSON) ──────────────────────────────────────────────
//
// A page of any other site could open a WebSocket to this machine; so the address has to be ours, the
// page has to come from here, and it has to know the token of this run.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { encodeBatch, START_MARK, takeBatch } from '@kadscope/core/trace';
import type { LiveTrace, TraceMark, TraceMeta } from '@kadscope/core/trace';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { parseOperation } from './operation-request.ts';
import type { LiveOperation } from './operation-request.ts';

/** Where the page connects to. */
const LIVE_PATH = '/live';

/** Milliseconds from one batch to the next: five a second are enough to watch. */
const BATCH_MS = 100;

/** Bytes that wait for a slow page before it gets no more; what it misses comes in one later batch. */
const WAITING_BYTES_MAX = 8_388_608;

/** Bytes of a message from a page at most: a value of 16 KiB in hexadecimal, and the rest. */
const MESSAGE_BYTES_MAX = 65_536;

/** Pages that watch at once, at most. */
const PAGES_MAX = 16;

/** What is watched, and what may be done to it. */
export interface LiveFeed {
  readonly live: LiveTrace;
  /** The time of the trace now, in milliseconds. */
  readonly nowMs: () => number;
  /** Runs an operation; `null` where pages may only watch. Rejects with a sentence for people. */
  readonly operate: ((operation: LiveOperation) => Promise<number>) | null;
}

/** Who may connect. */
export interface LiveOptions {
  readonly feed: LiveFeed;
  readonly token: string;
  /** Whether a request names this machine as it should. */
  readonly isOwnHost: (header: string | undefined) => boolean;
}

/** Serves the feed beside what a server serves already; returns what ends it. */
export function serveLive(server: Server, options: LiveOptions): () => void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MESSAGE_BYTES_MAX });
  const pages = new Set<LivePage>();
  server.on('upgrade', (request, socket: Duplex, head: Buffer) => {
    const problem = pages.size >= PAGES_MAX ? 503 : problemOf(request, options);
    if (problem !== null) {
      refuse(socket, problem);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (page) => {
      const one = new LivePage(page, options.feed);
      pages.add(one);
      page.once('close', () => pages.delete(one));
    });
  });
  return () => {
    for (const page of pages) page.close();
    sockets.close();
  };
}

/** The status with which a request is refused; `null` when it is not. */
function problemOf(request: IncomingMessage, { token, isOwnHost }: LiveOptions): number | null {
  const { host, origin } = request.headers;
  const url = new URL(request.url ?? '/', 'http://localhost');
  if (url.pathname !== LIVE_PATH) return 404;
  // Programs have no origin; a page always has one, and it has to be the one that is served here.
  const isOwnPage = origin === undefined || origin === `http://${host ?? ''}`;
  if (!isOwnHost(host) || !isOwnPage) return 403;
  return isToken(url.searchParams.get('token') ?? '', token) ? null : 401;
}

function isToken(said: string, token: string): boolean {
  const [a, b] = [Buffer.from(said), Buffer.from(token)];
  return a.length === b.length && timingSafeEqual(a, b);
}

const REASONS: Readonly<Record<number, string>> = {
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  503: 'Service Unavailable',
};

function refuse(socket: Duplex, status: number): void {
  socket.end(
    `HTTP/1.1 ${status} ${REASONS[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  );
}

/** One page that watches. */
class LivePage {
  readonly #socket: WebSocket;
  readonly #feed: LiveFeed;
  readonly #timer: NodeJS.Timeout;
  #mark: TraceMark = START_MARK;

  constructor(socket: WebSocket, feed: LiveFeed) {
    this.#socket = socket;
    this.#feed = feed;
    socket.on('message', (data: Buffer, isBinary) => {
      void this.#hear(isBinary ? '' : data.toString('utf8'));
    });
    socket.on('error', () => socket.terminate());
    socket.on('close', () => clearInterval(this.#timer));
    const { meta } = feed.live.trace;
    this.#say({ type: 'started', meta: plainMeta(meta), canOperate: feed.operate !== null });
    this.#timer = setInterval(() => this.#send(), BATCH_MS);
    this.#send();
  }

  close(): void {
    this.#send();
    this.#socket.close(1001, 'the node stops');
  }

  /** Sends what is new, unless the page has not even taken what it was sent before. */
  #send(): void {
    const { live, nowMs } = this.#feed;
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#socket.bufferedAmount > WAITING_BYTES_MAX) return;
    const { trace } = live;
    const isNew = trace.length > this.#mark.events || trace.nodes.length > this.#mark.nodes;
    if (isNew) {
      const batch = takeBatch(trace, this.#mark);
      this.#mark = batch.mark;
      this.#socket.send(encodeBatch(batch));
    }
    this.#say({ type: 'now', nowMs: nowMs(), isFull: live.isFull });
  }

  async #hear(text: string): Promise<void> {
    const order = parseOperation(text);
    if (order === null) {
      this.#socket.close(1003, 'no such request');
      return;
    }
    const { request, operation } = order;
    try {
      if (this.#feed.operate === null)
        throw new Error(
          'This node may be watched only; start it with --control to run operations.',
        );
      if (operation === null) throw new Error('The node does not know such an operation.');
      const timeMs = this.#feed.nowMs();
      const id = await this.#feed.operate(operation);
      this.#send();
      this.#say({ type: 'operationStarted', request, operation: id, timeMs });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#say({ type: 'failed', request, message });
    }
  }

  #say(message: object): void {
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(message));
  }
}

/** JSON has no big numbers. */
function plainMeta({ epochNs, ...meta }: TraceMeta): object {
  return { ...meta, epochNs: String(epochNs) };
}
