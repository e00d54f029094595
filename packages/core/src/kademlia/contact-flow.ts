// Operations about nodes:
//
//   findNode, findPeer      lookup
//   bootstrap, refresh      one lookup after the other
//   ping                    one request
import { randomKeyInBucket } from './context.ts';
import type { Context } from './context.ts';
import type { OperationFlow, OperationRunner } from './flow.ts';
import { FIND_NODE, PING } from './message.ts';
import type { Message } from './message.ts';
import type { Command, Operation } from './operation.ts';
import type { RoutingTables } from './routing-table.ts';

/** Finds nodes, and keeps routing tables full. */
export class ContactFlow implements OperationFlow {
  readonly #context: Context;
  readonly #tables: RoutingTables;
  readonly #runner: OperationRunner;

  constructor(parts: { context: Context; tables: RoutingTables; runner: OperationRunner }) {
    this.#context = parts.context;
    this.#tables = parts.tables;
    this.#runner = parts.runner;
  }

  begin(operation: Operation, command: Command, now: number): void {
    switch (command.kind) {
      case 'ping':
        this.#runner.request(
          operation,
          { contact: command.peer, kind: PING, isAwaited: true },
          now,
        );
        return;
      case 'bootstrap':
        this.#runner.lookup(operation, FIND_NODE, now, { seeds: command.seeds });
        return;
      case 'refresh':
        if (this.#context.profile.refreshesSelf) this.#queueSelf(operation);
        for (const bucket of command.buckets) this.#queueBucket(operation, bucket);
        this.#nextLookup(operation, now);
        return;
      default:
        this.#runner.lookup(operation, FIND_NODE, now);
    }
  }

  answered(operation: Operation, message: Message): boolean {
    if (message.from === operation.target) operation.reached = true;
    return operation.kind === 'findPeer' && operation.reached;
  }

  lookedUp(operation: Operation, now: number): void {
    const hasFound = operation.closest.length > 0;
    switch (operation.kind) {
      case 'bootstrap':
      case 'refresh':
        if (hasFound) operation.count++;
        if (operation.kind === 'bootstrap' && operation.lookups === 1 && hasFound)
          this.#queueFarBuckets(operation);
        this.#nextLookup(operation, now);
        return;
      case 'findPeer':
        this.#runner.finish(operation, operation.reached ? 'found' : 'not-found', now);
        return;
      default:
        this.#runner.finish(operation, hasFound ? 'found' : 'not-found', now);
    }
  }

  /** A ping was answered, or was not. */
  requestEnded(operation: Operation, reply: Message | null, now: number): void {
    this.#runner.finish(operation, reply === null ? 'no-answer' : 'answered', now);
  }

  #nextLookup(operation: Operation, now: number): void {
    const target = operation.queue.shift();
    if (target === undefined) {
      this.#runner.finish(operation, operation.count > 0 ? 'refreshed' : 'no-answer', now);
      return;
    }
    this.#runner.lookup(operation, FIND_NODE, now, { target });
    this.#context.keys.release(target);
  }

  /** After the lookup of its own key, a new node refreshes all buckets beyond its closest neighbour (§2.3). */
  #queueFarBuckets(operation: Operation): void {
    const last = this.#tables.bucketCount(operation.node) - 1;
    for (let bucket = 0; bucket < last; bucket++) this.#queueBucket(operation, bucket);
  }

  #queueSelf(operation: Operation): void {
    const own = this.#runner.self(operation);
    this.#context.keys.retain(own);
    operation.queue.push(own);
  }

  #queueBucket(operation: Operation, bucket: number): void {
    const { keys, host } = this.#context;
    const origin = keys.key(this.#runner.self(operation));
    const random = randomKeyInBucket(origin, bucket, () => host.random(operation.node));
    const key = host.askable === undefined ? random : host.askable(random, bucket + 1);
    if (key !== null) operation.queue.push(keys.intern(key));
  }
}
