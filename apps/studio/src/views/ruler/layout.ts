// Where the columns and rows of the ruler lie.

/** A part of the width. */
export interface Span {
  readonly x: number;
  readonly width: number;
}

/** Columns that a narrow window shows one at a time. */
export const COLUMN_IDS = ['space', 'time', 'state'] as const;

export type ColumnId = (typeof COLUMN_IDS)[number];

export interface RulerLayout {
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  readonly rowHeight: number;
  /** Where the last row ends; the axis of Time lies below. */
  readonly bottom: number;
  readonly labels: Span;
  readonly space: Span | null;
  readonly time: Span | null;
  readonly state: Span | null;
  /** Width of a slot of State. */
  readonly slot: number;
}

const PAD = 16;
const GAP = 24;
const AXIS = 34;
const LABELS = 92;
const NARROW = 640;
/** A row holds a number and the bar under it. */
const ROW_MIN = 22;
const ROW_MAX = 46;

export function leastRulerHeight(rows: number): number {
  return rows * ROW_MIN + AXIS;
}

/** True when only one column fits. */
export function isNarrow(width: number): boolean {
  return width > 0 && width < NARROW;
}

/** What the layout follows from. */
export interface LayoutInput {
  readonly width: number;
  readonly height: number;
  readonly rows: number;
  /** Slots of a row of State. */
  readonly slots: number;
  /** The one column that a narrow window shows. */
  readonly only: ColumnId;
}

export function layoutRuler({ width, height, rows, slots, only }: LayoutInput): RulerLayout {
  const rowHeight = Math.min(Math.max(Math.floor((height - AXIS) / rows), ROW_MIN), ROW_MAX);
  const common = { width, height, rows, rowHeight, bottom: rows * rowHeight };
  if (isNarrow(width)) {
    const labels = { x: 10, width: 74 };
    const rest = { x: 96, width: width - 96 - 12 };
    return {
      ...common,
      labels,
      space: only === 'space' ? rest : null,
      time: only === 'time' ? rest : null,
      state: only === 'state' ? rest : null,
      slot: Math.min(13, (rest.width - 26) / slots),
    };
  }
  const labels = { x: PAD, width: LABELS };
  const inner = width - 2 * PAD - LABELS - 3 * GAP;
  const slot = Math.min(13, Math.max(7, (inner * 0.3) / slots));
  const state = slot * slots + 26;
  const space = Math.round((inner - state) * 0.4);
  const time = inner - state - space;
  const spaceX = PAD + LABELS + GAP;
  return {
    ...common,
    labels,
    space: { x: spaceX, width: space },
    time: { x: spaceX + space + GAP, width: time },
    state: { x: width - PAD - state, width: state },
    slot,
  };
}

/** The row under a height; -1 outside. */
export function rowAt(layout: RulerLayout, y: number): number {
  const row = Math.floor(y / layout.rowHeight);
  return y >= 0 && row < layout.rows ? row : -1;
}

export function rowCentre(layout: RulerLayout, row: number): number {
  return (Math.min(row, layout.rows - 1) + 0.5) * layout.rowHeight;
}

/** The height of a continuous number of shared bits; see `depthOf`. */
export function depthY(layout: RulerLayout, depth: number): number {
  const inset = Math.min(5, layout.rowHeight * 0.16);
  const row = Math.min(Math.max(Math.floor(depth), 0), layout.rows - 1);
  const part = depth >= layout.rows ? 0.5 : depth - row;
  return row * layout.rowHeight + inset + Math.min(part, 1) * (layout.rowHeight - 2 * inset);
}

export function isInside(span: Span | null, x: number): span is Span {
  return span !== null && x >= span.x - 4 && x <= span.x + span.width + 4;
}
