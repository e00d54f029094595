// The older NetVis format: one object with `nodes` and `messages`. It becomes records of the present
// format, and the object itself is kept, so that it can be written again as it was.
import { TraceFormatError } from './format-error.ts';
import { idOf } from './netvis-names.ts';
import { isRecord } from './netvis-record.ts';
import type { NetVisRecord } from './netvis-record.ts';
import type { Notes } from './notes.ts';
import type { NodeInfo } from './trace.ts';

/** An older document in terms of the present format. */
export interface LegacyTrace {
  readonly title: string | null;
  readonly nodes: readonly NodeInfo[];
  readonly records: readonly NetVisRecord[];
}

const NODE_FIELDS = new Set(['id', 'name', 'enterTime', 'exitTime']);
const MESSAGE_FIELDS = new Set(['sourceNode', 'destinationNode', 'departureTime', 'arrivalTime']);

export function readLegacy(document: NetVisRecord, notes: Notes): LegacyTrace {
  const nodes: NodeInfo[] = [];
  const records: NetVisRecord[] = [];
  listOf(document, 'nodes').forEach((node, i) => {
    const id = isRecord(node) ? idOf(node['id'] ?? node['name']) : null;
    if (!isRecord(node) || id === null) {
      notes.addPlain(
        `Entry ${i + 1} of "nodes" has no id; it is kept in the document, but not shown.`,
      );
      return;
    }
    nodes.push({
      id,
      ...(typeof node['name'] === 'string' && { label: node['name'] }),
      data: node,
    });
    records.push(...nodeRecords(id, node));
  });
  listOf(document, 'messages').forEach((message, i) => {
    if (isRecord(message)) records.push(...messageRecords(message, i));
    else
      notes.addPlain(
        `Entry ${i + 1} of "messages" is no object; it is kept in the document, but not shown.`,
      );
  });
  const title = typeof document['traceID'] === 'string' ? document['traceID'] : null;
  return { title, nodes, records };
}

function listOf(document: NetVisRecord, field: string): readonly unknown[] {
  const list = document[field] ?? [];
  if (Array.isArray(list)) return list;
  throw new TraceFormatError(`"${field}" must be a list of objects`);
}

function nodeRecords(id: string, node: NetVisRecord): NetVisRecord[] {
  const rest = without(node, NODE_FIELDS);
  const about = { loggerID: id, level: 'info' };
  const records: NetVisRecord[] = [];
  if (node['enterTime'] !== undefined) {
    const label = node['name'] === undefined ? {} : { label: node['name'] };
    records.push({
      time: node['enterTime'],
      ...about,
      event: 'nodeEntered',
      name: id,
      ...label,
      ...rest,
    });
  }
  if (node['exitTime'] !== undefined) {
    records.push({ time: node['exitTime'], ...about, event: 'nodeExited', name: id });
  }
  return records;
}

function messageRecords(message: NetVisRecord, position: number): NetVisRecord[] {
  const ends = { destinationNode: message['destinationNode'], sourceNode: message['sourceNode'] };
  const content = without(message, MESSAGE_FIELDS);
  const named = { request_id: message['id'] ?? `message ${position + 1}`, ...content };
  const records: NetVisRecord[] = [];
  if (message['departureTime'] !== undefined || message['arrivalTime'] === undefined) {
    records.push({
      time: message['departureTime'],
      loggerID: message['sourceNode'],
      level: 'info',
      event: 'messageSent',
      ...ends,
      message: named,
    });
  }
  if (message['arrivalTime'] !== undefined) {
    records.push({
      time: message['arrivalTime'],
      loggerID: message['destinationNode'],
      level: 'info',
      event: 'messageReceived',
      ...ends,
      message: named,
    });
  }
  return records;
}

function without(record: NetVisRecord, fields: ReadonlySet<string>): NetVisRecord {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !fields.has(name)));
}
