// Invariants of requests, their timers and their ends.
import { REFRESH_TIMER, REQUEST_TIMER } from '../kademlia/context.ts';
import type { Message } from '../kademlia/message.ts';
import { OWNER_CHECK } from '../kademlia/requests.ts';
import { REFRESH, REQUEST_OVERDUE, RESPONSE } from './invariants-world.ts';
import type { Turn, World } from './invariants-world.ts';

/** A tick is a sixteenth of a millisecond, so events happen up to half a tick early or late. */
const TICK_MS = 1 / 16;

/** A request as it was sent. */
interface Sent {
  serial: number;
  node: number;
  contact: number;
  kind: number;
  firstAt: number;
  attempts: number;
  timerAt: number;
}

/** Doubles from the start: V8 lays a field out anew when its first whole number turns out to be none. */
function noneSent(): Sent {
  const never = Number.NEGATIVE_INFINITY;
  return {
    serial: -1,
    node: -1,
    contact: -1,
    kind: 0,
    firstAt: never,
    attempts: 0,
    timerAt: never,
  };
}

/** Follows requests from what leaves and enters the engine, and holds that against what the engine says. */
export class RequestChecks {
  readonly #world: World;
  readonly #slots: Sent[] = [];
  /** The refresh timer that was set last, by node: its serial number, and when it rings. */
  readonly #refreshes = new Map<number, { serial: number; at: number }>();
  #nextSerial = 0;
  #sent = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Whether a message answers a request that waits for it. */
  isAnswer(node: number, message: Message): boolean {
    const { requests } = this.#world.engine();
    const { slot, rpc, from } = message;
    const sent = this.#slots[slot];
    if (sent === undefined || sent.serial !== rpc || requests.serial(slot) !== rpc) return false;
    return sent.node === node && sent.contact === from;
  }

  /** Whether `slot` waits for the request with this serial number. */
  isCurrent(slot: number, serial: number): boolean {
    return (
      this.#slots[slot]?.serial === serial && this.#world.engine().requests.serial(slot) === serial
    );
  }

  /** The engine sends a request; returns whether it does so for the first time. */
  sent(message: Message, now: number): boolean {
    const { slot, rpc } = message;
    this.#sent++;
    const sent = this.#slots[slot];
    if (sent === undefined || sent.serial !== rpc) {
      this.#register(message, now);
      return true;
    }
    this.#repeated(sent, message, now);
    return false;
  }

  #register(message: Message, now: number): void {
    const { fail } = this.#world;
    const { slot, rpc, from, to, kind } = message;
    if (rpc < this.#nextSerial) fail('request-serial', from, `number ${rpc} is used again`);
    this.#nextSerial = rpc + 1;
    const sent = (this.#slots[slot] ??= noneSent());
    sent.serial = rpc;
    sent.node = from;
    sent.contact = to;
    sent.kind = kind;
    sent.firstAt = now;
    sent.attempts = 1;
    sent.timerAt = Number.NEGATIVE_INFINITY;
  }

  #repeated(sent: Sent, message: Message, now: number): void {
    const { engine, fail, profile } = this.#world;
    const { from, to, kind, rpc } = message;
    if (sent.node !== from || sent.contact !== to || sent.kind !== kind)
      fail('request-repeated', from, `request ${rpc} became another`);
    if (now + TICK_MS < sent.timerAt)
      fail('request-repeated', from, `request ${rpc} is repeated before it is overdue`);
    const worthwhile = engine().requests.roundTrips.attempts(from);
    if (++sent.attempts > Math.max(worthwhile, profile.requestAttempts))
      fail('request-attempts', from, `request ${rpc} is sent ${sent.attempts} times`);
  }

  /** The engine sets a timer. */
  timerSet(atMs: number, kind: number, a: number, b: number): void {
    if (kind === REQUEST_TIMER) this.#requestTimer(atMs, a, b);
    else if (kind === REFRESH_TIMER) this.#refreshes.set(a, { serial: b, at: atMs });
  }

  #requestTimer(atMs: number, slot: number, serial: number): void {
    const { fail, profile } = this.#world;
    const sent = this.#slots[slot];
    if (sent === undefined || sent.serial !== serial) {
      fail(
        'request-timer',
        -1,
        `a timer for request ${serial}, which was not sent from slot ${slot}`,
      );
      return;
    }
    sent.timerAt = atMs;
    if (atMs > sent.firstAt + profile.requestTimeoutMs + TICK_MS)
      fail('request-deadline', sent.node, `request ${serial} has a timer after its deadline`);
  }

  /** What the event was allowed to do to requests. */
  after(turn: Turn): void {
    const { engine, fail } = this.#world;
    const { requests } = engine();
    const { kind, slot, node, serialBefore } = turn;
    if (kind === REFRESH) this.#refreshed(turn);
    if (slot < 0) return;
    const serial = requests.serial(slot) ?? -1;
    if (turn.isCurrent) {
      if (kind === RESPONSE && serial === serialBefore)
        fail('request-ended', node, `request ${serial} was answered and has not ended`);
      return;
    }
    if (turn.isIdle && serial === serialBefore) return;
    if (kind === RESPONSE) fail('reply-bound', node, `it took an answer that it had not asked for`);
    else if (kind === REQUEST_OVERDUE)
      fail('timer-bound', node, `the timer of a request that had ended did something`);
  }

  /** Whether the refresh timer of a node that rang is the one that was set last. */
  isRefreshing(node: number, serial: number): boolean {
    const refresh = this.#refreshes.get(node);
    return refresh?.serial === serial && this.#world.engine().isActive(node);
  }

  #refreshed(turn: Turn): void {
    const { fail, profile } = this.#world;
    const { node, now } = turn;
    if (!turn.isCurrent) {
      if (!turn.isIdle) fail('refresh-timer', node, 'a refresh timer that was stopped rang');
      return;
    }
    const at = this.#refreshes.get(node)?.at ?? 0;
    // The node may have been taken offline by what it set off.
    const isLate = Math.abs(at - now - profile.refreshIntervalMs) > TICK_MS;
    if (isLate && this.#world.engine().isActive(node))
      fail('refresh-timer', node, `the next refresh is ${at - now} ms away`);
  }

  /** Every request in flight, and their number. */
  all(now: number): void {
    const { engine, fail, profile } = this.#world;
    const { requests, checking } = engine();
    let pending = 0;
    let checks = 0;
    for (let slot = 0; slot < requests.slots; slot++) {
      const serial = requests.serial(slot);
      if (serial < 0) continue;
      pending++;
      if (requests.ownerType(slot) === OWNER_CHECK) checks++;
      const node = requests.node(slot);
      const sent = this.#slots[slot];
      if (
        sent?.serial !== serial ||
        sent.node !== node ||
        sent.contact !== requests.contact(slot)
      ) {
        fail('request-slots', node, `slot ${slot} holds a request that was not sent`);
        continue;
      }
      if (sent.timerAt + TICK_MS < now)
        fail('request-timer', node, `nobody wakes request ${serial}`);
      if (sent.firstAt + profile.requestTimeoutMs + TICK_MS < now)
        fail('request-deadline', node, `request ${serial} outlives its deadline`);
    }
    if (pending !== requests.inFlight)
      fail('request-slots', -1, `${pending} slots are taken, and ${requests.inFlight} counted`);
    if (requests.sent !== this.#sent)
      fail('request-slots', -1, `${this.#sent} messages were sent, and ${requests.sent} counted`);
    if (checks !== checking)
      fail('newcomer-checks', -1, `${checks} newcomers are asked, and ${checking} counted`);
  }

  /** What a node has measured leads to sensible timeouts. */
  timeouts(node: number): void {
    const { engine, fail, profile } = this.#world;
    const { roundTrips } = engine().requests;
    const timeout = roundTrips.softTimeoutMs(node);
    const least = Math.min(profile.firstSoftTimeoutMs, profile.leastSoftTimeoutMs);
    if (!(timeout >= least && timeout <= profile.requestTimeoutMs))
      fail('timeout-bounds', node, `an answer is overdue after ${timeout} ms`);
    const attempts = roundTrips.attempts(node);
    if (!(attempts >= profile.requestAttempts && attempts <= ATTEMPTS_MAX))
      fail('timeout-bounds', node, `a request is sent ${attempts} times`);
  }
}

/** However much is lost: what `round-trips.ts` says. */
const ATTEMPTS_MAX = 16;
