// kadscope studio: opens the visual studio in the browser.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { CommandError } from '../errors.ts';
import { readTraceFiles, writeTraceFile } from '../files.ts';
import type { Io } from '../io.ts';
import { addOffsetOption, offsetsOf } from '../offsets.ts';
import { serveStudio } from '../studio/server.ts';

interface StudioFlags {
  readonly port: number;
  readonly host: string;
  readonly open: boolean;
  readonly json?: boolean;
  readonly offset?: readonly string[];
}

const DEFAULT_PORT = 4400;
/** Where the built studio lies: in the published package, or beside this one in the repository. */
const ROOTS = ['../../studio/', '../../../../apps/studio/dist/'];
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost']);

/** Adds the command. */
export function addStudioCommand(program: Command, io: Io): void {
  const command = program
    .command('studio')
    .description('open the studio in the browser, with a trace or a network of its own')
    .argument(
      '[file...]',
      'traces, several of them as one: .json, .netvis, .ndjson or .arrow, also with .gz',
    )
    .option('--port <n>', 'the port to listen on; 0 for any free one', portNumber, DEFAULT_PORT)
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--no-open', 'print the address, but do not open the browser')
    .option('--json', 'print the address as one JSON object');
  addOffsetOption(command).action(async (files: string[], flags: StudioFlags) => {
    const offsets = flags.offset ?? [];
    if (files.length < 2 && offsets.length === 0) await studio(files[0], flags, io);
    else await studioOfSeveral(files, flags, io);
  });
}

/** The page loads one file, so several become one that lives as long as the server. */
async function studioOfSeveral(
  paths: readonly string[],
  flags: StudioFlags,
  io: Io,
): Promise<void> {
  const offsetsNs = offsetsOf(flags.offset ?? [], paths);
  const { trace } = await readTraceFiles(paths, { offsetsNs });
  const folder = await mkdtemp(join(tmpdir(), 'kadscope-'));
  try {
    const file = join(folder, 'merged.arrow');
    await writeTraceFile(trace, file);
    await studio(file, flags, io);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function studio(file: string | undefined, flags: StudioFlags, io: Io): Promise<void> {
  const { host, port } = flags;
  const server = await serveStudio({
    root: studioRoot(),
    host,
    port,
    ...(file !== undefined && { file }),
  });
  const stopped = io.untilStopped();
  io.out(
    flags.json === true
      ? `${JSON.stringify({ url: server.url })}\n`
      : `Kadscope studio: ${server.url}\n`,
  );
  if (!LOOPBACK.has(host))
    io.err(`Everybody who can reach ${host} can read what is served here.\n`);
  if (io.isTerminal && flags.json !== true) io.err('Ctrl+C stops it.\n');
  if (flags.open) await io.openBrowser(server.url);
  await stopped;
  await server.close();
}

function studioRoot(): string {
  const root = ROOTS.map((path) => fileURLToPath(new URL(path, import.meta.url))).find((path) =>
    existsSync(`${path}index.html`),
  );
  if (root !== undefined) return root;
  throw new CommandError('the studio is not built yet: run npm run build', 'not-built');
}

function portNumber(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('It must be a number from 0 to 65535.');
}
