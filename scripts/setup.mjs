// What every command of this repository needs first: a Node that is new enough, the locked
// dependencies, and a build that matches the sources. Each step costs milliseconds when there is
// nothing to do, says what it does when there is, and never shows a stack trace.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const installed = join(root, 'node_modules/.package-lock.json');

/** What is built from what. The two do not need each other, so they are built side by side. */
const targets = [
  {
    name: 'packages',
    sources: ['package-lock.json', 'tsconfig.base.json', 'packages'],
    outputs: [
      'packages/core/dist/index.js',
      'packages/kadscope/dist/main.js',
      'packages/libp2p/dist/index.js',
    ],
    command: ['node_modules/typescript/bin/tsc', '-b', 'packages/kadscope', 'packages/libp2p'],
  },
  {
    name: 'studio',
    sources: ['package-lock.json', 'tsconfig.base.json', 'packages', 'apps/studio'],
    outputs: ['apps/studio/dist/index.html'],
    command: ['node_modules/vite/bin/vite.js', 'build', 'apps/studio', '--logLevel', 'warn'],
  },
];

/** A failure the reader can do something about: the message is all that is printed. */
export class SetupError extends Error {}

/** Runs a script's body; whatever goes wrong ends in one message and exit code 1. */
export async function run(body) {
  try {
    process.chdir(root);
    checkNode();
    await body();
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}

function checkNode() {
  const { engines } = readJson(join(root, 'package.json'));
  const [major, minor] = engines.node.replace('>=', '').split('.').map(Number);
  const [haveMajor, haveMinor] = process.versions.node.split('.').map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  throw new SetupError(
    `Kadscope needs Node ${major}.${minor} or newer; this is Node ${process.versions.node}.\n` +
      'Install a newer one, for example from https://nodejs.org, and try again.',
  );
}

/** Installs exactly what the lock file names, unless that is already there. */
export async function install() {
  if (isInstalled()) return;
  const npm = process.env.npm_execpath;
  const [command, ...first] = npm?.endsWith('.js') ? [process.execPath, npm] : ['npm'];
  const args = [...first, 'ci', '--loglevel=error'];
  const { code, output } = await withProgress('Installing dependencies', command, args);
  if (code === 0) return;
  throw new SetupError(`The dependencies could not be installed.\n${explain(output)}`);
}

/**
 * npm records what it installed in `node_modules/.package-lock.json`, at the very end of an
 * install; comparing it with the lock file also honours an `npm install` made by hand.
 */
function isInstalled() {
  if (!existsSync(installed)) return false;
  const wanted = readJson(join(root, 'package-lock.json')).packages;
  const present = readJson(installed).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.includes('node_modules/')) return true;
    const found = present[path];
    return found ? found.version === entry.version : entry.optional === true;
  });
}

/** Turns npm's error code into what to do about it. */
function explain(output) {
  const causes = [
    [
      /EUSAGE/,
      'package.json and package-lock.json disagree. Run `npm install` and commit the new lock file.',
    ],
    [
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED/,
      'The package registry cannot be reached. Check the network or the proxy settings of npm ' +
        '(`npm config list`), then try again; it is needed only for the first start.',
    ],
    [
      /EACCES|EPERM|EROFS/,
      `npm may not write here. Check that ${root} and npm's cache belong to you ` +
        '(`npm config get cache`).',
    ],
    [/ENOSPC/, 'The disk is full. The dependencies need about 250 MB.'],
    [/E404|ETARGET/, 'The package registry lacks a locked version. Is npm set to a mirror?'],
    [/EBADENGINE/, 'A dependency does not support this version of Node. Install a newer Node.'],
  ];
  const cause = causes.find(([pattern]) => pattern.test(output))?.[1];
  const head = withoutStack(output).split('\n').slice(0, 8).join('\n');
  return cause ? `${cause}\n\n${head}` : head || 'npm printed no reason. Is npm on the PATH?';
}

function withoutStack(output) {
  const lines = output.trim().split('\n');
  return lines.filter((line) => !/^(npm error)?\s+at /.test(line)).join('\n');
}

/** Builds what is older than its sources; `force` builds everything. */
export async function build({ force = false } = {}) {
  const stamps = join(root, 'node_modules/.kadscope-build.json');
  const built = existsSync(stamps) ? readJson(stamps) : {};
  const fingerprints = Object.fromEntries(targets.map((t) => [t.name, fingerprint(t.sources)]));
  const stale = targets.filter(
    ({ name, outputs }) =>
      force ||
      built[name] !== fingerprints[name] ||
      !outputs.every((output) => existsSync(join(root, output))),
  );
  const results = await Promise.all(
    stale.map(async ({ name, command }) => {
      const result = await withProgress(`Building the ${name}`, process.execPath, command);
      if (result.code === 0) built[name] = fingerprints[name];
      return { ...result, name };
    }),
  );
  if (stale.length > 0) writeFileSync(stamps, JSON.stringify(built));
  const failed = results.filter(({ code }) => code !== 0);
  if (failed.length === 0) return;
  throw new SetupError(
    failed
      .map(({ name, output }) => `The build of the ${name} failed:\n${withoutStack(output)}`)
      .join('\n'),
  );
}

/** One hash over the names and contents of all sources: about 20 ms for the whole repository. */
function fingerprint(sources) {
  const hash = createHash('sha256');
  for (const path of sources) addToHash(hash, path);
  return hash.digest('hex');
}

function addToHash(hash, path) {
  const entries = listFolder(path);
  if (entries === undefined) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
    return;
  }
  for (const { name } of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name.startsWith('.') || name === 'dist' || name === 'node_modules') continue;
    if (/\.test\.tsx?$/.test(name)) continue;
    addToHash(hash, `${path}/${name}`);
  }
}

function listFolder(path) {
  try {
    return readdirSync(join(root, path), { withFileTypes: true });
  } catch {
    return undefined;
  }
}

/** Runs a command quietly, with a line that shows it is alive; its output is for the failure. */
async function withProgress(label, command, args) {
  const started = performance.now();
  const seconds = () => `${((performance.now() - started) / 1000).toFixed(1)} s`;
  const live = process.stderr.isTTY;
  if (!live) process.stderr.write(`${label} ...\n`);
  const ticker = live
    ? setInterval(() => process.stderr.write(`\r${label} ... ${seconds()}`), 100)
    : undefined;
  const result = await capture(command, args);
  clearInterval(ticker);
  const end = result.code === 0 ? 'done' : 'failed';
  process.stderr.write(`${live ? '\r' : ''}${label}: ${end} in ${seconds()}\n`);
  return result;
}

/** Runs a command to its end and keeps what it prints. */
function capture(command, args) {
  return new Promise((resolve) => {
    const shell = process.platform === 'win32' && command === 'npm';
    const child = spawn(command, args, { cwd: root, shell, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (output += chunk));
    child.on('error', (error) => resolve({ code: 1, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

function readJson(path) {
  return JSON.parse(readFileSync(path, 'utf8'));
}
