// The rows that all three columns share: their lines, their number of bits, how many nodes they hold.
import { rowCentre } from './layout.ts';
import type { Span } from './layout.ts';
import type { Stage } from './stage.ts';

/** Lines and labels; nothing here depends on the play head except the nodes that have come or gone. */
export function drawRows(stage: Stage): void {
  const { renderer, palette, scene } = stage;
  const { layout, counts } = scene;
  const { rows, rowHeight, labels } = layout;
  const columns = [labels, layout.space, layout.time, layout.state].filter(
    (span): span is Span => span !== null,
  );
  const lines: number[] = [];
  for (let row = 1; row <= rows; row++) {
    const y = Math.round(row * rowHeight) - 0.5;
    for (const { x, width } of columns) lines.push(x, y, x + width, y);
  }
  renderer.segments(lines, lines.length / 4, { color: palette.line, alpha: 0.75 });
  if (layout.space !== null) {
    const key = { color: palette.text3, size: 11 } as const;
    const y = layout.bottom + 13;
    renderer.text('nearer', layout.space.x, y, key);
    renderer.text('farther', layout.space.x + layout.space.width, y, { ...key, align: 'right' });
  }
  const peak = Math.max(1, ...counts);
  for (let row = 0; row < rows; row++) drawLabel(stage, row, peak);
}

function drawLabel(stage: Stage, row: number, peak: number): void {
  const { renderer, palette, scene } = stage;
  const { labels, rows } = scene.layout;
  const y = rowCentre(scene.layout, row);
  const count = scene.counts[row]!;
  const isLast = row === rows - 1;
  const hue = palette.distance[Math.min(6, Math.round((row / Math.max(1, rows - 5)) * 6))]!;
  renderer.rects([labels.x, y - 7, 3, 14], 1, { color: hue, radius: 1.5 });
  renderer.text(isLast ? `≥${row}` : String(row), labels.x + 12, y, {
    color: palette.text,
    size: 12,
    weight: 500,
  });
  const right = labels.x + labels.width;
  const color = count === 0 ? palette.text3 : palette.text2;
  renderer.text(count.toLocaleString('en').replaceAll(',', '\u2009'), right, y - 1, {
    color,
    size: 12,
    align: 'right',
  });
  // The bar under the number: each row holds about half as many nodes as the one above.
  const width = Math.max((count / peak) * (labels.width - 40), count > 0 ? 1.5 : 0);
  renderer.rects([right - width, y + 8, width, 2], 1, { color: hue, radius: 1 });
}

/** The row that the pointer or the selection is on: a veil over what stands still, under what moves. */
export function drawRowShade(stage: Stage, row: number, isStrong: boolean): void {
  const { renderer, palette, scene } = stage;
  if (row < 0 || row >= scene.layout.rows) return;
  const { rowHeight, width } = scene.layout;
  renderer.rects([8, row * rowHeight, width - 16, rowHeight - 1], 1, {
    color: palette.text3,
    alpha: isStrong ? 0.16 : 0.09,
    radius: 4,
  });
}
