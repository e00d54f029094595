// What each command of the registry does. Model commands go to the session, the rest to the page.
import type { CommandId } from '../model/keys.ts';
import type { PanelId, ViewId } from '../model/selection.ts';
import type { Session } from '../model/session.ts';
import { fitRange, panRange, zoomRange } from '../model/range.ts';
import { copyLink } from './link.ts';
import { toggleTheme } from './theme.ts';

const PLAY: Readonly<Record<string, (session: Session) => void>> = {
  play: (session) => session.togglePlay(),
  reverse: (session) => session.play(-1),
  slower: (session) => session.changeSpeed(-1),
  faster: (session) => session.changeSpeed(1),
  loop: (session) => (session.loop.value = !session.loop.value),
  'event-time': (session) => session.toggleEventTime(),
  'event-back': (session) => session.stepEvent(-1),
  'event-forward': (session) => session.stepEvent(1),
  'hop-back': (session) => session.stepHop(-1),
  'hop-forward': (session) => session.stepHop(1),
  'lookup-back': (session) => session.stepLookup(-1),
  'lookup-forward': (session) => session.stepLookup(1),
  'node-back': (session) => session.stepOnNode(-1),
  'node-forward': (session) => session.stepOnNode(1),
};

const PAGE: Readonly<Record<string, (session: Session) => void>> = {
  start: (session) => session.seekTime(0),
  end: (session) => session.seekTime(session.horizonMs.value),
  'zoom-in': (session) => zoomRange(session, 1 / 2),
  'zoom-out': (session) => zoomRange(session, 2),
  'pan-back': (session) => panRange(session, -1 / 4),
  'pan-forward': (session) => panRange(session, 1 / 4),
  fit: (session) => fitRange(session),
  mark: (session) => session.toggleMark(),
  table: (session) => (session.tableTwin.value = !session.tableTwin.value),
  reference: (session) => session.cycleReference(),
  code: (session) => (session.isCodeOpen.value = !session.isCodeOpen.value),
  inspector: (session) => (session.isInspectorOpen.value = !session.isInspectorOpen.value),
  follow: (session) => session.toggleFollow(),
  pin: (session) => session.togglePin(),
  'select-here': (session) => session.select({ kind: 'event', id: session.eventHere.value }),
  escape: (session) => session.escape(),
  'copy-link': (session) => void copyLink(session),
  theme: (session) => toggleTheme(session),
};

const VIEW_OF: Readonly<Record<string, ViewId>> = {
  'view-ruler': 'ruler',
  'view-ring': 'ring',
  'view-events': 'events',
};

/** Runs a command. */
export function runCommand(session: Session, id: CommandId): void {
  const run = PLAY[id] ?? PAGE[id];
  const view = VIEW_OF[id];
  if (run !== undefined) run(session);
  else if (view !== undefined) session.view.value = view;
  else togglePanel(session, id as PanelId);
}

/** Opens a panel, or closes it when it is the one that is open. */
export function togglePanel(session: Session, panel: PanelId): void {
  session.panel.value = session.panel.value === panel ? null : panel;
}
