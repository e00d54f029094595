// Who a node is: a private key in a file that only its owner may read.
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { generateKeyPair, privateKeyFromProtobuf, privateKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';
import { CommandError, fileError, systemCode } from '../errors.ts';

const FILE = 'identity.key';
/** Nobody else may read the key, or look into the folder. */
const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/** Where the data of a user's nodes lies (XDG Base Directory Specification): an empty or relative path does not count. */
export function defaultDataFolder(env: NodeJS.ProcessEnv = process.env): string {
  const base = env['XDG_DATA_HOME'] ?? '';
  return join(isAbsolute(base) ? base : join(homedir(), '.local', 'share'), 'kadscope');
}

/** The key of a new node that nobody will know again. */
export function newIdentity(): Promise<PrivateKey> {
  return generateKeyPair('Ed25519');
}

/**
 * The key in a folder; it is made if there is none, and so is the folder. Throws a `CommandError` that says
 * what to do when the file cannot be read, or is no key.
 */
export async function readIdentity(folder: string): Promise<PrivateKey> {
  const path = join(folder, FILE);
  try {
    await mkdir(folder, { recursive: true, mode: FOLDER_MODE });
    const bytes = await readFile(path).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return null;
      throw error;
    });
    return bytes === null ? await writeIdentity(path) : keyOf(bytes, path);
  } catch (error) {
    throw error instanceof CommandError ? error : fileError(error, path);
  }
}

async function writeIdentity(path: string): Promise<PrivateKey> {
  const key = await newIdentity();
  // Never over a key that somebody else has written meanwhile.
  await writeFile(path, privateKeyToProtobuf(key), { mode: FILE_MODE, flag: 'wx' });
  // The mode of a new file is what the process' mask leaves of it.
  await chmod(path, FILE_MODE);
  return key;
}

function keyOf(bytes: Uint8Array, path: string): PrivateKey {
  try {
    return privateKeyFromProtobuf(bytes);
  } catch {
    throw new CommandError(
      `${path}: this is no private key; move it away to get a new identity`,
      'bad-identity',
      { file: path },
    );
  }
}
