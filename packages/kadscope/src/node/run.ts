// Runs a node until the process is asked to end, and says what it does.
import { Registry } from 'prom-client';
import { CommandError, UsageError } from '../errors.ts';
import { dhtReport } from '../http/debug-dht.ts';
import { serveNode } from '../http/server.ts';
import type { NodeServer } from '../http/server.ts';
import type { Io } from '../io.ts';
import { createNode } from './create.ts';
import type { KadscopeNode } from './create.ts';
import { defaultDataFolder } from './identity.ts';
import { OtlpExporter } from './otlp.ts';
import { Router } from './router.ts';
import { QuerySpans } from './spans.ts';
import { addressesOf, NodeWatch } from './watch.ts';
import type { NodeChange } from './watch.ts';

/** What the command line says. */
export interface NodeFlags {
  readonly listen?: readonly string[];
  readonly server?: boolean;
  readonly client?: boolean;
  readonly data?: string;
  readonly memory?: boolean;
  readonly network?: string;
  readonly protocol?: string;
  /** Addresses; `false` for none. */
  readonly bootstrap?: readonly string[] | false;
  /** Host and port; `false` for none. */
  readonly http?: string | false;
  readonly httpName?: readonly string[];
  readonly metrics?: boolean;
  readonly otlp?: string;
  readonly json?: boolean;
}

/** Something that is told. */
type Line =
  | {
      readonly type: 'started';
      readonly peerId: string;
      readonly addresses: readonly string[];
      readonly http: string | null;
    }
  | NodeChange
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };

const DEFAULT_HTTP = '127.0.0.1:8190';
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Runs a node until it is to stop. Throws a `CommandError` when it cannot. */
export async function runNode(flags: NodeFlags, io: Io): Promise<void> {
  const stopped = io.untilStopped();
  const http = httpPlace(flags);
  const tell = (line: Line): void => io.out(flags.json === true ? jsonOf(line) : textOf(line));
  const note = (text: string): void => tell({ type: 'note', text });
  const exporter = flags.otlp === undefined ? null : new OtlpExporter(flags.otlp, note);
  const registry = flags.metrics === true ? new Registry() : null;
  const node = await createNode(nodeOptions(flags, registry, note));
  let server: NodeServer | null = null;
  try {
    server = http === null ? null : await serve(node, { flags, http, registry, exporter, note });
  } catch (error) {
    await node.stop();
    throw error;
  }
  const peerId = node.libp2p.peerId.toString();
  tell({ type: 'started', peerId, addresses: addressesOf(node), http: server?.url ?? null });
  if (http !== null && !LOOPBACK.has(http.host))
    note(`Everybody who can reach ${http.host} can ask this node.`);
  const watch = new NodeWatch(node, tell);
  watch.look();
  await stopped;
  tell({ type: 'stopping' });
  watch.stop();
  await server?.close();
  await node.stop();
  await exporter?.close();
  tell({ type: 'stopped' });
}

interface Serving {
  readonly flags: NodeFlags;
  readonly http: { readonly host: string; readonly port: number };
  readonly registry: Registry | null;
  readonly exporter: OtlpExporter | null;
  readonly note: (text: string) => void;
}

function serve(node: KadscopeNode, parts: Serving): Promise<NodeServer> {
  const { flags, http, registry, exporter, note } = parts;
  const spans = exporter === null ? null : new QuerySpans(node.libp2p.peerId.toString(), exporter);
  const router = new Router(node.dhts, spans?.observe);
  return serveNode({
    ...http,
    router,
    tables: () => ({
      peerId: node.libp2p.peerId.toString(),
      networks: node.dhts.map(({ name, dht }) => dhtReport(name, dht)),
    }),
    ...(flags.httpName !== undefined && { names: flags.httpName }),
    ...(registry !== null && { metrics: registry }),
    onError: (error) => note(`A lookup failed: ${String((error as Error).message)}`),
  });
}

function nodeOptions(
  flags: NodeFlags,
  registry: Registry | null,
  onNote: (text: string) => void,
): Parameters<typeof createNode>[0] {
  const { listen, server, client, network, protocol, bootstrap } = flags;
  if (server === true && client === true)
    throw new UsageError('--server and --client exclude each other; use one of them, or none');
  if (flags.memory === true && flags.data !== undefined)
    throw new UsageError('--memory keeps nothing, so there is nothing to keep in --data');
  return {
    ...(listen !== undefined && { listen }),
    ...(server === true && { mode: 'server' }),
    ...(client === true && { mode: 'client' }),
    ...(network !== undefined && { network }),
    ...(protocol !== undefined && { protocol }),
    ...(bootstrap !== undefined && { bootstrap: bootstrap === false ? [] : bootstrap }),
    ...(registry !== null && { registry }),
    data: flags.memory === true ? null : (flags.data ?? defaultDataFolder()),
    onNote,
  };
}

/** Where to serve; `null` for nowhere. Throws a `UsageError` for what is no host and port. */
function httpPlace({ http, metrics }: NodeFlags): { host: string; port: number } | null {
  if (http === false) {
    if (metrics !== true) return null;
    throw new UsageError('--metrics are served by --http; leave out --no-http');
  }
  const text = http ?? DEFAULT_HTTP;
  const match = /^(\[[\da-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535)
    throw new UsageError(`--http ${text}: expected a host and a port, such as ${DEFAULT_HTTP}`);
  return { host: match[1]!.replace(/^\[|\]$/g, ''), port };
}

function jsonOf(line: Line): string {
  return `${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`;
}

function textOf(line: Line): string {
  switch (line.type) {
    case 'started': {
      const addresses = line.addresses.map((one) => `  ${one}\n`).join('');
      const http = line.http === null ? '' : `Routing API: ${line.http}/routing/v1\n`;
      return `Peer id: ${line.peerId}\nListening on:\n${addresses}${http}`;
    }
    case 'addresses':
      return `Reachable at: ${line.addresses.join(', ') || 'no address'}\n`;
    case 'mode':
      return `${line.network}: ${line.mode === 'server' ? 'answers requests of others' : 'only asks others'}\n`;
    case 'table':
      return `${line.network}: ${line.contacts === 1 ? '1 contact' : `${line.contacts} contacts`} in the routing table\n`;
    case 'note':
      return `${line.text}\n`;
    case 'stopping':
      return 'Stopping.\n';
    case 'stopped':
      return 'Stopped.\n';
  }
}

/** What every failure of a node that is none of the command line's means. */
export function nodeError(error: unknown): unknown {
  if (error instanceof CommandError || !(error instanceof Error)) return error;
  return new CommandError(`the node could not start: ${error.message.split('\n')[0]}`, 'failed');
}
