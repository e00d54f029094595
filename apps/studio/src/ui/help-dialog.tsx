// The keys, as the registry has them.
import type { VNode } from 'preact';
import { COMMAND_GROUPS, COMMANDS, strokeLabel } from '../model/keys.ts';
import type { Command } from '../model/keys.ts';
import type { Session } from '../model/session.ts';
import { Dialog } from './dialog.tsx';
import { remember } from './theme.ts';

export const SINGLE_KEYS_STORED = 'kadscope.single-keys';

export function HelpDialog({ session }: { readonly session: Session }): VNode {
  const setSingle = (isOn: boolean): void => {
    session.singleKeys.value = isOn;
    remember(SINGLE_KEYS_STORED, isOn ? 'on' : 'off');
  };
  return (
    <Dialog title="Keys" onClose={() => (session.panel.value = null)}>
      <div class="dialog-body">
        <div class="help-groups">
          {COMMAND_GROUPS.map((group) => (
            <section class="help-group" key={group}>
              <h3>{group}</h3>
              <dl>
                {COMMANDS.filter((each) => each.group === group).map((each) => (
                  <HelpRow key={each.id} command={each} />
                ))}
                {group === 'Select' && <HelpRow command={ROWS} />}
              </dl>
            </section>
          ))}
        </div>
        <div class="help-foot">
          <label class="check">
            <input
              type="checkbox"
              checked={session.singleKeys.value}
              onChange={(event) => setSingle(event.currentTarget.checked)}
            />
            Single letters and signs are shortcuts
          </label>
        </div>
      </div>
    </Dialog>
  );
}

/** Not a command: the picture itself takes these when it has the focus. */
const ROWS: Command = {
  id: 'rows',
  keys: ['↑', '↓'],
  group: 'Select',
  help: 'In a picture: over rows; with Shift over nodes',
};

function HelpRow({ command }: { readonly command: Command }): VNode {
  return (
    <div class="help-row">
      <dt>{command.help}</dt>
      <dd>
        {command.keys.map((key) => (
          <kbd class="key" key={key}>
            {strokeLabel(key)}
          </kbd>
        ))}
      </dd>
    </div>
  );
}
