// The server behind `kadscope studio`: the built studio as static files, and one trace.
//
// It is made for one person's own machine. It answers only requests that name this machine in their
// Host header, because otherwise any web page could reach it under a name of its own that points here
// (DNS rebinding), and it lets the page load nothing from elsewhere.
import { createReadStream } from 'node:fs';
import { open, realpath } from 'node:fs/promises';
import { createServer } from 'node:http';
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { CommandError, fileError } from '../errors.ts';
import { close, hostOfUrl, isOwnHost, listen } from '../http/own-host.ts';
import { serveLive } from '../live/live-server.ts';
import type { LiveFeed } from '../live/live-server.ts';
import { describeFile, findFile } from './static-files.ts';
import type { ServedFile } from './static-files.ts';

/** What to serve, and where. */
export interface StudioOptions {
  /** The folder of the built studio. */
  readonly root: string;
  readonly host: string;
  /** 0 picks a free port. */
  readonly port: number;
  /** A trace that the page can load. */
  readonly file?: string;
  /** Nodes that the page can watch. */
  readonly live?: LiveFeed;
}

/** A running server. */
export interface StudioServer {
  /** The address of the page, with the trace if there is one. */
  readonly url: string;
  close(): Promise<void>;
}

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': [
    "default-src 'none'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
};
/** Bytes of the token that a page shows to watch: nobody guesses it. */
const TOKEN_BYTES = 16;
const FLAGS = {
  rival: 'another studio',
  port: '--port',
  freePort: '--port 0',
  host: '--host',
} as const;
const ONE_YEAR = 'public, max-age=31536000, immutable';

/** A trace under the name by which the page asks for it. */
interface ServedTrace {
  readonly name: string;
  readonly path: string;
  readonly isCompressed: boolean;
}

/** Listens; throws a `CommandError` that says what to do when it cannot. */
export async function serveStudio(options: StudioOptions): Promise<StudioServer> {
  const root = await realpath(options.root);
  const trace = options.file === undefined ? null : await servedTrace(options.file);
  const server = createServer((request, response) => {
    void answer({ root, trace, host: options.host }, request, response);
  });
  const token = randomBytes(TOKEN_BYTES).toString('hex');
  const endLive =
    options.live === undefined
      ? () => {}
      : serveLive(server, {
          feed: options.live,
          token,
          isOwnHost: (header) => isOwnHost(header, options.host),
        });
  const port = await listen(server, options, FLAGS);
  const place = trace === null ? '' : `#/replay?src=trace/${trace.name}`;
  const hash = options.live === undefined ? place : `#/live?token=${token}`;
  return {
    url: `http://${hostOfUrl(options.host)}:${port}/${hash}`,
    close: () => {
      endLive();
      return close(server);
    },
  };
}

interface Site {
  readonly root: string;
  readonly trace: ServedTrace | null;
  readonly host: string;
}

async function answer(
  site: Site,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  if (!isOwnHost(request.headers.host, site.host)) {
    refuse(response, 403, 'This address leads to a studio that only answers to its own name.');
    return;
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    refuse(response, 405, 'Only GET and HEAD are served here.');
    return;
  }
  const path = decodePath(request.url ?? '/');
  const file = path === null ? null : await lookUp(site, path);
  if (file === null) refuse(response, 404, 'There is no such file.');
  else await send(file, request, response);
}

async function lookUp(site: Site, path: string): Promise<ServedFile | null> {
  if (site.trace !== null && path === `/trace/${site.trace.name}`) {
    const { name, isCompressed } = site.trace;
    return describeFile(site.trace.path, { name, isCompressed }).catch(() => null);
  }
  return findFile(site.root, path === '/' ? '/index.html' : path);
}

async function send(
  file: ServedFile,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.setHeader('ETag', file.etag);
  response.setHeader('Cache-Control', file.isImmutable ? ONE_YEAR : 'no-cache');
  if (request.headers['if-none-match']?.includes(file.etag) === true) {
    response.writeHead(304).end();
    return;
  }
  response.setHeader('Content-Type', file.type);
  response.setHeader('Content-Length', file.bytes);
  if (file.isCompressed) response.setHeader('Content-Encoding', 'gzip');
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  // Never more than was announced, should the file grow meanwhile.
  const content = file.bytes === 0 ? [] : createReadStream(file.path, { end: file.bytes - 1 });
  // A reader that goes away, or a file that does, ends the response; there is nobody left to tell.
  await pipeline(content, response).catch(() => response.destroy());
}

function refuse(response: ServerResponse, status: number, text: string): void {
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.writeHead(status).end(`${text}\n`);
}

function decodePath(url: string): string | null {
  try {
    return decodeURIComponent(url.split(/[?#]/, 1)[0]!);
  } catch {
    return null;
  }
}

async function servedTrace(path: string): Promise<ServedTrace> {
  try {
    const file = await describeFile(path);
    if (file === null)
      throw new CommandError(`${path}: this is no file; name a trace file`, 'EISDIR', {
        file: path,
      });
    const handle = await open(path);
    const { buffer } = await handle.read(new Uint8Array(2), 0, 2, 0).finally(() => handle.close());
    const isCompressed = buffer[0] === 0x1f && buffer[1] === 0x8b;
    // The browser unpacks it, so the page sees the name without .gz; odd characters are not worth escaping.
    const name = (isCompressed ? basename(path).replace(/\.gz$/, '') : basename(path)).replace(
      /[^\w.-]/g,
      '_',
    );
    return { name: name.replace(/^\.+/, ''), path, isCompressed };
  } catch (error) {
    throw error instanceof CommandError ? error : fileError(error, path);
  }
}
