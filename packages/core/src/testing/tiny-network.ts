// A network small enough to follow by hand: 8-bit keys, a clock that the test moves, and messages that
// wait until the test lets them arrive or loses them.
import { assert } from '../keyspace/assert.ts';
import { keyFromBits, keyToBits } from '../keyspace/key.ts';
import type { KeyHandle } from '../keyspace/key-table.ts';
import { KeyTable } from '../keyspace/key-table.ts';
import { Rng } from '../keyspace/rng.ts';
import type { Budgets } from '../kademlia/budget.ts';
import type { Host } from '../kademlia/context.ts';
import { Kademlia } from '../kademlia/kademlia.ts';
import { ADD_PROVIDER, Message } from '../kademlia/message.ts';
import type { Command, OperationEvent } from '../kademlia/operation.ts';
import { PAPER } from '../kademlia/profile.ts';
import type { Profile } from '../kademlia/profile.ts';
import { PROVIDER_LIMITS } from '../store/provider-store.ts';
import type { Validators } from '../store/validate.ts';
import { VALUE_LIMITS } from '../store/value-store.ts';
import { MESSAGE_KINDS } from '../trace/event.ts';
import type { MessageKind } from '../trace/event.ts';
import { Reporter } from '../trace/reporter.ts';
import { Trace } from '../trace/trace.ts';

/** The paper's Kademlia in a keyspace of 256 points: small buckets, one attempt a request. */
const TINY: Profile = {
  ...PAPER,
  keyBits: 8,
  k: 3,
  alpha: 2,
  initialAlpha: 64,
  beta: 3,
  replacementCacheMax: 3,
  requestTimeoutMs: 100,
  requestAttempts: 1,
  firstSoftTimeoutMs: 100,
  leastSoftTimeoutMs: 100,
  valueLimits: { ...VALUE_LIMITS, perNode: 5 },
  providerLimits: { ...PROVIDER_LIMITS, perNode: 5 },
};

/** One way of every message that travels on its own. */
const TRAVEL_MS = 10;

/** Messages and timers that `run` handles at most: more would mean that a test never ends. */
const STEPS_MAX = 100_000;

interface Timer {
  readonly atMs: number;
  readonly kind: number;
  readonly a: number;
  readonly b: number;
}

/** A message on its way. */
export interface Parcel {
  /** Names of the nodes: their keys in bits. */
  readonly from: string;
  readonly to: string;
  readonly kind: MessageKind;
  readonly isResponse: boolean;
  readonly arrivesAt: number;
  readonly message: Message;
}

/** What few tests need. */
export interface TinyOptions {
  /** The address group of a contact. */
  readonly groups?: (contact: KeyHandle, net: TinyNetwork) => number;
  /** Its address group as far as records and requests are concerned. */
  readonly subnets?: (contact: KeyHandle) => number;
  /** What hosts may do and need not. */
  readonly host?: Partial<Pick<Host, 'needsDial' | 'askable' | 'kept'>>;
  readonly budgets?: Budgets;
}

/** Nodes that are named by the bits of their keys; those that are not online never answer. */
export class TinyNetwork {
  readonly keys: KeyTable;
  readonly engine: Kademlia;
  readonly trace: Trace;
  now = 0;
  /** Messages that were sent and have neither arrived nor been lost, in the order of sending. */
  readonly sent: Parcel[] = [];
  readonly results: OperationEvent[] = [];
  /** Called with every result, in the turn in which it happens. */
  onResult: ((event: OperationEvent) => void) | null = null;
  readonly #profile: Profile;
  readonly #timers: Timer[] = [];
  readonly #rng = new Rng(1, 'tiny network');

  constructor(
    nodes: readonly string[],
    profile: Partial<Profile> = {},
    validators?: Validators,
    { groups, subnets, budgets, host = {} }: TinyOptions = {},
  ) {
    const full = { ...TINY, ...profile };
    this.#profile = full;
    const { keyBits, k, alpha, beta } = full;
    this.keys = new KeyTable(keyBits);
    this.trace = new Trace({
      title: 'tiny',
      source: 'simulation',
      epochNs: 0n,
      keyBits,
      k,
      alpha,
      beta,
    });
    this.engine = new Kademlia({
      profile: full,
      keys: this.keys,
      host: { ...this.#host(), ...host },
      trace: new Reporter(this.keys, this.trace),
      ...(validators !== undefined && { validators }),
      ...(budgets !== undefined && { budgets }),
      ...(subnets !== undefined && { subnets }),
      ...(groups !== undefined && { groups: (contact) => groups(contact, this) }),
    });
    for (const name of nodes) {
      const key = keyFromBits(name);
      assert(
        this.keys.intern(key) === this.engine.addNode(this.keys.find(key)),
        'every node has its own name',
      );
      this.trace.addNode({ id: name, label: name, key });
    }
  }

  /** The number of a node, which is also the handle of its key. */
  node(name: string): number {
    const handle = this.keys.find(keyFromBits(name));
    assert(handle >= 0, `there is no node ${name}`);
    return handle;
  }

  name(handle: KeyHandle): string {
    return keyToBits(this.keys.key(handle));
  }

  names(handles: Iterable<KeyHandle>): string[] {
    return Array.from(handles, (handle) => this.name(handle));
  }

  /** Puts nodes online, as servers. */
  enter(...names: readonly string[]): void {
    for (const name of names) this.engine.enter(this.node(name), 'server', this.now);
  }

  /** Lets a node know others, as if it had met them one after the other. */
  know(name: string, ...contacts: readonly string[]): void {
    for (const contact of contacts)
      this.engine.tables.observe(this.node(name), this.node(contact), this.now);
  }

  /** The contacts of a node, bucket by bucket, oldest first. */
  contacts(name: string): string[][] {
    const { tables } = this.engine;
    const node = this.node(name);
    return Array.from({ length: tables.bucketCount(node) }, (_, index) => {
      const bucket = tables.bucket(node, index);
      const size = tables.buckets.size(bucket);
      return Array.from({ length: size }, (_, at) => this.name(tables.buckets.contact(bucket, at)));
    });
  }

  start(command: Command): number {
    return this.engine.start(command, this.now);
  }

  /** The requests on their way, as 'kind to'. */
  requests(): string[] {
    return this.sent.filter(({ isResponse }) => !isResponse).map(({ kind, to }) => `${kind} ${to}`);
  }

  /** The parcel that fits, which is on its way. */
  find(fits: Partial<Parcel>): Parcel {
    const parcel = this.sent.find((one) =>
      Object.entries(fits).every(([field, value]) => one[field as keyof Parcel] === value),
    );
    assert(parcel !== undefined, `no such message is on its way: ${JSON.stringify(fits)}`);
    return parcel;
  }

  /** Lets one message arrive now. */
  deliver(parcel: Parcel): void {
    this.#take(parcel);
    const { message } = parcel;
    this.engine.receive(message.to, message, this.now);
    if (
      message.kind === ADD_PROVIDER &&
      !message.isResponse &&
      !this.#profile.acknowledgesProviders &&
      this.engine.isActive(message.to)
    )
      this.engine.delivered(message.slot, message.rpc, this.now);
    this.#release(parcel);
  }

  /** Loses one message. */
  lose(parcel: Parcel): void {
    this.#take(parcel);
    this.#release(parcel);
  }

  /** Lets a request reach `to`, and the answer come back. */
  answer(to: string): void {
    this.deliver(this.find({ to, isResponse: false }));
    this.deliver(this.find({ from: to, isResponse: true }));
  }

  /** Refuses a request: its sender learns at once that the node cannot be dialed. */
  refuse(parcel: Parcel): void {
    this.#take(parcel);
    this.engine.unreachable(parcel.message.slot, parcel.message.rpc, this.now);
    this.#release(parcel);
  }

  /** Moves the clock; timers ring on the way, messages stay where they are. */
  wait(ms: number): void {
    const until = this.now + ms;
    for (let timer = this.#nextTimer(until); timer !== undefined; timer = this.#nextTimer(until)) {
      this.#ring(timer);
    }
    this.now = until;
  }

  /** Lets messages travel and timers ring for `ms`; without, until no message is on its way and no request waits. */
  run(ms: number = Number.POSITIVE_INFINITY): void {
    const until = this.now + ms;
    for (let step = 0; step < STEPS_MAX; step++) {
      if (ms === Number.POSITIVE_INFINITY && this.sent.length + this.engine.requests.inFlight === 0)
        return;
      const parcel = this.sent[0];
      const timer = this.#nextTimer(Math.min(until, parcel?.arrivesAt ?? until));
      if (timer !== undefined) this.#ring(timer);
      else if (parcel !== undefined && parcel.arrivesAt <= until) {
        this.now = Math.max(this.now, parcel.arrivesAt);
        this.deliver(parcel);
      } else {
        this.now = until;
        return;
      }
    }
    assert(false, 'a tiny network comes to rest');
  }

  /** The last result that an operation sent: its end. */
  outcome(operation: number): string | null {
    const last = this.results.findLast((event) => event.operation.id === operation);
    return last?.type === 'finished' ? last.operation.outcome : null;
  }

  /** Deep copy of a message, to be sent again or forged. */
  send(message: Message): void {
    const copy = Object.assign(new Message(), message, {
      contacts: message.contacts.slice(),
      providers: message.providers.slice(),
    });
    if (copy.key >= 0) this.keys.retain(copy.key);
    this.sent.push({
      from: this.name(copy.from),
      to: this.name(copy.to),
      kind: MESSAGE_KINDS[copy.kind]!,
      isResponse: copy.isResponse,
      arrivesAt: this.now + TRAVEL_MS,
      message: copy,
    });
  }

  #host(): Host {
    return {
      send: (message) => this.send(message),
      setTimer: (atMs, kind, a, b) => void this.#timers.push({ atMs, kind, a, b }),
      result: (event) => {
        this.results.push(event);
        this.onResult?.(event);
      },
      random: () => this.#rng.uint32(),
    };
  }

  #nextTimer(until: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs <= until && (next === undefined || timer.atMs < next.atMs)) next = timer;
    }
    return next;
  }

  #ring(timer: Timer): void {
    this.#timers.splice(this.#timers.indexOf(timer), 1);
    this.now = Math.max(this.now, timer.atMs);
    this.engine.timer(timer.kind, timer.a, timer.b, this.now);
  }

  #take(parcel: Parcel): void {
    const at = this.sent.indexOf(parcel);
    assert(at >= 0, 'a message arrives once');
    this.sent.splice(at, 1);
  }

  #release(parcel: Parcel): void {
    if (parcel.message.key >= 0) this.keys.release(parcel.message.key);
  }
}
