// Requests in flight: each has a slot, a serial number, and an owner to be told of its end.
//
// A request is *awaited* until its soft timeout; then it has *stalled*, is sent again, and its owner may
// ask somebody else. When it has been sent often enough it is *given up*: the owner is told that it
// failed. An answer that comes even later, but before the deadline, counts all the same.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Budgets } from './budget.ts';
import { REQUEST_TIMER } from './context.ts';
import type { Context } from './context.ts';
import { enlarge, grown } from './int-arena.ts';
import { estimateBytes, Message } from './message.ts';
import { RequestQueue } from './request-queue.ts';
import { RoundTrips } from './round-trips.ts';
import type { ValueRecord } from '../store/value-store.ts';

/** Who waits for a request. */
export const OWNER_NOBODY = 0;
export const OWNER_LOOKUP = 1;
export const OWNER_OPERATION = 2;
export const OWNER_PROBE = 3;
export const OWNER_CHECK = 4;

/** What a request asks, and for whom. */
export interface RequestOrder {
  node: number;
  contact: KeyHandle;
  kind: number;
  key: KeyHandle;
  record: ValueRecord | null;
  ownerType: number;
  owner: number;
  /** For the trace: the lookup and operation that the request serves; -1 for none. */
  lookup: number;
  operation: number;
}

/** Places in budgets, as bits. */
const IN_FLIGHT = 1;
const DIALING = 2;

const AWAITED = 0;
const STALLED = 1;
const GIVEN_UP = 2;

/** All requests in flight of a population. */
export class Requests {
  readonly roundTrips: RoundTrips;
  readonly #context: Context;
  readonly #message = new Message();
  #serials: Int32Array = new Int32Array(64).fill(-1);
  #nodes: Int32Array = new Int32Array(64);
  #contacts: Int32Array = new Int32Array(64);
  #kinds: Uint8Array = new Uint8Array(64);
  #keys: Int32Array = new Int32Array(64);
  #ownerTypes: Uint8Array = new Uint8Array(64);
  #owners: Int32Array = new Int32Array(64);
  #lookups: Int32Array = new Int32Array(64);
  #operations: Int32Array = new Int32Array(64);
  #attempts: Uint8Array = new Uint8Array(64);
  #phases: Uint8Array = new Uint8Array(64);
  #sentAt: Float64Array = new Float64Array(64);
  #bytes: Int32Array = new Int32Array(64);
  readonly #records: (ValueRecord | null)[] = [];
  /** The places in budgets that a request holds. */
  #admitted: Uint8Array = new Uint8Array(64);
  /** 1 for a request whose contact had to be dialed. */
  #dials: Uint8Array = new Uint8Array(64);
  /** Those who wait for a place among the requests in flight, and those who need one among the dials too. */
  readonly #queue = new RequestQueue();
  readonly #dialQueue = new RequestQueue();
  readonly #free: number[] = [];
  readonly #isWanted = (slot: number, serial: number): boolean => this.isPending(slot, serial);
  #length = 0;
  #nextSerial = 0;
  /** Messages sent so far, retransmissions included. */
  sent = 0;

  constructor(context: Context, capacity = 1) {
    this.#context = context;
    this.roundTrips = new RoundTrips(context.profile, capacity);
  }

  /** Requests in flight now. */
  get inFlight(): number {
    return this.#length - this.#free.length;
  }

  /** Slots in use, and free ones among them, whose serial number is -1. */
  get slots(): number {
    return this.#length;
  }

  /** Sends a request that has an answer, is confirmed by the transport, or fails in time. */
  send(order: RequestOrder, now: number): void {
    const slot = this.#register(order);
    if (this.#admits(slot)) this.#transmit(slot, now);
    else this.#wait(slot);
  }

  /** Names whoever has been asked, or is to be. */
  eachContact(visit: (contact: KeyHandle) => void): void {
    for (let slot = 0; slot < this.#length; slot++)
      if (this.#serials[slot]! >= 0) visit(this.#contacts[slot]!);
  }

  /** Requests of a node that wait for others to end. */
  waiting(node: number): number {
    return this.#queue.size(node) + this.#dialQueue.size(node);
  }

  /** Ends the requests of a node that have not been sent: it goes offline. */
  dropWaiting(node: number, now: number): void {
    // Those that come meanwhile are behind these.
    for (let left = this.waiting(node); left > 0; left--) {
      const slot = this.#takeWaiting(node, true);
      if (slot >= 0) this.finish(slot, now);
    }
  }

  #wait(slot: number): void {
    const queue = this.#dials[slot] === 1 ? this.#dialQueue : this.#queue;
    queue.push(this.#nodes[slot]!, slot, this.#serials[slot]!);
  }

  #admits(slot: number): boolean {
    const { budgets, host } = this.#context;
    const node = this.#nodes[slot]!;
    const needsDial = host.needsDial?.(node, this.#contacts[slot]!) === true;
    this.#dials[slot] = needsDial ? 1 : 0;
    if (budgets === null) return true;
    const { requestsInFlight, dialsInFlight } = budgets;
    if (!requestsInFlight.admit(node)) return false;
    if (needsDial && !dialsInFlight.admit(node)) {
      requestsInFlight.release(node);
      return false;
    }
    this.#admitted[slot] = needsDial ? IN_FLIGHT | DIALING : IN_FLIGHT;
    return true;
  }

  /** The request of a node that waits longest, which waits no more; -1 when there is none. */
  #takeWaiting(node: number, mayDial: boolean): number {
    const plain = this.#queue.first(node, this.#isWanted);
    const dial = mayDial ? this.#dialQueue.first(node, this.#isWanted) : -1;
    const isDial = plain < 0 || (dial >= 0 && this.#serials[dial]! < this.#serials[plain]!);
    const slot = isDial ? dial : plain;
    if (slot >= 0) (isDial ? this.#dialQueue : this.#queue).shift(node);
    return slot;
  }

  /** The request needs its places in budgets no longer: somebody who waits takes them. */
  #releaseBudget(slot: number, now: number): void {
    const places = this.#admitted[slot]!;
    if (places === 0) return;
    this.#admitted[slot] = 0;
    const node = this.#nodes[slot]!;
    const budgets = this.#context.budgets!;
    budgets.requestsInFlight.release(node);
    if ((places & DIALING) !== 0) budgets.dialsInFlight.release(node);
    this.#wake(node, budgets, now);
  }

  /** Sends what waits and has room now. Whoever has to dial holds up nobody who has not. */
  #wake(node: number, { requestsInFlight, dialsInFlight }: Budgets, now: number): void {
    while (requestsInFlight.hasRoom(node)) {
      const slot = this.#takeWaiting(node, dialsInFlight.hasRoom(node));
      if (slot < 0) return;
      // A connection that has been closed meanwhile takes a dial after all.
      if (this.#admits(slot)) this.#transmit(slot, now);
      else this.#wait(slot);
    }
  }

  #register(order: RequestOrder): number {
    const slot = this.#take();
    this.#serials[slot] = this.#nextSerial++;
    this.#nodes[slot] = order.node;
    this.#contacts[slot] = order.contact;
    this.#kinds[slot] = order.kind;
    this.#keys[slot] = order.key;
    this.#ownerTypes[slot] = order.ownerType;
    this.#owners[slot] = order.owner;
    this.#lookups[slot] = order.lookup;
    this.#operations[slot] = order.operation;
    this.#attempts[slot] = 0;
    this.#phases[slot] = AWAITED;
    this.#bytes[slot] = 0;
    this.#records[slot] = order.record;
    if (order.key >= 0) this.#context.keys.retain(order.key);
    return slot;
  }

  /** Whether `slot` still holds the request with this serial number. */
  isPending(slot: number, serial: number): boolean {
    return slot >= 0 && slot < this.#length && this.#serials[slot] === serial;
  }

  /** Whether a response to `node` answers one of its requests: the same slot, number, contact and kind. */
  isAnswer(node: number, message: Message): boolean {
    const { slot, rpc, from } = message;
    return (
      this.isPending(slot, rpc) &&
      this.#nodes[slot] === node &&
      this.#contacts[slot] === from &&
      this.#kinds[slot] === message.kind
    );
  }

  /** Whether an overdue request is sent once more. */
  canRepeat(slot: number, now: number): boolean {
    const node = this.#nodes[slot]!;
    return (
      this.#context.profile.repeatsRequests &&
      this.#attempts[slot]! < this.roundTrips.attempts(node) &&
      now + this.roundTrips.softTimeoutMs(node) <= this.#deadline(slot)
    );
  }

  /** Sends an overdue request once more. */
  repeat(slot: number, now: number): void {
    this.#transmit(slot, now);
  }

  /** Whether an overdue request is waited for until its deadline, because it cannot have been lost. */
  canWait(slot: number, now: number): boolean {
    const { repeatsRequests } = this.#context.profile;
    return !repeatsRequests && this.isAwaited(slot) && now < this.#deadline(slot);
  }

  /** Sets the timer for the deadline of a request that has stalled. */
  awaitDeadline(slot: number): void {
    const { host } = this.#context;
    host.setTimer(this.#deadline(slot), REQUEST_TIMER, slot, this.#serials[slot]!);
  }

  /** Whether the answer is not overdue yet. */
  isAwaited(slot: number): boolean {
    return this.#phases[slot] === AWAITED;
  }

  /** Whether the owner has been told that the request failed. */
  isGivenUp(slot: number): boolean {
    return this.#phases[slot] === GIVEN_UP;
  }

  /** Notes that the soft timeout has passed. */
  stall(slot: number): void {
    this.#phases[slot] = STALLED;
  }

  /** Keeps a request whose owner has been told of its failure for an answer that comes even later, or ends it if its time is over. */
  giveUp(slot: number, now: number): void {
    const deadline = this.#deadline(slot);
    if (deadline <= now) {
      this.finish(slot, now);
      return;
    }
    this.#releaseBudget(slot, now);
    this.#phases[slot] = GIVEN_UP;
    if (this.#ownerTypes[slot] !== OWNER_LOOKUP) this.#ownerTypes[slot] = OWNER_NOBODY;
    this.#context.host.setTimer(deadline, REQUEST_TIMER, slot, this.#serials[slot]!);
  }

  /** An answer came: measures the round trip. */
  measure(slot: number, now: number): void {
    this.roundTrips.observe(this.#nodes[slot]!, now - this.#sentAt[slot]!, this.#attempts[slot]!);
  }

  /** Ends a request and frees its slot. */
  finish(slot: number, now: number): void {
    if (this.#keys[slot]! >= 0) this.#context.keys.release(this.#keys[slot]!);
    this.#records[slot] = null;
    this.#serials[slot] = -1;
    this.#free.push(slot);
    this.#releaseBudget(slot, now);
  }

  node(slot: number): number {
    return this.#nodes[slot]!;
  }

  contact(slot: number): KeyHandle {
    return this.#contacts[slot]!;
  }

  kind(slot: number): number {
    return this.#kinds[slot]!;
  }

  /** The key that the request is about; -1 for none. */
  key(slot: number): KeyHandle {
    return this.#keys[slot]!;
  }

  serial(slot: number): number {
    return this.#serials[slot]!;
  }

  ownerType(slot: number): number {
    return this.#ownerTypes[slot]!;
  }

  owner(slot: number): number {
    return this.#owners[slot]!;
  }

  /** The lookup and operation that the request serves, for the trace. */
  lookup(slot: number): number {
    return this.#lookups[slot]!;
  }

  operation(slot: number): number {
    return this.#operations[slot]!;
  }

  /** When the request was sent first. */
  sentAt(slot: number): number {
    return this.#sentAt[slot]!;
  }

  /** Bytes sent for the request so far, estimated. */
  bytes(slot: number): number {
    return this.#bytes[slot]!;
  }

  /** Dials that the request cost: 1 or 0. */
  dials(slot: number): number {
    return this.#dials[slot]!;
  }

  #deadline(slot: number): number {
    return this.#sentAt[slot]! + this.#context.profile.requestTimeoutMs;
  }

  #transmit(slot: number, now: number): void {
    const { host, trace, self, budgets, profile } = this.#context;
    const message = this.#message;
    const node = this.#nodes[slot]!;
    if (this.#attempts[slot]!++ === 0) this.#sentAt[slot] = now;
    this.sent++;
    message.kind = this.#kinds[slot]!;
    message.from = self.key(node);
    message.fromServer = self.isServer(node);
    message.to = this.#contacts[slot]!;
    message.rpc = this.#serials[slot]!;
    message.slot = slot;
    message.key = this.#keys[slot]!;
    message.record = this.#records[slot]!;
    const bytes = estimateBytes(message);
    this.#bytes[slot]! += bytes;
    message.traceEvent =
      trace === null
        ? -1
        : trace.step('rpc.sent', now, {
            node: message.from,
            peer: message.to,
            kind: message.kind,
            rpc: message.rpc,
            lookup: this.#lookups[slot]!,
            operation: this.#operations[slot]!,
            key: message.key,
            bytes,
          });
    // What exceeds the upload budget is not sent, as if it were lost: it is sent again. Where nothing is, others could
    // make a node give up its contacts by asking so much that its own requests find the budget used up.
    const isAdmitted = budgets === null || budgets.upload.admit(node, bytes, now);
    if (isAdmitted || !profile.repeatsRequests) host.send(message);
    const timeout = this.roundTrips.softTimeoutMs(node);
    host.setTimer(now + timeout, REQUEST_TIMER, slot, message.rpc);
  }

  #take(): number {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#length === this.#serials.length) this.#grow();
    return this.#length++;
  }

  #grow(): void {
    const capacity = grown(this.#serials.length);
    this.#serials = enlarge(this.#serials, capacity);
    this.#nodes = enlarge(this.#nodes, capacity);
    this.#contacts = enlarge(this.#contacts, capacity);
    this.#kinds = enlarge(this.#kinds, capacity);
    this.#keys = enlarge(this.#keys, capacity);
    this.#ownerTypes = enlarge(this.#ownerTypes, capacity);
    this.#owners = enlarge(this.#owners, capacity);
    this.#lookups = enlarge(this.#lookups, capacity);
    this.#operations = enlarge(this.#operations, capacity);
    this.#attempts = enlarge(this.#attempts, capacity);
    this.#phases = enlarge(this.#phases, capacity);
    this.#sentAt = enlarge(this.#sentAt, capacity);
    this.#bytes = enlarge(this.#bytes, capacity);
    this.#admitted = enlarge(this.#admitted, capacity);
    this.#dials = enlarge(this.#dials, capacity);
  }
}
