// One lookup of a log, event by event: who was heard of, asked, and answered, and what led to what.
//
// Logs leave out what our vocabulary says: contacts that the origin knew from the start are named only when
// they are asked, and nobody counts hops. Both follow from the order of the events.
import type { EventType } from '../event.ts';
import { textOf } from './log-records.ts';
import type { LogFields, LogTrace, LogWord } from './log-trace.ts';

/** What a lookup knows of one node. */
interface Contact {
  readonly hop: number;
  /** The `lookupQueried` event and the request's `messageSent`; -1 for none. */
  query: number;
  sent: number;
  rpc: number;
  isWaiting: boolean;
}

/** What an answer says. */
export interface LogAnswer {
  /** The contacts in it; `null` where the log does not say. */
  readonly contacts: readonly number[] | null;
  /** Code of the kind of the message. */
  readonly kind: number;
}

export interface LookupParts {
  readonly node: number;
  /** The number of the target; -1 where the log does not name it. */
  readonly key: number;
  readonly operation: number;
}

const CODE_OTHER = 0;
/** The hop of a contact that nobody knows the way to. */
const UNKNOWN_HOP = -1;

/** Appends the events of one lookup. */
export class LogLookup {
  readonly id: number;
  readonly #log: LogTrace;
  readonly #parts: LookupParts;
  readonly #started: number;
  readonly #contacts = new Map<number, Contact>();
  /** For each node the event with which its latest request ended. */
  readonly #ends = new Map<number, number>();
  /** What the next query follows from, unless the log knows better: the latest answer or failure. */
  #latest: number;
  #asked = 0;
  #depth = 0;
  #hasAnswer = false;
  /** Whether an answer did not say whom it named: from then on nobody knows who named whom. */
  #isVague = false;
  #isFinished = false;

  /** Starts the lookup, at the present time of the log, which says so itself or only what follows. */
  constructor(log: LogTrace, parts: LookupParts, cause: number, type: LogWord = 'derived') {
    this.id = log.newLookup();
    this.#log = log;
    this.#parts = parts;
    this.#started = log.appendAs(type, 'lookupStarted', this.#fields({ cause }));
    this.#latest = this.#started;
  }

  get isFinished(): boolean {
    return this.#isFinished;
  }

  get hasAnswer(): boolean {
    return this.#hasAnswer;
  }

  /** Whether a node is being asked. */
  isWaiting(peer: number): boolean {
    return this.#contacts.get(peer)?.isWaiting === true;
  }

  /** Whether a node has been asked, whatever came of it. */
  wasAsked(peer: number): boolean {
    return (this.#contacts.get(peer)?.query ?? -1) >= 0;
  }

  /** The origin knew these nodes from the start. */
  seed(peers: readonly number[]): void {
    for (const peer of peers) this.#hear(peer, { hop: 1, cause: this.#started, type: 'said' });
  }

  /** A node is to be asked; `by` is the node whose answer or failure led to it, where the log says so. */
  query(peer: number, by: number | null = null): number {
    // Whom nobody has named the origin knew, if the answers say whom they name.
    const [hop, source] = this.#isVague ? [UNKNOWN_HOP, -1] : [1, this.#started];
    this.#hear(peer, { hop, cause: source, type: 'derived' });
    const contact = this.#contacts.get(peer);
    if (contact === undefined) return -1;
    contact.rpc = this.#log.newRpc();
    contact.isWaiting = true;
    contact.sent = -1;
    this.#asked++;
    const cause = this.#causeOf(by);
    contact.query = this.#log.append(
      'lookupQueried',
      this.#fields({ peer, hop: contact.hop, cause }),
    );
    return contact.query;
  }

  /** The request is on its way. */
  send(peer: number, kind: number = CODE_OTHER): number {
    const contact = this.#contacts.get(peer);
    if (contact === undefined) return -1;
    contact.sent = this.#log.append(
      'messageSent',
      this.#fields({ peer, kind, rpc: contact.rpc, cause: contact.query }),
    );
    return contact.sent;
  }

  /** A node has answered. */
  answer(peer: number, { contacts, kind }: LogAnswer): number {
    const contact = this.#contacts.get(peer);
    const { rpc, sent, query, hop } = contact ?? UNASKED;
    if (contact !== undefined) contact.isWaiting = false;
    this.#hasAnswer = true;
    this.#depth = Math.max(this.#depth, hop);
    const received = this.#log.append(
      'messageReceived',
      this.#fields({ peer, kind, isResponse: 1, rpc, cause: sent >= 0 ? sent : query }),
    );
    const count = contacts === null ? -1 : contacts.length;
    const cause = received;
    const answered = this.#log.append(
      'lookupAnswered',
      this.#fields({ peer, rpc, count, hop, cause }),
    );
    this.#settle(peer, answered);
    if (contacts === null) this.#isVague = true;
    const next = hop < 0 ? UNKNOWN_HOP : hop + 1;
    for (const heard of contacts ?? [])
      this.#hear(heard, { hop: next, cause: answered, type: 'said' });
    return answered;
  }

  /** A node did not answer: `timeout`, `unreachable` or another word. */
  fail(peer: number, detail: string): number {
    const contact = this.#contacts.get(peer);
    const { rpc, sent, query } = contact ?? UNASKED;
    if (contact !== undefined) contact.isWaiting = false;
    const cause = this.#log.append(
      'requestFailed',
      this.#fields({ peer, rpc, detail, cause: sent >= 0 ? sent : query }),
    );
    const failed = this.#log.append('lookupFailed', this.#fields({ peer, rpc, cause }));
    this.#settle(peer, failed);
    return failed;
  }

  /** The lookup ends; `detail` says why, where the log does. */
  finish(detail: string | null, type: LogWord = 'said'): number {
    this.#isFinished = true;
    const fields = this.#fields({
      detail,
      hop: this.#depth,
      count: this.#asked,
      cause: this.#latest,
    });
    return this.#log.appendAs(type, 'lookupFinished', fields);
  }

  /** Another event of the lookup, such as a dial: caused by the query of the node, if there is one. */
  tell(type: EventType, peer: number, fields: LogFields = {}): number {
    const cause = this.#contacts.get(peer)?.query ?? -1;
    return this.#log.append(type, this.#fields({ peer, cause, ...fields }));
  }

  #causeOf(by: number | null): number {
    if (by === this.#parts.node) return this.#started;
    return by === null ? this.#latest : (this.#ends.get(by) ?? this.#latest);
  }

  #settle(peer: number, event: number): void {
    this.#ends.set(peer, event);
    this.#latest = event;
  }

  #hear(
    peer: number,
    { hop, cause, type }: { readonly hop: number; readonly cause: number; readonly type: LogWord },
  ): void {
    // A node does not ask itself, and asks everybody once: later mentions change nothing.
    if (peer === this.#parts.node || this.#contacts.has(peer)) return;
    this.#log.appendAs(type, 'lookupHeard', this.#fields({ peer, hop, cause }));
    this.#contacts.set(peer, { hop, query: -1, sent: -1, rpc: -1, isWaiting: false });
  }

  #fields(fields: LogFields): LogFields {
    const { node, key, operation } = this.#parts;
    return { node, key, operation, lookup: this.id, ...fields };
  }
}

/** Why go-libp2p ended a lookup, in our words. When nobody is left to ask, all that were heard of were asked. */
export function endOfGo(reason: unknown, lookup: LogLookup): string | null {
  switch (reason) {
    case 'completed':
      return 'closest-answered';
    case 'stopped':
      return 'satisfied';
    case 'starvation':
      return lookup.hasAnswer ? 'closest-answered' : 'nobody-answered';
    default:
      return textOf(reason);
  }
}

/** What is known of a node that answers without having been asked: a log may begin in the middle. */
const UNASKED = { rpc: -1, sent: -1, query: -1, hop: -1 } as const;
