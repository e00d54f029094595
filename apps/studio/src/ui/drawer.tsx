// A pane beside the view that does not block it: what it starts can be watched at once.
import { useEffect, useRef } from 'preact/hooks';
import type { ComponentChildren, VNode } from 'preact';
import { Icon } from './icons.tsx';

interface DrawerProps {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

export function Drawer({ title, onClose, children }: DrawerProps): VNode {
  const host = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    host.current?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <section ref={host} class="drawer" role="dialog" aria-label={title} tabIndex={-1}>
      <header class="drawer-head">
        <h2>{title}</h2>
        <button
          class="button is-quiet is-icon"
          aria-label="Close"
          title="Close  (Esc)"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </header>
      <div class="drawer-body">{children}</div>
    </section>
  );
}
