// Files that commands write: checked before the work begins, and there only when they are whole.
import { constants, rmSync } from 'node:fs';
import { access, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CommandError, fileError, systemCode, UsageError } from './errors.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Throws unless a file could be written under that name, so that nobody waits for a result that has no
 * place. A file that is there would be replaced, but never one of the `inputs`.
 */
export async function assertWritable(path: string, inputs: readonly string[]): Promise<void> {
  const there = await realpath(path).catch(() => null);
  if (there === null) {
    await assertFolder(dirname(path));
    return;
  }
  for (const input of inputs) {
    if ((await realpath(input).catch(() => null)) !== there) continue;
    throw new UsageError(`${path} is what is read here; name another file to write`, {
      file: path,
    });
  }
  if (!(await stat(there)).isFile())
    throw new CommandError(`${path}: this is no file; name one to write`, 'EISDIR', { file: path });
  await access(there, constants.W_OK).catch((error: unknown) => {
    throw fileError(error, path);
  });
  await assertFolder(dirname(there));
}

/** Writes a file beside its place and moves it there at the end; whatever happens, no part of it stays. */
export async function writeWhole(
  path: string,
  write: (partial: string) => Promise<void>,
): Promise<void> {
  // A link stays a link: what it leads to is replaced.
  const target = await realpath(path).catch(() => path);
  const partial = `${target}.${process.pid}.partial`;
  const forget = removeOnSignal(partial);
  try {
    await write(partial);
    await rename(partial, target);
  } catch (error) {
    await rm(partial, { force: true }).catch(() => {});
    throw systemCode(error) === null ? error : fileError(error, path);
  } finally {
    forget();
  }
}

async function assertFolder(folder: string): Promise<void> {
  try {
    if (!(await stat(folder)).isDirectory())
      throw new CommandError(`${folder}: this is no folder; check the path`, 'ENOTDIR', {
        file: folder,
      });
    await access(folder, constants.W_OK);
  } catch (error) {
    throw error instanceof CommandError ? error : fileError(error, folder);
  }
}

/** Ends as the signal asks, but without leaving the file behind. Call the result when it is in place. */
function removeOnSignal(partial: string): () => void {
  const listeners = SIGNALS.map((signal) => {
    const listener = (): void => {
      rmSync(partial, { force: true });
      forget();
      process.kill(process.pid, signal);
    };
    process.on(signal, listener);
    return { signal, listener };
  });
  const forget = (): void => {
    for (const { signal, listener } of listeners) process.removeListener(signal, listener);
  };
  return forget;
}
