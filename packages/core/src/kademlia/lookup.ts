// The iterative lookup (§2.3): ask the closest nodes you know for closer ones, until nobody knows closer.
//
// A lookup has two phases. It *converges* with up to alpha requests in flight, always to the closest
// contacts not asked yet, until the beta closest reachable ones have answered. Then it *confirms*: it
// asks the rest of the k closest at once. The paper's lookup is the case beta = k, where the second
// phase is empty; the IPFS DHT has beta = 3 (go-libp2p-kad-dht, query.go and lookup.go). Unlike Go, a
// lookup here goes on when confirmation discovers closer contacts, and it ends the moment its k closest
// have answered: requests to others may still be on their way, and nobody waits for them.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import { enlarge, grown } from './int-arena.ts';
import { MESSAGE_CONTACTS_MAX } from './message.ts';
import type { Message } from './message.ts';
import { OWNER_LOOKUP } from './requests.ts';
import type { Requests } from './requests.ts';
import type { RoutingTables } from './routing-table.ts';
import { HEARD, QUERIED, Shortlists, UNREACHABLE, WAITING } from './shortlist.ts';

/** Why a lookup ended. */
export type LookupEnd =
  /** The closest reachable contacts have all answered. */
  | 'closest-answered'
  /** The operation that it serves has what it wanted. */
  | 'satisfied'
  /** There was nobody to ask, or nobody answered. */
  | 'nobody-answered'
  /** The node that looks up went offline. */
  | 'node-left';

/** What a lookup is for. */
export interface LookupOrder {
  readonly node: number;
  readonly target: KeyHandle;
  /** The request that is sent to each contact: FIND_NODE, GET_VALUE or GET_PROVIDERS. */
  readonly kind: number;
  /** The operation that is told of answers and of the end. */
  readonly operation: number;
  /** Contacts to start from besides those of the routing table. */
  readonly seeds: readonly KeyHandle[];
}

/** Who is told what a lookup learns. */
export interface LookupListener {
  /** An answer came; returns true when it satisfies the operation. */
  lookupAnswered(operation: number, message: Message, now: number): boolean;
  /** The lookup ended; its results can be read until this returns. */
  lookupFinished(operation: number, lookup: number, end: LookupEnd, now: number): void;
}

/** How deep and when a contact was heard of. */
interface Hearing {
  readonly hop: number;
  readonly now: number;
}

const CONVERGING = 0;
const CONFIRMING = 1;
const ENDED = 2;

/** All running lookups of a population. */
export class Lookups {
  readonly shortlists: Shortlists;
  readonly #context: Context;
  readonly #tables: RoutingTables;
  readonly #requests: Requests;
  readonly #listener: LookupListener;
  readonly #seeds: Int32Array;
  readonly #fresh: Int32Array = new Int32Array(MESSAGE_CONTACTS_MAX);
  #serials: Int32Array = new Int32Array(16).fill(-1);
  #nodes: Int32Array = new Int32Array(16);
  #targets: Int32Array = new Int32Array(16);
  #kinds: Uint8Array = new Uint8Array(16);
  #operations: Int32Array = new Int32Array(16);
  #phases: Uint8Array = new Uint8Array(16);
  #inFlight: Uint16Array = new Uint16Array(16);
  #asked: Uint16Array = new Uint16Array(16);
  readonly #free: number[] = [];
  #length = 0;
  #nextSerial = 0;

  constructor(parts: {
    context: Context;
    tables: RoutingTables;
    requests: Requests;
    listener: LookupListener;
  }) {
    this.#context = parts.context;
    this.#tables = parts.tables;
    this.#requests = parts.requests;
    this.#listener = parts.listener;
    this.shortlists = new Shortlists(parts.context.keys, parts.context.profile.k);
    this.#seeds = new Int32Array(parts.context.profile.k);
  }

  /** Lookups running now. */
  get running(): number {
    return this.#length - this.#free.length;
  }

  /** Starts a lookup from the k contacts of the routing table that are closest to the target. */
  start(order: LookupOrder, now: number): void {
    const lookup = this.#take(order);
    const { node, target } = order;
    this.#context.trace?.step('lookup.started', now, {
      node: this.#self(lookup),
      lookup: this.#serials[lookup]!,
      operation: this.#operations[lookup]!,
      key: target,
    });
    const count = this.#tables.closest(node, target, this.#context.profile.k, this.#seeds);
    this.#hear(lookup, this.#seeds, count, { hop: 1, now });
    for (const seed of order.seeds) {
      if (this.shortlists.insert(lookup, seed, 1)) this.#reportHeard(lookup, seed, { hop: 1, now });
    }
    this.#advance(lookup, now);
  }

  /** A contact answered. `slot` is its request. */
  answered(slot: number, message: Message, now: number): void {
    const lookup = this.#lookupOf(slot);
    if (lookup < 0) return;
    const list = this.shortlists;
    const position = list.find(lookup, message.from);
    const hop = position < 0 ? 0 : list.hop(lookup, position);
    if (position >= 0) list.setState(lookup, position, QUERIED);
    this.#inFlight[lookup]!--;
    this.#context.trace?.step('lookup.answered', now, {
      node: this.#self(lookup),
      lookup: this.#serials[lookup]!,
      operation: this.#operations[lookup]!,
      key: this.#targets[lookup]!,
      peer: message.from,
      count: message.contactCount,
      hop,
      rpc: message.rpc,
    });
    const best = list.length(lookup) > 0 ? list.contact(lookup, 0) : -1;
    this.#hear(lookup, message.contacts, message.contactCount, { hop: hop + 1, now });
    const nearest = list.length(lookup) > 0 ? list.contact(lookup, 0) : -1;
    if (nearest !== best) {
      this.#context.trace?.step('lookup.advanced', now, {
        node: this.#self(lookup),
        lookup: this.#serials[lookup]!,
        operation: this.#operations[lookup]!,
        key: this.#targets[lookup]!,
        peer: nearest,
        hop: hop + 1,
        count: this.#context.keys.commonPrefixLength(nearest, this.#targets[lookup]!),
      });
    }
    const isSatisfied = this.#listener.lookupAnswered(this.#operations[lookup]!, message, now);
    // The listener streams results, and their receiver may have taken the node offline.
    if (this.#lookupOf(slot) < 0) return;
    if (isSatisfied) this.#finish(lookup, 'satisfied', now);
    else this.#advance(lookup, now);
  }

  /** A contact did not answer in time, or could not be reached. */
  failed(slot: number, now: number): void {
    const lookup = this.#lookupOf(slot);
    if (lookup < 0) return;
    const contact = this.#requests.contact(slot);
    const position = this.shortlists.find(lookup, contact);
    if (position >= 0) this.shortlists.setState(lookup, position, UNREACHABLE);
    this.#inFlight[lookup]!--;
    this.#context.trace?.step('lookup.failed', now, {
      node: this.#self(lookup),
      lookup: this.#serials[lookup]!,
      operation: this.#operations[lookup]!,
      key: this.#targets[lookup]!,
      peer: contact,
      rpc: this.#requests.serial(slot),
    });
    this.#advance(lookup, now);
  }

  /** Ends all lookups of a node that goes offline. */
  abort(node: number, now: number): void {
    for (let lookup = 0; lookup < this.#length; lookup++) {
      if (this.#isRunning(lookup) && this.#nodes[lookup] === node)
        this.#finish(lookup, 'node-left', now);
    }
  }

  /** The k closest contacts that answered, nearest first, into `out`; returns how many. */
  results(lookup: number, out: Int32Array): number {
    const list = this.shortlists;
    let found = 0;
    for (let i = 0; i < list.length(lookup) && found < this.#context.profile.k; i++) {
      if (list.state(lookup, i) === QUERIED) out[found++] = list.contact(lookup, i);
    }
    return found;
  }

  /** How many contacts the lookup asked. */
  asked(lookup: number): number {
    return this.#asked[lookup]!;
  }

  /** The hop of the nearest contact that answered; 0 when none did. */
  depth(lookup: number): number {
    const list = this.shortlists;
    for (let i = 0; i < list.length(lookup); i++) {
      if (list.state(lookup, i) === QUERIED) return list.hop(lookup, i);
    }
    return 0;
  }

  /** Takes up what an answer, or the routing table, says: whoever is new enters the shortlist. */
  #hear(lookup: number, contacts: Int32Array, count: number, at: Hearing): void {
    const fresh = this.#fresh;
    for (let i = 0; i < count; i++) fresh[i] = contacts[i]!;
    const found = this.shortlists.insertAll(lookup, fresh, count, at.hop);
    if (this.#context.trace === null) return;
    for (let i = 0; i < found; i++) this.#reportHeard(lookup, fresh[i]!, at);
  }

  #reportHeard(lookup: number, contact: KeyHandle, at: Hearing): void {
    this.#context.trace?.step('lookup.heard', at.now, {
      node: this.#self(lookup),
      lookup: this.#serials[lookup]!,
      operation: this.#operations[lookup]!,
      key: this.#targets[lookup]!,
      peer: contact,
      hop: at.hop,
    });
  }

  /** Asks whom the phase wants asked, and ends the lookup when the phase has what it wants. */
  #advance(lookup: number, now: number): void {
    const { alpha, beta, k } = this.#context.profile;
    if (
      this.#phases[lookup] === CONVERGING &&
      this.shortlists.haveAnswered(lookup, Math.min(beta, k))
    ) {
      this.#phases[lookup] = CONFIRMING;
    }
    if (this.#phases[lookup] === CONFIRMING && this.shortlists.haveAnswered(lookup, k)) {
      const end: LookupEnd = this.depth(lookup) === 0 ? 'nobody-answered' : 'closest-answered';
      this.#finish(lookup, end, now);
      return;
    }
    const limit = this.#phases[lookup] === CONFIRMING ? Number.POSITIVE_INFINITY : alpha;
    const list = this.shortlists;
    let reachable = 0;
    for (let i = 0; i < list.length(lookup) && reachable < k; i++) {
      const state = list.state(lookup, i);
      if (state === UNREACHABLE) continue;
      reachable++;
      if (state !== HEARD) continue;
      if (this.#inFlight[lookup]! >= limit) return;
      this.#query(lookup, i, now);
    }
  }

  #query(lookup: number, position: number, now: number): void {
    const contact = this.shortlists.contact(lookup, position);
    this.shortlists.setState(lookup, position, WAITING);
    this.#inFlight[lookup]!++;
    this.#asked[lookup]!++;
    this.#context.trace?.step('lookup.queried', now, {
      node: this.#self(lookup),
      lookup: this.#serials[lookup]!,
      operation: this.#operations[lookup]!,
      key: this.#targets[lookup]!,
      peer: contact,
      hop: this.shortlists.hop(lookup, position),
    });
    this.#requests.send(
      {
        node: this.#nodes[lookup]!,
        contact,
        kind: this.#kinds[lookup]!,
        key: this.#targets[lookup]!,
        record: null,
        ownerType: OWNER_LOOKUP,
        owner: lookup,
        lookup: this.#serials[lookup]!,
        operation: this.#operations[lookup]!,
      },
      now,
    );
  }

  #finish(lookup: number, end: LookupEnd, now: number): void {
    const node = this.#nodes[lookup]!;
    const target = this.#targets[lookup]!;
    const index = this.#tables.bucketIndex(node, target);
    this.#tables.buckets.markRefreshed(this.#tables.bucket(node, index), now);
    this.#context.trace?.step('lookup.finished', now, {
      node: this.#self(lookup),
      lookup: this.#serials[lookup]!,
      operation: this.#operations[lookup]!,
      key: this.#targets[lookup]!,
      hop: this.depth(lookup),
      count: this.#asked[lookup]!,
      detail: end,
    });
    this.#phases[lookup] = ENDED;
    this.#listener.lookupFinished(this.#operations[lookup]!, lookup, end, now);
    this.#context.keys.release(target);
    this.#serials[lookup] = -1;
    this.#free.push(lookup);
  }

  /** The running lookup that waits for the request in `slot`; -1 when it has ended. */
  #lookupOf(slot: number): number {
    const lookup = this.#requests.owner(slot);
    return this.#serials[lookup] === this.#requests.lookup(slot) ? lookup : -1;
  }

  /** False also while the listener is being told of the end. */
  #isRunning(lookup: number): boolean {
    return this.#serials[lookup]! >= 0 && this.#phases[lookup] !== ENDED;
  }

  #self(lookup: number): KeyHandle {
    return this.#context.self.key(this.#nodes[lookup]!);
  }

  #take(order: LookupOrder): number {
    let lookup = this.#free.pop();
    if (lookup === undefined) {
      if (this.#length === this.#serials.length) this.#grow();
      lookup = this.#length++;
    }
    this.#serials[lookup] = this.#nextSerial++;
    this.#nodes[lookup] = order.node;
    this.#targets[lookup] = order.target;
    this.#kinds[lookup] = order.kind;
    this.#operations[lookup] = order.operation;
    this.#phases[lookup] = CONVERGING;
    this.#inFlight[lookup] = 0;
    this.#asked[lookup] = 0;
    this.#context.keys.retain(order.target);
    this.shortlists.reset(lookup, order.target, this.#context.self.key(order.node));
    return lookup;
  }

  #grow(): void {
    const capacity = grown(this.#serials.length);
    this.#serials = enlarge(this.#serials, capacity);
    this.#nodes = enlarge(this.#nodes, capacity);
    this.#targets = enlarge(this.#targets, capacity);
    this.#kinds = enlarge(this.#kinds, capacity);
    this.#operations = enlarge(this.#operations, capacity);
    this.#phases = enlarge(this.#phases, capacity);
    this.#inFlight = enlarge(this.#inFlight, capacity);
    this.#asked = enlarge(this.#asked, capacity);
  }
}
