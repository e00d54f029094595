// One query: a stream of events that lasts as long as its operation, and no longer than anybody listens.
import type { DHTProgressEvents } from './events.ts';
import { EventTypes, progressName } from './events.ts';
import type { QueryEvent, QueryFacts, QueryPath } from './events.ts';
import type { RoutingOptions } from '@libp2p/interface';
import { pushable } from 'it-pushable';
import type { Pushable } from 'it-pushable';

/** Events that wait to be read, at most: whoever does not read for so long has lost interest. */
const UNREAD_MAX = 100_000;

type Fields<Event extends QueryEvent> = Omit<Event, keyof QueryFacts | 'name' | 'type'>;

/** How a query ended, for those who wait for it. */
export interface QueryEnd {
  /** The outcome of the operation. */
  readonly reason: string;
  readonly error?: Error;
}

/** What a query is about. */
export interface QueryOrder {
  readonly id: number;
  /** The bytes that are hashed: a peer id, a multihash, the key of a record. */
  readonly key: Uint8Array;
  readonly isForPeer: boolean;
}

/** The events of one operation. */
export class Query {
  readonly id: number;
  readonly key: Uint8Array;
  /** Whether the query looks for the peer of this id. */
  readonly isForPeer: boolean;
  readonly #events: Pushable<QueryEvent> = pushable<QueryEvent>({ objectMode: true });
  readonly #options: RoutingOptions;
  readonly #now: () => number;
  #asked = 0;
  #running = 0;
  #hasEnded = false;

  constructor(order: QueryOrder, options: RoutingOptions, now: () => number) {
    this.id = order.id;
    this.key = order.key;
    this.isForPeer = order.isForPeer;
    this.#options = options;
    this.#now = now;
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** A request has been sent. */
  noteSent(): void {
    this.#asked++;
    this.#running++;
  }

  /** A request has ended. */
  noteEnded(): void {
    this.#running--;
  }

  /** Tells whoever listens. Getters among the fields stay getters: few look at all that an event says. */
  emit<Name extends QueryEvent['name']>(
    name: Name,
    fields: Fields<Extract<QueryEvent, { name: Name }>>,
    isLocal = false,
  ): void {
    if (this.#hasEnded) return;
    const facts = { name, type: EventTypes[name], queryId: this.id, time: this.#now() };
    const event = Object.defineProperties(
      { ...facts, path: this.#path(isLocal) },
      Object.getOwnPropertyDescriptors(fields),
    ) as unknown as QueryEvent;
    this.#progress(event);
    if (!this.#hasEnded && this.#events.readableLength < UNREAD_MAX) this.#events.push(event);
  }

  /** Whoever listens is called from within the engine: what he throws ends his query, and nothing else. */
  #progress(event: QueryEvent): void {
    const { onProgress } = this.#options as {
      onProgress?: (event: DHTProgressEvents) => void;
    };
    if (onProgress === undefined) return;
    try {
      onProgress(
        new CustomEvent(progressName(event.name), {
          detail: event,
        }) as unknown as DHTProgressEvents,
      );
    } catch (error) {
      this.#hasEnded = true;
      this.#events.end(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** The operation has ended; listeners hear what they have not heard yet, and then the end. */
  end({ reason, error }: QueryEnd): void {
    if (this.#hasEnded) return;
    this.emit('PATH_ENDED', { reason });
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#events.end(error);
  }

  /** What is said, as it is said. */
  [Symbol.asyncIterator](): AsyncIterator<QueryEvent> {
    return this.#events[Symbol.asyncIterator]();
  }

  #path(isLocal: boolean): QueryPath {
    if (isLocal) return { index: -1, queued: 0, running: 0, total: 0 };
    return { index: 0, queued: 0, running: this.#running, total: this.#asked };
  }
}
