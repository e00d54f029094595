// The columns of a trace: struct of arrays, in chunks that never move once they are full.

/** Rows of one chunk. A power of two, so that an index splits into chunk and offset with two shifts. */
export const CHUNK_ROWS = 65536;
const SHIFT = 16;
const MASK = CHUNK_ROWS - 1;

/** The numeric columns and their storage: 67 bytes an event. */
export interface Columns {
  readonly timeMs: Float64Array;
  readonly timeNs: Uint32Array;
  readonly type: Uint8Array;
  readonly step: Int16Array;
  readonly node: Int32Array;
  readonly peer: Int32Array;
  readonly cause: Int32Array;
  readonly message: Int32Array;
  readonly kind: Uint8Array;
  readonly isResponse: Uint8Array;
  readonly rpc: Int32Array;
  readonly lookup: Int32Array;
  readonly operation: Int32Array;
  readonly key: Int32Array;
  readonly bytes: Int32Array;
  readonly hop: Int16Array;
  readonly count: Int32Array;
  /** Index of the word in the trace's list of words; -1 for none. */
  readonly detail: Int32Array;
  /** Index in the trace's list of attached data; -1 for none. */
  readonly data: Int32Array;
  /** For `messageSent`: the event at which the message arrived or was dropped; -1 while in flight. */
  readonly end: Int32Array;
}

export type ColumnName = keyof Columns;

/** Empty columns for `rows` rows. */
function createColumns(rows: number): Columns {
  return {
    timeMs: new Float64Array(rows),
    timeNs: new Uint32Array(rows),
    type: new Uint8Array(rows),
    step: new Int16Array(rows),
    node: new Int32Array(rows),
    peer: new Int32Array(rows),
    cause: new Int32Array(rows),
    message: new Int32Array(rows),
    kind: new Uint8Array(rows),
    isResponse: new Uint8Array(rows),
    rpc: new Int32Array(rows),
    lookup: new Int32Array(rows),
    operation: new Int32Array(rows),
    key: new Int32Array(rows),
    bytes: new Int32Array(rows),
    hop: new Int16Array(rows),
    count: new Int32Array(rows),
    detail: new Int32Array(rows),
    data: new Int32Array(rows),
    end: new Int32Array(rows),
  };
}

export const COLUMN_NAMES: readonly ColumnName[] = Object.keys(createColumns(0)) as ColumnName[];

/** A constructor of columns, for those who lay them over bytes. */
interface ColumnType {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBuffer, byteOffset: number, length: number): Columns[ColumnName];
}

/** What each column is made of. */
export const COLUMN_TYPES: readonly (readonly [ColumnName, ColumnType])[] = Object.entries(
  createColumns(0),
).map(([name, column]) => [
  name as ColumnName,
  (column as Columns[ColumnName]).constructor as unknown as ColumnType,
]);

/** Columns that grow by whole chunks. */
export class ChunkedColumns {
  readonly #chunks: Columns[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  get(name: ColumnName, index: number): number {
    return this.#chunks[index >>> SHIFT]![name][index & MASK]!;
  }

  set(name: ColumnName, index: number, value: number): void {
    this.#chunks[index >>> SHIFT]![name][index & MASK] = value;
  }

  /** The chunk that holds row `index`, for loops over many rows of one column. */
  chunk(index: number): Columns {
    return this.#chunks[index >>> SHIFT]!;
  }

  /** Adds a row of undefined content; returns its index. */
  extend(): number {
    if ((this.#length & MASK) === 0 && this.#length >>> SHIFT === this.#chunks.length) {
      this.#chunks.push(createColumns(CHUNK_ROWS));
    }
    return this.#length++;
  }

  /** A copy of rows `from` to `to - 1`, in one piece. */
  slice(from: number, to: number): Columns {
    const result = createColumns(to - from);
    for (const name of COLUMN_NAMES) {
      let at = from;
      while (at < to) {
        const stop = Math.min(to, (at | MASK) + 1);
        const source = this.chunk(at)[name].subarray(at & MASK, ((stop - 1) & MASK) + 1);
        result[name].set(source, at - from);
        at = stop;
      }
    }
    return result;
  }

  /** Appends all rows of `columns`. */
  append(columns: Columns): void {
    const rows = columns.timeMs.length;
    let at = 0;
    while (at < rows) {
      const offset = this.#length & MASK;
      if (offset === 0 && this.#length >>> SHIFT === this.#chunks.length) {
        this.#chunks.push(createColumns(CHUNK_ROWS));
      }
      const count = Math.min(rows - at, CHUNK_ROWS - offset);
      const chunk = this.#chunks[this.#length >>> SHIFT]!;
      for (const name of COLUMN_NAMES)
        chunk[name].set(columns[name].subarray(at, at + count), offset);
      this.#length += count;
      at += count;
    }
  }
}
