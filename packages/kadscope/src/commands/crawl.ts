// kadscope crawl: all nodes of a network.
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { Io } from '../io.ts';
import type { CrawlFlags } from '../verbs/crawl.ts';
import { addClientOptions, plainFlags } from '../verbs/options.ts';

/** The public network takes some minutes. */
const TIMEOUT_MS = 1_800_000;
const PARALLEL = 4;
const PARALLEL_MAX = 100;
const RATE_MAX = 100_000;

/** Adds the command. */
export function addCrawlCommand(program: Command, io: Io): void {
  const command = program
    .command('crawl')
    .description('walk a network, and list all of its nodes as JSON, one a line');
  addClientOptions(command, TIMEOUT_MS)
    .option('-o, --output <file>', 'write them to a file')
    .option('--parallel <n>', 'lookups at once', upTo(PARALLEL_MAX), PARALLEL)
    .option('--rate <n>', 'requests a second, at most', upTo(RATE_MAX))
    .option('--open', 'show the walk in the studio')
    .action(async (flags: CrawlFlags) => {
      const { runCrawl } = await import('../verbs/crawl.ts');
      await runCrawl(plainFlags(flags), io);
    });
}

function upTo(max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= 1 && value <= max) return value;
    throw new InvalidArgumentError(`It must be a number from 1 to ${max}.`);
  };
}
