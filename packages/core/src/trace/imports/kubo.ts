// Reads what Kubo's routing commands print with `--enc=json`: go-libp2p's query events, one a line.
//
// An event is {ID, Type, Responses, Extra}. It names neither its time nor the target nor the node that asks.
// Whoever writes the log can add what is known in fields of their own: Time, Key, Node and Command.
import { parseInstant } from '../instant.ts';
import { isRecord } from '../netvis-record.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import { Notes } from '../notes.ts';
import type { Trace } from '../trace.ts';
import { keyOfBytes, recordKeyBytes } from './id-text.ts';
import { KuboCommand } from './kubo-command.ts';
import { isKuboEvent, operationOf } from './kubo-events.ts';
import { epochOf, textOf, timedEntries } from './log-records.ts';
import type { LogEntry } from './log-records.ts';
import { LogTrace } from './log-trace.ts';

const UNNAMED_NODE = 'Kubo';

/** The trace of a log of query events. */
export function readKubo(records: readonly unknown[], title: string): Trace {
  const notes = new Notes();
  const entries = timedEntries(
    records,
    (record) => (isRecord(record) ? parseInstant(record['Time']) : null),
    notes,
  );
  const log = new LogTrace({ title, format: 'kubo', epoch: epochOf(entries), notes });
  const commands = new Map<string, KuboCommand>();
  const byCommand = groups(entries);
  for (const entry of entries) {
    log.moveTo(entry.at);
    log.begin(entry.record);
    const { record, number } = entry;
    if (!isRecord(record) || !isKuboEvent(record)) {
      notes.add(number, 'this is no query event; it is kept as it is');
      log.end(isRecord(record) ? textOf(record['Type']) : null, -1);
      continue;
    }
    const name = nameOf(record);
    let command = commands.get(name);
    if (command === undefined) {
      command = startCommand(log, record, byCommand.get(name)!);
      commands.set(name, command);
    }
    command.read(record, number);
  }
  for (const command of commands.values()) command.end();
  log.trace.notes.push(...notes.list());
  return log.trace;
}

/** What tells the events of one command from those of another, where the log says it. */
function nameOf(record: NetVisRecord): string {
  return JSON.stringify([record['Node'], record['Command'], record['Key']]);
}

function groups(entries: readonly LogEntry[]): Map<string, NetVisRecord[]> {
  const result = new Map<string, NetVisRecord[]>();
  for (const { record } of entries) {
    if (!isRecord(record) || !isKuboEvent(record)) continue;
    const name = nameOf(record);
    const group = result.get(name);
    if (group === undefined) result.set(name, [record]);
    else group.push(record);
  }
  return result;
}

function startCommand(
  log: LogTrace,
  first: NetVisRecord,
  records: readonly NetVisRecord[],
): KuboCommand {
  const name = textOf(first['Node']);
  if (name === null)
    log.notes.addPlain(
      `The log does not say who asks: the node is called ${UNNAMED_NODE}, and has no place in the keyspace.`,
    );
  const node = name === null ? log.nameless(UNNAMED_NODE) : log.node(name);
  const said = textOf(first['Key']);
  const bytes = said === null ? null : recordKeyBytes(said);
  if (bytes === null)
    log.notes.addPlain(
      said === null
        ? 'The log does not say what is looked up, so nobody can tell how close anything comes to it.'
        : `“${said}” is neither a CID nor a peer id nor the key of a record, so the target is not known.`,
    );
  const kind = operationOf(records);
  const key = log.key(bytes === null ? null : keyOfBytes(bytes));
  const peer = kind === 'findPeer' && said !== null && bytes !== null ? log.node(said) : -1;
  return new KuboCommand(log, { node, key, kind, peer });
}
