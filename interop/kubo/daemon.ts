// A Kubo daemon in a folder of its own, driven by its command line as its users do.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Milliseconds for a command: time decides no check, this ends what hangs. */
const COMMAND_MAX_MS = 120_000;
/** Milliseconds for a daemon to end by itself. */
const END_MAX_MS = 20_000;

/**
 * How a daemon finds things: `dhtserver` answers the others, `dhtclient` only asks; with a URL it asks the HTTP router
 * there, and has no DHT.
 */
export type KuboRouting = 'dhtserver' | 'dhtclient' | URL;

/** The parts of Kubo's configuration that are set here. */
interface KuboConfig {
  readonly Routing: Record<string, unknown>;
  readonly Ipns?: Record<string, unknown>;
  readonly Provide?: Record<string, unknown>;
}

export class KuboDaemon {
  readonly #binary: string;
  readonly #folder: string;
  readonly #env: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #log = '';

  /** The id of the daemon's peer, and where it listens; both known once it runs. */
  id = '';
  addresses: readonly string[] = [];

  private constructor(binary: string, folder: string) {
    this.#binary = binary;
    this.#folder = folder;
    // Nobody outside may come in, and nothing may be told to anybody.
    const only = { IPFS_PATH: folder, LIBP2P_FORCE_PNET: '1', IPFS_TELEMETRY: 'off' };
    this.#env = { ...process.env, ...only };
  }

  /** Starts a daemon in a network that only those with `swarmKey` can enter. */
  static async start(
    binary: string,
    routing: KuboRouting,
    swarmKey: Uint8Array,
  ): Promise<KuboDaemon> {
    const folder = await mkdtemp(join(tmpdir(), 'kadscope-interop-'));
    const daemon = new KuboDaemon(binary, folder);
    try {
      // The profile: loopback, free ports, no bootstrap nodes, mDNS, AutoConf, AutoTLS or port mapping.
      await daemon.text(['init', '--empty-repo', '--profile', 'test']);
      await writeFile(join(folder, 'swarm.key'), swarmKey);
      await daemon.#configure(routing);
      await daemon.#launch();
      const told = await daemon.json<{ ID: string; Addresses: string[] }>(['id']);
      daemon.id = told.ID;
      daemon.addresses = told.Addresses;
      return daemon;
    } catch (error) {
      await daemon.stop();
      throw error;
    }
  }

  /** Runs a command and answers with what it prints. Throws an `Error` with its own words when it fails. */
  async run(args: readonly string[], input?: Uint8Array): Promise<Uint8Array> {
    const signal = AbortSignal.timeout(COMMAND_MAX_MS);
    const child = spawn(this.#binary, args, { env: this.#env, signal });
    const output: Buffer[] = [];
    let errors = '';
    child.stdout.on('data', (data: Buffer) => output.push(data));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    // A command that ends early closes its input; its exit code says why.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on('error', (error) =>
        reject(new Error(`ipfs ${args.join(' ')}: ${error.message}`, { cause: error })),
      );
      child.on('close', resolve);
    });
    if (code !== 0) throw new Error(`ipfs ${args.join(' ')}: ${errors.trim()}`);
    return Buffer.concat(output);
  }

  async text(args: readonly string[], input?: Uint8Array): Promise<string> {
    return Buffer.from(await this.run(args, input))
      .toString()
      .trim();
  }

  async json<T>(args: readonly string[]): Promise<T> {
    return JSON.parse(await this.text([...args, '--enc=json'])) as T;
  }

  /** The lines that a command prints, without those that are empty. */
  async lines(args: readonly string[]): Promise<string[]> {
    return (await this.text(args)).split('\n').filter((line) => line !== '');
  }

  /** Peers in the routing table of its DHT for private networks. */
  async tablePeers(): Promise<string[]> {
    interface Table {
      readonly Buckets: readonly { readonly Peers: readonly { readonly ID: string }[] | null }[];
    }
    const { Buckets } = await this.json<Table>(['stats', 'dht', 'lan']);
    return Buckets.flatMap(({ Peers }) => (Peers ?? []).map(({ ID }) => ID));
  }

  /** Ends the daemon and removes its folder. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      const patience = setTimeout(() => child.kill('SIGKILL'), END_MAX_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(patience);
    }
    await rm(this.#folder, { recursive: true, force: true });
  }

  /**
   * Kubo keeps loopback addresses out of its DHT for private networks, unless it is told not to; and it announces by
   * itself what is added, which would hide whether the command does.
   */
  async #configure(routing: KuboRouting): Promise<void> {
    const path = join(this.#folder, 'config');
    const config = JSON.parse(await readFile(path, 'utf8')) as KuboConfig;
    const isUrl = routing instanceof URL;
    const routers = isUrl ? [routing.origin] : [];
    const changed = {
      ...config,
      Routing: {
        ...config.Routing,
        Type: isUrl ? 'delegated' : routing,
        LoopbackAddressesOnLanDHT: true,
        DelegatedRouters: routers,
      },
      Ipns: { ...config.Ipns, DelegatedPublishers: routers },
      // Kubo insists: the HTTP routing API takes no providers.
      Provide: { ...config.Provide, Strategy: 'pinned', Enabled: !isUrl },
    };
    await writeFile(path, JSON.stringify(changed, null, 2));
  }

  async #launch(): Promise<void> {
    const child = spawn(this.#binary, ['daemon'], { env: this.#env });
    this.#child = child;
    // Whatever ends this process ends the daemon with it.
    const end = (): boolean => child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    await new Promise<void>((resolve, reject) => {
      const told = (data: Buffer): void => {
        this.#log += data.toString();
        if (this.#log.includes('Daemon is ready')) resolve();
      };
      child.stdout.on('data', told);
      child.stderr.on('data', told);
      child.on('error', reject);
      child.on('exit', () => reject(new Error(`The daemon of Kubo ended:\n${this.#log}`)));
    });
  }
}
