// Traces as Apache Arrow IPC files, which pandas, polars, DuckDB and R read as they are: one row an
// event, names instead of codes, null where a column does not apply. What is no column (the nodes and
// the description of the trace) is in the metadata of the schema, so that reading gives the same trace.
//
//   import pyarrow.feather; pyarrow.feather.read_table('trace.arrow').to_pandas()
//
// This module touches no platform: the studio uses it in the browser as well.
import { keyFromHex, keyToHex } from '@kadscope/core/keyspace';
import {
  decodeMeta,
  decodeNode,
  emptyRow,
  encodeMeta,
  encodeNode,
  EVENT_TYPES,
  MESSAGE_KINDS,
  STEP_IDS,
  Trace,
  TraceFormatError,
} from '@kadscope/core/trace';
import type { ColumnName, Row } from '@kadscope/core/trace';
import {
  bool,
  columnFromValues,
  dictionary,
  float64,
  int32,
  tableFromColumns,
  tableFromIPC,
  tableToIPC,
  uint32,
  utf8,
} from '@uwdata/flechette';
import type { Column, DataType, Table } from '@uwdata/flechette';

const FORMAT = '1';
const DAMAGED = 'this Arrow file is damaged or cut off; write it again, or get it again';
const FORMAT_KEY = 'kadscope.format';
/** Columns that are numbers on both sides; null stands for -1. */
const NUMBERS = [
  'node',
  'peer',
  'cause',
  'message',
  'rpc',
  'lookup',
  'operation',
  'bytes',
  'hop',
  'count',
] as const;

type Values = readonly unknown[];

/** The trace as the bytes of an Arrow IPC file. */
export function writeArrow(trace: Trace): Uint8Array {
  const table = tableFromColumns(columnsOf(trace));
  const described: Table = Object.assign(table, {
    schema: { ...table.schema, metadata: metadataOf(trace) },
  });
  return tableToIPC(described, { format: 'file' })!;
}

/** Throws a `TraceFormatError` when the bytes are no trace that `writeArrow` wrote. */
export function readArrow(bytes: Uint8Array): Trace {
  let table: Table;
  try {
    table = tableFromIPC(bytes);
  } catch {
    throw new TraceFormatError(DAMAGED);
  }
  const metadata = table.schema.metadata;
  if (metadata?.get(FORMAT_KEY) !== FORMAT) {
    throw new TraceFormatError(
      "this Arrow file is no trace: only files that 'npx kadscope trace convert' or the studio wrote can be read",
    );
  }
  const meta = decodeMeta(parse(metadata, 'kadscope.meta'));
  if (meta === null)
    throw new TraceFormatError('the metadata of this Arrow file does not describe a trace');
  // A damaged number of rows must not fill the memory: one row takes eight bytes for its time alone.
  if (table.numRows * 8 > bytes.length) throw new TraceFormatError(DAMAGED);
  const trace = new Trace(meta);
  for (const node of listOf(parse(metadata, 'kadscope.nodes'))) trace.addNode(decodeNode(node));
  for (const note of listOf(parse(metadata, 'kadscope.notes'))) trace.notes.push(String(note));
  readRows(table, trace);
  return trace;
}

/** Whether bytes begin as an Arrow file or stream does. */
export function isArrow(bytes: Uint8Array): boolean {
  const start = (...expected: number[]): boolean => expected.every((byte, i) => bytes[i] === byte);
  return start(0x41, 0x52, 0x52, 0x4f, 0x57, 0x31) || start(0xff, 0xff, 0xff, 0xff);
}

function columnsOf(trace: Trace): [string, Column<unknown>][] {
  const length = trace.length;
  const column = (type: DataType, valueAt: (index: number) => unknown): Column<unknown> =>
    columnFromValues((visit: (value: unknown) => void) => {
      for (let index = 0; index < length; index++) visit(valueAt(index));
    }, type);
  const names = (valueAt: (index: number) => string | null | undefined): Column<unknown> =>
    column(dictionary(utf8()), (index) => valueAt(index) ?? null);
  const at = (name: ColumnName, index: number): number => trace.get(name, index);
  const keys = trace.keys.map((key) => keyToHex(key));
  const numbers = NUMBERS.map((name): [string, Column<unknown>] => [
    name,
    column(int32(), (index) => {
      const value = at(name, index);
      return value < 0 ? null : value;
    }),
  ]);
  return [
    ['time_ms', column(float64(), (index) => at('timeMs', index))],
    ['time_ns', column(uint32(), (index) => at('timeNs', index))],
    ['type', names((index) => trace.type(index))],
    ['step', names((index) => STEP_IDS[at('step', index)])],
    ['node_id', names((index) => trace.nodes[at('node', index)]?.id)],
    ['peer_id', names((index) => trace.nodes[at('peer', index)]?.id)],
    ['kind', names((index) => MESSAGE_KINDS[at('kind', index)])],
    ['is_response', column(bool(), (index) => at('isResponse', index) === 1)],
    ['key', names((index) => keys[at('key', index)])],
    ['detail', names((index) => trace.words[at('detail', index)])],
    ...numbers,
    ['data', column(utf8(), (index) => dataOf(trace, index))],
  ];
}

function dataOf(trace: Trace, index: number): string | null {
  const data = trace.get('data', index);
  if (data < 0) return null;
  // Attached data is JSON, except that live nodes may attach 64-bit numbers: those become text.
  return JSON.stringify(trace.attachments[data], (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

function metadataOf(trace: Trace): Map<string, string> {
  return new Map([
    [FORMAT_KEY, FORMAT],
    ['kadscope.meta', JSON.stringify(encodeMeta(trace.meta))],
    ['kadscope.nodes', JSON.stringify(trace.nodes.map((node) => encodeNode(node)))],
    ['kadscope.notes', JSON.stringify(trace.notes)],
  ]);
}

function readRows(table: Table, trace: Trace): void {
  const column = (name: string): Values => {
    const found = table.getChild(name) as Column<unknown> | undefined | null;
    if (found === undefined || found === null)
      throw new TraceFormatError(`the column '${name}' is missing`);
    if (found.length !== table.numRows) throw new TraceFormatError(DAMAGED);
    try {
      return Array.from(found.toArray() as ArrayLike<unknown>);
    } catch {
      throw new TraceFormatError(DAMAGED);
    }
  };
  const numbers = NUMBERS.map((name) => [name, column(name)] as const);
  const codes = {
    type: codesOf(column('type'), EVENT_TYPES, EVENT_TYPES.indexOf('unknown')),
    step: codesOf(column('step'), STEP_IDS, -1),
    kind: codesOf(column('kind'), MESSAGE_KINDS, 0),
  };
  const [timeMs, timeNs, isResponse] = [
    column('time_ms'),
    column('time_ns'),
    column('is_response'),
  ];
  const [key, detail, data] = [column('key'), column('detail'), column('data')];
  const keyOf = keyReader(trace);
  const row = emptyRow();
  for (let index = 0; index < table.numRows; index++) {
    row.timeMs = Number(timeMs[index]);
    row.timeNs = Number(timeNs[index]);
    row.type = codes.type[index]!;
    row.step = codes.step[index]!;
    row.kind = codes.kind[index]!;
    row.isResponse = isResponse[index] === true ? 1 : 0;
    for (const [name, values] of numbers) row[name] = numberOf(values[index]);
    row.key = keyOf(key[index]);
    row.detail = typeof detail[index] === 'string' ? (detail[index] as string) : null;
    row.data =
      typeof data[index] === 'string' ? parseData(data[index] as string, index) : undefined;
    appendChecked(trace, row, index);
  }
}

function appendChecked(trace: Trace, row: Row, index: number): void {
  const isWithin =
    row.node < trace.nodes.length &&
    row.peer < trace.nodes.length &&
    row.cause < index &&
    row.message <= index;
  if (!isWithin)
    throw new TraceFormatError(`row ${index} refers to a node or event that is not there`);
  try {
    trace.append(row);
  } catch {
    throw new TraceFormatError(
      `row ${index} lies before the one it follows; sort the rows by time_ms and time_ns`,
    );
  }
}

function codesOf(values: Values, names: readonly string[], fallback: number): Int16Array {
  const codes = new Map<unknown, number>(names.map((name, code) => [name, code]));
  return Int16Array.from(values, (value) => codes.get(value) ?? fallback);
}

function keyReader(trace: Trace): (hex: unknown) => number {
  const known = new Map<unknown, number>([[null, -1]]);
  return (hex) => {
    let index = known.get(hex);
    if (index === undefined) {
      if (typeof hex !== 'string' || !/^(?:[0-9a-f]{2})+$/i.test(hex)) {
        throw new TraceFormatError("the column 'key' holds something other than hexadecimal keys");
      }
      index = trace.addKey(keyFromHex(hex));
      known.set(hex, index);
    }
    return index;
  };
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : -1;
}

function parseData(text: string, index: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new TraceFormatError(`the data of row ${index} is not JSON`);
  }
}

function parse(metadata: ReadonlyMap<string, string>, name: string): unknown {
  try {
    return JSON.parse(metadata.get(name) ?? 'null');
  } catch {
    return null;
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
