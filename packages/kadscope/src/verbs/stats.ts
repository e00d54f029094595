// The routing tables of a node that runs, or of one that joins to see.
import { CommandError, UsageError } from '../errors.ts';
import { DEBUG_PATH, dhtReport } from '../http/debug-dht.ts';
import type { DhtReport, TablesReport } from '../http/debug-dht.ts';
import type { Io } from '../io.ts';
import { askAll } from './ask.ts';
import { withClient } from './client.ts';
import type { ClientFlags } from './options.ts';

/** What the command line says. */
export interface StatsFlags extends ClientFlags {
  /** Where a node runs. */
  readonly api?: string;
}

const DEFAULT_API = 'http://127.0.0.1:8190';
const API_MS = 10_000;

/** Prints the tables. */
export async function runStats(flags: StatsFlags, io: Io): Promise<void> {
  const report = (await ofRunning(flags, io)) ?? (await ofFresh(flags));
  io.out(flags.json === true ? `${JSON.stringify(report)}\n` : tablesText(report));
}

/** Of the node that runs here; `null` where another network is asked for, or there is none. */
async function ofRunning(flags: StatsFlags, io: Io): Promise<TablesReport | null> {
  const { api, network, protocol, connect, bootstrap, data } = flags;
  const isElsewhere = [network, protocol, connect, bootstrap, data].some(
    (flag) => flag !== undefined,
  );
  if (api !== undefined && isElsewhere)
    throw new UsageError(
      '--api asks a node that runs, in the network that it is in; leave out the rest',
    );
  if (isElsewhere) return null;
  try {
    return await fetchTables(api ?? DEFAULT_API);
  } catch (error) {
    if (api !== undefined) throw error;
    io.err('No node runs here, so a new one joins the network to see.\n');
    return null;
  }
}

async function fetchTables(api: string): Promise<TablesReport> {
  if (!URL.canParse(DEBUG_PATH, api))
    throw new UsageError(`--api ${api}: expected an address such as ${DEFAULT_API}`);
  const url = new URL(DEBUG_PATH, api);
  let response: Response;
  try {
    response = await fetch(url, { signal: AbortSignal.timeout(API_MS), redirect: 'error' });
  } catch {
    throw new CommandError(
      `${api} does not answer; start a node with 'kadscope node', or name its address with --api`,
      'unreachable',
    );
  }
  const report: unknown = response.ok ? await response.json().catch(() => null) : null;
  if (isTables(report)) return report;
  throw new CommandError(
    `${api} does not tell (status ${response.status}); see that it is a kadscope node on this machine`,
    'failed',
  );
}

/** What another program answers is none. */
function isTables(value: unknown): value is TablesReport {
  const { networks } = (value ?? {}) as { readonly networks?: unknown };
  return Array.isArray(networks);
}

async function ofFresh(flags: StatsFlags): Promise<TablesReport> {
  return await withClient(flags, async (client) => {
    const key = client.libp2p.peerId;
    const question = {
      operation: 'bootstrap',
      key,
      ask: (dht: Parameters<typeof dhtReport>[1], signal: AbortSignal) => dht.bootstrap({ signal }),
    };
    for await (const _ of askAll(client, question));
    const networks = client.dhts.map(({ name, dht }) => dhtReport(name, dht));
    return { peerId: key.toString(), networks };
  });
}

/** The tables as Kubo prints them, more or less. */
function tablesText({ peerId, networks }: TablesReport): string {
  return [`Node ${peerId}`, ...networks.flatMap(networkLines), ''].join('\n');
}

function networkLines({ name, protocol, mode, contacts, buckets }: DhtReport): string[] {
  return [
    `DHT ${name} (${protocol}, ${mode}): ${counted(contacts, 'peer')} in ${counted(buckets.length, 'bucket')}`,
    ...buckets.flatMap(({ index, peers }) => [
      `  Bucket ${index}: ${counted(peers.length, 'peer')}`,
      ...peers.flatMap(({ id, addresses }) => [
        `    ${id}`,
        ...addresses.map((address) => `      ${address}`),
      ]),
    ]),
  ];
}

function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`;
}
