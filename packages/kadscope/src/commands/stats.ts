// kadscope stats: what a node knows.
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import { addClientOptions, plainFlags } from '../verbs/options.ts';
import type { StatsFlags } from '../verbs/stats.ts';

/** Adds the commands. */
export function addStatsCommand(program: Command, io: Io): void {
  const stats = program.command('stats').description('what a node knows of its network');
  const command = stats
    .command('dht')
    .description('print the routing table of a node that runs, or of one that joins to see');
  addClientOptions(command)
    .option('--api <url>', 'the HTTP server of the node (default: http://127.0.0.1:8190)')
    .option('--json', 'print it as one JSON object')
    .action(async (flags: StatsFlags) => {
      const { runStats } = await import('../verbs/stats.ts');
      await runStats(plainFlags(flags), io);
    });
}
