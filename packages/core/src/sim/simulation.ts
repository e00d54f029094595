// The simulator: virtual time, a network, and the very engine that real nodes run.
import type { Key } from '../keyspace/key.ts';
import type { KeyTable } from '../keyspace/key-table.ts';
import { mix, Rng } from '../keyspace/rng.ts';
import type { Host } from '../kademlia/context.ts';
import { Kademlia } from '../kademlia/kademlia.ts';
import type { Message } from '../kademlia/message.ts';
import type { Command, OperationEvent } from '../kademlia/operation.ts';
import { PROFILES } from '../kademlia/profile.ts';
import type { Profile } from '../kademlia/profile.ts';
import { Reporter } from '../trace/reporter.ts';
import type { RowSink, TraceSink } from '../trace/sink.ts';
import { Attendance } from './attendance.ts';
import { EventQueue, TICKS_PER_MS } from './event-queue.ts';
import { Exchange, WANT_BLOCK } from './exchange.ts';
import { LatencyModel } from './latency.ts';
import { ln } from '../keyspace/maths.ts';
import { Metrics } from './metrics.ts';
import type { SimulationReport } from './metrics.ts';
import { Network } from './network.ts';
import { commandOf } from './operation-request.ts';
import type { OperationRequest } from './operation-request.ts';
import { Oracle, TableSampler } from './population.ts';
import type { Scenario } from './scenario.ts';
import { WorkloadSource } from './workload.ts';

const MESSAGE = 0;
const WORKLOAD = 1;
const ENTER = 2;
const JOIN = 3;
const LEAVE = 4;
const CRASH = 5;
const EXCHANGE = 6;
/** Timers of the engine follow, by their kind. */
const ENGINE_TIMER = 8;

/** Events between two reports of progress. */
const PROGRESS_EVENTS = 65_536;

/** A simulated network. The same scenario gives the same events in the same order on every machine. */
export class Simulation {
  readonly scenario: Scenario;
  readonly profile: Profile;
  readonly engine: Kademlia;
  readonly keys: KeyTable;
  readonly exchange: Exchange;
  /** Called with every result of every operation. */
  onResult: ((event: OperationEvent) => void) | null = null;
  /** Events processed so far. */
  events = 0;
  readonly #queue = new EventQueue();
  readonly #network: Network;
  readonly #attendance: Attendance;
  readonly #oracle: Oracle;
  readonly #metrics: Metrics;
  readonly #workload: WorkloadSource;
  readonly #workloadRng: Rng;
  readonly #churnRng: Rng;
  readonly #draws: Uint32Array;
  readonly #pending = new Set<number>();
  #tick = 0;
  #started = 0;
  #entering = 0;

  /** `rows` receives the trace: a `Trace` from `createTrace`, a hash, or nothing. */
  constructor(scenario: Scenario, rows: RowSink | null) {
    this.scenario = scenario;
    this.profile = profileOf(scenario);
    this.#attendance = new Attendance(scenario, this.profile.keyBits);
    const { keys, count } = this.#attendance;
    this.keys = keys;
    this.#draws = new Uint32Array(count);
    const trace: TraceSink | null = rows === null ? null : new Reporter(keys, rows);
    const rng = new Rng(scenario.seed);
    const latency = new LatencyModel(scenario.latency, count, rng.fork('latency'));
    this.#network = new Network({
      keys,
      latency,
      reachability: this.#attendance,
      rng: rng.fork('loss'),
      loss: scenario.loss,
      trace,
    });
    this.engine = new Kademlia({
      profile: this.profile,
      keys,
      host: this.#host(),
      trace,
      capacity: count,
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
    this.#oracle = new Oracle(keys, count, (node) => this.#attendance.isResponsive(node));
    this.#metrics = new Metrics(this.#oracle, this.profile.k, scenario.workload.scoreEvery);
    this.#workload = new WorkloadSource(scenario.workload, keys, rng.fork('workload'));
    this.#workloadRng = rng.fork('workload times and places');
    this.#churnRng = rng.fork('churn');
    this.#open(rng.fork('tables'));
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
      this.#entering === 0
    );
  }

  isOnline(node: number): boolean {
    return this.#attendance.isOnline(node);
  }

  /** Processes everything up to `timeMs` of virtual time. */
  runUntil(timeMs: number): void {
    const limit = Math.floor(timeMs * TICKS_PER_MS);
    while (this.#queue.pop(limit)) this.#dispatch();
    if (limit > this.#tick) this.#tick = limit;
  }

  /** Runs until the workload is done. `onProgress` hears how many of its operations have ended. */
  run(onProgress?: (done: number, total: number) => void): void {
    while (!this.isDone && this.#queue.pop(Number.MAX_SAFE_INTEGER)) {
      this.#dispatch();
      if (this.events % PROGRESS_EVENTS === 0)
        onProgress?.(this.#metrics.ended, this.scenario.workload.operations);
    }
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
    const { nodes, seed, profile } = this.scenario;
    const { messages, bytes } = this.#network;
    return {
      nodes,
      seed,
      profile,
      ...this.#metrics.summary(),
      messages,
      bytes,
      virtualMs: this.now,
    };
  }

  #host(): Host {
    return {
      send: (message) => this.#send(message),
      setTimer: (atMs, kind, a, b) => this.#at(atMs, ENGINE_TIMER + kind, a, b),
      result: (event) => this.#result(event),
      random: (node) => mix(this.scenario.seed | 0, node, this.#draws[node]!++),
    };
  }

  #send(message: Message): void {
    const slot = this.#network.accept(message);
    this.#at(this.now + this.#network.delayMs(slot), MESSAGE, slot, 0);
  }

  /** Schedules an event, at least one tick from now. */
  #at(timeMs: number, type: number, a: number, b: number): void {
    const tick = Math.round(timeMs * TICKS_PER_MS);
    this.#queue.push(tick > this.#tick ? tick : this.#tick + 1, type, a, b);
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
        this.#entering--;
        this.#enter(a);
        return;
      case JOIN:
      case LEAVE:
      case CRASH:
        this.#churn(type);
        return;
      case EXCHANGE:
        this.exchange.timer(a, this.now);
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
      if (message.kind === WANT_BLOCK) this.exchange.receive(message, now);
      else this.engine.receive(message.to, message, now);
    } else if (fate === 'refused' && !message.isResponse && message.kind !== WANT_BLOCK) {
      this.engine.unreachable(message.slot, message.rpc, now);
    }
    this.#network.release(slot);
  }

  #result(event: OperationEvent): void {
    const { operation } = event;
    if (event.type === 'finished') {
      this.#workload.ended(operation);
      if (this.#pending.delete(operation.id))
        this.#metrics.add(operation, operation.node, event.now);
    }
    this.onResult?.(event);
  }

  /** Puts the first nodes online and schedules what the scenario wants. */
  #open(rng: Rng): void {
    const { scenario } = this;
    const attendance = this.#attendance;
    for (let node = 0; node < attendance.count; node++) this.engine.addNode(node);
    let readyMs = 0;
    if (scenario.start === 'sampled') this.#sampleTables(rng);
    else {
      for (const node of attendance.shuffledFirst(rng)) {
        this.#at(readyMs, ENTER, node, 0);
        this.#entering++;
        readyMs += scenario.joinGapMs;
      }
    }
    if (scenario.workload.operations > 0) this.#at(readyMs, WORKLOAD, 0, 0);
    this.#scheduleChurn(JOIN, readyMs);
    this.#scheduleChurn(LEAVE, readyMs);
    this.#scheduleChurn(CRASH, readyMs);
  }

  #sampleTables(rng: Rng): void {
    const { engine, keys, profile } = this;
    const attendance = this.#attendance;
    const present = Int32Array.from(
      attendance.first.filter((node) => attendance.modeOf(node) === 'server'),
    );
    const sampler = new TableSampler({ engine, keys, present, rng, k: profile.k });
    for (const node of attendance.first) {
      this.#putOnline(node);
      if (attendance.isSilent(node) || attendance.isUnreachable(node)) continue;
      sampler.fill(node);
      engine.reportRestored(node, this.now);
    }
  }

  #putOnline(node: number): void {
    this.#attendance.setOnline(node, true);
    this.engine.enter(node, this.#attendance.modeOf(node), this.now);
    if (this.scenario.maintenance && this.#attendance.isResponsive(node))
      this.engine.startRefreshing(node, this.now);
  }

  /** A node enters and bootstraps from one that is there. */
  #enter(node: number): void {
    const seed = this.#attendance.randomResponsive(this.#churnRng, node);
    this.#putOnline(node);
    if (seed >= 0) this.engine.start({ kind: 'bootstrap', node, seeds: [seed] }, this.now);
  }

  #churn(type: number): void {
    if (type === JOIN) {
      const node = this.#attendance.randomOffline(this.#churnRng);
      if (node >= 0) {
        this.engine.forget(node);
        this.#enter(node);
      }
    } else {
      const node = this.#attendance.randomResponsive(this.#churnRng, -1);
      if (node >= 0 && this.#attendance.responsiveCount > 2) {
        this.#attendance.setOnline(node, false);
        this.engine.leave(node, this.now, type === LEAVE ? 'left' : 'crashed');
      }
    }
    this.#scheduleChurn(type, this.now);
  }

  #scheduleChurn(type: number, fromMs: number): void {
    const { joinIntervalMs, leaveIntervalMs, crashIntervalMs } = this.scenario.churn;
    const mean =
      type === JOIN ? joinIntervalMs : type === LEAVE ? leaveIntervalMs : crashIntervalMs;
    if (mean > 0) this.#at(fromMs + exponential(mean, this.#churnRng), type, 0, 0);
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

/** The profile of a scenario, with its own parameters. */
export function profileOf(scenario: Scenario): Profile {
  const profile = PROFILES[scenario.profile];
  const k = scenario.k ?? profile.k;
  const beta = scenario.beta ?? (profile.beta === profile.k ? k : Math.min(profile.beta, k));
  return { ...profile, k, alpha: scenario.alpha ?? profile.alpha, beta };
}

/** About log2(N / k) + 1, for the first allocation. */
function bucketsPerNode(nodes: number, k: number): number {
  let buckets = 2;
  for (let known = k; known < nodes; known *= 2) buckets++;
  return buckets;
}

function exponential(mean: number, rng: Rng): number {
  return -mean * ln((rng.uint32() + 1) / 4294967297);
}
