// The icons: strokes of one weight on a 16 px grid, coloured by their text.
import type { VNode } from 'preact';

const PATHS = {
  play: 'M5 3.2v9.6L12.6 8z',
  pause: 'M4.5 3h2.2v10H4.5zM9.3 3h2.2v10H9.3z',
  reverse: 'M11 3.2v9.6L3.4 8z',
} as const;

const STROKES = {
  'event-back': 'M10 4 6 8l4 4',
  'event-forward': 'm6 4 4 4-4 4',
  'hop-back': 'M8 4 4 8l4 4M12.5 4l-4 4 4 4',
  'hop-forward': 'm3.5 4 4 4-4 4M8 4l4 4-4 4',
  'lookup-back': 'M11.5 4 7.5 8l4 4M4.5 3.5v9',
  'lookup-forward': 'm4.5 4 4 4-4 4M11.5 3.5v9',
  loop: 'M3 7.5a4 4 0 0 1 4-4h5m0 0-2-2m2 2-2 2M13 8.5a4 4 0 0 1-4 4H4m0 0 2-2m-2 2 2 2',
  even: 'M2.5 8h11M4 5.5v5M8 5.5v5M12 5.5v5',
  follow: 'M8 2.5v2M8 11.5v2M2.5 8h2M11.5 8h2M8 5.2a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6z',
  help: 'M6 6.2A2 2 0 0 1 8 4.4c1.2 0 2.1.8 2.1 1.9C10.1 7.8 8 7.9 8 9.4M8 11.6v.1',
  dark: 'M12.8 9.6A5.4 5.4 0 0 1 6.4 3.2a5.4 5.4 0 1 0 6.4 6.4z',
  light:
    'M8 5.3a2.7 2.7 0 1 1 0 5.4 2.7 2.7 0 0 1 0-5.4zM8 1.5v1.3M8 13.2v1.3M1.5 8h1.3M13.2 8h1.3M3.4 3.4l.9.9M11.7 11.7l.9.9M12.6 3.4l-.9.9M4.3 11.7l-.9.9',
  close: 'm4 4 8 8M12 4l-8 8',
  open: 'M2.5 12.5v-9h4l1.5 2h5.5v7z',
  add: 'M8 3v10M3 8h10',
  run: 'M3 4.5 6.5 8 3 11.5M8 11.5h5',
  search: 'M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3.5 3.5',
  table: 'M2.5 3.5h11v9h-11zM2.5 6.5h11M2.5 9.5h11M6.5 6.5v6',
  link: 'M6.7 9.3l2.6-2.6M7.3 4.7l1.4-1.4a2.8 2.8 0 0 1 4 4l-1.4 1.4M8.7 11.3l-1.4 1.4a2.8 2.8 0 0 1-4-4l1.4-1.4',
  panel: 'M2.5 3.5h11v9h-11zM9.5 3.5v9',
  down: 'm4 6.5 4 4 4-4',
  zoomIn: 'M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3.5 3.5M5 7h4M7 5v4',
  zoomOut: 'M7 3a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM10 10l3.5 3.5M5 7h4',
} as const;

export type IconName = keyof typeof PATHS | keyof typeof STROKES;

export function Icon({ name }: { readonly name: IconName }): VNode {
  if (name in PATHS) {
    return (
      <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" fill="currentColor">
        <path d={PATHS[name as keyof typeof PATHS]} />
      </svg>
    );
  }
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
    >
      <path d={STROKES[name as keyof typeof STROKES]} />
    </svg>
  );
}
