// What bin/kadscope.js runs.
import { runCli } from './cli.ts';
import { processIo } from './io.ts';

// A reader that has seen enough, as in `kadscope trace info x.json | head -1`, is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
process.exitCode = await runCli(process.argv.slice(2), processIo());
