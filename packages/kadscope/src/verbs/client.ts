// A node that lives as long as a command: it joins a network as a client, asks, and leaves.
import type { Libp2p } from '@libp2p/interface';
import { multiaddr } from '@multiformats/multiaddr';
import type { Multiaddr } from '@multiformats/multiaddr';
import { CommandError, UsageError } from '../errors.ts';
import { createNode } from '../node/create.ts';
import type { KadscopeNode } from '../node/create.ts';
import { networkOf } from '../node/network.ts';
import type { NamedDht } from '../node/router.ts';
import { durationText } from './duration.ts';
import { failureText, NO_ANSWER } from './failure.ts';
import type { ClientFlags } from './options.ts';

/** A node that has joined. */
export interface Client {
  readonly libp2p: Libp2p;
  /** Those DHTs that know anybody; the public one first. */
  readonly dhts: readonly NamedDht[];
  /** Aborts when the time is up. */
  readonly signal: AbortSignal;
}

/** Connected peers that serve the network are in the routing table a few round trips later. */
const SETTLE_MS = 10_000;
const POLL_MS = 10;
/** A node that is busy may need longer than libp2p waits. */
const DIALS_MAX = 3;

/**
 * Runs something on a node that has joined. Throws a `CommandError` that says what to do when nobody can be
 * reached, and when the time is up.
 */
export async function withClient<T>(
  flags: ClientFlags,
  run: (client: Client) => Promise<T>,
): Promise<T> {
  const plan = entryPoints(flags);
  return await withNode(flags, async (node, signal) => {
    await join(node, plan, signal);
    const dhts = node.dhts.filter(({ dht }) => dht.routingTable.size > 0);
    return await run({ libp2p: node.libp2p, dhts, signal });
  });
}

/** The same on a node that knows nobody. */
export async function withNode<T>(
  flags: ClientFlags,
  run: (node: KadscopeNode, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { listen, network, protocol, data } = flags;
  const node = await createNode({
    listen: listen ?? [],
    ...(network !== undefined && { network }),
    ...(protocol !== undefined && { protocol }),
    mode: 'client',
    data: data ?? null,
    // Whom to begin with is seen to below, where somebody waits for it.
    bootstrap: [],
  });
  const signal = AbortSignal.timeout(flags.timeout);
  try {
    return await run(node, signal);
  } catch (error) {
    throw error instanceof CommandError || !signal.aborted ? error : timeoutError(flags.timeout);
  } finally {
    await node.stop();
  }
}

/** What it means that the time is up. */
export function timeoutError(timeoutMs: number): CommandError {
  return new CommandError(
    `this took longer than ${durationText(timeoutMs)}; --timeout gives it more time`,
    'timeout',
  );
}

interface EntryPoints {
  /** Each has to be there. */
  readonly connect: readonly Multiaddr[];
  /** One of them is enough. */
  readonly bootstrap: readonly Multiaddr[];
  readonly protocol: string;
}

function entryPoints(flags: ClientFlags): EntryPoints {
  const plan = networkOf(flags);
  const { bootstrap = plan.bootstrap, connect = [], data } = flags;
  const names = bootstrap === false ? [] : bootstrap;
  if (names.length + connect.length === 0 && data === undefined)
    throw new UsageError(
      'this asks a network of which no node is known; name one with --connect or --bootstrap',
    );
  return {
    connect: connect.map((one) => parseAddress('--connect', one)),
    bootstrap: names.map((one) => parseAddress('--bootstrap', one)),
    protocol: plan.dhts[0]!.init.protocol!,
  };
}

async function join(node: KadscopeNode, plan: EntryPoints, signal: AbortSignal): Promise<void> {
  const { libp2p, dhts } = node;
  for (const address of plan.connect) await connect(libp2p, address, signal);
  const known = (): number => dhts.reduce((sum, { dht }) => sum + dht.routingTable.size, 0);
  if (known() > 0) return;
  const dials = new Dials(libp2p, plan, signal);
  while (known() === 0 && !dials.areHopeless && !signal.aborted)
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  if (known() > 0) return;
  throw aloneError(plan, dials.problem, libp2p.getConnections().length);
}

/** Dials those to begin with, all at once. */
class Dials {
  /** Why nobody could be reached; empty as long as somebody may be. */
  problem = '';
  #settledAt = Number.POSITIVE_INFINITY;

  constructor(libp2p: Libp2p, plan: EntryPoints, signal: AbortSignal) {
    void this.#dial(libp2p, plan, signal);
  }

  /** Whether nobody will enter the routing table any more. */
  get areHopeless(): boolean {
    return this.problem !== '' || performance.now() - this.#settledAt > SETTLE_MS;
  }

  async #dial(libp2p: Libp2p, plan: EntryPoints, signal: AbortSignal): Promise<void> {
    const outcomes = await Promise.allSettled(
      plan.bootstrap.map((address) => dial(libp2p, address, signal)),
    );
    const failed = outcomes.filter((one) => one.status === 'rejected');
    const areAll = failed.length === outcomes.length && plan.connect.length === 0;
    if (areAll && failed.length > 0) this.problem = failureText(failed[0]!.reason);
    this.#settledAt = performance.now();
  }
}

function aloneError({ protocol }: EntryPoints, reason: string, connected: number): CommandError {
  if (connected > 0 && reason === '')
    return new CommandError(
      `a node was reached, but none that serves ${protocol}; check --network or --protocol`,
      'nobody',
    );
  const why = reason === '' ? '' : `: ${reason}`;
  return new CommandError(
    `nobody of the network ${protocol} could be reached${why}; name a node that runs with --connect`,
    'nobody',
  );
}

async function connect(libp2p: Libp2p, address: Multiaddr, signal: AbortSignal): Promise<void> {
  try {
    await dial(libp2p, address, signal);
  } catch (error) {
    const why = signal.aborted ? 'it took too long' : failureText(error);
    throw new CommandError(
      `${address.toString()} could not be reached: ${why}; check the address, and whether the node runs`,
      'unreachable',
    );
  }
}

/** Dials; again where nothing was heard in time. */
async function dial(libp2p: Libp2p, address: Multiaddr, signal: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await libp2p.dial(address, { signal });
      return;
    } catch (error) {
      const isLate = failureText(error) === NO_ANSWER;
      if (!isLate || attempt === DIALS_MAX || signal.aborted) throw error;
    }
  }
}

/** An address of the command line. Throws a `UsageError` where it is none. */
function parseAddress(flag: string, text: string): Multiaddr {
  try {
    return multiaddr(text);
  } catch {
    throw new UsageError(`${flag} ${text}: this is no multiaddr, such as /ip4/127.0.0.1/tcp/4191`);
  }
}
