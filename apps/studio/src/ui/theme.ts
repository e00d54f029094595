// Dark or light: what the system says until somebody chooses.
import { effect } from '@preact/signals';
import type { Session } from '../model/session.ts';
import type { Theme } from '../model/settings.ts';
import { refreshPalette } from '../render/palette.ts';

const STORED = 'kadscope.theme';
const systemLight = window.matchMedia('(prefers-color-scheme: light)');

/** Applies the session's theme to the page, now and whenever it changes. */
export function startTheme(session: Session): void {
  session.theme.value = storedTheme();
  const apply = (): void => {
    document.documentElement.dataset['theme'] = resolveTheme(session.theme.value);
    refreshPalette();
  };
  effect(apply);
  systemLight.addEventListener('change', apply);
}

/** The theme in effect. */
export function resolveTheme(theme: Theme): 'dark' | 'light' {
  if (theme !== 'system') return theme;
  return systemLight.matches ? 'light' : 'dark';
}

export function toggleTheme(session: Session): void {
  const next = resolveTheme(session.theme.peek()) === 'dark' ? 'light' : 'dark';
  session.theme.value = next;
  remember(STORED, next);
}

function storedTheme(): Theme {
  const stored = recall(STORED);
  return stored === 'dark' || stored === 'light' ? stored : 'system';
}

// Storage may be forbidden (a file:// page, a strict browser): then the choice lasts as long as the page.

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Nothing depends on it.
  }
}

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
