// What a view needs of a canvas: batches of few shapes, each with one style.
//
// Every shape takes its coordinates as a flat array with a count, in CSS pixels, so that a WebGL2 back
// end can upload them as they are; the canvas 2D back end loops over them.

/** Flat coordinates: x, y pairs, or what the method says. Arrays may be longer than what `count` uses. */
export type Coordinates = Float32Array | readonly number[];

/** The shapes that stand for roles; never colour alone. */
export const GLYPHS = ['dot', 'disc', 'square', 'triangle', 'diamond', 'cross', 'target'] as const;

export type Glyph = (typeof GLYPHS)[number];

export interface LineStyle {
  readonly color: string;
  readonly width?: number;
  readonly dash?: readonly number[];
  readonly alpha?: number;
}

export interface FillStyle {
  readonly color: string;
  readonly alpha?: number;
  /** Corner radius of rectangles. */
  readonly radius?: number;
}

export interface MarkerStyle {
  readonly color: string;
  /** Half the width of the glyph. */
  readonly size: number;
  /** Drawn as an outline around `fill` (the background, as a rule): a reply, a candidate. */
  readonly isHollow?: boolean;
  readonly fill?: string;
  readonly alpha?: number;
}

export interface TextStyle {
  readonly color: string;
  readonly size?: number;
  readonly weight?: 400 | 500 | 600 | 700;
  readonly isMono?: boolean;
  readonly align?: 'left' | 'center' | 'right';
  /** Painted behind the letters, so that they can be read over lines. */
  readonly halo?: string;
  readonly alpha?: number;
}

/** One surface to draw on. */
export interface Renderer {
  /** In CSS pixels. */
  readonly width: number;
  readonly height: number;
  /** Starts a frame: the surface has one colour, or is transparent without one. */
  begin(background?: string): void;
  /** `count` points: x, y. The cheapest mark, for thousands. */
  points(at: Coordinates, count: number, radius: number, style: FillStyle): void;
  /** `count` straight lines: x1, y1, x2, y2. */
  segments(at: Coordinates, count: number, style: LineStyle): void;
  /** One line through `count` points: x, y. */
  polyline(at: Coordinates, count: number, style: LineStyle): void;
  /** `count` cubic curves: x1, y1, cx1, cy1, cx2, cy2, x2, y2. */
  curves(at: Coordinates, count: number, style: LineStyle): void;
  /** `count` rectangles: x, y, width, height. */
  rects(at: Coordinates, count: number, style: FillStyle): void;
  /** Their outlines, one pixel wide unless the style says otherwise. */
  frames(at: Coordinates, count: number, style: LineStyle & { readonly radius?: number }): void;
  /** `count` glyphs: x, y. */
  markers(at: Coordinates, count: number, glyph: Glyph, style: MarkerStyle): void;
  text(text: string, x: number, y: number, style: TextStyle): void;
  /** The width of a text in CSS pixels. */
  measure(text: string, style: TextStyle): number;
  /** Draws inside a rectangle only. */
  clip(box: readonly [x: number, y: number, width: number, height: number], draw: () => void): void;
  /**
   * A layer that is drawn again only when `keys` (compared one by one) or the size of the surface
   * changes, and copied otherwise. With a `background` it replaces all that was drawn before it, which
   * is several times cheaper than laying it over.
   */
  layer(
    name: string,
    keys: readonly unknown[],
    draw: (layer: Renderer) => void,
    background?: string,
  ): void;
}
