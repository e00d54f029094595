// Files that commands read: whole, and never without end.
import { open } from 'node:fs/promises';
import { CommandError, fileError } from './errors.ts';

/** What one read of a pipe or file asks for. */
const PIECE_BYTES = 1_048_576;

/** The bytes of a file or pipe. Throws a `CommandError` when there are more than `bytesMax`, or none to be had. */
export async function readWhole(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    const file = await open(path);
    try {
      const stats = await file.stat();
      // A device such as /dev/zero never ends.
      if (stats.isCharacterDevice() || stats.isBlockDevice())
        throw new CommandError(`${path}: this is a device; name a file`, 'failed', { file: path });
      if (stats.size > bytesMax) throw tooLarge(path, bytesMax);
      if (stats.isFile() && stats.size > 0) return await file.readFile();
      const pieces: Uint8Array[] = [];
      let bytes = 0;
      for (;;) {
        const { buffer, bytesRead } = await file.read(Buffer.alloc(PIECE_BYTES));
        if (bytesRead === 0) return Buffer.concat(pieces);
        bytes += bytesRead;
        if (bytes > bytesMax) throw tooLarge(path, bytesMax);
        pieces.push(buffer.subarray(0, bytesRead));
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw error instanceof CommandError ? error : fileError(error, path);
  }
}

function tooLarge(path: string, bytesMax: number): CommandError {
  const most = bytesMax >= 1e9 ? `${Math.floor(bytesMax / 1e9)} GB` : `${bytesMax / 1e6} MB`;
  return new CommandError(
    `${path}: there is more in it than the ${most} that can be read`,
    'EFBIG',
    {
      file: path,
    },
  );
}
