// What the window says while a file is held over it, and while one is being read.
import type { VNode } from 'preact';
import type { Session } from '../model/session.ts';
import { isFileOver } from '../open/drop.ts';
import { opening } from '../open/open-trace.ts';

export function DropVeil({ session }: { readonly session: Session }): VNode | null {
  const now = opening.value;
  if (isFileOver.value) {
    return (
      <div class="drop-veil" aria-hidden="true">
        Drop a trace to play it
      </div>
    );
  }
  // The panel shows the progress itself.
  if (now.state !== 'busy' || session.panel.value === 'open-file') return null;
  const { progress } = now;
  const part =
    progress === null || progress.totalBytes === 0 ? 0 : progress.bytes / progress.totalBytes;
  return (
    <div class="drop-veil is-busy" role="status">
      {progress?.phase === 'reading'
        ? `Reading ${now.file}, ${Math.round(part * 100)} %`
        : `Opening ${now.file}`}
    </div>
  );
}
