// Explorations on behalf of operations: an exploration says what to look up, and the explorer has it looked up.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Context } from './context.ts';
import { OPERATION_TIMER } from './context.ts';
import { Exploration } from './exploration.ts';
import type { ExplorationOrder } from './exploration.ts';
import type { OperationRunner } from './flow.ts';
import { FIND_NODE } from './message.ts';
import type { Operation } from './operation.ts';

/** How an exploration is carried out. */
export interface ExplorerOrder extends ExplorationOrder {
  /** Lookups at once. */
  readonly parallel: number;
  /** Requests a second on average, at most; what lookups cost is waited for after them. */
  readonly requestsPerSecond: number;
}

interface Running {
  readonly exploration: Exploration;
  readonly order: ExplorerOrder;
  readonly startedAt: number;
  /** Requests when the exploration began. */
  readonly requestsBefore: number;
  isWaiting: boolean;
}

/** Carries out explorations, one for an operation at a time. */
export class Explorer {
  readonly #context: Context;
  readonly #runner: OperationRunner;
  readonly #running = new WeakMap<Operation, Running>();

  constructor(context: Context, runner: OperationRunner) {
    this.#context = context;
    this.#runner = runner;
  }

  /** Whether the operation explores. */
  isExploring(operation: Operation): boolean {
    return this.#running.has(operation);
  }

  /** Names the nodes that an operation has found. */
  eachContact(operation: Operation, visit: (contact: KeyHandle) => void): void {
    this.#running.get(operation)?.exploration.eachContact(visit);
  }

  /** Starts to explore. */
  begin(operation: Operation, order: ExplorerOrder, now: number): void {
    const { keys, profile, host } = this.#context;
    const askable = host.askable?.bind(host) ?? ((point) => point);
    const exploration = new Exploration({ keys, k: profile.k, askable }, order);
    const requestsBefore = operation.lookupRequests;
    const running = { exploration, order, startedAt: now, requestsBefore, isWaiting: false };
    this.#running.set(operation, running);
    this.#advance(operation, running, now);
  }

  /** A lookup of the operation ended. Returns the nodes of the region when it has been explored, `null` while it is not. */
  lookedUp(operation: Operation, now: number): readonly KeyHandle[] | null {
    const running = this.#running.get(operation);
    if (running === undefined) return null;
    const { exploration } = running;
    exploration.learn(operation.lookedUp, operation.closest);
    if (exploration.isDone) {
      this.#running.delete(operation);
      return exploration.found;
    }
    this.#advance(operation, running, now);
    return null;
  }

  /** The pause that keeps an exploration within its budget is over. */
  timer(operation: Operation, now: number): void {
    const running = this.#running.get(operation);
    if (running === undefined) return;
    running.isWaiting = false;
    this.#advance(operation, running, now);
  }

  /** The operation ended before its exploration. */
  close(operation: Operation): void {
    this.#running.get(operation)?.exploration.close();
    this.#running.delete(operation);
  }

  /** Nodes found so far. */
  found(operation: Operation): readonly KeyHandle[] {
    return this.#running.get(operation)?.exploration.found ?? [];
  }

  #advance(operation: Operation, running: Running, now: number): void {
    const { exploration, order } = running;
    if (running.isWaiting) return;
    const spent = operation.lookupRequests - running.requestsBefore;
    const earliest = running.startedAt + (spent * 1000) / order.requestsPerSecond;
    if (earliest > now) {
      running.isWaiting = true;
      this.#context.host.setTimer(earliest, OPERATION_TIMER, operation.id, 0);
      return;
    }
    while (operation.lookupsRunning < order.parallel) {
      const target = exploration.next();
      if (target < 0) return;
      this.#runner.lookup(operation, FIND_NODE, now, { target });
    }
  }
}
