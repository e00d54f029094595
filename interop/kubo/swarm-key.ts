// The key of a private network (Pre-shared Key Based Private Networks in libp2p, pnet/Private-Networks-PSK-V1.md).
import { generateKey } from '@libp2p/pnet';

/** Three lines: the version, the encoding, and 32 bytes in hexadecimal. */
const KEY_FILE_BYTES = 95;

/** The text of a new key file, in bytes. */
export function newSwarmKey(): Uint8Array {
  const key = new Uint8Array(KEY_FILE_BYTES);
  generateKey(key);
  return key;
}
