// Files dropped on the window: everywhere except on a field that takes files itself.
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { Session } from '../model/session.ts';
import { openFiles } from './open-trace.ts';

const over = signal(false);

/** True while a file is held over the window. */
export const isFileOver: ReadonlySignal<boolean> = over;

/** Listens for files until the returned function is called. */
export function startDrop(session: Session): () => void {
  const stop = new AbortController();
  const listen = (
    type: 'dragover' | 'dragleave' | 'drop',
    handler: (event: DragEvent) => void,
  ): void => window.addEventListener(type, handler, { signal: stop.signal });
  listen('dragover', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over.value = !isOnField(event);
  });
  listen('dragleave', (event) => {
    if (event.relatedTarget === null) over.value = false;
  });
  listen('drop', (event) => {
    over.value = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (event.defaultPrevented || files.length === 0 || isOnField(event)) return;
    event.preventDefault();
    void openFiles(
      session,
      files.map((file) => ({ name: file.name, file })),
    );
  });
  return () => stop.abort();
}

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') === true;
}

function isOnField(event: DragEvent): boolean {
  return event.target instanceof Element && event.target.closest('[data-takes-files]') !== null;
}
