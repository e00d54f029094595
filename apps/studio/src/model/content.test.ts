import { describe, expect, it } from 'vitest';
import { Rng } from '@kadscope/core/keyspace';
import { equalBytes, FILE_BYTES_MAX } from './bytes.ts';
import { assemble, cutIntoBlocks, isBlock, multihashOf } from './content.ts';
import type { Content } from './content.ts';

const CHUNK = 262144;

function randomBytes(length: number): Uint8Array {
  return new Rng(length, 'content').bytes(length);
}

function fetchFrom(content: Content): (cid: string) => Promise<Uint8Array> {
  const blocks = new Map(content.blocks.map((block) => [block.cid, block.bytes]));
  return async (cid) => blocks.get(cid)!;
}

describe('files', () => {
  it.each([0, 1, 1000, CHUNK, CHUNK + 1, 3 * CHUNK + 17, 2_000_000])(
    'of %i bytes come back equal',
    async (length) => {
      const bytes = randomBytes(length);
      const content = await cutIntoBlocks(bytes);
      expect(content.byteCount).toBe(length);
      expect(content.blocks.at(-1)!.cid).toBe(content.root);
      expect(equalBytes(await assemble(content.root, fetchFrom(content)), bytes)).toBe(true);
    },
  );

  it('get the CIDs that IPFS gives them', async () => {
    // ipfs add --cid-version=1 of the text `hello world` without a line end, and of an empty file
    const hello = await cutIntoBlocks(new TextEncoder().encode('hello world'));
    expect(hello.root).toBe('bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e');
    const empty = await cutIntoBlocks(new Uint8Array(0));
    expect(empty.root).toBe('bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku');
  });

  it('have one block for each different chunk, and a root that links them', async () => {
    const { blocks } = await cutIntoBlocks(randomBytes(3 * CHUNK));
    expect(blocks.map((block) => block.bytes.length).slice(0, 3)).toEqual([CHUNK, CHUNK, CHUNK]);
    expect(blocks).toHaveLength(4);
    expect((await cutIntoBlocks(new Uint8Array(3 * CHUNK))).blocks).toHaveLength(2);
  });

  it('that are too large are refused with the limit', async () => {
    const promise = cutIntoBlocks(new Uint8Array(FILE_BYTES_MAX + 1));
    await expect(promise).rejects.toThrow('32.0 MiB, the limit is 32.0 MiB');
  });
});

describe('blocks', () => {
  it('that do not match their CID are thrown away', async () => {
    const content = await cutIntoBlocks(randomBytes(CHUNK + 5));
    const wrong = async (cid: string): Promise<Uint8Array> => {
      const bytes = (await fetchFrom(content)(cid)).slice();
      if (cid !== content.root) bytes[0]! ^= 1;
      return bytes;
    };
    await expect(assemble(content.root, wrong)).rejects.toMatchObject({ code: 'wrong-block' });
  });

  it('are named by their hash', async () => {
    const { blocks } = await cutIntoBlocks(randomBytes(10));
    const block = blocks[0]!;
    expect(multihashOf(block.cid)).toEqual(block.multihash);
    expect(await isBlock(block.multihash, block.bytes)).toBe(true);
    expect(await isBlock(block.multihash, randomBytes(11))).toBe(false);
    expect(() => multihashOf('bafy-not-a-cid')).toThrow("'bafy-not-a-cid' is not a CID.");
  });
});
