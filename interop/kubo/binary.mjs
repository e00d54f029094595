// Where Kubo's binary comes from: an environment variable, a cache, or a build of its Go module.
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SetupError } from '../../scripts/setup.mjs';

/**
 * 0.43.1 replaces go-libp2p with a commit of a fork, which not every module proxy has; 0.43.0 builds from
 * published modules only.
 */
const DEFAULT_VERSION = 'v0.43.0';

/**
 * Finds or builds Kubo. Answers with `{ binary }`, or with `{ why }` where there is none and no Go toolchain.
 * Throws a `SetupError` when a binary that was named is not one, or when the build fails.
 *
 * KUBO_BINARY names a binary; KUBO_VERSION the version to build; KUBO_CACHE the folder for the build.
 */
export async function findOrBuildKubo() {
  const { KUBO_BINARY, KUBO_VERSION, KUBO_CACHE } = process.env;
  if (KUBO_BINARY) return { binary: await checked(KUBO_BINARY) };
  const version = KUBO_VERSION || DEFAULT_VERSION;
  const cache = KUBO_CACHE || join(tmpdir(), 'kadscope-kubo');
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const binary = join(cache, 'bin', `ipfs-${version}${suffix}`);
  if (existsSync(binary)) return { binary: await checked(binary) };
  const go = await capture('go', ['version']);
  if (go.code !== 0) {
    return { why: 'no Go toolchain here to build Kubo with, and KUBO_BINARY names no binary.' };
  }
  await build(version, cache, binary);
  return { binary: await checked(binary) };
}

/** A path that is a Kubo, or an error that says what it is instead. */
async function checked(binary) {
  const { code, stdout, stderr } = await capture(binary, ['version', '--number']);
  if (code === 0 && /^\d+\.\d+/.test(stdout)) return binary;
  const output = stderr || stdout || `it ends with code ${code}`;
  throw new SetupError(`${binary} is no Kubo that runs here: ${output}`);
}

/**
 * Builds inside the folder of the downloaded module, with its own go.mod and go.sum: `go install` refuses modules with
 * replacements, and wants a list of all versions from the proxy.
 */
async function build(version, cache, binary) {
  mkdirSync(join(cache, 'bin'), { recursive: true });
  const env = {
    ...process.env,
    GOCACHE: join(cache, 'gocache'),
    GOMODCACHE: join(cache, 'gomodcache'),
  };
  process.stderr.write(`Building Kubo ${version} in ${cache}: some minutes, the first time ...\n`);
  const module = `github.com/ipfs/kubo@${version}`;
  const download = await capture('go', ['mod', 'download', '-json', module], { env });
  if (download.code !== 0) throw failure(`${module} cannot be downloaded`, download);
  const folder = JSON.parse(download.stdout).Dir;
  // A build that is broken off must leave nothing that looks like a binary.
  const unfinished = `${binary}.${process.pid}`;
  const command = ['build', '-trimpath', '-buildvcs=false', '-o', unfinished, './cmd/ipfs'];
  const built = await capture('go', command, { env, cwd: folder });
  if (built.code !== 0) throw failure(`Kubo ${version} cannot be built`, built);
  renameSync(unfinished, binary);
}

function failure(what, { stdout, stderr }) {
  const lines = `${stderr}${stdout}`
    .split('\n')
    .filter((line) => !line.startsWith('go: downloading'));
  return new SetupError(
    `${what}. KUBO_VERSION names another version, KUBO_BINARY a finished binary.\n` +
      lines.slice(0, 4).join('\n'),
  );
}

/** Runs a command to its end. A command that does not exist has the code -1. */
function capture(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (data) => (stdout += data));
    child.stderr.on('data', (data) => (stderr += data));
    child.on('error', ({ message }) => resolve({ code: -1, stdout, stderr: message }));
    child.on('close', (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
