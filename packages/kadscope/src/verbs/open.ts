// --open: what a command has asked is taken down, and shown in the studio when it ends.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { studio } from '../commands/studio.ts';
import type { Io } from '../io.ts';
import { studioRoot } from '../studio/root.ts';
import { firstLine } from './failure.ts';

/** Takes down a line of a recording. */
export type Write = (line: string) => void;

/**
 * Runs something, and opens the studio on what it has asked if that is `wanted`; resolves when the studio is closed.
 * A failure is what is worth a look: it is said, and shown.
 */
export async function withStudio(
  wanted: boolean,
  io: Io,
  run: (write: Write | undefined) => Promise<void>,
): Promise<void> {
  if (!wanted) {
    await run(undefined);
    return;
  }
  // Without a studio nothing needs to be asked.
  studioRoot();
  const lines: string[] = [];
  await run((line) => void lines.push(line)).catch((error: unknown) => {
    if (lines.length === 0) throw error;
    io.err(`kadscope: ${firstLine(error)}\n`);
  });
  const folder = await mkdtemp(join(tmpdir(), 'kadscope-'));
  try {
    const path = join(folder, 'queries.ndjson');
    await writeFile(path, lines.join(''));
    await studio(path, { port: 0, host: '127.0.0.1', open: true }, io);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
