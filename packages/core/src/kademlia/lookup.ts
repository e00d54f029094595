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
import { Diversity } from './diversity.ts';
import { estimateBytes, MESSAGE_CONTACTS_MAX } from './message.ts';
import type { Message } from './message.ts';
import type { Neighbourhoods } from './neighbourhoods.ts';
import { OWNER_LOOKUP } from './requests.ts';
import type { Requests } from './requests.ts';
import type { RoutingTables } from './routing-table.ts';
import type { Hearing, LookupEnd, LookupListener, LookupOrder, PathKeeper } from './lookup-port.ts';
import { CONFIRMING, CONVERGING, ENDED, LookupPool } from './lookup-pool.ts';
import type { LookupIdentity } from './lookup-pool.ts';
import { HEARD, QUERIED, Shortlists, UNREACHABLE, WAITING } from './shortlist.ts';
import { Witnesses } from './witnesses.ts';

const NO_GROUP = -1;

/** All running lookups of a population. */
export class Lookups {
  readonly shortlists: Shortlists;
  readonly #context: Context;
  readonly #tables: RoutingTables;
  readonly #requests: Requests;
  readonly #listener: LookupListener;
  readonly #diversity: Diversity;
  readonly #witnesses: Witnesses;
  readonly #seeds: Int32Array;
  readonly #fresh: Int32Array = new Int32Array(MESSAGE_CONTACTS_MAX);
  /** The state of running lookups. */
  readonly pool: LookupPool;
  #paths: PathKeeper | null = null;

  constructor(parts: {
    context: Context;
    tables: RoutingTables;
    requests: Requests;
    listener: LookupListener;
    neighbourhoods: Neighbourhoods;
  }) {
    this.#context = parts.context;
    this.#tables = parts.tables;
    this.#requests = parts.requests;
    this.#listener = parts.listener;
    this.#diversity = new Diversity(parts.context);
    this.shortlists = new Shortlists(parts.context.keys, parts.context.profile.k);
    this.pool = new LookupPool(parts.context.profile.k);
    const { shortlists } = this;
    parts.neighbourhoods.attach(shortlists);
    this.#witnesses = new Witnesses({ ...parts, shortlists, pool: this.pool });
    this.#seeds = new Int32Array(parts.context.profile.k);
  }

  /** Lookups and the keeper of their paths know each other; this closes the circle. */
  attach(paths: PathKeeper): void {
    this.#paths = paths;
  }

  /** Starts a lookup from the k contacts of the routing table that are closest to the target. */
  start(order: LookupOrder, now: number): void {
    const lookup = this.#begin(order, NO_GROUP, now);
    const { k } = this.#context.profile;
    const count = this.#tables.closest(order.node, order.target, k, this.#seeds);
    this.pool.setSeeds(lookup, this.#seeds, count);
    this.#hear(lookup, this.#seeds, count, { hop: 1, now });
    this.#hearSeeds(lookup, order.seeds, now);
    this.#advance(lookup, now);
  }

  /** Begins a path of a group, from its own seeds; it asks nobody before `resume`. */
  beginPath(order: LookupOrder, group: number, now: number): number {
    const lookup = this.#begin(order, group, now);
    this.#hearSeeds(lookup, order.seeds, now);
    return lookup;
  }

  /** Begins the lookup that goes on where paths have ended; it asks nobody before `resume`. */
  beginJoined(order: LookupOrder, now: number): number {
    const lookup = this.#begin(order, NO_GROUP, now);
    this.pool.phases[lookup] = CONFIRMING;
    return lookup;
  }

  /** Takes a contact over as it is known elsewhere. */
  adopt(lookup: number, contact: KeyHandle, state: number, at: Hearing): void {
    if (this.shortlists.insert(lookup, contact, at.hop)) this.#reportHeard(lookup, contact, at);
    const position = this.shortlists.find(lookup, contact);
    if (position >= 0) this.shortlists.setState(lookup, position, state);
  }

  /** Lets a lookup ask, or ends it if there is an end already. */
  resume(lookup: number, end: LookupEnd | null, now: number): void {
    if (!this.#isRunning(lookup)) return;
    if (end === null) this.#advance(lookup, now);
    else this.#finish(lookup, end, now);
  }

  /** Forgets a path. */
  release(lookup: number): void {
    this.#context.keys.release(this.pool.targets[lookup]!);
    this.pool.release(lookup);
  }

  /** A contact answered. `slot` is its request. */
  answered(slot: number, message: Message, now: number): void {
    const lookup = this.#lookupOf(slot);
    if (lookup < 0) return;
    const list = this.shortlists;
    const position = list.find(lookup, message.from);
    const hop = position < 0 ? 0 : list.hop(lookup, position);
    // Who was given up and asked once more may answer both times, and speaks once.
    const isSecond = position >= 0 && list.state(lookup, position) === QUERIED;
    if (position >= 0) list.setState(lookup, position, QUERIED);
    if (this.#requests.isAwaited(slot)) this.pool.inFlight[lookup]!--;
    this.pool.bytes[lookup]! += this.#requests.bytes(slot) + estimateBytes(message);
    this.pool.dials[lookup]! += this.#requests.dials(slot);
    this.#context.trace?.step('lookup.answered', now, {
      node: this.#self(lookup),
      lookup: this.pool.serials[lookup]!,
      operation: this.pool.operations[lookup]!,
      key: this.pool.targets[lookup]!,
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
        lookup: this.pool.serials[lookup]!,
        operation: this.pool.operations[lookup]!,
        key: this.pool.targets[lookup]!,
        peer: nearest,
        hop: hop + 1,
        count: this.#context.keys.commonPrefixLength(nearest, this.pool.targets[lookup]!),
      });
    }
    const isSatisfied =
      !isSecond &&
      this.#listener.lookupAnswered(this.pool.operations[lookup]!, lookup, message, now);
    // The listener streams results, and their receiver may have taken the node offline. A path that has
    // ended, in a group that has not, still learns, but asks nobody.
    if (this.#lookupOf(slot) < 0) return;
    const isRunning = this.#isRunning(lookup);
    if (isSatisfied && isRunning) this.#finish(lookup, 'satisfied', now);
    else if (isSatisfied) this.#paths!.stop(this.pool.groups[lookup]!, 'satisfied', now);
    else if (isRunning) this.#advance(lookup, now);
  }

  /** An answer is overdue: somebody else is asked meanwhile. */
  stalled(slot: number, now: number): void {
    const lookup = this.#lookupOf(slot);
    if (lookup < 0) return;
    this.pool.inFlight[lookup]!--;
    this.#context.trace?.step('lookup.stalled', now, {
      node: this.#self(lookup),
      lookup: this.pool.serials[lookup]!,
      operation: this.pool.operations[lookup]!,
      key: this.pool.targets[lookup]!,
      peer: this.#requests.contact(slot),
      rpc: this.#requests.serial(slot),
    });
    if (this.#isRunning(lookup)) this.#advance(lookup, now);
  }

  /** A contact did not answer in time, or could not be reached. */
  failed(slot: number, now: number): void {
    const lookup = this.#lookupOf(slot);
    if (lookup < 0) return;
    const contact = this.#requests.contact(slot);
    const position = this.shortlists.find(lookup, contact);
    // Who was asked twice may have answered the first time.
    if (position >= 0 && this.shortlists.state(lookup, position) === WAITING)
      this.shortlists.setState(lookup, position, UNREACHABLE);
    if (this.#requests.isAwaited(slot)) this.pool.inFlight[lookup]!--;
    this.pool.bytes[lookup]! += this.#requests.bytes(slot);
    this.pool.dials[lookup]! += this.#requests.dials(slot);
    this.#context.trace?.step('lookup.failed', now, {
      node: this.#self(lookup),
      lookup: this.pool.serials[lookup]!,
      operation: this.pool.operations[lookup]!,
      key: this.pool.targets[lookup]!,
      peer: contact,
      rpc: this.#requests.serial(slot),
    });
    if (this.#isRunning(lookup)) this.#advance(lookup, now);
  }

  /** Ends those lookups that are meant: their node goes offline, or nobody wants to know any more. */
  abort(isMeant: (lookup: number) => boolean, end: LookupEnd, now: number): void {
    for (let lookup = 0; lookup < this.pool.length; lookup++)
      if (this.#isRunning(lookup) && isMeant(lookup)) this.#finish(lookup, end, now);
  }

  /** Takes up what an answer, or the routing table, says: whoever is new enters the shortlist. */
  #hear(lookup: number, contacts: Int32Array, count: number, at: Hearing): void {
    const fresh = this.#fresh;
    for (let i = 0; i < count; i++) fresh[i] = contacts[i]!;
    const kept = this.#diversity.filter(lookup, this.shortlists, fresh, count);
    const found = this.shortlists.insertAll(lookup, fresh, kept, at.hop);
    if (this.#context.trace === null) return;
    for (let i = 0; i < found; i++) this.#reportHeard(lookup, fresh[i]!, at);
  }

  #hearSeeds(lookup: number, seeds: readonly KeyHandle[], now: number): void {
    for (const seed of seeds) {
      if (this.shortlists.insert(lookup, seed, 1)) this.#reportHeard(lookup, seed, { hop: 1, now });
    }
  }

  #reportHeard(lookup: number, contact: KeyHandle, at: Hearing): void {
    this.#context.trace?.step('lookup.heard', at.now, {
      node: this.#self(lookup),
      lookup: this.pool.serials[lookup]!,
      operation: this.pool.operations[lookup]!,
      key: this.pool.targets[lookup]!,
      peer: contact,
      hop: at.hop,
    });
  }

  /** Asks whom the phase wants asked, and ends the lookup when the phase has what it wants. */
  #advance(lookup: number, now: number): void {
    const { beta, k } = this.#context.profile;
    // A lookup that doubts what it found leaves asking to its second path.
    if (this.pool.isDoubted[lookup] === 1) return;
    const isPath = this.pool.groups[lookup] !== NO_GROUP;
    if (isPath) this.#skipClaimed(lookup);
    if (
      this.pool.phases[lookup] === CONVERGING &&
      this.shortlists.haveAnswered(lookup, Math.min(beta, k))
    ) {
      if (isPath) {
        this.#finish(lookup, 'closest-answered', now);
        return;
      }
      this.pool.phases[lookup] = CONFIRMING;
    }
    if (this.pool.phases[lookup] === CONFIRMING && this.shortlists.haveAnswered(lookup, k)) {
      if (this.#recall(lookup, now)) return;
      const witnesses = this.#witnesses.call(lookup, now);
      if (witnesses.length > 0) {
        this.pool.isDoubted[lookup] = 1;
        this.#paths!.hearOthers(lookup, witnesses, now);
        return;
      }
      const end: LookupEnd =
        this.shortlists.depth(lookup) === 0 ? 'nobody-answered' : 'closest-answered';
      this.#finish(lookup, end, now);
      return;
    }
    const limit =
      this.pool.phases[lookup] === CONFIRMING
        ? Number.POSITIVE_INFINITY
        : this.pool.window(lookup, this.#context.profile);
    const list = this.shortlists;
    let reachable = 0;
    for (let i = 0; i < list.length(lookup) && reachable < k; i++) {
      const state = list.state(lookup, i);
      if (state === UNREACHABLE) continue;
      reachable++;
      if (state !== HEARD) continue;
      if (this.pool.inFlight[lookup]! >= limit) return;
      this.#query(lookup, i, now);
    }
  }

  /** Contacts that another path of the group has asked leave the consideration of this one. */
  #skipClaimed(lookup: number): void {
    const list = this.shortlists;
    const group = this.pool.groups[lookup]!;
    for (let i = 0; i < list.length(lookup); i++) {
      if (list.state(lookup, i) === HEARD && this.#paths!.isClaimed(group, list.contact(lookup, i)))
        list.setState(lookup, i, UNREACHABLE);
    }
  }

  /**
   * Asks those once more that were given up before it was known how much the network loses; true when
   * there are any. Otherwise a node that loses half of its messages takes many live nodes for dead.
   */
  #recall(lookup: number, now: number): boolean {
    const { profile } = this.#context;
    if (this.pool.recalled[lookup] === 1) return false;
    this.pool.recalled[lookup] = 1;
    const attempts = this.#requests.roundTrips.attempts(this.pool.nodes[lookup]!);
    if (attempts <= profile.requestAttempts) return false;
    const list = this.shortlists;
    let answered = 0;
    let recalled = 0;
    for (let i = 0; i < list.length(lookup) && answered < profile.k; i++) {
      if (list.state(lookup, i) === QUERIED) answered++;
      if (list.state(lookup, i) !== UNREACHABLE) continue;
      this.#query(lookup, i, now);
      recalled++;
    }
    return recalled > 0;
  }

  #query(lookup: number, position: number, now: number): void {
    const contact = this.shortlists.contact(lookup, position);
    const hop = this.shortlists.hop(lookup, position);
    this.shortlists.setState(lookup, position, WAITING);
    if (hop === 1) this.pool.seedsAsked[lookup]!++;
    this.#send(lookup, contact, { hop, now });
  }

  #send(lookup: number, contact: KeyHandle, { hop, now }: Hearing): void {
    const group = this.pool.groups[lookup]!;
    if (group !== NO_GROUP) this.#paths!.claim(group, contact, lookup);
    this.pool.inFlight[lookup]!++;
    this.pool.asked[lookup]!++;
    this.#context.trace?.step('lookup.queried', now, {
      node: this.#self(lookup),
      lookup: this.pool.serials[lookup]!,
      operation: this.pool.operations[lookup]!,
      key: this.pool.targets[lookup]!,
      peer: contact,
      hop,
    });
    this.#requests.send(
      {
        node: this.pool.nodes[lookup]!,
        contact,
        kind: this.pool.kinds[lookup]!,
        key: this.pool.targets[lookup]!,
        record: null,
        ownerType: OWNER_LOOKUP,
        owner: lookup,
        lookup: this.pool.serials[lookup]!,
        operation: this.pool.operations[lookup]!,
      },
      now,
    );
  }

  #finish(lookup: number, end: LookupEnd, now: number): void {
    const node = this.pool.nodes[lookup]!;
    const target = this.pool.targets[lookup]!;
    const index = this.#tables.bucketIndex(node, target);
    this.#tables.buckets.markRefreshed(this.#tables.bucket(node, index), now);
    this.#context.trace?.step('lookup.finished', now, {
      node: this.#self(lookup),
      lookup: this.pool.serials[lookup]!,
      operation: this.pool.operations[lookup]!,
      key: this.pool.targets[lookup]!,
      hop: this.shortlists.depth(lookup),
      count: this.pool.asked[lookup]!,
      detail: end,
    });
    this.pool.phases[lookup] = ENDED;
    const group = this.pool.groups[lookup]!;
    if (this.pool.isDoubted[lookup] === 1) this.#paths!.withdraw(lookup, now);
    if (group === NO_GROUP)
      this.#listener.lookupFinished(this.pool.operations[lookup]!, lookup, end, now);
    else this.#paths!.pathEnded(group, end, now);
    if (group === NO_GROUP) this.release(lookup);
  }

  /** The running lookup that waits for the request in `slot`; -1 when it has ended. */
  #lookupOf(slot: number): number {
    const lookup = this.#requests.owner(slot);
    return this.pool.serials[lookup] === this.#requests.lookup(slot) ? lookup : -1;
  }

  /** False also while the listener is being told of the end. */
  #isRunning(lookup: number): boolean {
    return this.pool.serials[lookup]! >= 0 && this.pool.phases[lookup] !== ENDED;
  }

  #self(lookup: number): KeyHandle {
    return this.#context.self.key(this.pool.nodes[lookup]!);
  }

  #begin(identity: LookupIdentity, group: number, now: number): number {
    const lookup = this.pool.take(identity, group);
    const { node, target } = identity;
    this.#context.keys.retain(target);
    this.shortlists.reset(lookup, target, this.#context.self.key(node));
    this.#context.trace?.step('lookup.started', now, {
      node: this.#self(lookup),
      lookup: this.pool.serials[lookup]!,
      operation: this.pool.operations[lookup]!,
      key: target,
    });
    return lookup;
  }
}
