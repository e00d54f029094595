// Invariants: what must be true of engine and network at every moment of every simulation, whatever happens.
//
// `Invariants` sits between the simulation and the engine. It sees each event before and after the engine
// does, and everything that the engine asks of its host. The nodes that it watches are checked after every
// event that touches them; the others when their turn comes; and what concerns all of them now and then.
// docs/invariants.md lists what is checked. A broken one is our bug, and ends the simulation.
import type { KeyTable } from '../keyspace/key-table.ts';
import { REFRESH_TIMER, REQUEST_TIMER } from '../kademlia/context.ts';
import type { Host } from '../kademlia/context.ts';
import type { Kademlia } from '../kademlia/kademlia.ts';
import { ADD_PROVIDER, PUT_VALUE } from '../kademlia/message.ts';
import type { Message } from '../kademlia/message.ts';
import type { OperationEvent } from '../kademlia/operation.ts';
import type { Attendance } from './attendance.ts';
import { DELIVERED, ENGINE_TIMER, MESSAGE } from './event-codes.ts';
import { WANT_BLOCK } from './exchange.ts';
import { AnswerChecks } from './invariants-answers.ts';
import { KeyChecks } from './invariants-keys.ts';
import { Violation } from './invariants-list.ts';
import type { InvariantName } from './invariants-list.ts';
import { LookupChecks } from './invariants-lookups.ts';
import { OperationChecks } from './invariants-operations.ts';
import { RequestChecks } from './invariants-requests.ts';
import { StoreChecks } from './invariants-stores.ts';
import { TableChecks } from './invariants-tables.ts';
import {
  CONFIRMED,
  OTHER,
  REFRESH,
  REFUSED,
  REQUEST,
  REQUEST_OVERDUE,
  RESPONSE,
  Turn,
} from './invariants-world.ts';
import type { World } from './invariants-world.ts';
import type { Network } from './network.ts';
import { DEFAULT_SCENARIO } from './scenario.ts';
import type { Scenario } from './scenario.ts';
import type { Ground } from './setup.ts';

/** Networks up to this size are checked by default: what a look at all nodes costs shall not be felt. */
const SAMPLED_NODES_MAX = 5_000;

/** One node of so many is watched when checks are sampled: all checks together cost half the time again. */
const WATCHED_SHARE = 64;

/** Events from one look at a node to the next one, and between two looks at everything. */
const PATROL_EVENTS = { sampled: 512, all: 16 };
const OVERVIEW_EVENTS = { sampled: 65_536, all: 32 };

/** What the checks of a simulation are made of. */
export interface InvariantsParts extends Omit<Ground, 'attendance'> {
  readonly keys: KeyTable;
  readonly attendance: Pick<Attendance, 'count' | 'isOnline' | 'isUnreachable' | 'modeOf'>;
  readonly network: World['network'];
  /** Virtual time and the engine, which is made after its checks. */
  readonly simulation: { readonly engine: Kademlia; readonly now: number };
}

/** Checks of a simulation, on as its scenario says; `null` for none. */
export function createInvariants(
  ground: Ground,
  network: Network,
  simulation: InvariantsParts['simulation'],
): Invariants | null {
  const { checks } = ground.scenario;
  const { count, keys } = ground.attendance;
  if (checks === 'off' || (checks === 'sampled' && count > SAMPLED_NODES_MAX)) return null;
  return new Invariants({ ...ground, keys, network, simulation });
}

/** A host behind which checks see what the engine asks of it. */
export function watchedHost(host: Host, invariants: Invariants | null): Host {
  if (invariants === null) return host;
  return {
    ...host,
    send(message) {
      invariants.sent(message);
      host.send(message);
    },
    setTimer(atMs, kind, a, b) {
      invariants.timerSet(atMs, kind, a, b);
      host.setTimer(atMs, kind, a, b);
    },
    result(event) {
      invariants.result(event);
      host.result(event);
    },
  };
}

/** Checks a simulation while it runs. */
export class Invariants {
  /** Events seen so far. */
  events = 0;
  /** What becomes of a violation, if it is not thrown. */
  onViolation: ((violation: Violation) => void) | null = null;
  readonly #parts: InvariantsParts;
  readonly #world: World;
  readonly #turn = new Turn();
  readonly #tables: TableChecks;
  readonly #requests: RequestChecks;
  readonly #lookups: LookupChecks;
  readonly #answers: AnswerChecks;
  readonly #stores: StoreChecks;
  readonly #operations: OperationChecks;
  readonly #keys: KeyChecks;
  readonly #patrolEvents: number;
  readonly #overviewEvents: number;
  #arrived = 0;
  #droppedBefore = 0;
  #isRemembered = false;
  #patrolled = 0;

  constructor(parts: InvariantsParts) {
    const { scenario, attendance, adversaries } = parts;
    const isThorough = scenario.checks === 'all';
    const share = isThorough ? 1 : Math.min(WATCHED_SHARE, attendance.count);
    const first = scenario.seed % share;
    this.#parts = parts;
    this.#patrolEvents = isThorough ? PATROL_EVENTS.all : PATROL_EVENTS.sampled;
    this.#overviewEvents = isThorough ? OVERVIEW_EVENTS.all : OVERVIEW_EVENTS.sampled;
    this.#world = {
      profile: parts.profile,
      keys: parts.keys,
      attendance,
      network: parts.network,
      engine: () => parts.simulation.engine,
      isHostile: (contact) => adversaries?.isAdversary(contact) ?? false,
      invented: () => adversaries?.invented?.size ?? 0,
      isDiverse: scenario.diversity,
      isWatched: (node) => node % share === first,
      isThorough,
      fail: (name, node, detail) => this.#fail(name, node, detail),
    };
    this.#tables = new TableChecks(this.#world);
    this.#requests = new RequestChecks(this.#world);
    this.#lookups = new LookupChecks(this.#world);
    this.#answers = new AnswerChecks(this.#world);
    this.#stores = new StoreChecks(this.#world);
    this.#operations = new OperationChecks(this.#world);
    this.#keys = new KeyChecks(this.#world);
  }

  /** An event is about to be processed. */
  before(
    event: { readonly type: number; readonly a: number; readonly b: number },
    now: number,
  ): void {
    const { network } = this.#parts;
    const { type, a, b } = event;
    const turn = this.#turn;
    const last = this.#parts.simulation.now;
    if (now < last) this.#fail('time-monotone', -1, `after ${last} ms comes ${now} ms`);
    this.events++;
    turn.begin(OTHER, now, -1);
    this.#isRemembered = false;
    if (type === MESSAGE) {
      this.#arrived++;
      this.#droppedBefore = network.dropped;
      const message = network.message(a);
      if (message.kind !== WANT_BLOCK) this.#beginMessage(message);
    } else if (type === DELIVERED) this.#beginRequest(CONFIRMED, a, b);
    else if (type === ENGINE_TIMER + REQUEST_TIMER) this.#beginRequest(REQUEST_OVERDUE, a, b);
    else if (type === ENGINE_TIMER + REFRESH_TIMER) {
      turn.begin(REFRESH, now, a);
      turn.isCurrent = this.#requests.isRefreshing(a, b);
    }
    if (turn.node < 0 || turn.kind === REFRESH || !this.#world.isWatched(turn.node)) return;
    this.#remember();
  }

  /** What a test does by hand between two events: `message` reaches its receiver's engine. */
  beforeMessage(message: Message, now: number): void {
    this.#turn.begin(OTHER, now, -1);
    this.#beginMessage(message);
    this.#remember();
  }

  /** Notes what was there before the event at its node, which is watched. */
  #remember(): void {
    const turn = this.#turn;
    const { message, node } = turn;
    this.#isRemembered = true;
    this.#tables.remember(node);
    if (message === null) return;
    turn.record = message.record;
    if (message.key >= 0) {
      turn.point = this.#parts.keys.key(message.key);
      const { contacts, contactCount: count } = message;
      this.#keys.metric(message.key, message.to, message.from);
      if (count > 0) this.#keys.metric(message.key, contacts[0]!, contacts[count - 1]!);
    }
    if (turn.kind === RESPONSE && turn.isCurrent) this.#lookups.answers(turn.slot, message.from);
  }

  #beginMessage(message: Message): void {
    const { attendance, network } = this.#parts;
    const turn = this.#turn;
    this.#droppedBefore = network.dropped;
    const { to, from, slot, rpc, isResponse } = message;
    const isRefused = !isResponse && to < attendance.count && attendance.isUnreachable(to);
    if (isRefused) this.#beginRequest(REFUSED, slot, rpc);
    else {
      // Nobody is at an id that adversaries have given up.
      const isThere = to < attendance.count;
      const isForEngine = isThere && (isResponse || !this.#world.isHostile(to));
      turn.begin(isResponse ? RESPONSE : REQUEST, turn.now, isForEngine ? to : -1);
    }
    turn.message = message;
    if (isRefused) turn.node = from;
    else if (isResponse) {
      turn.slot = slot;
      turn.serialBefore = this.#world.engine().requests.serial(slot) ?? -1;
      turn.isCurrent = this.#requests.isAnswer(to, message);
      if (turn.isCurrent && message.accepted) this.#accepted(message.slot);
    }
  }

  #beginRequest(kind: number, slot: number, serial: number): void {
    const { requests } = this.#world.engine();
    const turn = this.#turn;
    turn.begin(kind, turn.now, requests.node(slot) ?? -1);
    turn.slot = slot;
    turn.serialBefore = requests.serial(slot) ?? -1;
    turn.isCurrent = this.#requests.isCurrent(slot, serial);
    turn.wasGivenUp = turn.isCurrent && requests.isGivenUp(slot);
    if (!turn.isCurrent) turn.node = -1;
    else if (kind !== CONFIRMED) turn.suspect = requests.contact(slot);
    else this.#accepted(slot);
  }

  #accepted(slot: number): void {
    const { requests } = this.#world.engine();
    const kind = requests.kind(slot);
    if (kind === PUT_VALUE || kind === ADD_PROVIDER)
      this.#operations.accepted(requests.operation(slot));
  }

  /** The event has been processed. */
  after(): void {
    const turn = this.#turn;
    const { network } = this.#parts;
    const wasDelivered = network.dropped === this.#droppedBefore;
    const sent = network.messages + network.duplicates;
    if (sent !== this.#arrived + network.inFlight)
      this.#fail(
        'messages-conserved',
        -1,
        `of ${sent} messages ${this.#arrived} arrived, ${network.inFlight} are on their way`,
      );
    if (turn.kind !== RESPONSE || wasDelivered) this.#requests.after(turn);
    this.#answers.owed(turn, wasDelivered);
    if (this.#isRemembered) this.#lookAt(turn, wasDelivered);
    if (this.events % this.#patrolEvents === 0) this.#patrol();
    if (this.events % this.#overviewEvents === 0) this.overview();
    turn.begin(OTHER, turn.now, -1);
    this.#isRemembered = false;
  }

  /** Looks at the watched node that the event was about. */
  #lookAt(turn: Turn, wasDelivered: boolean): void {
    const { node, message, kind } = turn;
    const engine = this.#world.engine();
    if (!engine.isActive(node)) return;
    if (kind === REQUEST_OVERDUE || kind === REFUSED || wasDelivered) this.#tables.compare(turn);
    this.#tables.table(node);
    this.#lookups.ofNode(node);
    if (kind !== REQUEST || !wasDelivered || message === null || !engine.isServer(node)) return;
    const isSilent = message.kind === ADD_PROVIDER && !this.#world.profile.acknowledgesProviders;
    const hasAccepted = isSilent ? engine.providers.refusal === null : turn.hasAccepted;
    if (!this.#world.isHostile(node)) this.#stores.kept(turn, hasAccepted);
  }

  /** One more node is looked at. */
  #patrol(): void {
    const { attendance } = this.#parts;
    this.#node(this.#patrolled);
    this.#patrolled = (this.#patrolled + 1) % attendance.count;
  }

  #node(node: number): void {
    const now = this.#parts.simulation.now;
    const engine = this.#world.engine();
    this.#tables.table(node);
    this.#lookups.ofNode(node);
    this.#stores.node(node, now);
    this.#requests.timeouts(node);
    const size = engine.neighbourhoods.sizes.estimate(node, now);
    if (size === null) return;
    if (!(size.nodes >= 1 && size.nodes < Number.POSITIVE_INFINITY && size.shape >= 1))
      this.#fail('size-finite', node, `it takes the network for ${size.nodes} nodes`);
  }

  /** What concerns all nodes at once. */
  overview(): void {
    const now = this.#parts.simulation.now;
    this.#requests.all(now);
    this.#operations.all(now);
    this.#lookups.purge();
    this.#tables.buckets();
    this.#keys.inUse();
  }

  /** The simulation pauses; `waiting` events are still to come. When there are none, nothing may be left over. */
  rest(waiting: number): void {
    const engine = this.#world.engine();
    if (waiting > 0) return;
    this.overview();
    const { requests, lookups } = engine;
    if (requests.inFlight > 0)
      this.#fail('request-timer', -1, `${requests.inFlight} requests are left for good`);
    if (lookups.pool.running > 0)
      this.#fail('lookup-alive', -1, `${lookups.pool.running} lookups are left for good`);
    for (const { node, kind } of engine.operations)
      this.#fail('operation-alive', node, `${kind} is left for good`);
    this.#keys.released();
  }

  /** The run is over: looks at everything once more. */
  finish(): void {
    this.overview();
    for (let node = 0; node < this.#parts.attendance.count; node++) this.#node(node);
  }

  /** The engine sends a message. */
  sent(message: Message): void {
    const turn = this.#turn;
    const { from } = message;
    if (!this.#parts.attendance.isOnline(from) || !this.#world.engine().isActive(from))
      this.#fail('sender-online', from, 'it sends a message and is offline');
    if (message.isResponse) {
      turn.answers++;
      turn.hasAccepted = message.accepted;
      this.#answers.answers(turn, message);
      return;
    }
    turn.requests++;
    this.#answers.announces(message);
    const isFirst = this.#requests.sent(message, this.#parts.simulation.now);
    if (!isFirst || !this.#world.isWatched(from)) return;
    this.#lookups.asks(message);
    this.#operations.asks(message);
    this.#operationAsks(message);
  }

  /** A direct request may follow the end of a lookup, which is still there to be looked at. */
  #operationAsks(message: Message): void {
    const engine = this.#world.engine();
    const id = engine.requests.operation(message.slot);
    if (id < 0) return;
    for (const operation of engine.operations)
      if (operation.id === id) this.#lookups.ended(operation);
  }

  /** The engine sets a timer. */
  timerSet(atMs: number, kind: number, a: number, b: number): void {
    const turn = this.#turn;
    turn.timers++;
    if (!(atMs >= this.#parts.simulation.now))
      this.#fail('timer-future', -1, `a timer is set for ${atMs} ms`);
    this.#requests.timerSet(atMs, kind, a, b);
    this.#operations.timerSet(atMs, kind, a);
  }

  /** An operation of the engine reports something. */
  result(event: OperationEvent): void {
    const { operation } = event;
    this.#turn.results++;
    this.#operations.result(event, this.#turn.message, this.#parts.simulation.now);
    if (event.type !== 'finished' || !this.#world.isWatched(operation.node)) return;
    this.#lookups.ended(operation);
    this.#lookups.result(operation);
  }

  #fail(name: InvariantName, node: number, detail: string): void {
    const { scenario } = this.#parts;
    const place = node < 0 ? '' : ` at node ${node}`;
    const when = `event ${this.events}, ${this.#parts.simulation.now} ms, seed ${scenario.seed}`;
    const message = `${name}${place}, ${when}: ${detail}\nSee it again: ${replayCommand(scenario)}`;
    const violation = new Violation(name, message);
    if (this.onViolation === null) throw violation;
    this.onViolation(violation);
  }
}

/** What a shell needs to run a scenario once more, with all checks. */
function replayCommand(scenario: Scenario): string {
  const fields = Object.entries({ ...scenario, checks: 'all' }).filter(
    ([name, value]) =>
      JSON.stringify(value) !== JSON.stringify(DEFAULT_SCENARIO[name as keyof Scenario]),
  );
  const json = JSON.stringify(Object.fromEntries(fields)).replaceAll("'", '\\u0027');
  return `echo '${json}' > broken.json && kadscope sim run broken.json`;
}
