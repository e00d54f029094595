// What the network looks like at one point of a trace, and how one event changes it.
//
// Every effective change goes into a journal, so that a step back undoes it instead of replaying.
// A node that leaves takes its routing table, records and connections with it; the contacts that
// others have of it stay, because nobody tells them.
import { CHUNK_ROWS } from './columns.ts';
import type { Columns } from './columns.ts';
import { EVENT_TYPES, MESSAGE_KINDS } from './event.ts';
import type { EventType } from './event.ts';
import { IntList } from './int-list.ts';
import { SortedSets } from './sorted-sets.ts';
import type { SetsSnapshot } from './sorted-sets.ts';
import { STEP_IDS } from './steps.ts';
import type { Trace } from './trace.ts';

/** The network at one point of the trace. Arrays are views that are valid until the cursor moves. */
export interface TraceState {
  /** True for nodes that have entered and not left, and for nodes that never say when they entered. */
  isPresent(node: number): boolean;
  presentCount(): number;
  /** The nodes that `node` has in its routing table, ascending. */
  contactsOf(node: number): Int32Array;
  /** The nodes to which `node` has an open connection, ascending. */
  connectionsOf(node: number): Int32Array;
  /** The keys of which `node` holds a record, each once, in the order in which the trace first stores them. */
  recordsOf(node: number): Int32Array;
  /** The nodes that hold a record of `key`, ascending. */
  holdersOf(key: number): Int32Array;
  /** The providers of `key` that `node` knows, ascending. */
  providersOf(node: number, key: number): Int32Array;
}

/** A state in one piece. */
export interface StateSnapshot {
  readonly index: number;
  readonly presence: Uint8Array;
  readonly sets: readonly SetsSnapshot[];
}

// What changes: four families of sets, and presence. A journal entry has twice this number for an
// addition, one more for a removal.
const CONTACTS = 0;
const CONNECTIONS = 1;
const RECORDS = 2;
const HOLDERS = 3;
const PRESENCE = 4;
const ENTRY_INTS = 4;
/** Journal entries kept: one per effective change, so a minute of stepping back at any speed. 2 MB. */
const JOURNAL_ENTRIES_MAX = 131072;

const UNSAID = 0;
const PRESENT = 1;
const ABSENT = 2;

const STATE_TYPES: ReadonlySet<EventType> = new Set<EventType>([
  'nodeEntered',
  'nodeExited',
  'nodeConnected',
  'nodeDisconnected',
  'contactAdded',
  'contactRemoved',
  'recordStored',
  'recordRemoved',
  'tableRestored',
]);
const CHANGES_STATE = Uint8Array.from(EVENT_TYPES, (type) => (STATE_TYPES.has(type) ? 1 : 0));
const NODE_ENTERED = EVENT_TYPES.indexOf('nodeEntered');
const NODE_EXITED = EVENT_TYPES.indexOf('nodeExited');
const PROVIDER_STEPS: ReadonlySet<number> = new Set([
  STEP_IDS.indexOf('provider.stored'),
  STEP_IDS.indexOf('provider.expired'),
]);
const PROVIDER_KINDS: ReadonlySet<number> = new Set([
  MESSAGE_KINDS.indexOf('add-provider'),
  MESSAGE_KINDS.indexOf('announce-peer'),
]);
const PEER_SCALE = 4294967296;

/** Records by number: a record is a key, and for provider records also the provider. */
export class RecordNames {
  readonly #numbers = new Map<number, number>();
  readonly #keys = new IntList();
  readonly #providers = new IntList();

  key(record: number): number {
    return this.#keys.values[record]!;
  }

  /** The provider of a record, or -1. */
  provider(record: number): number {
    return this.#providers.values[record]!;
  }

  /** The number of a record, made when it is new. */
  number(key: number, provider: number): number {
    const name = (provider + 1) * PEER_SCALE + key;
    let number = this.#numbers.get(name);
    if (number === undefined) {
      number = this.#keys.length;
      this.#keys.push(key);
      this.#providers.push(provider);
      this.#numbers.set(name, number);
    }
    return number;
  }
}

/** The state that a cursor moves. `index` events have been applied. */
export class ReplayState implements TraceState {
  index = 0;
  readonly #trace: Trace;
  readonly #sets: readonly SortedSets[] = [CONTACTS, CONNECTIONS, RECORDS, HOLDERS].map(
    () => new SortedSets(),
  );
  #presence: Uint8Array = new Uint8Array(64);
  // Whether a node's first word about itself is that it enters: such a node is absent before.
  #entersFirst: Uint8Array = new Uint8Array(64);
  #scanned = 0;
  readonly #journal = new IntList();
  #journalFrom = 0;
  readonly #records: RecordNames;
  readonly #hasJournal: boolean;

  /** States that restore each other's snapshots share their `records`. Only one with a journal can undo. */
  constructor(trace: Trace, records: RecordNames, hasJournal: boolean) {
    this.#trace = trace;
    this.#records = records;
    this.#hasJournal = hasJournal;
  }

  isPresent(node: number): boolean {
    if (node < 0 || node >= this.#trace.nodes.length) return false;
    this.#scan();
    const presence = this.#presence[node] ?? UNSAID;
    return presence === UNSAID ? this.#entersFirst[node] !== PRESENT : presence === PRESENT;
  }

  presentCount(): number {
    let count = 0;
    for (let node = 0; node < this.#trace.nodes.length; node++) if (this.isPresent(node)) count++;
    return count;
  }

  contactsOf(node: number): Int32Array {
    return this.#sets[CONTACTS]!.of(node);
  }

  connectionsOf(node: number): Int32Array {
    return this.#sets[CONNECTIONS]!.of(node);
  }

  recordsOf(node: number): Int32Array {
    const keys = new Set<number>();
    for (const record of this.#sets[RECORDS]!.of(node)) keys.add(this.#records.key(record));
    return Int32Array.from(keys);
  }

  holdersOf(key: number): Int32Array {
    return this.#sets[HOLDERS]!.of(key);
  }

  providersOf(node: number, key: number): Int32Array {
    const providers: number[] = [];
    for (const record of this.#sets[RECORDS]!.of(node)) {
      const provider = this.#records.provider(record);
      if (this.#records.key(record) === key && provider >= 0) providers.push(provider);
    }
    return Int32Array.from(providers.toSorted((a, b) => a - b));
  }

  /** Applies the events from `index` to `to - 1`. */
  applyTo(to: number): void {
    while (this.index < to) {
      const chunk = this.#trace.chunk(this.index);
      const types = chunk.type;
      const base = this.index - (this.index % CHUNK_ROWS);
      const stop = Math.min(to - base, CHUNK_ROWS);
      for (let row = this.index - base; row < stop; row++) {
        if (CHANGES_STATE[types[row]!] === 0) continue;
        this.index = base + row;
        this.#apply(chunk, row);
      }
      this.index = base + stop;
    }
  }

  /** How far back `undoTo` can go. */
  get undoableFrom(): number {
    return this.#journalFrom;
  }

  /** Takes back the events from `to` on. */
  undoTo(to: number): void {
    const journal = this.#journal;
    while (journal.length > 0) {
      const at = journal.length - ENTRY_INTS;
      if (journal.values[at]! < to) break;
      this.#undo(journal.values[at + 1]!, journal.values[at + 2]!, journal.values[at + 3]!);
      journal.length = at;
    }
    this.index = to;
  }

  snapshot(): StateSnapshot {
    return {
      index: this.index,
      presence: this.#presence.slice(),
      sets: this.#sets.map((sets) => sets.snapshot()),
    };
  }

  restore(snapshot: StateSnapshot): void {
    this.index = snapshot.index;
    if (this.#presence.length < snapshot.presence.length) {
      this.#presence = new Uint8Array(snapshot.presence.length);
    }
    this.#presence.fill(UNSAID);
    this.#presence.set(snapshot.presence);
    this.#sets.forEach((sets, change) => sets.restore(snapshot.sets[change]!));
    this.#journal.length = 0;
    this.#journalFrom = snapshot.index;
  }

  /** Learns from new events which nodes enter, so that they are absent before they do. */
  #scan(): void {
    const trace = this.#trace;
    if (this.#scanned === trace.length) return;
    const said = new Uint8Array(Math.max(64, trace.nodes.length));
    said.set(this.#entersFirst);
    for (; this.#scanned < trace.length; this.#scanned++) {
      const chunk = trace.chunk(this.#scanned);
      const row = this.#scanned % CHUNK_ROWS;
      const type = chunk.type[row]!;
      if (type !== NODE_ENTERED && type !== NODE_EXITED) continue;
      const node = chunk.node[row]!;
      if (said[node] === UNSAID) said[node] = type === NODE_ENTERED ? PRESENT : ABSENT;
    }
    this.#entersFirst = said;
  }

  #apply(chunk: Columns, row: number): void {
    const type: EventType = EVENT_TYPES[chunk.type[row]!]!;
    const node = chunk.node[row]!;
    const peer = chunk.peer[row]!;
    if (node < 0) return;
    switch (type) {
      case 'contactAdded':
        if (peer >= 0) this.#add(CONTACTS, node, peer);
        return;
      case 'contactRemoved':
        this.#remove(CONTACTS, node, peer);
        return;
      case 'nodeConnected':
        if (peer >= 0) {
          this.#add(CONNECTIONS, node, peer);
          this.#add(CONNECTIONS, peer, node);
        }
        return;
      case 'nodeDisconnected':
        this.#disconnect(node, peer);
        return;
      case 'recordStored':
        this.#store(node, chunk.key[row]!, isProviderRecord(chunk, row) ? peer : -1);
        return;
      case 'recordRemoved':
        this.#drop(node, chunk.key[row]!, isProviderRecord(chunk, row) ? peer : -1);
        return;
      case 'nodeEntered':
        this.#setPresence(node, PRESENT);
        return;
      case 'nodeExited':
        this.#leave(node);
        return;
      case 'tableRestored':
        this.#restoreTable(node, this.#trace.attachments[chunk.data[row]!]);
        return;
      default:
    }
  }

  /** A whole routing table at once, in place of what was there. */
  #restoreTable(node: number, contacts: unknown): void {
    for (const contact of this.#sets[CONTACTS]!.of(node).slice()) {
      this.#remove(CONTACTS, node, contact);
    }
    if (!Array.isArray(contacts) && !(contacts instanceof Int32Array)) return;
    for (const contact of contacts as Iterable<unknown>) {
      if (typeof contact === 'number' && contact >= 0) this.#add(CONTACTS, node, contact);
    }
  }

  #store(node: number, key: number, provider: number): void {
    if (key < 0) return;
    this.#add(RECORDS, node, this.#records.number(key, provider));
    this.#add(HOLDERS, key, node);
  }

  /** Without a provider, every record of the key goes. */
  #drop(node: number, key: number, provider: number): void {
    let left = 0;
    for (const record of this.#sets[RECORDS]!.of(node).slice()) {
      if (this.#records.key(record) !== key) continue;
      if (provider < 0 || this.#records.provider(record) === provider) {
        this.#remove(RECORDS, node, record);
      } else left++;
    }
    if (left === 0) this.#remove(HOLDERS, key, node);
  }

  #leave(node: number): void {
    this.#setPresence(node, ABSENT);
    for (const contact of this.#sets[CONTACTS]!.of(node).slice())
      this.#remove(CONTACTS, node, contact);
    for (const peer of this.#sets[CONNECTIONS]!.of(node).slice()) this.#disconnect(node, peer);
    for (const record of this.#sets[RECORDS]!.of(node).slice()) {
      this.#remove(RECORDS, node, record);
      this.#remove(HOLDERS, this.#records.key(record), node);
    }
  }

  #disconnect(node: number, peer: number): void {
    this.#remove(CONNECTIONS, node, peer);
    this.#remove(CONNECTIONS, peer, node);
  }

  #add(change: number, set: number, value: number): void {
    if (this.#sets[change]!.add(set, value)) this.#log(change * 2, set, value);
  }

  #remove(change: number, set: number, value: number): void {
    if (this.#sets[change]!.remove(set, value)) this.#log(change * 2 + 1, set, value);
  }

  #setPresence(node: number, presence: number): void {
    if (node >= this.#presence.length) {
      const larger = new Uint8Array((node + 1) * 2);
      larger.set(this.#presence);
      this.#presence = larger;
    }
    this.#log(PRESENCE * 2, node, this.#presence[node]!);
    this.#presence[node] = presence;
  }

  #log(code: number, a: number, b: number): void {
    if (!this.#hasJournal) return;
    const journal = this.#journal;
    if (journal.length >= JOURNAL_ENTRIES_MAX * ENTRY_INTS) this.#forgetHalf();
    journal.push(this.index);
    journal.push(code);
    journal.push(a);
    journal.push(b);
  }

  /** Drops the older half of the journal, but never a part of one event's changes. */
  #forgetHalf(): void {
    const journal = this.#journal;
    let cut = (JOURNAL_ENTRIES_MAX / 2) * ENTRY_INTS;
    const event = journal.values[cut - ENTRY_INTS]!;
    while (cut < journal.length && journal.values[cut] === event) cut += ENTRY_INTS;
    journal.values.copyWithin(0, cut, journal.length);
    journal.length -= cut;
    this.#journalFrom = event + 1;
  }

  #undo(code: number, a: number, b: number): void {
    const change = code >>> 1;
    if (change === PRESENCE) this.#presence[a] = b;
    else if ((code & 1) === 0) this.#sets[change]!.remove(a, b);
    else this.#sets[change]!.add(a, b);
  }
}

// Several providers of one key are several records; a value has one record, whoever sent it.
function isProviderRecord(chunk: Columns, row: number): boolean {
  return PROVIDER_STEPS.has(chunk.step[row]!) || PROVIDER_KINDS.has(chunk.kind[row]!);
}
