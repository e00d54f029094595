// Messages between files: NetVis records that one file sends and another receives.
import { EVENT_TYPES } from './event.ts';
import type { MergeSource } from './merge-source.ts';
import { MessageMatcher } from './netvis-messages.ts';
import type { Ends } from './netvis-messages.ts';
import { idOf } from './netvis-names.ts';
import { isRecord, recordOf } from './netvis-record.ts';
import type { Notes } from './notes.ts';
import type { Row } from './sink.ts';
import type { Trace } from './trace.ts';

const MESSAGE_SENT = EVENT_TYPES.indexOf('messageSent');
const MESSAGE_RECEIVED = EVENT_TYPES.indexOf('messageReceived');
const MESSAGE_DROPPED = EVENT_TYPES.indexOf('messageDropped');

/** A receipt for which nothing was sent yet. */
interface Early {
  readonly file: number;
  readonly timeMs: number;
}

/** Receipts in one file that lie before what another file says was sent. */
interface Skew {
  readonly receiver: number;
  readonly sender: number;
  count: number;
  aheadMs: number;
}

/**
 * Joins what no file could join by itself, in the smart way of reading: by request, source and
 * destination. What a file has joined is left alone.
 */
export class FileMessages {
  readonly #trace: Trace;
  readonly #matcher = new MessageMatcher('smart');
  readonly #early = new Map<string, Early>();
  readonly #skews = new Map<string, Skew>();
  #joined = 0;

  /** `trace` is the merged trace, to which every row is appended after it was completed. */
  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Fills in what another file knows of the next event of `source`, which is file number `file`. */
  complete(row: Row, source: MergeSource, file: number): void {
    const isSent = row.type === MESSAGE_SENT;
    if (!isSent && row.type !== MESSAGE_RECEIVED && row.type !== MESSAGE_DROPPED) return;
    const id = requestId(row.data);
    if (id === null) return;
    if (isSent) {
      const ends: Ends = { id, source: row.node, destination: row.peer };
      this.#completeSent(row, ends, source);
      this.#noticeEarly(row, ends, file);
      return;
    }
    const ends: Ends = { id, source: row.peer, destination: row.node };
    if (row.message < 0) this.#completeReceived(row, ends, file);
    else {
      this.#matcher.settle(ends, row.message, this.#trace.length);
      row.isResponse = this.#trace.get('isResponse', row.message);
    }
  }

  /** Says what was joined, and what could not be because clocks differ. */
  note(titles: readonly string[], notes: Notes): void {
    if (this.#joined === 1) {
      notes.addPlain('1 message sent in one file and received in another was joined.');
    } else if (this.#joined > 1) {
      notes.addPlain(
        `${this.#joined} messages sent in one file and received in another were joined.`,
      );
    }
    for (const { receiver, sender, count, aheadMs } of this.#skews.values()) {
      const [messages, them] =
        count === 1 ? ['1 message arrives', 'it'] : [`${count} messages arrive`, 'them'];
      notes.addPlain(
        `${messages} in ${titles[receiver]} up to ${rounded(aheadMs)} ms before ${titles[sender]} sends ${them}, and so cannot be joined. Its clock may be behind: add ${Math.ceil(aheadMs) + 1} ms or more to its times.`,
      );
    }
  }

  #completeSent(row: Row, ends: Ends, source: MergeSource): void {
    const facts = this.#matcher.sent(ends, this.#trace.length);
    if (!facts.isResponse) return;
    // A response is best explained by the receipt of its request, which may be in another file.
    if (row.cause < 0 || this.#trace.get('type', row.cause) === MESSAGE_SENT) {
      row.cause = facts.cause;
    }
    if (row.isResponse === 1) return;
    row.isResponse = 1;
    const known = this.#trace.get('rpc', facts.cause);
    source.adoptRequest(row.rpc, known);
    row.rpc = known;
  }

  #completeReceived(row: Row, ends: Ends, file: number): void {
    const sent = this.#matcher.received(ends, this.#trace.length);
    if (sent < 0) {
      this.#early.set(nameOf(ends), { file, timeMs: timeOf(row) });
      return;
    }
    this.#joined++;
    row.message = sent;
    if (row.cause < 0) row.cause = sent;
    if (row.peer < 0) row.peer = this.#trace.get('node', sent);
    if (row.rpc < 0) row.rpc = this.#trace.get('rpc', sent);
    if (row.kind === 0) row.kind = this.#trace.get('kind', sent);
    row.isResponse = this.#trace.get('isResponse', sent);
  }

  /** Nothing arrives before it is sent: where it seems so, the clocks differ. */
  #noticeEarly(row: Row, ends: Ends, file: number): void {
    const early = this.#early.get(nameOf(ends));
    if (early === undefined || early.file === file) return;
    this.#early.delete(nameOf(ends));
    const pair = `${early.file} ${file}`;
    const skew = this.#skews.get(pair) ?? {
      receiver: early.file,
      sender: file,
      count: 0,
      aheadMs: 0,
    };
    this.#skews.set(pair, skew);
    skew.count++;
    skew.aheadMs = Math.max(skew.aheadMs, timeOf(row) - early.timeMs);
  }
}

function requestId(data: unknown): string | null {
  const message = recordOf(data)?.['message'];
  return isRecord(message) ? idOf(message['request_id'] ?? message['id']) : null;
}

function nameOf({ id, source, destination }: Ends): string {
  return `${source} ${destination} ${id}`;
}

function timeOf(row: Row): number {
  return row.timeMs + row.timeNs / 1e6;
}

function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
