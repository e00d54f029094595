// The packages as npm packs them: what is in them must be enough to run, with the dependencies they declare.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

interface Manifest {
  readonly name: string;
  readonly dependencies: Readonly<Record<string, string>>;
}

const folder = mkdtempSync(join(tmpdir(), 'kadscope-packed-'));
const modules = join(folder, 'node_modules');
const bin = join(modules, 'kadscope/bin/kadscope.js');

beforeAll(() => {
  const packages = ['packages/core', 'packages/libp2p', 'packages/kadscope'];
  run('npm', [
    'pack',
    '--silent',
    '--pack-destination',
    folder,
    ...packages.map((path) => `./${path}`),
  ]);
  for (const tarball of readdirSync(folder).filter((name) => name.endsWith('.tgz'))) {
    const unpacked = join(folder, tarball.replace('.tgz', ''));
    mkdirSync(unpacked);
    run('tar', ['-xzf', join(folder, tarball), '-C', unpacked]);
    place(join(unpacked, 'package'));
  }
  // All other dependencies come from the workspace: none has to be fetched, and no undeclared one is there.
  for (const path of packages) {
    for (const name of Object.keys(manifest(path).dependencies)) {
      const target = join(modules, name);
      if (existsSync(target)) continue;
      const nested = `${path}/node_modules/${name}`;
      mkdirSync(dirname(target), { recursive: true });
      symlinkSync(
        resolve(existsSync(nested) ? nested : `node_modules/${name}`),
        target,
        'junction',
      );
    }
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

function manifest(path: string): Manifest {
  return JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest;
}

function place(unpacked: string): void {
  const target = join(modules, manifest(unpacked).name);
  mkdirSync(dirname(target), { recursive: true });
  renameSync(unpacked, target);
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  expect(status, `${command}: ${stderr}`).toBe(0);
}

test('the packed command line simulates a network and reads its trace', () => {
  const trace = join(folder, 'run.arrow');
  const args = ['sim', 'run', '--nodes', '50', '--operations', '5', '--trace', trace, '--json'];
  const simulated = spawnSync(process.execPath, [bin, ...args], { encoding: 'utf8' });
  expect(simulated.stderr).toBe('');
  const { traceHash } = JSON.parse(simulated.stdout) as { traceHash: string };
  const read = spawnSync(process.execPath, [bin, 'trace', 'info', trace, '--json'], {
    encoding: 'utf8',
  });
  expect(JSON.parse(read.stdout)).toMatchObject({ nodes: 50, hash: traceHash });
});

test('the packed studio serves its page, with the scripts it asks for', async () => {
  const child = spawn(process.execPath, [bin, 'studio', '--port', '0', '--no-open', '--json']);
  try {
    const line = await new Promise<string>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => resolve(String(chunk)));
      child.stderr.on('data', (chunk: Buffer) => resolve(String(chunk)));
    });
    const { url } = JSON.parse(line) as { url: string };
    const page = await (await fetch(url)).text();
    expect(page).toContain('<title>');
    const scripts = [...page.matchAll(/(?:src|href)="(?<path>[^"]+\.(?:js|css))"/g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const { groups } of scripts) {
      const { status } = await fetch(new URL(groups!['path']!, url));
      expect([groups!['path'], status]).toEqual([groups!['path'], 200]);
    }
  } finally {
    child.kill();
    await new Promise((resolve) => child.on('close', resolve));
  }
});

test('the packed network of real nodes starts, and ends when it is told to', async () => {
  const flags = ['--nodes', '3', '--port', '0', '--no-open', '--json'];
  const child = spawn(process.execPath, [bin, 'up', ...flags]);
  const closed = new Promise((resolve) => child.on('close', resolve));
  const line = await new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => resolve(String(chunk)));
    child.stderr.on('data', (chunk: Buffer) => resolve(String(chunk)));
  });
  expect((JSON.parse(line) as { nodes: string[] }).nodes).toHaveLength(3);
  child.kill();
  expect(await closed).toBe(0);
});

test('what was put together for packing is gone again, and the packages carry their licence', () => {
  expect(existsSync('packages/kadscope/studio')).toBe(false);
  for (const name of ['kadscope', '@kadscope/libp2p', '@kadscope/core']) {
    const files = readdirSync(join(modules, name));
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'dist', 'package.json', 'src']));
    expect(files).not.toContain('tsconfig.json');
  }
});
