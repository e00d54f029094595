// npm start [-- --port 8000 --no-open]: opens the studio, from a clean clone in one command.
import { build, install, root, run } from './setup.mjs';

await run(async () => {
  await install();
  await build();
});

// The command line runs inside this process, so signals and the exit code need no passing on.
const launcher = `${root}packages/kadscope/bin/kadscope.js`;
process.argv.splice(1, 1, launcher, 'studio');
await import(new URL('../packages/kadscope/bin/kadscope.js', import.meta.url).href);
