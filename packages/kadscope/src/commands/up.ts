// kadscope up: a network of real nodes on this machine, live in the studio.
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { portNumber, studioRoot } from '../studio/root.ts';
import { serveStudio } from '../studio/server.ts';

interface UpFlags {
  readonly network: 'ipfs';
  readonly nodes: number;
  readonly port: number;
  readonly host: string;
  readonly open: boolean;
  readonly quiet?: boolean;
  readonly json?: boolean;
}

const DEFAULT_PORT = 4400;
const DEFAULT_NODES = 20;

/** A node takes some 8 MB and a tenth of a second to start. */
const NODES_MAX = 200;

/** Adds the command. */
export function addUpCommand(program: Command, io: Io): void {
  program
    .command('up')
    .description('start a network of real nodes on this machine, and watch it in the studio')
    .addOption(new Option('--network <name>', 'which network').choices(['ipfs']).default('ipfs'))
    .option('--nodes <n>', 'how many nodes', nodeCount, DEFAULT_NODES)
    .option('--port <n>', 'the port of the studio; 0 for any free one', portNumber, DEFAULT_PORT)
    .option('--host <address>', 'the address of the studio', '127.0.0.1')
    .option('--quiet', 'let the nodes do nothing by themselves')
    .option('--no-open', 'print the address, but do not open the browser')
    .option('--json', 'print the address as one JSON object')
    .action(async (flags: UpFlags) => {
      await up(flags, io);
    });
}

async function up(flags: UpFlags, io: Io): Promise<void> {
  // libp2p is large, and no other command needs it.
  const [{ startLocalNetwork }, { keepBusy }] = await Promise.all([
    import('../network/local-network.ts'),
    import('../network/activity.ts'),
  ]);
  const { host, port, nodes } = flags;
  const root = studioRoot();
  const network = await startLocalNetwork({
    nodes,
    title: `${nodes} nodes on this machine`,
    onNode: (count) => {
      if (io.isTerminal && flags.json !== true) io.err(`\rStarting nodes: ${count} of ${nodes}`);
    },
  });
  if (io.isTerminal && flags.json !== true) io.err('\n');
  const rest = flags.quiet === true ? (): void => {} : keepBusy(network.nodes);
  try {
    const server = await serveStudio({ root, host, port, live: network.feed });
    const stopped = io.untilStopped();
    io.out(
      flags.json === true
        ? `${JSON.stringify({ url: server.url, nodes: network.nodes.map(addressOf) })}\n`
        : `Kadscope studio, live: ${server.url}\n`,
    );
    if (io.isTerminal && flags.json !== true) io.err('Ctrl+C stops the network.\n');
    if (flags.open) await io.openBrowser(server.url);
    await stopped;
    await server.close();
  } finally {
    rest();
    await network.stop();
  }
}

function addressOf(node: { getMultiaddrs(): { toString(): string }[] }): string {
  return node.getMultiaddrs()[0]?.toString() ?? '';
}

function nodeCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 2 && count <= NODES_MAX) return count;
  throw new InvalidArgumentError(`It must be a number from 2 to ${NODES_MAX}.`);
}
