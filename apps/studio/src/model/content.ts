// Files as IPFS knows them: cut into blocks, each named by its hash, joined by a tree of links.
//
// The tree is the one that `ipfs add --cid-version=1` makes (UnixFS, balanced, 256 KiB chunks, raw leaves),
// so the CIDs shown here are the ones of the real network. Bytes that come back from other nodes are
// hashed again: a block that is not what its CID says does not get in.
import { exporter } from 'ipfs-unixfs-exporter';
import { importBytes } from 'ipfs-unixfs-importer';
import { fixedSize } from 'ipfs-unixfs-importer/chunker';
import { balanced } from 'ipfs-unixfs-importer/layout';
import { CID } from 'multiformats/cid';
import { sha256 } from 'multiformats/hashes/sha2';
import { equalBytes, FILE_BYTES_MAX } from './bytes.ts';

/** Kubo's default size of a chunk, and its default number of links of a node of the tree. */
const CHUNK_BYTES = 262144;
const LINKS_MAX = 174;

/** Blocks asked for at once: enough to see them overlap, few enough to follow them. */
const BLOCKS_IN_FLIGHT_MAX = 4;

/** A piece of a file, or a node of the tree that joins the pieces. */
export interface Block {
  readonly cid: string;
  readonly multihash: Uint8Array;
  readonly bytes: Uint8Array;
}

/** A file cut into blocks. Equal blocks are one; the root comes last. */
export interface Content {
  readonly root: string;
  readonly blocks: readonly Block[];
  readonly byteCount: number;
}

/** Why a file could not be cut or put together. */
class ContentError extends Error {
  readonly code: 'too-large' | 'bad-cid' | 'wrong-block';

  constructor(code: ContentError['code'], message: string) {
    super(message);
    this.name = 'ContentError';
    this.code = code;
  }
}

/** Cuts a file into blocks. Throws a `ContentError` when it is larger than `FILE_BYTES_MAX`. */
export async function cutIntoBlocks(bytes: Uint8Array): Promise<Content> {
  if (bytes.length > FILE_BYTES_MAX) {
    const sizes = `${formatMebibytes(bytes.length)}, the limit is ${formatMebibytes(FILE_BYTES_MAX)}`;
    throw new ContentError(
      'too-large',
      `This file is too large to hold in a simulated network: ${sizes}.`,
    );
  }
  const blocks = new Map<string, Block>();
  const store = {
    put(cid: CID, block: Uint8Array): CID {
      const name = cid.toString();
      blocks.set(name, { cid: name, multihash: cid.multihash.bytes, bytes: block });
      return cid;
    },
  };
  const root = await importBytes(bytes, store, {
    cidVersion: 1,
    rawLeaves: true,
    chunker: fixedSize({ chunkSize: CHUNK_BYTES }),
    layout: balanced({ maxChildrenPerNode: LINKS_MAX }),
  });
  return { root: root.cid.toString(), blocks: [...blocks.values()], byteCount: bytes.length };
}

/** Finds a block, by its CID or by the hash in it. May reject; what it resolves to is not trusted. */
export type GetBlock = (cid: string, multihash: Uint8Array) => Promise<Uint8Array>;

/** Puts a file together from its root, one block after the other. Rejects with a `ContentError` for a wrong block. */
export async function assemble(root: string, getBlock: GetBlock): Promise<Uint8Array> {
  const store = {
    async *get(cid: CID): AsyncGenerator<Uint8Array> {
      const bytes = await getBlock(cid.toString(), cid.multihash.bytes);
      if (!(await isBlock(cid.multihash.bytes, bytes))) {
        throw new ContentError(
          'wrong-block',
          `The bytes that arrived for ${cid.toString()} have another hash.`,
        );
      }
      yield bytes;
    },
  };
  const entry = await exporter(parseCid(root), store);
  if (entry.type !== 'file' && entry.type !== 'raw') {
    throw new ContentError('bad-cid', `${root} is a ${entry.type}, not a file.`);
  }
  const parts: Uint8Array[] = [];
  for await (const part of entry.content({ blockReadConcurrency: BLOCKS_IN_FLIGHT_MAX }))
    parts.push(part);
  return concatenate(parts);
}

/** True when `bytes` have the hash that `multihash` names. */
export async function isBlock(multihash: Uint8Array, bytes: Uint8Array): Promise<boolean> {
  return equalBytes((await sha256.digest(bytes)).bytes, multihash);
}

/** The multihash within a CID as people write it. Throws a `ContentError` when it is none. */
export function multihashOf(cid: string): Uint8Array {
  return parseCid(cid).multihash.bytes;
}

function parseCid(text: string): CID {
  try {
    return CID.parse(text.trim());
  } catch {
    throw new ContentError('bad-cid', `'${text}' is not a CID.`);
  }
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

function formatMebibytes(bytes: number): string {
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}
