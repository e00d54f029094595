// Finds the Chromium that the browser tests drive, or installs Debian's.
import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { SetupError } from './setup.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** The path of an executable Chromium. */
export function findOrInstallChromium() {
  const found = findChromium() ?? (canInstall() ? installChromium() : undefined);
  if (found) return found;
  throw new SetupError(
    'The browser tests need Chromium and there is none on the PATH. Install it (on Debian and\n' +
      'Ubuntu: `sudo apt-get install chromium`) or name it: CHROMIUM_PATH=/path/to/chromium npm test.\n' +
      'All other tests run without it: npm test -- --project unit',
  );
}

function findChromium() {
  for (const name of ['CHROMIUM_PATH', 'CHROME_PATH']) {
    const path = process.env[name];
    if (!path) continue;
    if (isExecutable(path)) return path;
    throw new SetupError(`${name} names ${path}, which cannot be executed.`);
  }
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(delimiter)];
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((candidate) => isExecutable(candidate));
}

function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

const isRoot = () => process.getuid?.() === 0;

function canInstall() {
  if (!isExecutable('/usr/bin/apt-get')) return false;
  return isRoot() || succeeds('sudo', ['-n', 'true'], 'ignore');
}

function installChromium() {
  console.error('Installing Chromium for the browser tests ...');
  const apt = (...args) =>
    isRoot()
      ? succeeds('apt-get', args)
      : succeeds('sudo', ['-n', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', ...args]);
  process.env.DEBIAN_FRONTEND = 'noninteractive';
  const done =
    apt('update', '-qq') && apt('install', '-y', '-qq', '--no-install-recommends', 'chromium');
  return done ? findChromium() : undefined;
}

/** Runs a command with its output on standard error; false when it fails. */
function succeeds(command, args, output = 2) {
  try {
    execFileSync(command, args, { stdio: ['ignore', output, output] });
    return true;
  } catch {
    return false;
  }
}
