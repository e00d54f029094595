// From key presses to commands.
import { commandOf } from '../model/keys.ts';
import type { CommandId } from '../model/keys.ts';
import type { Session } from '../model/session.ts';
import { runCommand } from './commands.ts';

/** Listens for the registry's keys until the returned function is called. */
export function startShortcuts(session: Session): () => void {
  const onKey = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing || event.altKey) return;
    const id = commandOf(event, session.singleKeys.peek());
    if (id === null || !mayRun(id, event.target)) return;
    event.preventDefault();
    runCommand(session, id);
  };
  window.addEventListener('keydown', onKey);
  return () => window.removeEventListener('keydown', onKey);
}

/** Keys belong first to what has the focus: text to fields, Space and Enter to buttons, all to open dialogs. */
function mayRun(id: CommandId, target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return true;
  if (target.closest('dialog') !== null) return id === 'commands' || id === 'help';
  if (target.isContentEditable) return id === 'commands';
  if (
    target.matches(
      'textarea, select, input:not([type=range], [type=checkbox], [type=radio], [type=button])',
    )
  ) {
    return id === 'commands' || id === 'escape';
  }
  if (target.matches('input[type=range], [role=radio], [role=tab], [role=option]'))
    return !MOVING.has(id);
  if (target.matches('button, a, summary, input, [role=button]'))
    return id !== 'play' && id !== 'select-here';
  if (target.matches('[role=application]')) return !FIGURE.has(id);
  return true;
}

const MOVING: ReadonlySet<CommandId> = new Set<CommandId>([
  'event-back',
  'event-forward',
  'hop-back',
  'hop-forward',
  'start',
  'end',
  'play',
  'select-here',
]);
const FIGURE: ReadonlySet<CommandId> = new Set<CommandId>(['select-here']);
