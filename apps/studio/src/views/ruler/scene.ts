// What the ruler shows at a moment, before any of it is drawn.
import { commonPrefixLength } from '@kadscope/core/keyspace';
import type { LookupInfo, Trace, TraceState } from '@kadscope/core/trace';
import { countRows, depthOf, foldNodes, rowCount } from '../../model/fold.ts';
import type { Fold } from '../../model/fold.ts';
import { PictureCache, rolesAt } from '../../model/lookup-picture.ts';
import type { LookupPicture, PeerRole } from '../../model/lookup-picture.ts';
import type { ReferencePoint } from '../../model/reference.ts';
import type { Session } from '../../model/session.ts';
import { depthY, layoutRuler, rowCentre } from './layout.ts';
import type { ColumnId, RulerLayout } from './layout.ts';

/** A place of State: a contact, in the row and column where it is drawn. */
export interface Slot {
  readonly node: number;
  readonly row: number;
  readonly column: number;
  readonly role: PeerRole | null;
}

export interface RulerScene {
  readonly trace: Trace;
  readonly layout: RulerLayout;
  readonly reference: ReferencePoint;
  readonly fold: Fold;
  /** 1 for nodes that are in the network. The same array as long as nothing changes. */
  readonly present: Uint8Array;
  readonly counts: Int32Array;
  readonly picture: LookupPicture | null;
  readonly roles: ReadonlyMap<number, PeerRole>;
  readonly cursor: number;
  readonly timeMs: number;
  readonly slots: readonly Slot[];
  /** Contacts of each row for which there is no slot. */
  readonly overflow: Int32Array;
  readonly slotsPerRow: number;
}

/** A drawn row holds this many slots at most, however large k is. */
const SLOTS_MAX = 24;

/** Makes scenes, and keeps what did not change since the last one. */
export class SceneMaker {
  readonly #pictures = new PictureCache();
  #fold: Fold | null = null;
  #foldTrace: Trace | null = null;
  #present: Uint8Array = new Uint8Array(0);
  #counts: Int32Array = new Int32Array(0);
  #countsOf: readonly unknown[] = [];

  /** `null` when the trace has no keys, so that there is nothing to measure. */
  make(session: Session, width: number, height: number, only: ColumnId): RulerScene | null {
    void session.revision.value;
    const trace = session.trace.value;
    const reference = session.referencePoint.value;
    if (reference === null) return null;
    const lookup = session.currentLookup.value;
    const picture = lookup === null ? null : this.picture(trace, lookup);
    const cursor = session.cursorIndex.value;
    const roles = picture === null ? new Map<number, PeerRole>() : rolesAt(picture, cursor);
    const fold = this.#foldOf(trace, reference);
    const state = session.state;
    const present = this.#presentIn(trace, state);
    const slotsPerRow = this.slotsIn(trace);
    const rows = rowCount(trace.nodes.length, 8 * reference.key.length);
    const layout = layoutRuler({ width, height, rows, slots: slotsPerRow, only });
    const known = knownNodes(reference, picture, roles, state);
    return {
      trace,
      layout,
      reference,
      fold,
      present,
      counts: this.#countsIn(fold, present, rows),
      picture,
      roles,
      cursor,
      timeMs: session.timeMs.value,
      ...placeSlots(known, fold, roles, { rows, perRow: slotsPerRow }),
      slotsPerRow,
    };
  }

  /** The lookup as it can be drawn. */
  picture(trace: Trace, lookup: LookupInfo): LookupPicture {
    return this.#pictures.get(trace, lookup);
  }

  slotsIn(trace: Trace): number {
    return Math.min(trace.meta.k ?? 20, SLOTS_MAX);
  }

  #foldOf(trace: Trace, reference: ReferencePoint): Fold {
    const last = this.#fold;
    const isSame =
      this.#foldTrace === trace &&
      last?.reference === reference.key &&
      last.bits.length === trace.nodes.length;
    if (isSame && last !== null) return last;
    this.#foldTrace = trace;
    this.#fold = foldNodes(trace, reference.key);
    return this.#fold;
  }

  #presentIn(trace: Trace, state: TraceState): Uint8Array {
    const count = trace.nodes.length;
    const last = this.#present;
    let isSame = last.length === count;
    const next = new Uint8Array(count);
    for (let node = 0; node < count; node++) {
      next[node] = state.isPresent(node) ? 1 : 0;
      if (isSame && last[node] !== next[node]) isSame = false;
    }
    if (!isSame) this.#present = next;
    return this.#present;
  }

  #countsIn(fold: Fold, present: Uint8Array, rows: number): Int32Array {
    const [lastFold, lastPresent, lastRows] = this.#countsOf;
    if (lastFold !== fold || lastPresent !== present || lastRows !== rows) {
      this.#countsOf = [fold, present, rows];
      this.#counts = countRows(fold, rows, (node) => present[node] === 1);
    }
    return this.#counts;
  }
}

/** What State shows: seen from a target the shortlist of the lookup, seen from a node its k-buckets. */
function knownNodes(
  reference: ReferencePoint,
  picture: LookupPicture | null,
  roles: ReadonlyMap<number, PeerRole>,
  state: TraceState,
): readonly number[] {
  if (reference.node >= 0) return [...state.contactsOf(reference.node)];
  return picture === null ? [] : [...roles.keys()];
}

function placeSlots(
  known: readonly number[],
  fold: Fold,
  roles: ReadonlyMap<number, PeerRole>,
  { rows, perRow }: { readonly rows: number; readonly perRow: number },
): { readonly slots: readonly Slot[]; readonly overflow: Int32Array } {
  const byRow: number[][] = Array.from({ length: rows }, () => []);
  for (const node of known) {
    const bits = fold.bits[node] ?? -1;
    if (bits >= 0) byRow[Math.min(bits, rows - 1)]!.push(node);
  }
  const overflow = new Int32Array(rows);
  const slots: Slot[] = [];
  byRow.forEach((nodes, row) => {
    // What was asked comes first, then the nearest: the order in which the lookup would go on.
    nodes.sort(
      (a, b) => rank(roles.get(a)) - rank(roles.get(b)) || fold.place[a]! - fold.place[b]!,
    );
    overflow[row] = Math.max(0, nodes.length - perRow);
    nodes
      .slice(0, perRow)
      .forEach((node, column) => slots.push({ node, row, column, role: roles.get(node) ?? null }));
  });
  return { slots, overflow };
}

function rank(role: PeerRole | undefined): number {
  return role === 'answered' || role === 'failed' || role === 'waiting' ? 0 : 1;
}

/** The horizontal place of a moment of the lookup. */
export function timeX(scene: RulerScene, timeMs: number): number {
  const { time } = scene.layout;
  const { picture } = scene;
  if (time === null || picture === null) return 0;
  return time.x + ((timeMs - picture.startMs) / timeSpan(picture)) * (time.width - 12);
}

export function timeAtX(scene: RulerScene, x: number): number {
  const { time } = scene.layout;
  const { picture } = scene;
  if (time === null || picture === null) return 0;
  return picture.startMs + ((x - time.x) / (time.width - 12)) * timeSpan(picture);
}

export function timeSpan(picture: LookupPicture): number {
  return Math.max(picture.endMs - picture.startMs, 1);
}

/** The height of a node in Time. */
export function nodeDepthY(scene: RulerScene, node: number): number {
  return depthY(scene.layout, depthOf(scene.fold, node));
}

/** Where the target of the lookup lies in Space; `null` when there is none. */
export function targetPoint(scene: RulerScene): { readonly x: number; readonly y: number } | null {
  const { space, rows } = scene.layout;
  const target = scene.picture === null ? undefined : scene.trace.keys[scene.picture.lookup.key];
  if (space === null || target === undefined || target.length !== scene.reference.key.length)
    return null;
  const bits = commonPrefixLength(scene.reference.key, target);
  return {
    x: space.x + 6 + placeInRow(scene, target, bits) * (space.width - 12),
    y: rowCentre(scene.layout, Math.min(bits, rows - 1)),
  };
}

function placeInRow(scene: RulerScene, key: Uint8Array, bits: number): number {
  const { reference } = scene;
  let value = 0;
  for (let i = 0; i < 16; i++) {
    const at = bits + 1 + i;
    const byte = at >>> 3;
    const one =
      byte < key.length ? ((key[byte]! ^ reference.key[byte]!) >>> (7 - (at & 7))) & 1 : 0;
    value += one / 2 ** (i + 1);
  }
  return value;
}
