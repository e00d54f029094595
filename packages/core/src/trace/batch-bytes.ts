// Batches as bytes, for a connection between a node that runs and the page that shows it.
//
//   length of the head (4 bytes, little-endian) · head (JSON) · padding · the columns, one behind the other
//
// Each column begins at a multiple of eight bytes, so that the receiver can look at it where it lies.
// Both ends are little-endian, as every machine is that a browser runs on.
import { utf8ToBytes } from '@noble/hashes/utils.js';
import { decodeUtf8 } from '../encoding/cbor-text.ts';
import { keyFromHex, keyToHex } from '../keyspace/key.ts';
import type { Key } from '../keyspace/key.ts';
import type { TraceBatch, TraceMark } from './batch.ts';
import { COLUMN_NAMES, COLUMN_TYPES } from './columns.ts';
import type { Columns } from './columns.ts';
import { TraceFormatError } from './format-error.ts';
import type { NodeInfo } from './trace.ts';

const ALIGNMENT = 8;
const HEAD_AT = 4;

/** Events of one batch at most: no sender collects so many. */
const ROWS_MAX = 4_000_000;

type Column = Columns[keyof Columns];

/** What is not a column, in plain data. */
interface Head {
  readonly rows: number;
  readonly since: TraceMark;
  readonly mark: TraceMark;
  readonly nodes: readonly HeadNode[];
  readonly keys: readonly string[];
  readonly words: readonly string[];
  readonly attachments: readonly unknown[];
  readonly notes: readonly string[];
}

type HeadNode = Omit<NodeInfo, 'key'> & { readonly key?: string };

function aligned(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}

/** The bytes of a batch. */
export function encodeBatch(batch: TraceBatch): Uint8Array {
  const { columns, since, mark, nodes, keys, words, attachments, notes } = batch;
  const head: Head = {
    rows: columns.type.length,
    since,
    mark,
    nodes: nodes.map(({ key, ...node }) =>
      key === undefined ? node : { ...node, key: keyToHex(key) },
    ),
    keys: keys.map(keyToHex),
    words,
    attachments,
    notes,
  };
  const text = utf8ToBytes(JSON.stringify(head));
  const start = aligned(HEAD_AT + text.length);
  let length = start;
  for (const name of COLUMN_NAMES) length += aligned(columns[name].byteLength);
  const bytes = new Uint8Array(length);
  new DataView(bytes.buffer).setUint32(0, text.length, true);
  bytes.set(text, HEAD_AT);
  let at = start;
  for (const name of COLUMN_NAMES) {
    const { buffer, byteOffset, byteLength } = columns[name];
    bytes.set(new Uint8Array(buffer, byteOffset, byteLength), at);
    at += aligned(byteLength);
  }
  return bytes;
}

/** Reads a batch. Throws a `TraceFormatError` at bytes that are none. */
export function decodeBatch(bytes: Uint8Array): TraceBatch {
  const own = bytes.byteOffset % ALIGNMENT === 0 ? bytes : bytes.slice();
  if (own.length < HEAD_AT) throw new TraceFormatError('a batch is cut off');
  const headLength = new DataView(own.buffer, own.byteOffset).getUint32(0, true);
  const start = aligned(HEAD_AT + headLength);
  if (start > own.length) throw new TraceFormatError('a batch is cut off');
  const head = parseHead(own.subarray(HEAD_AT, HEAD_AT + headLength));
  let at = start;
  const columns: Record<string, Column> = {};
  for (const [name, type] of COLUMN_TYPES) {
    const length = head.rows * type.BYTES_PER_ELEMENT;
    if (at + length > own.length) throw new TraceFormatError('a batch is cut off');
    columns[name] = new type(own.buffer as ArrayBuffer, own.byteOffset + at, head.rows);
    at += aligned(length);
  }
  const { since, mark, words, attachments, notes } = head;
  const nodes = head.nodes.map(({ key, ...node }): NodeInfo =>
    key === undefined ? node : { ...node, key: keyOf(key) },
  );
  const parts = { since, mark, words, attachments, notes, nodes, keys: head.keys.map(keyOf) };
  return { ...parts, columns: columns as unknown as Columns };
}

function parseHead(bytes: Uint8Array): Head {
  let head: Head;
  try {
    head = JSON.parse(decodeUtf8(bytes, 0, bytes.length)) as Head;
  } catch {
    throw new TraceFormatError('the head of a batch is no JSON');
  }
  const isHead =
    Number.isInteger(head?.rows) &&
    head.rows >= 0 &&
    head.rows <= ROWS_MAX &&
    [head.nodes, head.keys, head.words, head.attachments, head.notes].every(Array.isArray) &&
    typeof head.since === 'object' &&
    typeof head.mark === 'object';
  if (!isHead) throw new TraceFormatError('the head of a batch lacks something');
  return head;
}

function keyOf(hex: string): Key {
  if (!/^(?:[0-9a-f]{2})+$/.test(hex)) throw new TraceFormatError(`'${hex}' is no key`);
  return keyFromHex(hex);
}
