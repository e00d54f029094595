// Private networks of Kubo daemons and nodes of ours, each with a key that nobody else has.
import { multiaddr } from '@multiformats/multiaddr';
import { KuboParty } from './kubo-party.ts';
import { OurParty } from './our-party.ts';
import type { Network, Party } from './party.ts';
import { newSwarmKey } from './swarm-key.ts';
import { until } from './until.ts';

type Role = 'server' | 'client';

/** Who takes part in a network. */
export interface Plan {
  readonly name: string;
  readonly kubo: readonly Role[];
  readonly ours: readonly Role[];
}

export class PrivateNetwork implements Network {
  readonly kubo: readonly KuboParty[];
  readonly ours: readonly OurParty[];

  private constructor(kubo: readonly KuboParty[], ours: readonly OurParty[]) {
    this.kubo = kubo;
    this.ours = ours;
  }

  /** Starts all nodes, connects everybody to the servers, and waits until their routing tables say so. */
  static async start(binary: string, plan: Plan): Promise<PrivateNetwork> {
    const swarmKey = newSwarmKey();
    const kubo = plan.kubo.map((role) => KuboParty.start(binary, `dht${role}`, swarmKey));
    const ours = plan.ours.map((role) => OurParty.start(role, swarmKey));
    const results = await Promise.allSettled([...kubo, ...ours]);
    const network = new PrivateNetwork(await fulfilled(kubo), await fulfilled(ours));
    try {
      const failed = results.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      await network.#connect();
      await until(async () => network.#haveMet(), 'all servers are in all routing tables');
    } catch (error) {
      await network.stop();
      throw error;
    }
    return network;
  }

  get all(): readonly Party[] {
    return [...this.kubo, ...this.ours];
  }

  get servers(): readonly Party[] {
    return this.all.filter(({ serves }) => serves);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all.map(async (party) => party.stop()));
  }

  /** Clients stay strangers to one another: only lookups can bring them together. */
  async #connect(): Promise<void> {
    for (const [i, { node, serves }] of this.ours.entries()) {
      for (const other of [...this.kubo, ...this.ours.slice(0, i)]) {
        if (!serves && !other.serves) continue;
        await node.libp2p.dial(other.addresses.map((one) => multiaddr(`${one}/p2p/${other.id}`)));
      }
    }
    for (const [i, { daemon, serves }] of this.kubo.entries()) {
      for (const other of this.kubo.slice(0, i)) {
        if (!serves && !other.serves) continue;
        const [address] = other.daemon.addresses;
        await daemon.run(['swarm', 'connect', address!]);
      }
    }
  }

  /** Whether every node has all servers in its routing table. */
  async #haveMet(): Promise<boolean> {
    for (const { node, id } of this.ours) {
      const others = this.servers.filter((server) => server.id !== id);
      if (node.libp2p.services.dht.routingTable.size < others.length) return false;
    }
    for (const { daemon, id } of this.kubo) {
      const table = new Set(await daemon.tablePeers());
      if (this.servers.some((server) => server.id !== id && !table.has(server.id))) return false;
    }
    return true;
  }
}

async function fulfilled<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const results = await Promise.allSettled(promises);
  return results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
}
