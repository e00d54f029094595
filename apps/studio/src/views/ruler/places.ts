// Where each node is drawn in Space, also while the network folds from one reference to another.
import { mix } from '@kadscope/core/keyspace';
import { countRows } from '../../model/fold.ts';
import type { Fold } from '../../model/fold.ts';
import { rowCentre } from './layout.ts';
import type { RulerScene } from './scene.ts';

/** How long a fold takes: long enough for the eye to follow a node, short enough not to wait for. */
const REFOLD_MS = 320;

/** Places of all nodes, in CSS pixels. */
export class Places {
  x: Float32Array = new Float32Array(0);
  y: Float32Array = new Float32Array(0);
  #fromX: Float32Array = this.x;
  #fromY: Float32Array = this.y;
  #toX: Float32Array = this.x;
  #toY: Float32Array = this.y;
  #fold: Fold | null = null;
  #layoutKey = '';
  #startMs = Number.NEGATIVE_INFINITY;

  /** Moves the nodes towards where the scene wants them; true while they are on their way. */
  update(scene: RulerScene, nowMs: number, isStill: boolean): boolean {
    this.#aim(scene, nowMs, isStill);
    const part = (nowMs - this.#startMs) / REFOLD_MS;
    if (part >= 1) {
      this.x = this.#toX;
      this.y = this.#toY;
      return false;
    }
    const eased = easeInOut(Math.max(0, part));
    const count = this.#toX.length;
    if (this.x.length !== count || this.x === this.#toX) {
      this.x = new Float32Array(count);
      this.y = new Float32Array(count);
    }
    for (let node = 0; node < count; node++) {
      this.x[node] = this.#fromX[node]! + (this.#toX[node]! - this.#fromX[node]!) * eased;
      this.y[node] = this.#fromY[node]! + (this.#toY[node]! - this.#fromY[node]!) * eased;
    }
    return true;
  }

  #aim(scene: RulerScene, nowMs: number, isStill: boolean): void {
    const { layout, fold } = scene;
    const layoutKey = `${layout.space?.x} ${layout.space?.width} ${layout.rowHeight} ${layout.rows}`;
    if (fold === this.#fold && layoutKey === this.#layoutKey) return;
    const canMove = !isStill && layoutKey === this.#layoutKey && fold.bits.length === this.x.length;
    this.#fromX = this.x.slice();
    this.#fromY = this.y.slice();
    this.#toX = new Float32Array(fold.bits.length);
    this.#toY = new Float32Array(fold.bits.length);
    placeNodes(scene, this.#toX, this.#toY);
    this.#fold = fold;
    this.#layoutKey = layoutKey;
    this.#startMs = canMove ? nowMs : Number.NEGATIVE_INFINITY;
  }
}

function placeNodes({ fold, layout }: RulerScene, x: Float32Array, y: Float32Array): void {
  const { space, rows, rowHeight } = layout;
  if (space === null) return;
  const counts = countRows(fold, rows, () => true);
  for (let node = 0; node < fold.bits.length; node++) {
    const bits = fold.bits[node]!;
    if (bits < 0) continue;
    const row = Math.min(bits, rows - 1);
    x[node] = space.x + 6 + fold.place[node]! * (space.width - 12);
    y[node] = rowCentre(layout, row) + scatter(node, counts[row]!, space.width) * rowHeight;
  }
}

/** Rows with more nodes than pixels are spread a little in height, always the same way. */
function scatter(node: number, count: number, width: number): number {
  const crowd = Math.min(1, (count * 5) / width);
  return crowd < 0.25 ? 0 : (mix(node, 7, 11) / 4294967296 - 0.5) * 0.62 * crowd;
}

function easeInOut(part: number): number {
  return part < 0.5 ? 2 * part * part : 1 - 2 * (1 - part) ** 2;
}
