// kadscope node: a full node of the IPFS DHT, or of a network of one's own.
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import type { NodeFlags } from '../node/run.ts';

/** Adds the command. What it needs is loaded when it runs: the other commands start faster without. */
export function addNodeCommand(program: Command, io: Io): void {
  program
    .command('node')
    .description('run a node of the IPFS DHT, or of a network of your own, and an HTTP router')
    .option(
      '--listen <address>',
      'listen on a multiaddr such as /ip4/0.0.0.0/tcp/4191; may be repeated',
      append,
    )
    .option('--server', 'answer requests of others, even if not all can reach this node')
    .option('--client', 'never answer requests of others')
    .option('--data <folder>', 'where identity, records and routing table are kept')
    .option('--memory', 'keep nothing: a new identity each time')
    .option('--network <name>', 'join a network of your own: /NAME/kad/1.0.0')
    .option('--protocol <id>', 'the same, by its protocol')
    .option('--bootstrap <address>', 'begin with this node; may be repeated', append)
    .option('--no-bootstrap', 'begin with nobody')
    .option('--http <host:port>', 'where to serve the routing API (default: 127.0.0.1:8190)')
    .option('--no-http', 'serve no HTTP')
    .option('--http-name <name>', 'a further name that the HTTP server answers to', append)
    .option('--metrics', 'serve metrics for Prometheus under /metrics')
    .option('--otlp <url>', 'send OpenTelemetry spans of lookups to this OTLP/HTTP collector')
    .option(
      '--live [host:port]',
      'serve the studio, which watches this node (default: 127.0.0.1:8191)',
    )
    .option('--control', 'let pages of the studio run operations on this node')
    .option('--trace <file>', 'record every step into a file, written at the end and at SIGUSR2')
    .option('--json', 'print one JSON object a line')
    .action(async (flags: NodeFlags) => {
      const { nodeError, runNode } = await import('../node/run.ts');
      try {
        await runNode(plain(flags), io);
      } catch (error) {
        throw nodeError(error);
      }
    });
}

function append(value: string, before: unknown): string[] {
  return [...(Array.isArray(before) ? (before as string[]) : []), value];
}

/** `--no-x` makes `x` true when it is not given, which means nothing. */
function plain(flags: NodeFlags): NodeFlags {
  const entries = Object.entries(flags).filter(
    ([name, value]) => !(value === true && (name === 'bootstrap' || name === 'http')),
  );
  return Object.fromEntries(entries);
}
