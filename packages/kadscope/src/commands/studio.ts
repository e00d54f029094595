// kadscope studio: opens the visual studio in the browser.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readTraceFiles, writeTraceFile } from '../files.ts';
import type { Io } from '../io.ts';
import { addOffsetOption, offsetsOf } from '../offsets.ts';
import { portNumber, studioRoot } from '../studio/root.ts';
import { serveStudio } from '../studio/server.ts';

/** What the command line says of the studio. */
export interface StudioFlags {
  readonly port: number;
  readonly host: string;
  readonly open: boolean;
  readonly json?: boolean;
  readonly offset?: readonly string[];
}

const DEFAULT_PORT = 4400;
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

/** Serves the studio, with a trace if there is one, until the process is asked to end. */
export async function studio(file: string | undefined, flags: StudioFlags, io: Io): Promise<void> {
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
