// Brings the lookups of an operation into view as soon as the play head reaches them.
import { effect } from '@preact/signals';
import type { Session } from '../../model/session.ts';

/** Only the operation that was started last is shown. */
let stop: () => void = () => {};

export function showOperation(session: Session, operation: number): void {
  stop();
  const trace = session.trace.peek();
  let shown = -1;
  const forget = effect(() => {
    void session.revision.value;
    const cursor = session.readCursor.value;
    if (session.trace.value !== trace) return;
    const lookup = trace.lookups.findLast(
      (each) => each.operation === operation && each.startEvent < cursor,
    );
    if (lookup === undefined || lookup.id === shown) return;
    shown = lookup.id;
    session.readLookup(lookup.id);
  });
  // Whoever chooses another lookup is not brought back.
  const watch = effect(() => {
    const chosen = session.lookupId.value;
    if (shown >= 0 && chosen !== shown) queueMicrotask(() => stop());
  });
  stop = () => {
    forget();
    watch();
  };
}
