// Kubo without a DHT, which asks the HTTP router of `kadscope node`; and a node of ours that uses the same DHT node.
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { multiaddr } from '@multiformats/multiaddr';
import { KuboParty } from './kubo-party.ts';
import { LAN_PROTOCOL } from './our-node.ts';
import { OurParty } from './our-party.ts';
import type { Network } from './party.ts';
import { newSwarmKey } from './swarm-key.ts';
import { until } from './until.ts';

/** The command line on the sources, as a server of a network on loopback that knows nobody. */
const COMMAND =
  '--import tsx --conditions=@kadscope/source packages/kadscope/src/main.ts ' +
  `node --memory --server --no-bootstrap --protocol ${LAN_PROTOCOL} ` +
  '--listen /ip4/127.0.0.1/tcp/0 --http 127.0.0.1:0 --json';

/** What the command prints once it runs. */
interface Started {
  readonly type: string;
  readonly addresses: readonly string[];
  readonly http: string;
}

export class DelegatedNetwork implements Network {
  readonly servers = [];
  readonly kubo: KuboParty;
  readonly our: OurParty;
  readonly #router: ChildProcess;

  private constructor(kubo: KuboParty, our: OurParty, router: ChildProcess) {
    this.kubo = kubo;
    this.our = our;
    this.#router = router;
  }

  /** Starts the router, a node of ours beside it, and Kubo, which has no peer at all. */
  static async start(binary: string): Promise<DelegatedNetwork> {
    const router = spawn(process.execPath, COMMAND.split(' '), {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    // Whatever ends this process ends the router with it.
    const end = (): boolean => router.kill('SIGKILL');
    process.once('exit', end);
    router.once('exit', () => process.off('exit', end));
    let our: OurParty | undefined;
    try {
      const { addresses, http } = await startOf(router);
      our = await OurParty.start('server');
      await our.node.libp2p.dial(addresses.map((one) => multiaddr(one)));
      const { routingTable } = our.node.libp2p.services.dht;
      await until(() => routingTable.size === 1, 'the router is in the routing table');
      // Until it knows somebody, the router asks for patience.
      const question = `${http}/routing/v1/peers/${our.id}`;
      await until(async () => (await fetch(question)).ok, 'the router knows our node');
      const kubo = await KuboParty.start(binary, new URL(http), newSwarmKey());
      return new DelegatedNetwork(kubo, our, router);
    } catch (error) {
      await our?.stop();
      await endOf(router);
      throw error;
    }
  }

  async stop(): Promise<void> {
    await Promise.all([this.kubo.stop(), this.our.stop()]);
    await endOf(this.#router);
  }
}

async function startOf(router: ChildProcess): Promise<Started> {
  for await (const line of createInterface({ input: router.stdout! })) {
    const said = JSON.parse(line) as Started;
    if (said.type === 'started') return said;
  }
  throw new Error('kadscope node ended before it ran');
}

async function endOf(router: ChildProcess): Promise<void> {
  if (router.exitCode !== null || router.signalCode !== null) return;
  const ended = new Promise((resolve) => router.once('exit', resolve));
  router.kill('SIGTERM');
  await ended;
}
