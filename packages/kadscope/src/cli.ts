// The command line: which commands there are, and how every one of them fails.
//
// Exit codes: 0 ok, 1 failed, 2 wrong usage. With --json the answer is one JSON object on stdout,
// failures included; without, a failure is one sentence on stderr and never a stack trace.
import { Command, CommanderError } from 'commander';
import { addCheckCommand } from './commands/check.ts';
import { addCompletionCommand } from './commands/completion.ts';
import { addCrawlCommand } from './commands/crawl.ts';
import { addNodeCommand } from './commands/node.ts';
import { addRoutingCommand } from './commands/routing.ts';
import { addSimCommand } from './commands/sim.ts';
import { addStatsCommand } from './commands/stats.ts';
import { addStudioCommand } from './commands/studio.ts';
import { addTraceCommand } from './commands/trace.ts';
import { addUpCommand } from './commands/up.ts';
import { CommandError, ToldError, UsageError } from './errors.ts';
import type { Io } from './io.ts';
import { version } from './version.ts';

/** How V8 says that there is no room for an array or a text. */
const OUT_OF_MEMORY = /allocation failed|Invalid (?:typed )?array length|Invalid string length/;

/** Runs one command line, without the program's own name; returns the exit code. */
export async function runCli(args: readonly string[], io: Io): Promise<number> {
  const program = createProgram(io);
  try {
    if (args.length === 0) program.outputHelp();
    else await program.parseAsync(helpOf(args), { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    return report(toCommandError(error, args), args, io);
  }
}

/** `help sim run` is about `sim run`, where the library would stop at `sim`. */
function helpOf(args: readonly string[]): readonly string[] {
  return args[0] === 'help' && args.length > 2 ? [...args.slice(1), '--help'] : args;
}

/** All commands. */
function createProgram(io: Io): Command {
  const program = new Command('kadscope')
    .description('Run, simulate and watch Kademlia networks.')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'say what a command does')
    .helpCommand('help [command]', 'say what a command does')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      // Failures are reported in one place, below.
      outputError: () => {},
    });
  addStudioCommand(program, io);
  addUpCommand(program, io);
  addNodeCommand(program, io);
  addRoutingCommand(program, io);
  addCheckCommand(program, io);
  addStatsCommand(program, io);
  addCrawlCommand(program, io);
  addSimCommand(program, io);
  addTraceCommand(program, io);
  addCompletionCommand(program, io);
  return program;
}

function toCommandError(error: unknown, args: readonly string[]): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof CommanderError) {
    // `kadscope help nonsense` prints what there is instead of saying what there is not.
    if (error.code === 'commander.help' && args[0] === 'help')
      return new UsageError(`unknown command '${args.slice(1).join(' ')}'`);
    // Without a verb, `kadscope sim` prints its help as if that were an error.
    if (error.code === 'commander.help')
      return new UsageError("a command is missing; 'npx kadscope help' lists them");
    return new UsageError(error.message.replace(/^error: /, '').replace(/\n/g, ' '));
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError && OUT_OF_MEMORY.test(message)) {
    return new CommandError(
      'there is not enough memory for this; try fewer nodes or operations, or no --trace',
      'out-of-memory',
    );
  }
  return new CommandError(`something went wrong that should not: ${message}`, 'internal');
}

function report(error: CommandError, args: readonly string[], io: Io): number {
  if (error instanceof ToldError) return error.exitCode;
  if (args.includes('--json')) {
    io.out(
      `${JSON.stringify({ error: { code: error.code, message: error.message, ...error.facts } })}\n`,
    );
  } else {
    const hint = error.code === 'usage' ? "\nRun 'npx kadscope help' to see what there is." : '';
    io.err(`kadscope: ${error.message}${hint}\n`);
  }
  return error.exitCode;
}
