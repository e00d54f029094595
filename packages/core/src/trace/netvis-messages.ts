// Which record receives which message. NetVis knows a message by its request_id alone; two nodes that
// count their requests from one then share messages, and a reply that repeats the id of its request
// becomes part of it. The smart way takes source and destination into account.

/** A `messageSent` event that waits for its receipt. */
interface Sent {
  readonly event: number;
  readonly rpc: number;
  readonly source: number;
  isReceived: boolean;
  receipt: number;
}

/** The ends of a message, by node. */
export interface Ends {
  readonly id: string | null;
  readonly source: number;
  readonly destination: number;
}

/** What is known of a message when it is sent. */
export interface SentFacts {
  readonly rpc: number;
  readonly isResponse: boolean;
  /** The receipt of the request that this answers; -1 for none. */
  readonly cause: number;
}

/** Matches receipts with what was sent, in order of time. */
export class MessageMatcher {
  readonly #strict: boolean;
  readonly #byEnds = new Map<string, Sent[]>();
  readonly #byDestination = new Map<string, Sent[]>();
  #nextRpc = 0;

  constructor(mode: 'strict' | 'smart') {
    this.#strict = mode === 'strict';
  }

  /** Takes note of a message sent as event `event`. */
  sent(ends: Ends, event: number): SentFacts {
    const request = this.#requestOf(ends);
    const rpc = request?.rpc ?? this.#nextRpc++;
    if (ends.id !== null) {
      const sent: Sent = { event, rpc, source: ends.source, isReceived: false, receipt: -1 };
      push(this.#byEnds, this.#key(ends), sent);
      if (!this.#strict) push(this.#byDestination, destinationKey(ends), sent);
    }
    if (request === undefined) return { rpc, isResponse: false, cause: -1 };
    return { rpc, isResponse: true, cause: request.receipt >= 0 ? request.receipt : request.event };
  }

  /**
   * The `messageSent` event that a receipt (or drop) at event `event` belongs to; -1 for none. A second
   * receipt belongs to the same message as the one before it.
   */
  received(ends: Ends, event: number): number {
    if (ends.id === null) return -1;
    const list =
      this.#strict || ends.source >= 0
        ? this.#byEnds.get(this.#key(ends))
        : this.#byDestination.get(destinationKey(ends));
    if (list === undefined) return -1;
    const sent = this.#strict ? list[0]! : firstWaiting(list);
    sent.isReceived = true;
    if (sent.receipt < 0) sent.receipt = event;
    return sent.event;
  }

  /** Takes note that the message sent as event `event` was received as event `receipt`. */
  settle(ends: Ends, event: number, receipt: number): void {
    const list = this.#byDestination.get(destinationKey(ends));
    const sent = list?.findLast((one) => one.event === event);
    if (sent === undefined) return;
    sent.isReceived = true;
    if (sent.receipt < 0) sent.receipt = receipt;
  }

  #requestOf(ends: Ends): Sent | undefined {
    if (this.#strict || ends.id === null) return undefined;
    const { id, source, destination } = ends;
    if (source === destination) return undefined;
    return this.#byEnds.get(this.#key({ id, source: destination, destination: source }))?.at(-1);
  }

  #key(ends: Ends): string {
    return this.#strict ? ends.id! : `${ends.source} ${ends.destination} ${ends.id}`;
  }
}

function firstWaiting(list: Sent[]): Sent {
  // What was received lies in front; the last of it stays, for receipts that come twice.
  while (list.length > 1 && list[0]!.isReceived && list[1]!.isReceived) list.shift();
  return list.find((sent) => !sent.isReceived) ?? list.at(-1)!;
}

function destinationKey(ends: Ends): string {
  return `${ends.destination} ${ends.id}`;
}

function push(map: Map<string, Sent[]>, key: string, sent: Sent): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [sent]);
  else list.push(sent);
}
