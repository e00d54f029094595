// npm run bench -- NAME [--json]: runs bench/NAME.bench.ts on the sources as they are.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { install, root, run, SetupError } from './setup.mjs';

const [name, ...args] = process.argv.slice(2);

await run(async () => {
  const names = benchNames();
  if (!names.includes(name)) {
    const list = names.length > 0 ? names.map((n) => `  ${n}`).join('\n') : '  (none yet)';
    throw new SetupError(`Usage: npm run bench -- NAME [--json]\n\nNames:\n${list}`);
  }
  await install();
  const flags = ['--expose-gc', '--import', 'tsx', '--conditions=@kadscope/source'];
  const child = spawn(process.execPath, [...flags, `bench/${name}.bench.ts`, ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  child.on('close', (code) => (process.exitCode = code ?? 1));
});

function benchNames() {
  if (!existsSync(`${root}bench`)) return [];
  const files = readdirSync(`${root}bench`).filter((file) => file.endsWith('.bench.ts'));
  return files.map((file) => file.replace('.bench.ts', '')).toSorted();
}
