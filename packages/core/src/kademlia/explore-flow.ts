// Operation `explore`: finds all nodes of a region, or of the whole network (a crawl).
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Explorer } from './explorer.ts';
import type { Context } from './context.ts';
import type { OperationFlow, OperationRunner } from './flow.ts';
import type { Neighbourhoods } from './neighbourhoods.ts';
import type { Command, Operation } from './operation.ts';

/** What an explore flow works with. */
export interface ExploreFlowParts {
  readonly context: Context;
  readonly explorer: Explorer;
  readonly neighbourhoods: Neighbourhoods;
  readonly runner: OperationRunner;
}

/** Explores, and streams the nodes that it finds. */
export class ExploreFlow implements OperationFlow {
  readonly #parts: ExploreFlowParts;

  constructor(parts: ExploreFlowParts) {
    this.#parts = parts;
  }

  begin(operation: Operation, command: Command, now: number): void {
    if (command.kind !== 'explore') return;
    const { prefix, length, parallel = 1, requestsPerSecond = Number.POSITIVE_INFINITY } = command;
    const { explorer, neighbourhoods } = this.#parts;
    const networkSize = neighbourhoods.networkSize(operation.node, now);
    explorer.begin(
      operation,
      {
        key: prefix,
        length,
        networkSize,
        lookupsMax: Number.POSITIVE_INFINITY,
        parallel,
        requestsPerSecond,
      },
      now,
    );
  }

  answered(): boolean {
    return false;
  }

  lookedUp(operation: Operation, now: number): void {
    const { explorer, context, runner } = this.#parts;
    const found = explorer.lookedUp(operation, now);
    const all = found ?? explorer.found(operation);
    if (all.length > operation.count) {
      const nodes = all.slice(operation.count);
      operation.count = all.length;
      context.host.result({ type: 'nodes', operation, nodes });
    }
    if (found !== null) runner.finish(operation, operation.count > 0 ? 'found' : 'not-found', now);
  }

  requestEnded(): void {
    // An exploration sends no requests besides its lookups.
  }

  timer(operation: Operation, now: number): void {
    this.#parts.explorer.timer(operation, now);
  }

  eachContact(operation: Operation, visit: (contact: KeyHandle) => void): void {
    this.#parts.explorer.eachContact(operation, visit);
  }

  ended(operation: Operation): void {
    this.#parts.explorer.close(operation);
  }
}
