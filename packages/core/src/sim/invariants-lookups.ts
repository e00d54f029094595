// Invariants of lookups (§2.3) and their shortlists.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Message } from '../kademlia/message.ts';
import { CONVERGING, ENDED } from '../kademlia/lookup-pool.ts';
import type { LookupPool } from '../kademlia/lookup-pool.ts';
import type { Operation } from '../kademlia/operation.ts';
import { OWNER_LOOKUP } from '../kademlia/requests.ts';
import { HEARD, QUERIED, UNREACHABLE, WAITING } from '../kademlia/shortlist.ts';
import type { World } from './invariants-world.ts';

/** Groups of paths whose requests are remembered, at most. */
const GROUPS_MAX = 256;

/** Checks lookups of watched nodes. */
export class LookupChecks {
  readonly #world: World;
  /** Whom each lookup has asked, by its place: how often. */
  readonly #asked: { serial: number; contacts: Map<KeyHandle, number> }[] = [];
  /** Which path of a group has asked a contact. */
  readonly #claims = new Map<number, Map<KeyHandle, number>>();
  /** Whom the running operations have had an answer from, in their lookups. */
  readonly #answered = new Map<number, Set<KeyHandle>>();
  #verified = -1;

  constructor(world: World) {
    this.#world = world;
  }

  get #pool(): LookupPool {
    return this.#world.engine().lookups.pool;
  }

  /** A lookup of a watched node asks somebody. */
  asks(message: Message): void {
    const { requests, lookups } = this.#world.engine();
    const { slot, from: node, to: contact } = message;
    if (requests.ownerType(slot) !== OWNER_LOOKUP) return;
    const { fail } = this.#world;
    const pool = this.#pool;
    const lookup = requests.owner(slot);
    if (pool.serials[lookup] !== requests.lookup(slot) || pool.nodes[lookup] !== node) {
      fail('lookup-waiting', node, `it asks ${contact} for no lookup that is running`);
      return;
    }
    if (pool.targets[lookup] !== message.key || pool.kinds[lookup] !== message.kind)
      fail('lookup-waiting', node, `it asks ${contact} something else than its lookup wants`);
    this.#checkWindow(lookup);
    this.#checkTurn(lookup, contact);
    this.#note(lookup, contact);
    if (lookups.shortlists.target(lookup) !== message.key)
      fail('lookup-sorted', node, `its shortlist has another target than its lookup`);
  }

  #checkWindow(lookup: number): void {
    const { fail, profile } = this.#world;
    const pool = this.#pool;
    if (pool.phases[lookup] !== CONVERGING) return;
    const inFlight = pool.inFlight[lookup]!;
    const ended = pool.asked[lookup]! - inFlight;
    const ramp = pool.urgent[lookup] === 1 ? profile.alpha : profile.initialAlpha + ended;
    if (inFlight > Math.min(profile.alpha, ramp))
      fail('lookup-alpha', pool.nodes[lookup]!, `${inFlight} requests are in flight`);
  }

  /** Nobody closer waits to be asked, and fewer than k are closer that can be reached. */
  #checkTurn(lookup: number, contact: KeyHandle): void {
    const { engine, fail, profile } = this.#world;
    const list = engine().lookups.shortlists;
    const pool = this.#pool;
    const node = pool.nodes[lookup]!;
    let reachable = 0;
    for (let i = 0; i < list.length(lookup); i++) {
      const state = list.state(lookup, i);
      if (list.contact(lookup, i) === contact) {
        if (state !== WAITING) fail('lookup-waiting', node, `it asks ${contact} and does not wait`);
        return;
      }
      if (state === HEARD) {
        fail('lookup-greedy', node, `it asks ${contact} and not ${list.contact(lookup, i)}`);
        return;
      }
      if (state !== UNREACHABLE) reachable++;
      if (reachable < profile.k || pool.recalled[lookup] === 1) continue;
      fail(
        'lookup-greedy',
        node,
        `it asks ${contact}, and ${reachable} closer ones can be reached`,
      );
      return;
    }
    // Whoever is asked once more is no longer unreachable, which shortens the list: he may fall off its end.
    if (pool.recalled[lookup] === 0)
      fail('lookup-greedy', node, `it asks ${contact}, which is not in its shortlist`);
  }

  #note(lookup: number, contact: KeyHandle): void {
    const { fail } = this.#world;
    const pool = this.#pool;
    const node = pool.nodes[lookup]!;
    const serial = pool.serials[lookup]!;
    const known = this.#asked[lookup];
    const { contacts } = known?.serial === serial ? known : { contacts: new Map() };
    this.#asked[lookup] = { serial, contacts };
    const times = (contacts.get(contact) ?? 0) + 1;
    contacts.set(contact, times);
    if (times > (pool.recalled[lookup] === 1 ? 2 : 1))
      fail('lookup-once', node, `it asks ${contact} again`);
    const group = pool.groups[lookup]!;
    if (group < 0) return;
    let claims = this.#claims.get(group);
    if (claims === undefined) this.#claims.set(group, (claims = new Map()));
    const path = claims.get(contact) ?? serial;
    if (path !== serial) fail('lookup-disjoint', node, `two paths ask ${contact}`);
    claims.set(contact, serial);
    if (this.#claims.size > GROUPS_MAX) this.#claims.delete(this.#claims.keys().next().value!);
  }

  /** Somebody answers a request of a lookup of a watched node. */
  answers(slot: number, contact: KeyHandle): void {
    const { requests } = this.#world.engine();
    if (requests.ownerType(slot) !== OWNER_LOOKUP) return;
    const operation = requests.operation(slot);
    let answered = this.#answered.get(operation);
    if (answered === undefined) this.#answered.set(operation, (answered = new Set()));
    answered.add(contact);
  }

  /** Everything that holds of the running lookups of a node. */
  ofNode(node: number): void {
    const pool = this.#pool;
    for (let lookup = 0; lookup < pool.length; lookup++) {
      if (pool.serials[lookup]! < 0 || pool.nodes[lookup] !== node) continue;
      if (pool.phases[lookup] !== ENDED) this.#lookup(lookup);
    }
  }

  #lookup(lookup: number): void {
    const { fail } = this.#world;
    const pool = this.#pool;
    const node = pool.nodes[lookup]!;
    this.#shortlist(lookup);
    const waited = this.#waitedFor(lookup);
    if (waited.awaited !== pool.inFlight[lookup])
      fail(
        'lookup-in-flight',
        node,
        `${waited.awaited} requests, ${pool.inFlight[lookup]} counted`,
      );
    // A lookup that doubts its result waits for a path that belongs to another.
    if (waited.contacts.size === 0 && pool.isDoubted[lookup] === 0)
      fail('lookup-alive', node, `lookup ${pool.serials[lookup]} waits for nobody`);
    const list = this.#world.engine().lookups.shortlists;
    for (let i = 0; i < list.length(lookup); i++) {
      const contact = list.contact(lookup, i);
      const state = list.state(lookup, i);
      const isAsked = waited.contacts.has(contact);
      // Of somebody who was asked a second time the answer to the first may come late.
      const isRight = state === WAITING ? isAsked : state === QUERIED || !isAsked;
      if (!isRight) fail('lookup-waiting', node, `${contact} is in state ${state}`);
    }
  }

  /** The contacts that a lookup has asked and not given up, and how many of their answers are not overdue. */
  #waitedFor(lookup: number): { awaited: number; contacts: Set<KeyHandle> } {
    const { requests } = this.#world.engine();
    const contacts = new Set<KeyHandle>();
    const serial = this.#pool.serials[lookup]!;
    let awaited = 0;
    for (let slot = 0; slot < requests.slots; slot++) {
      if (requests.serial(slot) < 0 || requests.ownerType(slot) !== OWNER_LOOKUP) continue;
      if (requests.owner(slot) !== lookup || requests.lookup(slot) !== serial) continue;
      if (requests.isAwaited(slot)) awaited++;
      if (!requests.isGivenUp(slot)) contacts.add(requests.contact(slot));
    }
    return { awaited, contacts };
  }

  #shortlist(lookup: number): void {
    const { engine, fail, keys } = this.#world;
    const list = engine().lookups.shortlists;
    const node = this.#pool.nodes[lookup]!;
    const target = this.#pool.targets[lookup]!;
    const length = list.length(lookup);
    if (length > list.capacity) fail('lookup-sorted', node, `${length} contacts in a shortlist`);
    if (list.target(lookup) !== target)
      fail('lookup-sorted', node, 'its shortlist has another target');
    for (let i = 0; i < length; i++) {
      const contact = list.contact(lookup, i);
      if (contact === node) fail('lookup-unique', node, 'its shortlist names the node itself');
      if (list.distance(lookup, i) !== keys.distancePrefix(contact, target))
        fail('lookup-sorted', node, `its shortlist has ${contact} at a wrong distance`);
      if (i === 0) continue;
      const order = keys.compareDistance(target, list.contact(lookup, i - 1), contact);
      if (order === 0) fail('lookup-unique', node, `its shortlist names ${contact} twice`);
      else if (order > 0) fail('lookup-sorted', node, `${contact} is closer than its predecessor`);
    }
  }

  /** Looks at the lookup of an operation of a watched node that has just ended, while it is still there. */
  ended(operation: Operation): void {
    const { engine, profile } = this.#world;
    const pool = this.#pool;
    if (!engine().isActive(operation.node) || isSatisfied(operation, profile.optimisticProvide))
      return;
    let last = -1;
    for (let lookup = 0; lookup < pool.length; lookup++) {
      const serial = pool.serials[lookup]!;
      if (serial <= this.#verified || pool.operations[lookup] !== operation.id) continue;
      if (pool.phases[lookup] !== ENDED || pool.groups[lookup]! >= 0) continue;
      // The next lookup of an operation begins, and may end, before the one that ended has gone.
      if (last < 0 || serial > pool.serials[last]!) last = lookup;
    }
    if (last < 0) return;
    this.#verified = pool.serials[last]!;
    this.#complete(last, operation);
  }

  #complete(lookup: number, operation: Operation): void {
    const { engine, fail, profile } = this.#world;
    const list = engine().lookups.shortlists;
    const { node, closest } = operation;
    const answered: KeyHandle[] = [];
    for (let i = 0; i < list.length(lookup) && answered.length < profile.k; i++) {
      const state = list.state(lookup, i);
      const contact = list.contact(lookup, i);
      if (state === QUERIED) answered.push(contact);
      else if (state !== UNREACHABLE)
        fail('lookup-complete', node, `its lookup ended, and ${contact} has not answered`);
    }
    if (answered.length !== closest.length || answered.some((one, i) => one !== closest[i]))
      fail(
        'lookup-results',
        node,
        `its lookup found ${answered.join()}, and returned ${closest.join()}`,
      );
  }

  /** The result of an operation of a watched node. */
  result(operation: Operation): void {
    const { engine, fail, keys, profile } = this.#world;
    const { closest, node } = operation;
    const target = operation.lookedUp;
    if (closest.length > profile.k) fail('lookup-results', node, `${closest.length} contacts`);
    if (operation.lookups === 0) return;
    const answered = this.#answered.get(operation.id);
    for (let i = 0; i < closest.length; i++) {
      const contact = closest[i]!;
      if (contact === node) fail('lookup-results', node, 'it found itself');
      if (answered?.has(contact) !== true)
        fail('lookup-answered', node, `its result has ${contact}, which has not answered`);
      // The targets of explorations and refreshes are not held any more.
      const isHeld = i > 0 && target === operation.target;
      if (isHeld && keys.compareDistance(target, closest[i - 1]!, contact) >= 0)
        fail('lookup-results', node, `${contact} is not farther than its predecessor`);
    }
    for (const running of engine().operations) if (running.id === operation.id) return;
    this.#answered.delete(operation.id);
  }

  /** Forgets operations that are not running any more. */
  purge(): void {
    if (this.#answered.size === 0) return;
    const running = new Set<number>();
    for (const { id } of this.#world.engine().operations) running.add(id);
    for (const id of this.#answered.keys()) if (!running.has(id)) this.#answered.delete(id);
  }
}

/** Whether an operation may have ended its lookup because it has what it wanted. */
function isSatisfied(operation: Operation, isOptimistic: boolean): boolean {
  if (operation.kind === 'findPeer') return operation.reached;
  if (operation.kind === 'provide') return isOptimistic;
  return operation.wanted > 0 && operation.count >= operation.wanted;
}
