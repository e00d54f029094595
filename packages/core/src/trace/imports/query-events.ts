// Reads what `recordQueryEvents` (kadscope/recorder) writes: the query events of @libp2p/kad-dht, one a line.
//
// Each line names its query and its time, which the events themselves do not. `STARTED` and `ENDED` lines say
// what was asked for, by whom, and how it ended. Between them are events under their own names: a query runs along
// disjoint paths, and each path is a lookup of its own.
import { parseInstant } from '../instant.ts';
import { isRecord } from '../netvis-record.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import { Notes } from '../notes.ts';
import type { Trace } from '../trace.ts';
import { keyOfBytes, recordKeyBytes, utf8Bytes } from './id-text.ts';
import { LogOperation } from './log-operation.ts';
import { epochOf, textOf, timedEntries } from './log-records.ts';
import type { LogEntry } from './log-records.ts';
import { LogTrace } from './log-trace.ts';
import { isKnownEvent, QueryRun } from './query-run.ts';

/** What the methods of @libp2p/kad-dht are called in our vocabulary. */
const OPERATIONS: Readonly<Record<string, string>> = {
  get: 'getValue',
  put: 'putValue',
  getClosestPeers: 'findNode',
  refreshRoutingTable: 'refresh',
};
const UNNAMED_NODE = 'js-libp2p';

/** Whether a record is a line of the recorder. */
export function isRecordedEvent(record: NetVisRecord): boolean {
  return typeof record['queryEvent'] === 'string';
}

/** The trace of recorded query events. */
export function readQueryEvents(records: readonly unknown[], title: string): Trace {
  const notes = new Notes();
  const entries = timedEntries(
    records,
    (record) => (isRecord(record) ? parseInstant(record['time']) : null),
    notes,
  );
  const log = new LogTrace({ title, format: 'query-events', epoch: epochOf(entries), notes });
  const reader = new QueryEventReader(log);
  for (const entry of entries) reader.read(entry);
  reader.end();
  log.trace.notes.push(...notes.list());
  return log.trace;
}

class QueryEventReader {
  readonly #log: LogTrace;
  readonly #runs = new Map<string, QueryRun>();

  constructor(log: LogTrace) {
    this.#log = log;
  }

  read({ record, number, at }: LogEntry): void {
    const log = this.#log;
    log.moveTo(at);
    log.begin(record);
    if (!isRecord(record) || !isRecordedEvent(record)) {
      log.notes.add(number, 'this is no recorded query event; it is kept as it is');
      log.end(null, -1);
      return;
    }
    const event = record['queryEvent'] as string;
    const run = this.#run(record, event === 'STARTED');
    if (!isKnownEvent(event))
      log.notes.add(number, `query events called “${event}” are not known; it is kept as it is`);
    run.read(event, record, number);
    log.end(event, run.node);
  }

  /** Queries that the log does not see ending are left open, as they were. */
  end(): void {
    const open = [...this.#runs.values()].filter((run) => !run.isEnded).length;
    if (open > 0)
      this.#log.notes.addPlain(
        open === 1
          ? 'The log ends before its last query does.'
          : `The log ends before ${open} of its queries do.`,
      );
  }

  #run(record: NetVisRecord, isStart: boolean): QueryRun {
    const name = JSON.stringify(record['query'] ?? null);
    const known = this.#runs.get(name);
    if (known !== undefined && !(isStart && known.isEnded)) return known;
    const run = this.#start(record, isStart);
    this.#runs.set(name, run);
    return run;
  }

  #start(record: NetVisRecord, isStart: boolean): QueryRun {
    const log = this.#log;
    if (!isStart) log.notes.addPlain('The log begins in the middle of a query.');
    const name = textOf(record['node']);
    if (name === null && isStart)
      log.notes.addPlain(
        `The recorder was not told who asks: the node is called ${UNNAMED_NODE}, and has no place in the keyspace.`,
      );
    const node = name === null ? log.nameless(UNNAMED_NODE) : log.node(name);
    const said = textOf(record['operation']) ?? 'query';
    const kind = Object.hasOwn(OPERATIONS, said) ? OPERATIONS[said]! : said;
    const key = this.#key(record, isStart);
    const target = textOf(record['key']);
    const peer = kind === 'findPeer' && target !== null ? log.node(target) : -1;
    const operation = new LogOperation(
      log,
      { kind, node, key, peer },
      isStart ? 'said' : 'derived',
    );
    return new QueryRun(log, { operation, node, key });
  }

  #key(record: NetVisRecord, isStart: boolean): number {
    const said = textOf(record['key']);
    if (said === null) {
      if (isStart) this.#log.notes.addPlain('The recorder was not told what is looked up.');
      return -1;
    }
    // The keys of records may be plain text.
    const bytes = recordKeyBytes(said) ?? utf8Bytes(said);
    return this.#log.key(bytes === null ? null : keyOfBytes(bytes));
  }
}
