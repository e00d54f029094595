// What the nodes of a local network do by themselves, so that there is something to see.
import { randomBytes } from 'node:crypto';
import type { KadscopeDHT } from '@kadscope/libp2p';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { pick } from './local-network.ts';

/** Milliseconds from one operation to the next. */
const INTERVAL_MS = 1_500;

/** Contents that are looked for at most; the oldest are forgotten. */
const CONTENTS_MAX = 50;

interface Participant {
  readonly services: { readonly dht: KadscopeDHT };
}

/** Lets random nodes provide contents and look for them; returns what ends it. */
export function keepBusy(nodes: readonly Participant[]): () => void {
  const contents: CID[] = [];
  let turn = 0;
  const timer = setInterval(() => {
    const [node] = pick(nodes, 1);
    const [known] = pick(contents, 1);
    // A failure is seen in the studio, which is what it is for.
    void (
      turn++ % 3 === 0 || known === undefined ? provide(node!, contents) : find(node!, known)
    ).catch(() => {});
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}

async function provide({ services }: Participant, contents: CID[]): Promise<void> {
  const cid = CID.createV1(raw.code, await sha256.digest(randomBytes(16)));
  for await (const _ of services.dht.provide(cid));
  contents.push(cid);
  if (contents.length > CONTENTS_MAX) contents.shift();
}

async function find({ services }: Participant, cid: CID): Promise<void> {
  for await (const _ of services.dht.findProviders(cid));
}
