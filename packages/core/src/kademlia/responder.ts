// How a node in server mode answers (§2.3): from its own routing table and stores, at once.
import type { ProviderStore } from '../store/provider-store.ts';
import type { ValueStore } from '../store/value-store.ts';
import type { Context } from './context.ts';
import {
  ADD_PROVIDER,
  estimateBytes,
  GET_PROVIDERS,
  GET_VALUE,
  Message,
  PING,
  PUT_VALUE,
} from './message.ts';
import type { RecordKeeper } from './record-keeper.ts';
import type { RoutingTables } from './routing-table.ts';

/** The parts of an engine that a responder works with. */
export interface ResponderParts {
  readonly context: Context;
  readonly tables: RoutingTables;
  readonly values: ValueStore;
  readonly providers: ProviderStore;
  readonly keeper: RecordKeeper;
}

/** Answers the requests that reach a population of nodes. */
export class Responder {
  readonly #parts: ResponderParts;
  readonly #reply = new Message();

  constructor(parts: ResponderParts) {
    this.#parts = parts;
  }

  /** Answers one request; the request has been reported already. */
  answer(node: number, request: Message, now: number): void {
    const reply = this.#reply;
    reply.contactCount = 0;
    reply.providerCount = 0;
    reply.record = null;
    reply.accepted = true;
    switch (request.kind) {
      case PING:
        break;
      case PUT_VALUE:
        reply.accepted =
          request.record !== null &&
          this.#parts.keeper.store(node, request.key, request.record, {
            source: request.from,
            now,
          });
        break;
      case ADD_PROVIDER:
        // Only the provider itself may announce itself: the sender is the provider.
        reply.accepted = this.#parts.keeper.provide(node, request.key, request.from, now);
        if (!this.#parts.context.profile.acknowledgesProviders) return;
        break;
      case GET_VALUE:
        reply.record = this.#parts.values.get(node, request.key, now)?.record ?? null;
        this.#addClosest(node, request);
        break;
      case GET_PROVIDERS:
        reply.providerCount = this.#parts.providers.get(node, request.key, now, reply.providers);
        this.#addClosest(node, request);
        break;
      default:
        this.#addClosest(node, request);
    }
    this.#send(node, request, now);
  }

  /** The k closest contacts of the node, without the one who asks. */
  #addClosest(node: number, request: Message): void {
    const reply = this.#reply;
    reply.contactCount = this.#parts.tables.closestUnordered(
      node,
      request.key,
      request.from,
      reply.contacts,
    );
  }

  #send(node: number, request: Message, now: number): void {
    const { trace, host, self, budgets } = this.#parts.context;
    const reply = this.#reply;
    reply.kind = request.kind;
    reply.isResponse = true;
    reply.from = self.key(node);
    reply.fromServer = true;
    reply.to = request.from;
    reply.rpc = request.rpc;
    reply.slot = request.slot;
    reply.key = request.key;
    const bytes = estimateBytes(reply);
    if (budgets !== null && !budgets.upload.admit(node, bytes, now)) return;
    reply.traceEvent =
      trace === null
        ? -1
        : trace.step('responder.answered', now, {
            node: reply.from,
            peer: reply.to,
            kind: reply.kind,
            isResponse: true,
            rpc: reply.rpc,
            key: reply.key,
            count: reply.contactCount,
            bytes,
          });
    host.send(reply);
  }
}
