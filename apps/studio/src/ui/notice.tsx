// One message at a time: said aloud at once when it is an error, politely otherwise.
import type { VNode } from 'preact';
import type { Session } from '../model/session.ts';
import { Icon } from './icons.tsx';

export function NoticeBar({ session }: { readonly session: Session }): VNode {
  const notice = session.notice.value;
  return (
    <div class="notice-place" role={notice?.tone === 'error' ? 'alert' : 'status'}>
      {notice !== null && (
        <div class={`notice is-${notice.tone}`}>
          <span>{notice.text}</span>
          <button
            class="button is-quiet is-icon"
            aria-label="Dismiss"
            onClick={() => (session.notice.value = null)}
          >
            <Icon name="close" />
          </button>
        </div>
      )}
    </div>
  );
}
