// The simulator: virtual time, a network, and the very engine that real nodes run.
import type { Key } from '../keyspace/key.ts';
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { mix, Rng } from '../keyspace/rng.ts';
import type { Host } from '../kademlia/context.ts';
import { Kademlia } from '../kademlia/kademlia.ts';
import { ADD_PROVIDER } from '../kademlia/message.ts';
import type { Message } from '../kademlia/message.ts';
import type { Command, OperationEvent } from '../kademlia/operation.ts';
import type { Profile } from '../kademlia/profile.ts';
import type { RowSink } from '../trace/sink.ts';
import type { Addresses } from './addresses.ts';
import type { Adversaries } from './adversaries.ts';
import { Attendance } from './attendance.ts';
import { exponential } from './chance.ts';
import { Contents } from './contents.ts';
import { DELIVERED, ENGINE_TIMER, EXCHANGE, MESSAGE } from './event-codes.ts';
import { REPROVIDE, SIEGE, WORKLOAD } from './event-codes.ts';
import { EventQueue, TICKS_PER_MS } from './event-queue.ts';
import { Exchange, WANT_BLOCK } from './exchange.ts';
import { createInvariants, type Invariants, watchedHost } from './invariants.ts';
import { CRASH, ENTER, JOIN, LEAVE, Membership } from './membership.ts';
import { reportOf } from './metrics.ts';
import type { Metrics, SimulationReport } from './metrics.ts';
import type { Network } from './network.ts';
import { commandOf } from './operation-request.ts';
import type { OperationRequest } from './operation-request.ts';
import { bucketsPerNode, profileOf } from './parameters.ts';
import type { Scenario } from './scenario.ts';
import {
  createAddresses,
  createAdversaries,
  createMetrics,
  createNetwork,
  createTraceSink,
  groupsOf,
} from './setup.ts';
import { SETTLE_MS, Siege, SIEGE_GAP_MS } from './siege.ts';
import { besiegedKeys } from './sybils.ts';
import { WorkloadSource } from './workload.ts';

/** Events between two reports of progress. */
const PROGRESS_EVENTS = 65_536;

/** A simulated network. The same scenario gives the same events in the same order on every machine. */
export class Simulation {
  readonly scenario: Scenario;
  readonly profile: Profile;
  readonly engine: Kademlia;
  readonly keys: KeyTable;
  readonly exchange: Exchange;
  /** What is checked while it runs; `null` for nothing. */
  readonly invariants: Invariants | null;
  /** Called with every result of every operation. */
  onResult: ((event: OperationEvent) => void) | null = null;
  /** Events processed so far. */
  events = 0;
  readonly #queue = new EventQueue();
  readonly #network: Network;
  readonly #attendance: Attendance;
  readonly #addresses: Addresses;
  readonly #adversaries: Adversaries | null;
  readonly #membership: Membership;
  readonly #metrics: Metrics;
  readonly #contents: Contents;
  readonly #siege: Siege;
  readonly #workload: WorkloadSource;
  readonly #workloadRng: Rng;
  readonly #siegeRng: Rng;
  readonly #draws: Uint32Array;
  readonly #pending = new Set<number>();
  #tick = 0;
  #started = 0;

  /** `rows` receives the trace: a `Trace` from `createTrace`, a hash, or nothing. */
  constructor(scenario: Scenario, rows: RowSink | null) {
    this.scenario = scenario;
    this.profile = profileOf(scenario);
    const attendance = new Attendance(scenario, this.profile.keyBits);
    const { keys, count } = attendance;
    this.#attendance = attendance;
    this.keys = keys;
    this.#draws = new Uint32Array(count);
    const { adversary } = scenario;
    this.#addresses = createAddresses(scenario, attendance);
    this.#adversaries = createAdversaries(scenario, {
      profile: this.profile,
      attendance,
      addresses: this.#addresses,
      engine: () => this.engine,
    });
    const ground = { scenario, profile: this.profile, attendance, adversaries: this.#adversaries };
    const trace = createTraceSink(rows, ground);
    const rng = new Rng(scenario.seed);
    this.#network = createNetwork(ground, rng, trace);
    this.invariants = createInvariants(ground, this.#network, this);
    this.engine = new Kademlia({
      profile: this.profile,
      keys,
      host: watchedHost(this.#host(), this.invariants),
      trace,
      capacity: count,
      ...groupsOf(scenario, this),
      bucketsPerNode: bucketsPerNode(scenario.nodes, this.profile.k),
    });
    this.exchange = new Exchange({
      keys,
      trace,
      port: {
        send: (message) => this.#send(message),
        setTimer: (delayMs, rpc) => this.#at(this.now + delayMs, EXCHANGE, rpc, 0),
      },
    });
    this.#metrics = createMetrics(ground);
    this.#contents = new Contents(keys, scenario.workload.content === 'online');
    const sybils = adversary?.kind === 'sybil' ? adversary.sybils : null;
    const besieged = sybils === null ? [] : besiegedKeys(sybils, scenario.seed);
    this.#siege = new Siege(besieged, this.#contents);
    this.#siegeRng = rng.fork('siege');
    const parts = { keys, contents: this.#contents, rng: rng.fork('workload') };
    this.#workload = new WorkloadSource(scenario.workload, parts);
    this.#workloadRng = rng.fork('workload times and places');
    this.#membership = new Membership({
      scenario,
      attendance,
      engine: this.engine,
      keys,
      rng: rng.fork('churn'),
      schedule: (atMs, type, node) => this.#at(atMs, type, node, 0),
      onLeave: (node) => {
        this.#contents.left(node);
        this.#network.closed(node);
      },
    });
    const openMs = this.#membership.open(rng.fork('tables'));
    const readyMs = openMs + scenario.workload.afterMs;
    if (besieged.length > 0) this.#at(readyMs, SIEGE, 0, 0);
    else if (scenario.workload.operations > 0) this.#at(readyMs, WORKLOAD, 0, 0);
    this.#membership.startChurn(openMs);
  }

  /** Virtual milliseconds since the start. */
  get now(): number {
    return this.#tick / TICKS_PER_MS;
  }

  /** The keys of all nodes that ever take part, by node number: ascending. */
  get nodeKeys(): readonly Key[] {
    return Array.from({ length: this.#attendance.count }, (_, node) => this.keys.key(node));
  }

  /** Messages sent so far. */
  get messages(): number {
    return this.#network.messages;
  }

  /** Whether every operation of the workload has ended and every node has entered. */
  get isDone(): boolean {
    return (
      this.#started === this.scenario.workload.operations &&
      this.#pending.size === 0 &&
      this.#membership.entering === 0 &&
      this.#siege.isOver
    );
  }

  /** Whether an adversary answers under the id of a contact. */
  isAdversary(contact: KeyHandle): boolean {
    return this.#adversaries?.isAdversary(contact) ?? false;
  }

  /** The /16 of the address behind a contact: numbers below 65,536. */
  groupOf(contact: KeyHandle): number {
    return this.#addresses.groupOf(this.#nodeBehind(contact));
  }

  /** The /24 of the address behind a contact: numbers below 2^24. */
  subnetOf(contact: KeyHandle): number {
    return this.#addresses.subnetOf(this.#nodeBehind(contact));
  }

  isOnline(node: number): boolean {
    return this.#attendance.isOnline(node);
  }

  /** Processes everything up to `timeMs` of virtual time. */
  runUntil(timeMs: number): void {
    const limit = Math.floor(timeMs * TICKS_PER_MS);
    while (this.#queue.pop(limit)) this.#step();
    this.invariants?.rest(this.#queue.size);
    if (limit > this.#tick) this.#tick = limit;
  }

  /** Runs until the workload is done. `onProgress` hears how many of its operations have ended. */
  run(onProgress?: (done: number, total: number) => void): void {
    while (!this.isDone && this.#queue.pop(Number.MAX_SAFE_INTEGER)) {
      this.#step();
      if (this.events % PROGRESS_EVENTS === 0)
        onProgress?.(this.#metrics.ended, this.scenario.workload.operations);
    }
    this.invariants?.finish();
  }

  /** Starts an operation by hand; returns its id. Throws a `RangeError` that says what is missing. */
  startOperation(request: OperationRequest): number {
    return this.engine.start(
      commandOf(request, this.#attendance, this.profile.keyBits / 8),
      this.now,
    );
  }

  /** Gives a node blocks, each under its sha2-256 multihash. */
  addBlocks(
    node: number,
    blocks: Iterable<{ readonly multihash: Uint8Array; readonly bytes: Uint8Array }>,
  ): void {
    for (const block of blocks) this.exchange.add(node, block.multihash, block.bytes);
  }

  /** Lets a node ask another for a block; `onBlock` gets verified bytes, or `null`. */
  fetchBlock(
    want: { readonly node: number; readonly provider: number; readonly multihash: Uint8Array },
    onBlock: (bytes: Uint8Array | null) => void,
  ): void {
    this.exchange.fetch({ ...want, onBlock }, this.now);
  }

  /** What the run achieved so far. */
  report(): SimulationReport {
    return reportOf({
      scenario: this.scenario,
      metrics: this.#metrics,
      network: this.#network,
      retrieval: this.#contents.report(),
      adversaries: this.#adversaries?.report(),
      virtualMs: this.now,
    });
  }

  #nodeBehind(contact: KeyHandle): number {
    return this.#adversaries === null ? contact : this.#adversaries.nodeBehind(contact);
  }

  #host(): Host {
    const { needsDial } = this.#network;
    return {
      ...(needsDial !== undefined && { needsDial }),
      send: (message) => this.#send(message),
      setTimer: (atMs, kind, a, b) => this.#at(atMs, ENGINE_TIMER + kind, a, b),
      result: (event) => this.#result(event),
      random: (node) => mix(this.scenario.seed | 0, node, this.#draws[node]!++),
    };
  }

  #send(message: Message): void {
    const slot = this.#network.accept(message);
    this.#at(this.now + this.#network.delayMs(slot), MESSAGE, slot, 0);
    const copy = this.#network.duplicate(slot);
    if (copy >= 0) this.#at(this.now + this.#network.delayMs(copy), MESSAGE, copy, 0);
  }

  /** Schedules an event, at least one tick from now. */
  #at(timeMs: number, type: number, a: number, b: number): void {
    const tick = Math.round(timeMs * TICKS_PER_MS);
    this.#queue.push(tick > this.#tick ? tick : this.#tick + 1, type, a, b);
  }

  #step(): void {
    this.invariants?.before(this.#queue, this.#queue.tick / TICKS_PER_MS);
    this.#dispatch();
    this.invariants?.after();
  }

  #dispatch(): void {
    const { type, a, b, tick } = this.#queue;
    this.#tick = tick;
    this.events++;
    switch (type) {
      case MESSAGE:
        this.#deliver(a);
        return;
      case WORKLOAD:
        this.#startDrawn();
        return;
      case ENTER:
      case JOIN:
      case LEAVE:
      case CRASH:
        this.#membership.event(type, a, this.now);
        return;
      case EXCHANGE:
        this.exchange.timer(a, this.now);
        return;
      case SIEGE:
        this.#provideBesieged();
        return;
      case REPROVIDE:
        this.#reprovide(a);
        return;
      case DELIVERED:
        this.engine.delivered(a, b, this.now);
        return;
      default:
        this.engine.timer(type - ENGINE_TIMER, a, b, this.now);
    }
  }

  #deliver(slot: number): void {
    const message = this.#network.message(slot);
    const { now } = this;
    const fate = this.#network.arrive(slot, now);
    if (fate === 'delivered') {
      this.#confirm(slot, message);
      if (message.kind === WANT_BLOCK) this.exchange.receive(message, now);
      else if (this.#adversaries === null) this.engine.receive(message.to, message, now);
      else this.#receiveAmongAdversaries(this.#adversaries, message);
    } else if (fate === 'refused' && !message.isResponse && message.kind !== WANT_BLOCK) {
      this.engine.unreachable(message.slot, message.rpc, now);
    }
    this.#network.release(slot);
  }

  /** What has no response the transport confirms, a way back later. */
  #confirm(slot: number, message: Message): void {
    if (message.kind !== ADD_PROVIDER || message.isResponse) return;
    if (this.profile.acknowledgesProviders) return;
    this.#at(this.now + this.#network.backMs(slot), DELIVERED, message.slot, message.rpc);
  }

  /** Adversaries answer requests as they like; what they ask themselves, as newcomers do, the engine hears the answers to. */
  #receiveAmongAdversaries(adversaries: Adversaries, message: Message): void {
    if (!message.isResponse && adversaries.isAdversary(message.to)) {
      const reply = adversaries.answer(message, this.now);
      if (reply !== null) this.#send(reply);
      return;
    }
    if (!adversaries.isAdversary(message.to)) adversaries.screen(message);
    this.engine.receive(message.to, message, this.now);
  }

  #result(event: OperationEvent): void {
    const { operation } = event;
    if (event.type === 'finished') {
      const content = this.#workload.ended(operation);
      if (content !== null) this.#scheduleReprovide(content.number);
      if (this.#pending.delete(operation.id)) {
        this.#metrics.add(operation, operation.node, event.now);
        if (operation.kind === 'findProviders') this.#contents.score(operation);
      }
      if (this.#siege.ended(operation)) this.#endSiege();
    }
    this.onResult?.(event);
  }

  /** An honest node provides the content of the next besieged key. */
  #provideBesieged(): void {
    const node = this.#attendance.randomResponsive(this.#siegeRng, -1);
    const key = node < 0 ? null : this.#siege.next(this.engine.nextOperation);
    if (key === null) return;
    this.engine.start({ kind: 'provide', node, key }, this.now);
    this.#at(this.now + SIEGE_GAP_MS, SIEGE, 0, 0);
  }

  /** Everything is provided: the Sybils come, unless they are there, and then the workload. */
  #endSiege(): void {
    const readyMs = this.#membership.admitLatecomers(this.now) + SETTLE_MS;
    if (this.scenario.workload.operations > 0) this.#at(readyMs, WORKLOAD, 0, 0);
  }

  #scheduleReprovide(content: number): void {
    const { reprovideMs } = this.scenario.workload;
    if (reprovideMs > 0) this.#at(this.now + reprovideMs, REPROVIDE, content, 0);
  }

  #reprovide(content: number): void {
    const { key, provider } = this.#contents.available(content) ?? {};
    if (key === undefined || provider === undefined) return;
    this.engine.start({ kind: 'provide', node: provider, key }, this.now);
    this.#scheduleReprovide(content);
  }

  #startDrawn(): void {
    const { workload } = this.scenario;
    const node = this.#attendance.randomAsking(this.#workloadRng);
    const peer = this.#attendance.randomResponsive(this.#workloadRng, node);
    this.#started++;
    if (node >= 0 && peer >= 0) this.#startCommand(this.#workload.draw(node, peer));
    if (this.#started < workload.operations) {
      this.#at(this.now + exponential(workload.intervalMs, this.#workloadRng), WORKLOAD, 0, 0);
    }
  }

  #startCommand(command: Command): void {
    const id = this.engine.nextOperation;
    this.#pending.add(id);
    this.#workload.started(id, command);
    this.engine.start(command, this.now);
  }
}
