// Asks the DHTs of a node, and tells their answers as one: with the name of each DHT, and when it was heard.
import type { KadscopeDHT, QueryEvent } from '@kadscope/libp2p';
import type { Libp2p } from '@libp2p/interface';
import { recordQueryEvents } from '../recorder.ts';
import type { Named } from '../recorder.ts';
import type { Client } from './client.ts';

/** An event of one of the DHTs. */
export interface Told {
  readonly network: string;
  readonly event: QueryEvent;
  /** Milliseconds of a clock that never goes back. */
  readonly atMs: number;
}

/** What is asked. */
export interface Question {
  /** The method of the DHT. */
  readonly operation: string;
  readonly key: Named | Uint8Array;
  readonly ask: (dht: KadscopeDHT, signal: AbortSignal) => AsyncIterable<QueryEvent>;
  /** Takes down the events as lines, if anybody wants them. */
  readonly write?: ((line: string) => void) | undefined;
}

type Step = { readonly i: number; readonly told: Told | null };

/**
 * Asks all DHTs that know anybody. One that fails does not keep the others from being heard; throws the first
 * failure when all have failed.
 */
export async function* askAll(client: Client, question: Question): AsyncGenerator<Told> {
  const sources = client.dhts.map(({ name, dht }) => one(client, { name, dht }, question));
  const failures: unknown[] = [];
  const steps = new Map<number, Promise<Step>>();
  const advance = (i: number): void => {
    const next = sources[i]!.next().then(
      ({ done, value }) => ({ i, told: done === true ? null : value }),
      (error: unknown) => {
        failures.push(error);
        return { i, told: null };
      },
    );
    steps.set(i, next);
  };
  try {
    for (const i of sources.keys()) advance(i);
    while (steps.size > 0) {
      const { i, told } = await Promise.race(steps.values());
      if (told === null) steps.delete(i);
      else {
        advance(i);
        yield told;
      }
    }
  } finally {
    for (const source of sources) void source.return(undefined).catch(() => {});
  }
  if (failures.length === sources.length && failures.length > 0) throw failures[0];
}

async function* one(
  { libp2p, signal }: { readonly libp2p: Libp2p; readonly signal: AbortSignal },
  { name, dht }: { readonly name: string; readonly dht: KadscopeDHT },
  { operation, key, ask, write }: Question,
): AsyncGenerator<Told> {
  const events = ask(dht, signal);
  const recorded =
    write === undefined
      ? events
      : recordQueryEvents(events, { write, node: libp2p.peerId, operation, key });
  for await (const event of recorded) yield { network: name, event, atMs: performance.now() };
}
