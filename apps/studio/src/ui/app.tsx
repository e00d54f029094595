// The frame of the studio: header, view, inspector, timeline, and what opens over them.
import { signal } from '@preact/signals';
import type { VNode } from 'preact';
import type { PanelId } from '../model/selection.ts';
import type { Session } from '../model/session.ts';
import { EventsView } from '../views/events.tsx';
import { RingView } from '../views/ring.tsx';
import { RulerView } from '../views/ruler.tsx';
import { Timeline } from '../views/timeline.tsx';
import { AddFilePanel } from './add-file.tsx';
import { CommandPalette } from './command-palette.tsx';
import { Drawer } from './drawer.tsx';
import { DropVeil } from './drop-veil.tsx';
import { Header } from './header.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { Inspector } from './inspector.tsx';
import { LiveRegion } from './live-region.tsx';
import { LookupPicker } from './lookup-picker.tsx';
import { NoticeBar } from './notice.tsx';
import { OpenFilePanel } from './open-file.tsx';
import { OperationsPanel } from './operations.tsx';

interface Props {
  readonly session: Session;
}

/** On a narrow page: whether the inspector's sheet is pulled up. */
const isSheetUp = signal(false);

export function App({ session }: Props): VNode {
  return (
    <div class="shell">
      <Header session={session} />
      <main class="main" aria-label="View">
        <MainView session={session} />
        <Panel session={session} />
        <NoticeBar session={session} />
      </main>
      {session.isInspectorOpen.value && (
        <aside class={`inspector-pane ${isSheetUp.value ? 'is-up' : ''}`} aria-label="Inspector">
          <button
            class="sheet-handle only-narrow"
            aria-expanded={isSheetUp.value}
            aria-label={
              isSheetUp.value ? 'Make the inspector smaller' : 'Make the inspector larger'
            }
            onClick={() => (isSheetUp.value = !isSheetUp.value)}
          />
          <Inspector session={session} />
        </aside>
      )}
      <footer class="timeline-pane">
        <Timeline session={session} />
      </footer>
      <LiveRegion session={session} />
      <DropVeil session={session} />
    </div>
  );
}

function MainView({ session }: Props): VNode {
  switch (session.view.value) {
    case 'ruler':
      return <RulerView session={session} />;
    case 'ring':
      return <RingView session={session} />;
    case 'events':
      return <EventsView session={session} />;
  }
}

const DRAWERS: Readonly<
  Partial<
    Record<PanelId, { readonly title: string; readonly Body: (props: Props) => VNode | null }>
  >
> = {
  operations: { title: 'Run an operation', Body: OperationsPanel },
  'add-file': { title: 'Add a file', Body: AddFilePanel },
  'open-file': { title: 'Open a trace', Body: OpenFilePanel },
};

function Panel({ session }: Props): VNode | null {
  const panel = session.panel.value;
  if (panel === null) return null;
  if (panel === 'help') return <HelpDialog session={session} />;
  if (panel === 'commands') return <CommandPalette session={session} />;
  if (panel === 'lookups') return <LookupPicker session={session} />;
  const drawer = DRAWERS[panel];
  if (drawer === undefined) return null;
  return (
    <Drawer key={panel} title={drawer.title} onClose={() => (session.panel.value = null)}>
      <drawer.Body session={session} />
    </Drawer>
  );
}
