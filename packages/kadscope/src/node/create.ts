// A node: libp2p with everything that the IPFS DHT asks of one (ipfs/specs, kad-dht.md, "Networking"), our DHT,
// and its data on a disk.
import './polyfill.ts';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { autoNAT } from '@libp2p/autonat';
import { identify } from '@libp2p/identify';
import type { Libp2p, PrivateKey } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { prometheusMetrics } from '@libp2p/prometheus-metrics';
import { tls } from '@libp2p/tls';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { LevelDatastore } from 'datastore-level';
import type { LiveTrace } from '@kadscope/core/trace';
import type { KadscopeDHT } from '@kadscope/libp2p';
import { createLibp2p } from 'libp2p';
import type { Registry } from 'prom-client';
import { version } from '../version.ts';
import { CommandError, fileError, systemCode, UsageError } from '../errors.ts';
import { Bootstrapper } from './bootstrap.ts';
import { newIdentity, readIdentity } from './identity.ts';
import { dhtServices, networkOf, serviceName } from './network.ts';
import type { NetworkFlags, NetworkPlan } from './network.ts';
import type { NamedDht } from './router.ts';
import { defaultListen, loadTransports } from './transports.ts';

/** What a node can be told. */
export interface NodeOptions extends NetworkFlags {
  /** Where it listens; by default TCP, WebSockets and QUIC on all addresses. */
  readonly listen?: readonly string[];
  /** By default a node serves others as soon as they can reach it. */
  readonly mode?: 'client' | 'server';
  /** The folder of its data; `null` for none: then nobody will know it again. */
  readonly data: string | null;
  /** Nodes to begin with; by default those of the network. */
  readonly bootstrap?: readonly string[];
  /** Where metrics are collected. */
  readonly registry?: Registry;
  /** Where its steps are recorded, given how many DHTs it has. */
  readonly live?: (dhts: number) => LiveTrace;
  /** Told of what is worth knowing. */
  readonly onNote?: (note: string) => void;
}

/** A running node. */
export interface KadscopeNode {
  readonly libp2p: Libp2p;
  readonly dhts: readonly NamedDht[];
  /** Leaves the network, and closes the data. */
  stop(): Promise<void>;
}

type Services = Record<string, unknown>;

/** Makes a node and starts it. Throws a `CommandError` that says what to do when that cannot be. */
export async function createNode(options: NodeOptions): Promise<KadscopeNode> {
  const plan = networkOf(options);
  const bootstrap = (options.bootstrap ?? plan.bootstrap).map((one) => address('--bootstrap', one));
  const listen = options.listen?.map((one) => address('--listen', one).toString());
  const { transports, quicProblem } = await loadTransports();
  if (quicProblem !== null) options.onNote?.(`There is no QUIC here: ${quicProblem}.`);
  const isPublic = plan.isServer === undefined;
  const data = options.data === null ? null : await openData(options.data);
  try {
    const libp2p = await createLibp2p<Services>({
      privateKey: data?.key ?? (await newIdentity()),
      ...(data !== null && { datastore: data.datastore }),
      addresses: { listen: listen ?? defaultListen(quicProblem === null, isPublic) },
      transports,
      connectionEncrypters: [noise(), tls()],
      streamMuxers: [yamux()],
      nodeInfo: { name: 'kadscope', version: version(), userAgent: `kadscope/${version()}` },
      services: {
        identify: identify(),
        ping: ping(),
        autoNAT: autoNAT(),
        ...dhtServices(plan, options.mode, options.live?.(plan.dhts.length)),
      },
      ...(options.registry !== undefined && {
        metrics: metricsOf(options.registry, options.data ?? process.cwd()),
      }),
    }).catch((error: unknown) => {
      throw startError(error);
    });
    return running(libp2p, plan, { bootstrap, data, options });
  } catch (error) {
    await data?.datastore.close();
    throw error;
  }
}

interface Around {
  readonly bootstrap: readonly Multiaddr[];
  readonly data: Data | null;
  readonly options: NodeOptions;
}

function running(libp2p: Libp2p<Services>, plan: NetworkPlan, around: Around): KadscopeNode {
  const { bootstrap, data, options } = around;
  const dhts = plan.dhts.map(({ name }, i): NamedDht => {
    return { name, dht: libp2p.services[serviceName(i)] as KadscopeDHT };
  });
  const bootstrapper = new Bootstrapper({
    addresses: bootstrap,
    known: () => dhts[0]!.dht.routingTable.size,
    dial: (to, signal) => libp2p.dial(to, { signal }),
    onAlone: (reason) => options.onNote?.(`No bootstrap node could be reached: ${reason}`),
  });
  void bootstrapper.start();
  return {
    libp2p,
    dhts,
    stop: async () => {
      bootstrapper.stop();
      await libp2p.stop();
      await data?.datastore.close();
    },
  };
}

interface Data {
  readonly key: PrivateKey;
  readonly datastore: LevelDatastore;
}

async function openData(folder: string): Promise<Data> {
  const key = await readIdentity(folder);
  const path = join(folder, 'datastore');
  try {
    await mkdir(path, { recursive: true });
    const datastore = new LevelDatastore(path);
    // Before the datastore does so itself, which would not say why it cannot.
    await datastore.db.open();
    await datastore.open();
    return { key, datastore };
  } catch (error) {
    throw dataError(error, path);
  }
}

function dataError(error: unknown, path: string): CommandError {
  const causes = causesOf(error);
  if (causes.some((one) => systemCode(one) === 'LEVEL_LOCKED')) {
    return new CommandError(
      `${path}: another node is using it; stop that one, or name another folder with --data`,
      'in-use',
      { file: path },
    );
  }
  return fileError(causes.at(-1), path);
}

/** An error and its causes, the deepest last. */
function causesOf(error: unknown): unknown[] {
  const { cause } = error as { cause?: unknown };
  return cause === undefined || cause === null ? [error] : [error, ...causesOf(cause)];
}

function metricsOf(
  registry: Registry,
  statfsLocation: string,
): ReturnType<typeof prometheusMetrics> {
  return prometheusMetrics({ registry, preserveExistingMetrics: true, statfsLocation });
}

function address(flag: string, text: string): Multiaddr {
  try {
    return multiaddr(text);
  } catch {
    throw new UsageError(`${flag} ${text}: this is no multiaddr, such as /ip4/127.0.0.1/tcp/4191`);
  }
}

/** Addresses that cannot be listened on are the one thing that goes wrong when libp2p starts. */
function startError(error: unknown): unknown {
  const { name, message } = error as Error;
  if (!/^UnsupportedListenAddress|TransportUnavailable/.test(name)) return error;
  const reasons = message
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line.startsWith('/'));
  const what = reasons.length === 0 ? message : reasons.join('; ');
  return new CommandError(
    `the node cannot listen: ${what}; choose other addresses with --listen`,
    'cannot-listen',
  );
}
