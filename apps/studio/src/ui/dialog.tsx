// A modal dialog: the browser keeps the focus inside, Escape closes it, and so does a click beside it.
import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren, VNode } from 'preact';
import { Icon } from './icons.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
  readonly class?: string;
  /** Leaves out the heading; the title is then only spoken. */
  readonly isBare?: boolean;
}

export function Dialog({ title, onClose, children, isBare = false, ...rest }: DialogProps): VNode {
  const host = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = host.current!;
    const before = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={host}
      class={`dialog ${rest.class ?? ''}`}
      aria-label={title}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === host.current) onClose();
      }}
    >
      {!isBare && (
        <header class="dialog-head">
          <h2>{title}</h2>
          <button class="button is-quiet is-icon" aria-label="Close" onClick={onClose}>
            <Icon name="close" />
          </button>
        </header>
      )}
      {children}
    </dialog>
  );
}
