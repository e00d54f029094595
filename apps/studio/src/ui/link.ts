// The address bar: follows the session when it rests, and brings it back from a link.
import { effect } from '@preact/signals';
import { applyLook, applyPlace, linkOf, settleLink, wantedMs } from '../model/link.ts';
import type { Session } from '../model/session.ts';
import { decodeLink, encodeLink } from '../model/url.ts';
import type { Link } from '../model/url.ts';

/** Writing the address at each step would be refused by browsers (Safari: 100 in 30 s) and is for nobody. */
const SETTLE_MS = 400;

/** Reads the address: at the start, and when a link is pasted into it. */
export function readLink(session: Session): Link {
  const { link, problems } = settleLink(decodeLink(location.hash));
  // The address must not go on to promise what is not shown.
  if (problems.length > 0) history.replaceState(null, '', encodeLink(link));
  applyLook(session, link);
  if (problems.length > 0) session.notify(problems.join(' '), 'warning');
  return link;
}

/** Goes to the place of a link as soon as the trace has come so far; true when it has. */
export function tryPlace(session: Session, link: Link): boolean {
  const isThere =
    session.horizonMs.peek() >= wantedMs(link) || session.source.peek()?.isGrowing === false;
  if (!isThere) return false;
  const problems = applyPlace(session, link);
  if (problems.length > 0) session.notify(problems.join(' '), 'warning');
  return true;
}

/** Keeps the address in step with the session while it does not play. */
export function startLinkWriter(session: Session): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  effect(() => {
    void session.revision.value;
    if (session.playing.value || session.trace.value.length === 0) return;
    const hash = encodeLink(linkOf(session));
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (location.hash !== hash) history.replaceState(null, '', hash);
    }, SETTLE_MS);
  });
}

/** Puts a link to exactly this on the clipboard. */
export async function copyLink(session: Session): Promise<void> {
  const hash = encodeLink(linkOf(session));
  history.replaceState(null, '', hash);
  const source = session.source.peek();
  if (source?.kind === 'file' && source.origin.src === undefined) {
    session.notify(
      'This trace came from a file of yours: a link cannot carry it. Put the file beside the page and open it from there.',
      'warning',
    );
    return;
  }
  try {
    await navigator.clipboard.writeText(location.href);
    session.notify('The link to exactly this moment and view is on the clipboard.');
  } catch {
    session.notify(
      'This browser does not let pages write the clipboard; the address bar holds the link.',
      'warning',
    );
  }
}
