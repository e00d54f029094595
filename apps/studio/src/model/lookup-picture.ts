// One lookup as things that can be drawn: queries, contacts that were heard of, and the best one known.
import { compareDistance } from '@kadscope/core/keyspace';
import type { Key } from '@kadscope/core/keyspace';
import { MESSAGE_KINDS, messageClass } from '@kadscope/core/trace';
import type { LookupInfo, MessageClass, Trace } from '@kadscope/core/trace';

/** A request of the lookup to one node, from the decision to the answer or failure. */
export interface Query {
  readonly peer: number;
  readonly hop: number;
  readonly messageClass: MessageClass;
  /** The `lookupQueried` event. */
  readonly startEvent: number;
  readonly startMs: number;
  /** The answer or failure; -1 while it is out. */
  readonly endEvent: number;
  readonly endMs: number;
  readonly isFailed: boolean;
  /** Contacts in the answer. */
  readonly count: number;
  /** Contacts of the answer that nobody had mentioned before. */
  readonly fresh: number;
}

/** A contact that entered the shortlist. */
export interface Heard {
  readonly peer: number;
  readonly hop: number;
  readonly event: number;
  readonly timeMs: number;
}

/** From this event on, `peer` is the closest contact known. */
export interface BestStep {
  readonly peer: number;
  readonly event: number;
  readonly timeMs: number;
}

export interface LookupPicture {
  readonly lookup: LookupInfo;
  readonly queries: readonly Query[];
  readonly heard: readonly Heard[];
  readonly best: readonly BestStep[];
  readonly startMs: number;
  /** The end of the lookup, or of what is known of it. */
  readonly endMs: number;
  readonly isFinished: boolean;
  /** When it ended; answers may still come after that. Infinite while it runs. */
  readonly finishedMs: number;
  /** Set when it stopped because its operation had what it wanted, before the closest were all asked. */
  readonly early: EarlyEnd | null;
}

/** How a lookup stopped early. */
export interface EarlyEnd {
  /** The node whose answer was enough; -1 when it is not known. */
  readonly peer: number;
  /** Requests that nobody waited for any more. */
  readonly open: number;
}

/** What a lookup knows of one node at a moment. */
export type PeerRole = 'heard' | 'waiting' | 'answered' | 'failed';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Reads the events of a lookup. */
export function pictureLookup(trace: Trace, lookup: LookupInfo): LookupPicture {
  const queries: Mutable<Query>[] = [];
  const heard: Heard[] = [];
  const open = new Map<number, Mutable<Query>>();
  const failed = new Map<number, Mutable<Query>>();
  let latest: Mutable<Query> | null = null;
  for (let i = 0; i < lookup.events.length; i++) {
    const event = lookup.events.values[i]!;
    const peer = trace.get('peer', event);
    const timeMs = trace.time(event);
    switch (trace.type(event)) {
      case 'lookupHeard':
        heard.push({ peer, hop: trace.get('hop', event), event, timeMs });
        if (latest !== null) latest.fresh++;
        break;
      case 'lookupQueried': {
        const query = startQuery(event, peer, trace.get('hop', event), timeMs);
        queries.push(query);
        open.set(peer, query);
        break;
      }
      case 'messageSent': {
        const query = open.get(peer);
        if (query !== undefined)
          query.messageClass = messageClass(MESSAGE_KINDS[trace.get('kind', event)] ?? 'other');
        break;
      }
      case 'lookupAnswered':
      case 'lookupFailed': {
        // An answer can come after its request has been given up.
        latest = open.get(peer) ?? failed.get(peer) ?? null;
        if (latest !== null) endQuery(trace, latest, event, timeMs);
        if (latest?.isFailed === true) failed.set(peer, latest);
        open.delete(peer);
        break;
      }
      default:
    }
  }
  const last = lookup.events.values[lookup.events.length - 1] ?? lookup.startEvent;
  const isFinished = lookup.endEvent >= 0;
  const target = trace.keys[lookup.key];
  for (const query of queries)
    if (query.endEvent < 0 && isFinished) query.endMs = trace.time(lookup.endEvent);
  return {
    lookup,
    queries,
    heard,
    best:
      target === undefined ? [] : bestSteps(trace, heard, { target, origin: lookup.node, queries }),
    startMs: trace.time(lookup.startEvent),
    endMs: trace.time(last),
    isFinished,
    finishedMs: isFinished ? trace.time(lookup.endEvent) : Number.POSITIVE_INFINITY,
    early: earlyEnd(trace, lookup, queries),
  };
}

function earlyEnd(trace: Trace, lookup: LookupInfo, queries: readonly Query[]): EarlyEnd | null {
  const end = lookup.endEvent;
  if (end < 0 || trace.words[trace.get('detail', end)] !== 'satisfied') return null;
  const answers = queries.filter((query) => query.endEvent >= 0 && query.endEvent < end);
  const last = answers.reduce<Query | null>(
    (best, query) => (best === null || query.endEvent > best.endEvent ? query : best),
    null,
  );
  const isEnough = last !== null && !last.isFailed && last.endMs === trace.time(end);
  return { peer: isEnough ? last.peer : -1, open: queries.length - answers.length };
}

/** The class is that of the message, which is sent next. */
function startQuery(event: number, peer: number, hop: number, timeMs: number): Mutable<Query> {
  return {
    peer,
    hop,
    messageClass: 'find',
    startEvent: event,
    startMs: timeMs,
    endEvent: -1,
    endMs: Number.POSITIVE_INFINITY,
    isFailed: false,
    count: 0,
    fresh: 0,
  };
}

function endQuery(trace: Trace, query: Mutable<Query>, event: number, timeMs: number): void {
  query.endEvent = event;
  query.endMs = timeMs;
  query.isFailed = trace.type(event) === 'lookupFailed';
  query.count = Math.max(0, trace.get('count', event));
}

/** A contact that did not answer leaves consideration (§2.3), so the best known one can also be lost. */
function bestSteps(trace: Trace, heard: readonly Heard[], context: BestContext): BestStep[] {
  const { target, origin, queries } = context;
  const failures = queries.filter(({ isFailed }) => isFailed);
  failures.sort((a, b) => a.endEvent - b.endEvent);
  const steps: BestStep[] = [];
  const known: number[] = [];
  let nextFailure = 0;
  const settle = (event: number, timeMs: number): void => {
    const best = closest(trace, target, known, origin);
    const last = steps.at(-1);
    if (best === (last?.peer ?? origin)) return;
    // Contacts of one answer come one by one at one moment: only the best of them is a step.
    if (last?.timeMs === timeMs) steps.pop();
    steps.push({ peer: best, event, timeMs });
  };
  const failUntil = (event: number): void => {
    for (
      ;
      nextFailure < failures.length && failures[nextFailure]!.endEvent < event;
      nextFailure++
    ) {
      const { peer, endEvent, endMs } = failures[nextFailure]!;
      known.splice(known.indexOf(peer), 1);
      settle(endEvent, endMs);
    }
  };
  for (const { peer, event, timeMs } of heard) {
    failUntil(event);
    known.push(peer);
    settle(event, timeMs);
  }
  failUntil(Number.POSITIVE_INFINITY);
  return steps;
}

interface BestContext {
  readonly target: Key;
  readonly origin: number;
  readonly queries: readonly Query[];
}

/** The node of `nodes` that is closest to `target`, or `origin` when none is closer than that. */
function closest(trace: Trace, target: Key, nodes: readonly number[], origin: number): number {
  let best = origin;
  let bestKey = trace.nodes[origin]?.key;
  for (const node of nodes) {
    const key = trace.nodes[node]?.key;
    if (key === undefined) continue;
    if (bestKey !== undefined && compareDistance(target, bestKey, key) <= 0) continue;
    best = node;
    bestKey = key;
  }
  return best;
}

/** What the lookup knows of its nodes after `cursor` events. */
export function rolesAt(picture: LookupPicture, cursor: number): Map<number, PeerRole> {
  const roles = new Map<number, PeerRole>();
  for (const { peer, event } of picture.heard) if (event < cursor) roles.set(peer, 'heard');
  for (const query of picture.queries) {
    if (query.startEvent >= cursor) continue;
    const isOver = query.endEvent >= 0 && query.endEvent < cursor;
    roles.set(query.peer, isOver ? (query.isFailed ? 'failed' : 'answered') : 'waiting');
  }
  return roles;
}

/** Keeps the picture of the lookup asked for last; reads it again when the lookup has grown. */
export class PictureCache {
  #trace: Trace | null = null;
  #picture: LookupPicture | null = null;
  #events = 0;

  get(trace: Trace, lookup: LookupInfo): LookupPicture {
    const isFresh =
      this.#trace === trace &&
      this.#picture?.lookup === lookup &&
      this.#events === lookup.events.length;
    if (!isFresh || this.#picture === null) {
      this.#trace = trace;
      this.#events = lookup.events.length;
      this.#picture = pictureLookup(trace, lookup);
    }
    return this.#picture;
  }
}
