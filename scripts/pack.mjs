// What `npm pack` and `npm publish` run in the folder of a package, before and (--clean) after: puts beside
// it what it ships but does not own. The licence comes from the root, the built studio from apps/studio.
import { copyFileSync, cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';

const folder = process.cwd();
const { files } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const licence = join(folder, 'LICENSE');
const studio = files.includes('studio') ? join(folder, 'studio') : null;

if (process.argv.includes('--clean')) clean();
else pack();

function pack() {
  const built = join(root, 'apps/studio/dist');
  const needed = [join(folder, 'dist/index.js'), ...(studio ? [join(built, 'index.html')] : [])];
  if (!needed.every((path) => existsSync(path))) {
    console.error('There is nothing to pack yet: run npm run build');
    process.exit(1);
  }
  clean();
  copyFileSync(join(root, 'LICENSE'), licence);
  if (studio === null) return;
  // Moved into place when it is whole: a studio that is being started here may look into it.
  const partial = `${studio}.partial`;
  cpSync(built, partial, { recursive: true });
  renameSync(partial, studio);
}

function clean() {
  rmSync(licence, { force: true });
  if (studio === null) return;
  for (const path of [studio, `${studio}.partial`]) rmSync(path, { recursive: true, force: true });
}
