// npm run interop:kubo [-- --json]: Kubo and our nodes in private networks; see docs/interop.md.
//
// Exit code 0 where every check passes, and where there is neither a Kubo nor a Go toolchain to build one with.
import { spawn } from 'node:child_process';
import { install, root, run } from '../scripts/setup.mjs';
import { findOrBuildKubo } from './kubo/binary.mjs';

const args = process.argv.slice(2);

await run(async () => {
  const { binary, why } = await findOrBuildKubo();
  if (binary === undefined) {
    const json = JSON.stringify({ skipped: why });
    console.log(args.includes('--json') ? json : `Skipped: ${why}`);
    return;
  }
  await install();
  const flags = ['--import', 'tsx', '--conditions=@kadscope/source'];
  const child = spawn(process.execPath, [...flags, 'interop/kubo/main.ts', binary, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  // Ctrl+C reaches the child by itself; waiting for it lets it end its daemons.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill('SIGTERM'));
  child.on('close', (code) => (process.exitCode = code ?? 1));
});
