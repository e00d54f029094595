// What the ruler says in words: its headings and the one sentence that states the finding.
import { nodeName } from '@kadscope/core/trace';
import { duration } from '../../model/format.ts';
import type { LookupPicture } from '../../model/lookup-picture.ts';
import type { ReferencePoint } from '../../model/reference.ts';
import type { Session } from '../../model/session.ts';
import { counted } from '../../ui/words.ts';

/** The kind of operation that a lookup serves. */
function purposeOf(session: Session, picture: LookupPicture): string {
  return session.trace.value.operation(picture.lookup.operation)?.kind ?? 'lookup';
}

export function spaceHeading(reference: ReferencePoint): string {
  return `seen from the ${placeOf(reference)}`;
}

export function stateHeading(reference: ReferencePoint): string {
  return reference.node < 0
    ? 'the shortlist of the lookup'
    : `k-buckets of the ${placeOf(reference)}`;
}

function placeOf(reference: ReferencePoint): string {
  return reference.role === 'selected' ? 'selected node' : reference.role;
}

export function timeHeading(picture: LookupPicture | null): string {
  if (picture === null) return 'no lookup yet';
  const { queries, startMs, endMs } = picture;
  return `one lookup: ${counted(queries.length, 'request')} in ${duration(endMs - startMs)}`;
}

/** The finding, as far as the play head has come. */
export function finding(session: Session, picture: LookupPicture | null): string {
  if (picture === null) return 'A lookup will appear here as soon as a node starts one.';
  const cursor = session.cursorIndex.peek();
  const trace = session.trace.value;
  const origin = nodeName(trace, picture.lookup.node);
  if (picture.lookup.startEvent >= cursor)
    return `Next: a ${purposeOf(session, picture)} lookup by ${origin}.`;
  const over = picture.queries.filter(({ endEvent }) => endEvent >= 0 && endEvent < cursor);
  const failed = over.filter(({ isFailed }) => isFailed).length;
  const answered = over.length - failed;
  const lost = failed === 0 ? '' : `, ${failed} did not answer`;
  if (picture.lookup.endEvent < 0 || picture.lookup.endEvent >= cursor) {
    const out =
      picture.queries.filter(({ startEvent }) => startEvent < cursor).length - over.length;
    const soFar =
      answered === 0 ? 'No node has answered yet' : `${counted(answered, 'node')} answered so far`;
    return `${soFar}${lost}, ${counted(out, 'request')} under way.`;
  }
  if (picture.early !== null) return earlyFinding(session, picture, lost);
  if (answered === 0)
    return `Nobody answered: the lookup ended after ${duration(picture.finishedMs - picture.startMs)}${lost}.`;
  const best = picture.best.findLast(({ timeMs }) => timeMs <= picture.finishedMs);
  if (best === undefined)
    return `No node was closer to the target than the origin: ${counted(answered, 'node')} answered${lost}.`;
  const reached = best.timeMs - picture.startMs;
  const rest = picture.finishedMs - best.timeMs;
  const hops =
    1 +
    Math.max(
      0,
      ...picture.heard.filter(({ peer }) => peer === best.peer).map(({ hop }) => hop - 1),
    );
  if (reached < 1)
    return `The origin already knew the closest node; ${counted(answered, 'answer')} confirmed it in ${duration(rest)}${lost}.`;
  return `The closest node was known after ${duration(reached)} and ${counted(hops, 'hop')}; ${duration(rest)} more went into asking all the others that are close${lost}.`;
}

/** What an answer named that was enough, by the kind of the operation. */
const NAMED: Readonly<Record<string, string>> = {
  findProviders: 'named a provider',
  findPeer: 'named the peer',
  getValue: 'gave the value',
};

/** A lookup that stopped early has confirmed nothing: its operation had what it wanted. */
function earlyFinding(session: Session, picture: LookupPicture, lost: string): string {
  const { peer, open } = picture.early!;
  const after = `after ${duration(picture.finishedMs - picture.startMs)}`;
  const still =
    open === 0 ? '' : `; ${counted(open, 'request')} ${open === 1 ? 'was' : 'were'} still open`;
  if (peer < 0)
    return `The lookup stopped ${after}, because its operation had what it wanted${still}${lost}.`;
  const node = nodeName(session.trace.value, peer);
  const name = `${node.slice(0, 1).toUpperCase()}${node.slice(1)}`;
  const gave = NAMED[purposeOf(session, picture)] ?? 'gave what the operation wanted';
  return `${name} ${gave} ${after}, so the lookup stopped${still}${lost}.`;
}
