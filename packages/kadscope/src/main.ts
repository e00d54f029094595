// What bin/kadscope.js runs.
import { runCli } from './cli.ts';
import { processIo } from './io.ts';

// A reader that has seen enough, as in `kadscope trace info x.json | head -1`, is no failure; a full disk is.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  process.stderr.write(`kadscope: the output could not be written: ${error.message}\n`);
  process.exit(1);
});
// Without a place for complaints there is nothing to be said.
process.stderr.on('error', () => {});
process.exitCode = await runCli(process.argv.slice(2), processIo());
