// A network of real nodes for tests of the verbs, and the command line that asks it.
import { runCli } from '../cli.ts';
import type { Io } from '../io.ts';
import { startLocalNetwork } from '../network/local-network.ts';
import type { LocalNetwork } from '../network/local-network.ts';

/** What a command did. */
export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A network, and whoever asks it. */
export interface AskedNetwork {
  readonly nodes: LocalNetwork['nodes'];
  /** The id of a node. */
  id(index: number): string;
  /** An address of a node, with its id. */
  address(index: number): string;
  /** Runs a command with the flags that lead into the network. */
  ask(...args: string[]): Promise<Outcome>;
  stop(): Promise<void>;
}

/** What the nodes of a local network serve. */
export const NETWORK_FLAGS: readonly string[] = ['--network', 'kadscope-local'];

/** Runs a command line. */
export async function kadscope(...args: readonly string[]): Promise<Outcome> {
  let [stdout, stderr] = ['', ''];
  const latin1 = new TextDecoder('latin1');
  const io: Io = {
    out: (text) => void (stdout += typeof text === 'string' ? text : latin1.decode(text)),
    err: (text) => void (stderr += text),
    isTerminal: false,
    hasColors: false,
    columns: 80,
    openBrowser: () => Promise.resolve(false),
    untilStopped: () => Promise.resolve(),
  };
  const code = await runCli(args, io);
  return { code, stdout, stderr };
}

/** Starts a network in which everybody knows everybody. */
export async function startAskedNetwork(count: number): Promise<AskedNetwork> {
  const network = await startLocalNetwork({ nodes: count, title: 'a network that is asked' });
  const { nodes } = network;
  while (nodes.some(({ services }) => services.dht.routingTable.size < count - 1))
    await new Promise((resolve) => setTimeout(resolve, 20));
  const address = (index: number): string => nodes[index]!.getMultiaddrs()[0]!.toString();
  return {
    nodes,
    id: (index) => nodes[index]!.peerId.toString(),
    address,
    ask: (...args) => kadscope(...args, ...NETWORK_FLAGS, '--connect', address(0)),
    stop: () => network.stop(),
  };
}
