// kadscope check: why content, a peer or an address can be found, or cannot.
import type { Command } from 'commander';
import { ToldError } from '../errors.ts';
import type { Io } from '../io.ts';
import { addClientOptions, plainFlags } from '../verbs/options.ts';
import type { ClientFlags } from '../verbs/options.ts';

/** Adds the command. */
export function addCheckCommand(program: Command, io: Io): void {
  const command = program
    .command('check')
    .description('find out why content, a peer or an address can be found, or cannot')
    .argument('<what>', 'a CID, a peer id (/p2p/ID) or a multiaddr');
  addClientOptions(command)
    .option('--json', 'print the findings as one JSON object')
    .action(async (what: string, flags: ClientFlags) => {
      const { runCheck } = await import('../verbs/run-check.ts');
      const ok = await runCheck(what, plainFlags(flags), io);
      // All has been said; what is left is the exit code.
      if (!ok) throw new ToldError();
    });
}
