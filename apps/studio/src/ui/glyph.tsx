// The mark of a message class: its shape in its colour, hollow for a response.
import type { VNode } from 'preact';
import type { ColorClass } from '../render/palette.ts';

interface GlyphProps {
  readonly of: ColorClass;
  readonly isHollow?: boolean;
}

/** Decoration: the words beside it say the same. */
export function ClassGlyph({ of, isHollow = false }: GlyphProps): VNode {
  const paint =
    isHollow || of === 'failed'
      ? { fill: 'none', stroke: 'currentColor' }
      : { fill: 'currentColor' };
  return (
    <svg
      class={`glyph class-${of}`}
      viewBox="-6 -6 12 12"
      width="12"
      height="12"
      aria-hidden="true"
    >
      <g {...paint} stroke-width="1.6">
        {SHAPES[of]}
      </g>
    </svg>
  );
}

const SHAPES: Readonly<Record<ColorClass, VNode>> = {
  ping: <circle r="2.6" />,
  other: <circle r="2.6" />,
  find: <circle r="4.2" />,
  get: <rect x="-3.8" y="-3.8" width="7.6" height="7.6" />,
  announce: <path d="M0-4.6 4.4 3.4H-4.4Z" />,
  put: <path d="M0-5 4.4 0 0 5-4.4 0Z" />,
  failed: <path d="M-3.6-3.6 3.6 3.6M3.6-3.6-3.6 3.6" />,
};
