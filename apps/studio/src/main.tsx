// The studio's page: one session, one frame loop, one tree of components.
import './styles/tokens.css';
import './styles/base.css';
import './styles/shell.css';
import { render } from 'preact';
import { createSession } from './model/session.ts';
import { App } from './ui/app.tsx';
import { SINGLE_KEYS_STORED } from './ui/help-dialog.tsx';
import { startShortcuts } from './ui/shortcuts.ts';
import { startSession } from './ui/start.ts';
import { recall, startTheme } from './ui/theme.ts';

const session = createSession();
session.singleKeys.value = recall(SINGLE_KEYS_STORED) !== 'off';
startTheme(session);
startShortcuts(session);
render(<App session={session} />, document.getElementById('studio')!);
startSession(session);
