// What the window says while a file is held over it.
import type { VNode } from 'preact';
import { isFileOver } from '../open/drop.ts';

export function DropVeil(): VNode | null {
  if (!isFileOver.value) return null;
  return (
    <div class="drop-veil" aria-hidden="true">
      Drop a trace to play it
    </div>
  );
}
