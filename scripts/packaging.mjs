// npm run packaging: are the published packages as their consumers need them?
import { spawnSync } from 'node:child_process';
import { build, install, root, run, SetupError } from './setup.mjs';

const packages = ['packages/core', 'packages/kadscope', 'packages/libp2p'];

await run(async () => {
  await install();
  await build();
  for (const folder of packages) {
    check('node_modules/publint/src/cli.js', folder, '--strict');
    check(
      'node_modules/@arethetypeswrong/cli/dist/index.js',
      '--pack',
      folder,
      '--profile',
      'esm-only',
    );
    console.log(`${folder}: entry points and types resolve`);
  }
});

function check(...command) {
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root });
  if (status !== 0) throw new SetupError(`${command.join(' ')}\n${stdout}${stderr}`);
}
