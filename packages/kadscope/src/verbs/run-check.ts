// Carries out a check: what is meant, what there is to be found out, and what it means.
import type { PeerId } from '@libp2p/interface';
import type { Multiaddr } from '@multiformats/multiaddr';
import { multiaddr } from '@multiformats/multiaddr';
import type { CID } from 'multiformats/cid';
import { UsageError } from '../errors.ts';
import { parseCid, parsePeerId } from '../http/keys.ts';
import type { Io } from '../io.ts';
import { networkOf } from '../node/network.ts';
import { checkAddress, checkContent, checkPeer } from './check.ts';
import type { CheckReport } from './check.ts';
import { withClient, withNode } from './client.ts';
import type { ClientFlags } from './options.ts';
import { reportText, verdictOf } from './verdict.ts';

type Subject =
  | { readonly kind: 'content'; readonly cid: CID }
  | { readonly kind: 'peer'; readonly id: PeerId }
  | { readonly kind: 'address'; readonly address: Multiaddr };

/** Checks something, and prints what was found out; says whether it can be found. */
export async function runCheck(what: string, flags: ClientFlags, io: Io): Promise<boolean> {
  const report = await reportOf(what, subjectOf(what), flags);
  const verdict = verdictOf(report);
  io.out(
    flags.json === true
      ? `${JSON.stringify({ ...report, ok: verdict.ok, verdict: verdict.text, next: verdict.advice })}\n`
      : reportText(report),
  );
  return verdict.ok;
}

function reportOf(what: string, subject: Subject, flags: ClientFlags): Promise<CheckReport> {
  switch (subject.kind) {
    case 'content':
      return withClient(flags, (client) => checkContent(client, what, subject.cid));
    case 'peer':
      return withClient(flags, (client) => checkPeer(client, what, subject.id));
    case 'address': {
      const protocol = networkOf(flags).dhts[0]!.init.protocol!;
      return withNode(flags, ({ libp2p }, signal) =>
        checkAddress({ libp2p, signal }, subject.address, protocol),
      );
    }
  }
}

/** What is meant. Ids of old peers look like CIDs of old content: content is meant unless /p2p/ stands before it. */
function subjectOf(what: string): Subject {
  const named = /^\/(ipfs|p2p)\/([^/]+)$/.exec(what);
  const text = named?.[2] ?? what;
  const id = parsePeerId(text);
  const cid = parseCid(text);
  const isContent = cid !== null && (cid.version === 0 || id === null);
  if (named?.[1] !== 'p2p' && isContent) return { kind: 'content', cid };
  if (id !== null) return { kind: 'peer', id };
  if (what.startsWith('/') && named === null) {
    try {
      return { kind: 'address', address: multiaddr(what) };
    } catch {
      // It is none; what it should be is said below.
    }
  }
  throw new UsageError(`${what}: this is no CID, no peer id and no multiaddr`);
}
