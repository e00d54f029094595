// Runs a node until the process is asked to end, and says what it does.
import { Registry } from 'prom-client';
import type { LiveTrace } from '@kadscope/core/trace';
import { CommandError, UsageError } from '../errors.ts';
import { formatOfName } from '../files.ts';
import { dhtReport } from '../http/debug-dht.ts';
import { serveNode } from '../http/server.ts';
import type { NodeServer } from '../http/server.ts';
import type { Io } from '../io.ts';
import { assertWritable } from '../output-file.ts';
import type { StudioServer } from '../studio/server.ts';
import { createNode } from './create.ts';
import type { KadscopeNode } from './create.ts';
import { defaultDataFolder } from './identity.ts';
import { NodeLive } from './live.ts';
import type { LivePlan } from './live.ts';
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
  /** Where the studio is served: host and port, or `true` for the default. */
  readonly live?: string | true;
  readonly control?: boolean;
  readonly trace?: string;
  readonly json?: boolean;
}

/** Something that is told. */
type Line =
  | {
      readonly type: 'started';
      readonly peerId: string;
      readonly addresses: readonly string[];
      readonly http: string | null;
      readonly studio: string | null;
    }
  | NodeChange
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'stopping' }
  | { readonly type: 'stopped' };

const DEFAULT_HTTP = '127.0.0.1:8190';
const DEFAULT_LIVE = '127.0.0.1:8191';
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Runs a node until it is to stop. Throws a `CommandError` when it cannot. */
export async function runNode(flags: NodeFlags, io: Io): Promise<void> {
  const stopped = io.untilStopped();
  const http = httpPlace(flags);
  const tell = (line: Line): void => io.out(flags.json === true ? jsonOf(line) : textOf(line));
  const note = (text: string): void => tell({ type: 'note', text });
  const exporter = flags.otlp === undefined ? null : new OtlpExporter(flags.otlp, note);
  const registry = flags.metrics === true ? new Registry() : null;
  const plan = await livePlan(flags);
  let live: NodeLive | null = null;
  const record = (dhts: number): LiveTrace => (live = new NodeLive(plan!, dhts)).live;
  const node = await createNode({
    ...nodeOptions(flags, registry, note),
    ...(plan !== null && { live: record }),
  });
  let server: NodeServer | null = null;
  let studio: StudioServer | null = null;
  try {
    studio = (await recorded(live)?.serve(node)) ?? null;
    server = http === null ? null : await serve(node, { flags, http, registry, exporter, note });
  } catch (error) {
    await studio?.close();
    await node.stop();
    throw error;
  }
  const peerId = node.libp2p.peerId.toString();
  tell({
    type: 'started',
    peerId,
    addresses: addressesOf(node),
    http: server?.url ?? null,
    studio: studio?.url ?? null,
  });
  if (http !== null && !LOOPBACK.has(http.host))
    note(`Everybody who can reach ${http.host} can ask this node.`);
  const watch = new NodeWatch(node, tell);
  const save = (): void =>
    void recorded(live)
      ?.save()
      .catch((error: unknown) => note(String(error)));
  process.on('SIGUSR2', save);
  watch.look();
  await stopped;
  tell({ type: 'stopping' });
  watch.stop();
  process.off('SIGUSR2', save);
  await server?.close();
  await node.stop();
  await studio?.close();
  await recorded(live)?.save();
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
    onError: (error) => note(`A lookup failed: ${(error as Error).message}`),
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

/** TypeScript does not see that a callback has set it. */
function recorded(live: NodeLive | null): NodeLive | null {
  return live;
}

/** What to record; `null` for nothing. Throws before anything is started where that cannot be. */
async function livePlan({ live, control, trace }: NodeFlags): Promise<LivePlan | null> {
  if (control === true && live === undefined)
    throw new UsageError('--control lets pages of the studio run operations; it needs --live');
  if (live === undefined && trace === undefined) return null;
  if (trace !== undefined) {
    formatOfName(trace);
    await assertWritable(trace, []);
  }
  return {
    studio: live === undefined ? null : placeOf('--live', live === true ? DEFAULT_LIVE : live),
    mayControl: control === true,
    file: trace ?? null,
  };
}

/** Where to serve; `null` for nowhere. Throws a `UsageError` for what is no host and port. */
function httpPlace({ http, metrics }: NodeFlags): { host: string; port: number } | null {
  if (http === false) {
    if (metrics !== true) return null;
    throw new UsageError('--metrics are served by --http; leave out --no-http');
  }
  const text = http ?? DEFAULT_HTTP;
  return placeOf('--http', text);
}

function placeOf(flag: string, text: string): { host: string; port: number } {
  const match = /^(\[[\da-f:]+\]|[^:[\]]+):(\d{1,5})$/i.exec(text);
  const port = Number(match?.[2]);
  if (match === null || port > 65_535)
    throw new UsageError(`${flag} ${text}: expected a host and a port, such as ${DEFAULT_HTTP}`);
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
      const studio = line.studio === null ? '' : `Studio, live: ${line.studio}\n`;
      return `Peer id: ${line.peerId}\nListening on:\n${addresses}${http}${studio}`;
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
