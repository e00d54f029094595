// The header: what is shown, how, and what can be done.
import type { VNode } from 'preact';
import { VIEWS } from '../model/selection.ts';
import type { PanelId, ViewId } from '../model/selection.ts';
import type { Session } from '../model/session.ts';
import { runCommand, togglePanel } from './commands.ts';
import { Icon } from './icons.tsx';
import type { IconName } from './icons.tsx';
import { Segmented } from './segmented.tsx';
import { resolveTheme } from './theme.ts';
import { counted } from './words.ts';

interface Props {
  readonly session: Session;
}

const VIEW_NAMES: Readonly<Record<ViewId, string>> = {
  ruler: 'Ruler',
  ring: 'Ring',
  events: 'Events',
};

export function Header({ session }: Props): VNode {
  const isDark = resolveTheme(session.theme.value) === 'dark';
  return (
    <header class="header">
      <h1 class="wordmark">
        <Logo />
        kadscope
      </h1>
      <Segmented
        class="tabs"
        label="View"
        value={session.view.value}
        choices={VIEWS.map((id, i) => ({
          value: id,
          label: VIEW_NAMES[id],
          title: `${VIEW_NAMES[id]}  (${i + 1})`,
        }))}
        onChange={(view) => (session.view.value = view)}
      />
      <SourceTitle session={session} />
      <div class="actions">
        <PanelButton
          session={session}
          panel="operations"
          icon="run"
          label="Operations"
          hint="Run an operation  (G)"
        />
        <PanelButton
          session={session}
          panel="add-file"
          icon="add"
          label="Add file"
          hint="Add a file to the network  (N)"
        />
        <PanelButton
          session={session}
          panel="open-file"
          icon="open"
          label="Open"
          hint="Open a trace file  (Ctrl O)"
        />
        <span class="divider" />
        <IconButton
          icon="search"
          label="Find"
          hint="Find a command, a node or a lookup  (Ctrl K)"
          onClick={() => togglePanel(session, 'commands')}
        />
        <IconButton
          icon="table"
          label="Table"
          hint="Show the view as a table, or as a picture  (T)"
          isOn={session.tableTwin.value}
          isWide
          onClick={() => runCommand(session, 'table')}
        />
        <IconButton
          icon="panel"
          label="Inspector"
          hint="Show or hide the inspector  (I)"
          isOn={session.isInspectorOpen.value}
          isWide
          onClick={() => runCommand(session, 'inspector')}
        />
        <IconButton
          icon="link"
          label="Copy link"
          hint="Copy a link to exactly this  (Y)"
          isWide
          onClick={() => runCommand(session, 'copy-link')}
        />
        <IconButton
          icon={isDark ? 'light' : 'dark'}
          label={isDark ? 'Light theme' : 'Dark theme'}
          hint="Dark or light  (⇧ D)"
          onClick={() => runCommand(session, 'theme')}
        />
        <IconButton
          icon="help"
          label="Keys"
          hint="Show the keys  (?)"
          isWide
          onClick={() => togglePanel(session, 'help')}
        />
      </div>
    </header>
  );
}

/** The prefix spine in small: rows that halve, and the target at the end. */
function Logo(): VNode {
  return (
    <svg
      viewBox="0 0 18 18"
      aria-hidden="true"
      fill="none"
      stroke-width="2.4"
      stroke-linecap="round"
    >
      <path d="M2 3.2h14" stroke="var(--distance-1)" />
      <path d="M9 9h7" stroke="var(--distance-3)" />
      <circle cx="14.6" cy="14.8" r="2.2" fill="var(--class-announce)" />
    </svg>
  );
}

function SourceTitle({ session }: Props): VNode {
  void session.revision.value;
  const trace = session.trace.value;
  const source = session.source.value;
  return (
    <p class="source">
      <span class="source-title">{source?.title ?? ''}</span>
      {trace.length > 0 && (
        <span class="source-counts">
          {[
            counted(trace.nodes.length, 'node'),
            // Recordings of networks without lookups have none to count.
            ...(trace.lookups.length === 0 ? [] : [counted(trace.lookups.length, 'lookup')]),
            counted(trace.length, 'event'),
          ].join(' · ')}
        </span>
      )}
    </p>
  );
}

interface PanelButtonProps extends Props {
  readonly panel: PanelId;
  readonly icon: IconName;
  readonly label: string;
  readonly hint: string;
}

function PanelButton({ session, panel, icon, label, hint }: PanelButtonProps): VNode {
  const isOpen = session.panel.value === panel;
  return (
    <button
      class="button"
      aria-label={label}
      aria-expanded={isOpen}
      aria-pressed={isOpen}
      title={hint}
      onClick={() => togglePanel(session, panel)}
    >
      <Icon name={icon} />
      <span class="label">{label}</span>
    </button>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly hint: string;
  readonly isOn?: boolean;
  readonly isWide?: boolean;
  readonly onClick: () => void;
}

function IconButton({ icon, label, hint, isOn, isWide = false, onClick }: IconButtonProps): VNode {
  return (
    <button
      class={`button is-quiet is-icon ${isWide ? 'only-wide' : ''}`}
      aria-label={label}
      title={hint}
      {...(isOn === undefined ? {} : { 'aria-pressed': isOn })}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
