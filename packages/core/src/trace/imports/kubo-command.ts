// One routing command of Kubo as one operation with one lookup, event by event.
import { MESSAGE_KINDS } from '../event.ts';
import type { NetVisRecord } from '../netvis-record.ts';
import {
  DIALING_PEER,
  FINAL_PEER,
  PEER_RESPONSE,
  PROVIDER,
  QUERY_ERROR,
  responsesOf,
  SENDING_QUERY,
  TYPE_NAMES,
  VALUE,
  valueBytes,
} from './kubo-events.ts';
import { LogLookup } from './log-lookup.ts';
import { askingKind, LogOperation } from './log-operation.ts';
import type { OperationParts } from './log-operation.ts';
import { failureOf, shortText, textOf } from './log-records.ts';
import type { LogTrace } from './log-trace.ts';

const PUT_VALUE = MESSAGE_KINDS.indexOf('put-value');

/** Turns the events of one command into those of an operation. */
export class KuboCommand {
  readonly #log: LogTrace;
  readonly #node: number;
  readonly #operation: LogOperation;
  readonly #lookup: LogLookup;
  readonly #kind: number;
  /** What the latest event that is about no peer said went wrong. */
  #problem: string | null = null;

  /** The command starts with its first event. */
  constructor(log: LogTrace, parts: OperationParts) {
    this.#log = log;
    this.#node = parts.node;
    this.#operation = new LogOperation(log, parts, 'derived');
    const { node, key } = parts;
    this.#lookup = new LogLookup(
      log,
      { node, key, operation: this.#operation.id },
      this.#operation.started,
    );
    this.#kind = askingKind(parts.kind);
  }

  read(record: NetVisRecord, number: number): void {
    const id = textOf(record['ID']);
    const type = record['Type'] as number;
    const isKnown = Number.isInteger(type) && type >= 0 && type < TYPE_NAMES.length;
    if (!isKnown)
      this.#log.notes.add(
        number,
        `query events of type ${type} are not known; it is kept as it is`,
      );
    else if (id === null) this.#ofNobody(type, record);
    else this.#ofPeer(type, record, { peer: this.#log.node(id), number });
    this.#log.end(isKnown ? TYPE_NAMES[type]! : String(type), this.#node);
  }

  /** The log ends, and so does what it tells of: nothing in it says how. */
  end(): void {
    this.#operation.lookupEnded(this.#lookup.finish(null, 'derived'));
    this.#operation.finish(this.#outcome(), 'derived');
  }

  /** Events of the command as a whole: its results, and errors that concern no single node. */
  #ofNobody(type: number, record: NetVisRecord): void {
    if (type === PROVIDER || type === FINAL_PEER) {
      const detail = type === PROVIDER ? 'provider' : 'peer';
      for (const id of responsesOf(record) ?? [])
        this.#operation.result(detail, { peer: this.#log.node(id) });
    } else if (type === VALUE) this.#operation.result('value', { bytes: valueBytes(record) });
    else if (type === QUERY_ERROR) {
      this.#problem = textOf(record['Extra']) ?? 'an error without a message';
      this.#log.append(
        'annotation',
        this.#operation.fields({
          detail: shortText(this.#problem),
          cause: this.#operation.started,
        }),
      );
    }
  }

  #ofPeer(
    type: number,
    record: NetVisRecord,
    { peer, number }: { readonly peer: number; readonly number: number },
  ): void {
    const lookup = this.#lookup;
    if (type === DIALING_PEER) {
      // A node is dialed because it is to be asked, unless it was: then it is to be given a record.
      if (!lookup.wasAsked(peer)) lookup.query(peer);
      lookup.tell('nodeDialed', peer);
    } else if (type === SENDING_QUERY) {
      if (!lookup.isWaiting(peer)) lookup.query(peer);
      lookup.send(peer, this.#kind);
    } else if (type === PEER_RESPONSE) this.#response(record, { peer, number });
    else if (type === QUERY_ERROR) this.#error(peer, textOf(record['Extra']));
    else if (type === FINAL_PEER) this.#operation.result('peer', { peer });
    else if (type === PROVIDER) this.#operation.result('provider', { peer });
    else if (type === VALUE) this.#value(peer, record);
  }

  #response(
    record: NetVisRecord,
    { peer, number }: { readonly peer: number; readonly number: number },
  ): void {
    const ids = responsesOf(record);
    if (ids === null) this.#log.notes.add(number, 'the responses are no list; they are left out');
    const contacts = ids?.map((id) => this.#log.node(id)) ?? null;
    this.#lookup.answer(peer, { contacts, kind: this.#kind });
  }

  #error(peer: number, message: string | null): void {
    if (this.#lookup.isWaiting(peer)) this.#lookup.fail(peer, failureOf(message));
    else this.#lookup.tell('annotation', peer, { detail: shortText(message ?? 'an error') });
  }

  /** With a value in it, a value that was found; without, one that is given to a node. */
  #value(peer: number, record: NetVisRecord): void {
    const bytes = valueBytes(record);
    if (textOf(record['Extra']) !== null) this.#operation.result('value', { peer, bytes });
    else {
      const rpc = this.#log.newRpc();
      const cause = this.#operation.started;
      this.#log.append(
        'messageSent',
        this.#operation.fields({ peer, kind: PUT_VALUE, rpc, cause }),
      );
    }
  }

  #outcome(): string | null {
    // Whether a node took what it was given, the log does not say; nor whether it is complete.
    if (this.#operation.count > 0) return this.#operation.outcome;
    if (this.#problem === null) return null;
    return /not found/i.test(this.#problem) ? 'not-found' : 'failed';
  }
}
