// Records the query events of @libp2p/kad-dht, so that a query can be watched: each event as a line of JSON with
// its time, and lines that say what was asked for and how it ended. The events themselves say neither.
//
// Nothing of libp2p is imported: whatever has the shape of its events can be recorded, in Node and in browsers.
import { keyToHex } from '@kadscope/core/keyspace';
import { formatInstant } from '@kadscope/core/trace';

/** A peer id, a CID, an address: anything whose text names it. */
export interface Named {
  toString(): string;
}

/** A peer and its addresses. */
export interface PeerLike {
  readonly id: Named;
  readonly multiaddrs: readonly Named[];
}

/** An event of a query, as @libp2p/kad-dht yields it. */
export interface QueryEventLike {
  readonly name: string;
  readonly to?: Named;
  readonly from?: Named;
  readonly peer?: Named | PeerLike;
  readonly messageType?: unknown;
  readonly closer?: readonly PeerLike[];
  readonly providers?: readonly PeerLike[];
  readonly record?: { readonly key: Uint8Array; readonly value: Uint8Array };
  readonly value?: Uint8Array;
  readonly error?: Error;
  readonly path?: object;
}

/** Where the lines go, and what the events do not say. */
export interface RecordOptions {
  /** Takes a line, its end included; the query waits for what it returns. */
  readonly write: (line: string) => void | Promise<void>;
  /** Who asks: the peer id of the node. */
  readonly node?: Named;
  /** What is asked for: the name of the method, such as `findProviders`. */
  readonly operation?: string;
  /** What it is about: a CID, a peer id, or the bytes of a key. */
  readonly key?: Named | Uint8Array;
  /** The time in milliseconds since 1970. */
  readonly now?: () => number;
}

/** How a query ended: by itself, because its caller had enough, or with an error. */
type Outcome = 'done' | 'stopped' | 'failed';

let queries = 0;

/**
 * Passes the events of a query on as they come, and writes each down. Queries that run at once may write to
 * one file.
 *
 * @example
 * ```ts
 * async function* query() {
 *   yield { name: 'DIAL_PEER', peer: '12D3KooW…', path: { index: 0 } };
 * }
 * const lines: string[] = [];
 * const options = { write: (line: string) => void lines.push(line), now: () => 1_700_000_000_000.25 };
 * async function watch() {
 *   for await (const event of recordQueryEvents(query(), options)) return event.name;
 * }
 * await watch() // 'DIAL_PEER'
 * lines.map((line) => JSON.parse(line).queryEvent) // ['STARTED', 'DIAL_PEER', 'ENDED']
 * JSON.parse(lines[1]!).time // '2023-11-14T22:13:20.000250000Z'
 * ```
 */
export async function* recordQueryEvents<E extends QueryEventLike>(
  events: AsyncIterable<E>,
  options: RecordOptions,
): AsyncGenerator<E, void, undefined> {
  const now = options.now ?? currentMs;
  // Several processes may write to one file, one after the other.
  const query = `${Math.floor(now()).toString(36)}-${(queries++).toString(36)}`;
  const write = async (queryEvent: string, fields: object): Promise<void> => {
    const time = timeText(now());
    await options.write(`${JSON.stringify({ queryEvent, time, query, ...fields })}\n`);
  };
  const { node, operation, key } = options;
  await write('STARTED', { node: node?.toString(), operation, key: keyText(key) });
  let outcome: Outcome = 'stopped';
  let problem: unknown;
  try {
    for await (const event of events) {
      await write(event.name, fieldsOf(event));
      yield event;
    }
    outcome = 'done';
  } catch (error) {
    outcome = 'failed';
    problem = error;
    throw error;
  } finally {
    await write('ENDED', { outcome, error: errorOf(problem) });
  }
}

/** What an event says, as JSON: peers as text, bytes in hexadecimal. */
function fieldsOf(event: QueryEventLike): object {
  const { to, from, peer, messageType, closer, providers, record, value, error, path } = event;
  return {
    to: to?.toString(),
    from: from?.toString(),
    peer: peer === undefined ? undefined : isPeer(peer) ? peerOf(peer) : peer.toString(),
    messageType,
    closer: closer?.map(peerOf),
    providers: providers?.map(peerOf),
    record: record === undefined ? undefined : { key: hex(record.key), value: hex(record.value) },
    value: value === undefined ? undefined : hex(value),
    error: errorOf(error),
    path,
  };
}

function isPeer(peer: Named | PeerLike): peer is PeerLike {
  return typeof peer === 'object' && 'multiaddrs' in peer;
}

function peerOf({ id, multiaddrs }: PeerLike): object {
  return { id: id.toString(), multiaddrs: multiaddrs.map((address) => address.toString()) };
}

function errorOf(error: unknown): object | undefined {
  if (error === undefined) return undefined;
  return error instanceof Error
    ? { name: error.name, message: error.message }
    : { message: typeof error === 'string' ? error : 'something that is no error was thrown' };
}

function keyText(key: Named | Uint8Array | undefined): string | undefined {
  return key instanceof Uint8Array ? hex(key) : key?.toString();
}

/** Bytes as multibase: hexadecimal with its prefix. */
function hex(bytes: Uint8Array): string {
  return `f${keyToHex(bytes)}`;
}

/** Finer than `Date.now`: events of one millisecond keep their order and their distance. */
function currentMs(): number {
  return performance.timeOrigin + performance.now();
}

/** To the microsecond: a double of milliseconds since 1970 holds no more. */
function timeText(ms: number): string {
  const whole = Math.floor(ms);
  return formatInstant({ ms: whole, ns: Math.floor((ms - whole) * 1000) * 1000 });
}
