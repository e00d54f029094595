// The colours of the canvas views: read from the style sheet's custom properties once per theme change.
import { signal } from '@preact/signals';
import type { ReadonlySignal } from '@preact/signals';
import type { MessageClass } from '@kadscope/core/trace';
import type { Glyph } from './renderer.ts';

/** A class of the histogram and the legend: a message class, or what failed. */
export type ColorClass = MessageClass | 'failed';

/** The shape of each class, beside its colour. */
export const CLASS_GLYPHS: Readonly<Record<ColorClass, Glyph>> = {
  ping: 'dot',
  find: 'disc',
  get: 'square',
  announce: 'triangle',
  put: 'diamond',
  other: 'dot',
  failed: 'cross',
};

export interface Palette {
  readonly isDark: boolean;
  readonly bg: string;
  readonly s1: string;
  readonly s2: string;
  readonly text: string;
  readonly text2: string;
  readonly text3: string;
  readonly line: string;
  readonly lineStrong: string;
  readonly accent: string;
  readonly focus: string;
  readonly dot: string;
  readonly classes: Readonly<Record<ColorClass, string>>;
  /** Far to near, in seven steps. */
  readonly distance: readonly string[];
}

const current = signal<Palette>(readPalette());

/** The palette of the theme in use; views redraw when it changes. */
export const palette: ReadonlySignal<Palette> = current;

/** Reads the palette again: call it after the theme has changed. */
export function refreshPalette(): void {
  current.value = readPalette();
}

function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const color = (name: string): string => style.getPropertyValue(`--${name}`).trim() || '#888888';
  return {
    isDark: style.colorScheme !== 'light',
    bg: color('bg'),
    s1: color('s1'),
    s2: color('s2'),
    text: color('text'),
    text2: color('text2'),
    text3: color('text3'),
    line: color('line'),
    lineStrong: color('line-strong'),
    accent: color('accent'),
    focus: color('focus'),
    dot: color('dot'),
    classes: {
      ping: color('class-ping'),
      find: color('class-find'),
      get: color('class-get'),
      announce: color('class-announce'),
      put: color('class-put'),
      other: color('class-other'),
      failed: color('class-failed'),
    },
    distance: [0, 1, 2, 3, 4, 5, 6].map((step) => color(`distance-${step}`)),
  };
}
