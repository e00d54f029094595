// Tells a lookup in plain words, hop by hop: who was asked, how much nearer each answer came, who failed and why,
// why it ended, and what it cost.
import type { QueryEvent } from '@kadscope/libp2p';
import type { Told } from './ask.ts';
import { durationText } from './duration.ts';
import { failureText } from './failure.ts';

/** What the events do not say. */
export interface ExplainOptions {
  /** What was looked for, in words. */
  readonly title: string;
  /** The node that asks. */
  readonly self: string;
}

/** How much of a peer id is enough to tell it from others. */
const TAIL = 8;

const REASONS: Readonly<Record<string, string>> = {
  found: 'what was looked for was found',
  'not-found': 'the closest nodes have all been asked, and none of them has it',
  stored: 'the closest nodes have taken it',
  'not-stored': 'none of the closest nodes has taken it',
  answered: 'it has answered',
  'no-answer': 'it has not answered',
  refreshed: 'every part of the routing table has been looked at',
  invalid: 'the value does not fit its key, so nobody was sent it',
  superseded: 'this node itself holds a better value, so nobody was sent this one',
  'node-left': 'the node left the network',
  cancelled: 'whoever asked wanted to know no more',
};

interface Asked {
  readonly peer: string;
  readonly hop: number;
  readonly sentMs: number;
  readonly message: string;
  /** Whether it could be asked at all. */
  readonly isSent: boolean;
  endMs: number;
  state: 'waiting' | 'answered' | 'failed';
  problem: string;
  commonPrefixLength: number;
  named: number;
  news: number;
  providers: number;
}

/** The story of what was asked, one paragraph for each network. */
export function explain(told: readonly Told[], options: ExplainOptions): string {
  const networks = [...new Set(told.map(({ network }) => network))];
  if (networks.length === 0) return `Looking for ${options.title}: nobody was asked.\n`;
  return networks
    .map((network) => {
      const own = told.filter((one) => one.network === network);
      const story = new Story(options);
      for (const one of own) story.read(one);
      return story.tell(networks.length > 1 ? `In the network ${network}, l` : 'L');
    })
    .join('\n');
}

/** One query, as its events tell it. */
class Story {
  readonly #options: ExplainOptions;
  readonly #asked: Asked[] = [];
  readonly #gifts: Asked[] = [];
  /** How many hops away each node was when it was heard of first. */
  readonly #hops = new Map<string, number>();
  readonly #results: string[] = [];
  /** When each node was dialed. */
  readonly #dials = new Map<string, number>();
  #startMs = Number.NaN;
  #endMs = 0;
  #reason: string | null = null;

  constructor(options: ExplainOptions) {
    this.#options = options;
  }

  read({ event, atMs }: Told): void {
    if (Number.isNaN(this.#startMs)) this.#startMs = atMs;
    this.#endMs = atMs;
    switch (event.name) {
      case 'DIAL_PEER':
        this.#dials.set(event.peer.toString(), atMs);
        break;
      case 'SEND_QUERY':
        this.#send(event.to.toString(), event.messageName, { sentMs: atMs, isSent: true });
        break;
      case 'PEER_RESPONSE':
        this.#answer(event, atMs);
        break;
      case 'QUERY_ERROR':
        this.#fail(event.from.toString(), failureText(event.error), atMs);
        break;
      case 'PATH_ENDED':
        this.#reason = event.reason;
        break;
      default:
        this.#result(event, atMs);
    }
  }

  tell(start: string): string {
    const lines = [`${start}ooking for ${this.#options.title}.`];
    const last = Math.max(0, ...this.#asked.map(({ hop }) => hop));
    let best = -1;
    for (let hop = 1; hop <= last; hop++) {
      const asked = this.#asked.filter((one) => one.hop === hop);
      if (asked.length === 0) continue;
      lines.push('', ...this.#hop(hop, asked, best));
      best = Math.max(best, ...answeredOf(asked).map((one) => one.commonPrefixLength));
    }
    if (this.#gifts.length > 0) lines.push('', ...this.#given());
    if (this.#results.length > 0) lines.push('', ...this.#results);
    lines.push('', this.#end(), this.#cost());
    return `${lines.join('\n')}\n`;
  }

  #send(peer: string, message: string, { sentMs, isSent }: Pick<Asked, 'sentMs' | 'isSent'>): void {
    const isGift = message === 'PUT_VALUE' || message === 'ADD_PROVIDER';
    const hop = this.#hops.get(peer) ?? 1;
    this.#hops.set(peer, hop);
    (isGift ? this.#gifts : this.#asked).push({
      peer,
      hop,
      sentMs,
      message,
      isSent,
      endMs: sentMs,
      // Nobody answers an announcement.
      state: message === 'ADD_PROVIDER' ? 'answered' : 'waiting',
      problem: '',
      commonPrefixLength: 0,
      named: 0,
      news: 0,
      providers: 0,
    });
  }

  #answer(event: Extract<QueryEvent, { name: 'PEER_RESPONSE' }>, atMs: number): void {
    const peer = event.from.toString();
    const asked = this.#waiting(peer, event.messageName);
    if (asked === undefined) return;
    asked.state = 'answered';
    asked.endMs = atMs;
    asked.commonPrefixLength = event.commonPrefixLength;
    asked.named = event.closer.length;
    asked.providers = event.providers.length;
    for (const { id } of event.closer) {
      const name = id.toString();
      if (name === this.#options.self || this.#hops.has(name)) continue;
      this.#hops.set(name, asked.hop + 1);
      asked.news++;
    }
  }

  #fail(peer: string, problem: string, atMs: number): void {
    const asked =
      this.#waiting(peer, null) ??
      this.#gifts.findLast((one) => one.peer === peer && one.problem === '');
    if (asked === undefined) {
      const sentMs = this.#dials.get(peer) ?? atMs;
      this.#send(peer, 'FIND_NODE', { sentMs, isSent: false });
      this.#fail(peer, problem, atMs);
      return;
    }
    Object.assign(asked, { state: 'failed', problem, endMs: atMs });
  }

  #waiting(peer: string, message: string | null): Asked | undefined {
    return [...this.#asked, ...this.#gifts].find(
      (one) =>
        one.peer === peer &&
        one.state === 'waiting' &&
        (message === null || one.message === message),
    );
  }

  #result(event: QueryEvent, atMs: number): void {
    const after = `after ${durationText(atMs - this.#startMs)}`;
    if (event.name === 'PROVIDER') {
      for (const { id, multiaddrs } of event.providers)
        this.#results.push(
          `Found ${after}: ${id.toString()} provides it, at ${counted(multiaddrs.length, 'address', 'addresses')}.`,
        );
    } else if (event.name === 'VALUE')
      this.#results.push(
        `Found ${after}: a value of ${counted(event.value.length, 'byte')}, held by ${short(event.from.toString())}.`,
      );
    else if (event.name === 'FINAL_PEER') {
      const { id, multiaddrs } = event.peer;
      this.#results.push(
        `Result: ${id.toString()}, at ${counted(multiaddrs.length, 'address', 'addresses')}.`,
      );
    }
  }

  #hop(hop: number, asked: readonly Asked[], best: number): string[] {
    const answered = answeredOf(asked);
    const nearest = Math.max(-1, ...answered.map((one) => one.commonPrefixLength));
    const who =
      hop === 1
        ? 'known before'
        : hop === 2
          ? 'named by those of hop 1'
          : `named on hop ${hop - 1}`;
    const head = `Hop ${hop}: ${counted(asked.length, 'node')} ${who}; ${answered.length} answered.`;
    const lines = asked.map((one) => `  ${lineOf(one)}`);
    if (nearest < 0) return [`${head} Nobody of them came nearer.`, ...lines];
    const share = `The nearest shares ${counted(nearest, 'bit')} with the target`;
    if (best < 0) return [`${head} ${share}.`, ...lines];
    const gain = nearest - best;
    const nearer =
      gain > 0 ? `${counted(gain, 'bit')} nearer than before` : 'no nearer than those before';
    return [`${head} ${share}: ${nearer}.`, ...lines];
  }

  #given(): string[] {
    const taken = answeredOf(this.#gifts).length;
    const isRecord = this.#gifts[0]!.message === 'PUT_VALUE';
    const head = isRecord
      ? `Then the value was sent to the ${counted(this.#gifts.length, 'closest node')}; ${taken} took it.`
      : `Then the announcement was sent to the ${counted(this.#gifts.length, 'closest node')}; nobody confirms one.`;
    const failed = this.#gifts.filter(({ state }) => state === 'failed');
    return [head, ...failed.map((one) => `  ${lineOf(one)}`)];
  }

  #end(): string {
    const took = durationText(this.#endMs - this.#startMs || 0);
    if (this.#reason === null)
      return `It ended after ${took}, before it was complete: there were enough results, or no time was left.`;
    return `It ended after ${took}: ${REASONS[this.#reason] ?? this.#reason}.`;
  }

  #cost(): string {
    const all = [...this.#asked, ...this.#gifts].filter(({ isSent }) => isSent);
    const failed = all.filter(({ state }) => state === 'failed').length;
    const waiting = all.filter(({ state }) => state === 'waiting').length;
    const unreached = this.#asked.filter(({ isSent }) => !isSent).length;
    const missed =
      unreached === 0 ? '' : ` ${counted(unreached, 'node')} could not be reached at all.`;
    const open = waiting === 0 ? '' : `, ${waiting} not waited for`;
    return `It cost ${counted(all.length, 'request')} (${answeredOf(all).length} answered, ${failed} failed${open}) and ${counted(this.#dials.size, 'dial')}.${missed}`;
  }
}

function answeredOf(asked: readonly Asked[]): Asked[] {
  return asked.filter(({ state }) => state === 'answered');
}

function lineOf({ peer, state, problem, sentMs, endMs, ...answer }: Asked): string {
  const took = durationText(endMs - sentMs);
  if (state === 'failed') return `${short(peer)} failed after ${took}: ${problem}.`;
  if (state === 'waiting') return `${short(peer)} had not answered when the lookup ended.`;
  const { commonPrefixLength: bits, named, news, providers } = answer;
  const has = providers === 0 ? '' : `, knows ${counted(providers, 'provider')}`;
  return `${short(peer)} answered in ${took}: ${counted(bits, 'bit')}, named ${counted(named, 'node')}, ${news} of them new${has}.`;
}

function short(peer: string): string {
  return `…${peer.slice(-TAIL)}`;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
