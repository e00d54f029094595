// From a session to a link and back.
import { batch } from '@preact/signals';
import { isSelectable } from './selection.ts';
import type { Selection } from './selection.ts';
import { studioScenario } from './default-scenario.ts';
import { clockTime } from './format.ts';
import { AHEAD_MS } from './session.ts';
import type { Session } from './session.ts';
import type { TraceSource } from './source.ts';
import type { DecodedLink, Link, LinkScenario } from './url.ts';

/** What a session would put into a link now. Reads its signals, so an effect can follow it. */
export function linkOf(session: Session): Link {
  const selection = session.selection.value;
  const range = session.range.value;
  const source = session.source.value;
  const { scenario, src, token } = source?.origin ?? {};
  return {
    route: routeOf(source),
    ...(token === undefined ? {} : { token }),
    ...(scenario === undefined || Object.keys(scenario).length === 0 ? {} : { scenario }),
    ...(src === undefined ? {} : { src }),
    timeMs: Math.round(session.timeMs.value * 1e6) / 1e6,
    cursor: session.cursorIndex.value,
    ...(selection === null ? {} : { selection }),
    ...(session.lookupId.value < 0 ? {} : { lookup: session.lookupId.value }),
    ...(session.follow.value ? { follow: true } : {}),
    ...(session.reference.value === 'target' ? {} : { reference: session.reference.value }),
    ...(session.view.value === 'ruler' ? {} : { view: session.view.value }),
    ...(session.tableTwin.value ? { table: true } : {}),
    ...(isLinkable(session.panel.value) ? { panel: session.panel.value! } : {}),
    speed: Math.round(session.speed.value * 1e6) / 1e6,
    ...(session.eventTime.value ? { eventTime: true } : {}),
    ...(range === null
      ? {}
      : { range: [Math.round(range.fromMs * 1e3) / 1e3, Math.round(range.toMs * 1e3) / 1e3] }),
  };
}

function routeOf(source: TraceSource | null): Link['route'] {
  if (source?.kind === 'live') return 'live';
  return source?.kind === 'file' ? 'replay' : 'sim';
}

/** A dialog that was open for a moment is not worth a link; a drawer is. */
function isLinkable(panel: string | null): boolean {
  return panel === 'operations' || panel === 'add-file' || panel === 'open-file';
}

/** A link that leads nowhere leads to what can be shown; `problems` say so. */
export function settleLink({ link, problems }: DecodedLink): DecodedLink {
  if (link.route === 'replay' && link.src === undefined) {
    const { reference, view, table, panel } = link;
    const look = { reference, view, table, panel };
    const kept = Object.entries(look).filter(([, value]) => value !== undefined);
    const nothing =
      'The link names no recording, so there is nothing to replay: this is the simulated network.';
    return {
      link: { route: 'sim', ...Object.fromEntries(kept) },
      problems: [...problems, nothing],
    };
  }
  if (link.route === 'live' && link.token === undefined)
    return { link: { route: 'sim' }, problems };
  if (link.route !== 'sim' || wantedMs(link) <= LINK_AHEAD_MAX_MS) return { link, problems };
  const { cursor: _, ...rest } = link;
  const far = `The time of the link, ${clockTime(wantedMs(link))}, is too far to simulate up to it at once: this is the end of what there is so far.`;
  return { link: { ...rest, timeMs: AHEAD_MS }, problems: [...problems, far] };
}

/** True when `source` is what the link opens, so that only the place and the look can differ. */
export function isSourceOf(source: TraceSource | null, link: Link): boolean {
  if (source === null) return false;
  if (link.route === 'replay') return source.kind === 'file' && source.origin.src === link.src;
  if (link.route === 'live') return source.kind === 'live' && source.origin.token === link.token;
  return source.kind === 'simulation' && nameOf(source.origin.scenario) === nameOf(link.scenario);
}

/** The same network has the same name, whether the link spells its defaults out or not. */
function nameOf(scenario: LinkScenario | undefined): string {
  return JSON.stringify(studioScenario(scenario));
}

/** Ten minutes of virtual time take some seconds to simulate; a link must not ask for much more unasked. */
const LINK_AHEAD_MAX_MS = 600_000;

/** Applies everything of a link that does not need the trace. */
export function applyLook(session: Session, link: Link): void {
  batch(() => {
    session.reference.value = link.reference ?? 'target';
    session.view.value = link.view ?? 'ruler';
    session.tableTwin.value = link.table ?? false;
    session.panel.value = link.panel ?? null;
    session.eventTime.value = link.eventTime ?? false;
    if (link.speed !== undefined) session.setSpeed(link.speed);
  });
}

/** The moment that a link asks for; the trace must have come so far before `applyPlace` can go there. */
export function wantedMs(link: Link): number {
  return link.timeMs ?? 0;
}

/** Goes where a link says: its time, its event, its lookup, its selection. Says what no longer exists. */
export function applyPlace(session: Session, link: Link): readonly string[] {
  const problems: string[] = [];
  const trace = session.trace.peek();
  const endMs = session.horizonMs.peek();
  if (wantedMs(link) > endMs + 1e-3)
    problems.push(
      `The time of the link, ${clockTime(wantedMs(link))}, was not reached: this is the end of what there is, ${clockTime(endMs)}.`,
    );
  batch(() => {
    session.seekTime(wantedMs(link));
    const { cursor } = link;
    // The event count says more than the time, unless it belongs to another trace.
    if (cursor !== undefined && cursor <= trace.length && isAt(session, cursor, wantedMs(link)))
      session.seekIndex(cursor);
    if (link.lookup !== undefined) {
      if (trace.lookup(link.lookup) === undefined)
        problems.push(`This trace has no lookup ${link.lookup}.`);
      else session.lookupId.value = link.lookup;
    }
    session.follow.value = link.follow === true && session.lookupId.value >= 0;
    session.selection.value = checkedSelection(session, link.selection, problems);
    if (link.range !== undefined)
      session.range.value = { fromMs: link.range[0], toMs: link.range[1] };
  });
  return problems;
}

function isAt(session: Session, cursor: number, timeMs: number): boolean {
  const trace = session.trace.peek();
  const time = cursor === 0 ? 0 : trace.time(cursor - 1);
  const next = cursor < trace.length ? trace.time(cursor) : Number.POSITIVE_INFINITY;
  return time <= timeMs + 1e-3 && timeMs <= next + 1e-3;
}

function checkedSelection(
  session: Session,
  selection: Selection | undefined,
  problems: string[],
): Selection | null {
  if (selection === undefined) return null;
  if (isSelectable(session.trace.peek(), selection)) return selection;
  problems.push(`This trace has no ${selection.kind} ${selection.id}.`);
  return null;
}
