// Walks a network and lists all of its nodes, one a line, as they are found.
import { createWriteStream } from 'node:fs';
import type { WriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { hashKey } from '@kadscope/core';
import { keyToHex } from '@kadscope/core/keyspace';
import type { PeerInfo } from '@libp2p/interface';
import { CommandError, ToldError } from '../errors.ts';
import type { Io } from '../io.ts';
import { assertWritable, writeWhole } from '../output-file.ts';
import { askAll } from './ask.ts';
import type { Question } from './ask.ts';
import { withClient } from './client.ts';
import type { Client } from './client.ts';
import { durationText } from './duration.ts';
import { peerJson } from './event-json.ts';
import { withStudio } from './open.ts';
import type { Write } from './open.ts';
import type { ClientFlags } from './options.ts';

/** What the command line says of a crawl. */
export interface CrawlFlags extends ClientFlags {
  readonly output?: string;
  /** Lookups at once. */
  readonly parallel: number;
  /** Requests a second, at most. */
  readonly rate?: number;
  readonly open?: boolean;
}

interface Progress {
  readonly flags: CrawlFlags;
  /** Nodes that were written, by their ids: a node may be in several networks. */
  readonly seen: Set<string>;
  readonly print: (line: string) => void;
  readonly write: Write | undefined;
  requests: number;
}

/** Walks the network. Throws a `CommandError` when nobody was found, and a `ToldError` when the time was too short. */
export async function runCrawl(flags: CrawlFlags, io: Io): Promise<void> {
  const { output } = flags;
  if (output !== undefined) await assertWritable(output, []);
  await withStudio(flags.open === true, io, async (write) => {
    if (output === undefined) {
      await crawl({ flags, print: (line) => io.out(line), write }, io);
      return;
    }
    let end: unknown = null;
    await writeWhole(output, async (partial) => {
      const file = createWriteStream(partial);
      // What was found before the time was up is worth keeping.
      end = await crawl({ flags, print: (line) => void file.write(line), write }, io).catch(told);
      await closed(file);
    });
    if (end !== null && end !== undefined) throw end;
  });
}

function told(error: unknown): unknown {
  if (error instanceof ToldError) return error;
  throw error;
}

async function closed(file: WriteStream): Promise<void> {
  file.end();
  await finished(file);
}

async function crawl(parts: Pick<Progress, 'flags' | 'print' | 'write'>, io: Io): Promise<void> {
  const progress: Progress = { ...parts, seen: new Set(), requests: 0 };
  const startMs = performance.now();
  const isComplete = await withClient(parts.flags, (client) => walk(client, progress));
  const took = durationText(performance.now() - startMs);
  const { seen, requests } = progress;
  if (seen.size === 0)
    throw new CommandError('nobody answered; check the network, or try again', 'not-found');
  const nodes = seen.size === 1 ? '1 node' : `${seen.size} nodes`;
  const rest = isComplete ? '' : '; not all of the network: --timeout gives it more time';
  io.err(`${nodes}, ${requests} requests, ${took}${rest}\n`);
  if (!isComplete) throw new ToldError();
}

/** Says whether it came to its end. */
async function walk(client: Client, progress: Progress): Promise<boolean> {
  const { flags, write } = progress;
  const { parallel, rate } = flags;
  const key = client.libp2p.peerId;
  const pace = { parallel, ...(rate !== undefined && { requestsPerSecond: rate }) };
  const questions: Question[] = [
    // How large the network is says how deep to go: that is seen by those who know their own neighbours.
    { operation: 'bootstrap', key, ask: (dht, signal) => dht.bootstrap({ signal }) },
    { operation: 'explore', key, write, ask: (dht, signal) => dht.crawl({ signal, ...pace }) },
  ];
  try {
    for (const question of questions) {
      for await (const { event } of askAll(client, question)) {
        if (event.name === 'SEND_QUERY') progress.requests++;
        if (event.name === 'FINAL_PEER' && question.operation === 'explore')
          note(event.peer, client, progress);
      }
    }
    return true;
  } catch (error) {
    if (client.signal.aborted) return false;
    throw error;
  }
}

function note(peer: PeerInfo, { libp2p }: Client, { seen, print }: Progress): void {
  const id = peer.id.toString();
  if (seen.has(id) || peer.id.equals(libp2p.peerId)) return;
  seen.add(id);
  const key = keyToHex(hashKey(peer.id.toMultihash().bytes, 32));
  print(`${JSON.stringify({ ...peerJson(peer), key })}\n`);
}
