// A believable trace without the engine: nodes that know each other as Kademlia's k-buckets would have
// it, and iterative lookups with latency and dead peers. For tests and for work on views.
import { commonPrefixLength, compareDistance, keyToHex, Rng } from '@kadscope/core/keyspace';
import type { Key } from '@kadscope/core/keyspace';
import { emptyRow, EVENT_TYPES, MESSAGE_KINDS, STEP_IDS, STEPS, Trace } from '@kadscope/core/trace';
import type { MessageKind, OperationKind, Row, StepId } from '@kadscope/core/trace';

export interface SampleOptions {
  readonly nodes?: number;
  readonly lookups?: number;
  readonly seed?: number;
  readonly k?: number;
  readonly alpha?: number;
  /** Part of the nodes that never answer. */
  readonly dead?: number;
  /** Mean time between the starts of two lookups. */
  readonly spacingMs?: number;
}

const OPERATIONS: readonly OperationKind[] = [
  'findNode',
  'findProviders',
  'provide',
  'getValue',
  'putValue',
  'findPeer',
];
const KIND_OF: Readonly<Record<string, MessageKind>> = {
  findProviders: 'get-providers',
  getValue: 'get-value',
};
const TIMEOUT_MS = 900;

/** Makes a trace; the same options make the same trace. */
export function sampleTrace(options: SampleOptions = {}): Trace {
  return new Sample(options).run();
}

interface Task {
  readonly atMs: number;
  readonly run: () => void;
}

interface Running {
  readonly id: number;
  readonly origin: number;
  readonly target: Key;
  readonly key: number;
  readonly kind: MessageKind;
  readonly startEvent: number;
  readonly heard: {
    node: number;
    hop: number;
    state: 'heard' | 'waiting' | 'answered' | 'failed';
  }[];
  best: number;
  isDone: boolean;
}

class Sample {
  readonly #trace: Trace;
  readonly #rng: Rng;
  readonly #options: Required<SampleOptions>;
  readonly #contacts: number[][] = [];
  readonly #tasks: Task[] = [];
  readonly #deadFrom: number;
  #now = 0;
  #rpc = 0;

  constructor(options: SampleOptions) {
    this.#options = {
      nodes: 200,
      lookups: 40,
      seed: 1,
      k: 20,
      alpha: 3,
      dead: 0.08,
      spacingMs: 350,
      ...options,
    };
    const { k, alpha, seed, nodes, dead } = this.#options;
    this.#rng = new Rng(seed, 'sample');
    this.#trace = new Trace({
      title: 'Sample network',
      source: 'simulation',
      epochNs: 0n,
      keyBits: 256,
      profile: 'paper',
      k,
      alpha,
      beta: 3,
      seed,
    });
    this.#deadFrom = Math.floor(nodes * (1 - dead));
  }

  run(): Trace {
    this.#addNodes();
    let atMs = 120;
    for (let i = 0; i < this.#options.lookups; i++) {
      this.#at(atMs, () => this.#startLookup(i));
      atMs += this.#options.spacingMs * (0.3 + 1.4 * this.#rng.fraction());
    }
    for (let task = this.#takeTask(); task !== undefined; task = this.#takeTask()) {
      this.#now = task.atMs;
      task.run();
    }
    return this.#trace;
  }

  #addNodes(): void {
    const { nodes, k } = this.#options;
    for (let node = 0; node < nodes; node++) {
      const key = this.#rng.bytes(32);
      this.#trace.addNode({ id: keyToHex(key), key });
      this.#step('node.entered', { node });
    }
    for (let node = 0; node < nodes; node++) {
      const buckets = new Map<number, number>();
      const mine: number[] = [];
      const start = this.#rng.below(nodes);
      for (let i = 0; i < nodes; i++) {
        const peer = (start + i) % nodes;
        if (peer === node) continue;
        const prefix = commonPrefixLength(this.#keyOf(node), this.#keyOf(peer));
        const size = buckets.get(prefix) ?? 0;
        if (size >= k) continue;
        buckets.set(prefix, size + 1);
        mine.push(peer);
        this.#step('table.added', { node, peer, count: prefix });
      }
      this.#contacts.push(mine);
    }
  }

  #startLookup(id: number): void {
    const origin = this.#rng.below(this.#deadFrom);
    const target = this.#rng.bytes(32);
    const key = this.#trace.addKey(target);
    const operation = OPERATIONS[this.#rng.below(OPERATIONS.length)]!;
    const started = this.#step('operation.started', {
      node: origin,
      operation: id,
      key,
      detail: operation,
    });
    const startEvent = this.#step('lookup.started', {
      node: origin,
      lookup: id,
      operation: id,
      key,
      cause: started,
    });
    const kind = KIND_OF[operation] ?? 'find-node';
    const lookup: Running = {
      id,
      origin,
      target,
      key,
      kind,
      startEvent,
      heard: [],
      best: -1,
      isDone: false,
    };
    this.#hear(lookup, this.#closest(this.#contacts[origin]!, target), 1, startEvent);
    this.#query(lookup, startEvent);
  }

  #hear(lookup: Running, peers: readonly number[], hop: number, cause: number): void {
    for (const node of peers) {
      if (node === lookup.origin || lookup.heard.some((candidate) => candidate.node === node))
        continue;
      lookup.heard.push({ node, hop, state: 'heard' });
      this.#step('lookup.heard', {
        node: lookup.origin,
        peer: node,
        lookup: lookup.id,
        operation: lookup.id,
        key: lookup.key,
        hop,
        cause,
      });
    }
    lookup.heard.sort((a, b) =>
      compareDistance(lookup.target, this.#keyOf(a.node), this.#keyOf(b.node)),
    );
  }

  #query(lookup: Running, cause: number): void {
    const { k, alpha } = this.#options;
    const alive = lookup.heard.filter((candidate) => candidate.state !== 'failed').slice(0, k);
    let waiting = alive.filter((candidate) => candidate.state === 'waiting').length;
    for (const candidate of alive) {
      if (candidate.state !== 'heard' || waiting >= alpha) continue;
      candidate.state = 'waiting';
      waiting++;
      this.#ask(lookup, candidate, cause);
    }
    if (waiting > 0 || lookup.isDone) return;
    lookup.isDone = true;
    const common = { node: lookup.origin, operation: lookup.id, key: lookup.key };
    const end = this.#step('lookup.finished', {
      ...common,
      lookup: lookup.id,
      count: Math.min(k, alive.length),
      detail: 'closest-answered',
      cause,
    });
    this.#step('operation.finished', { ...common, detail: 'found', cause: end });
  }

  #ask(lookup: Running, candidate: Running['heard'][number], cause: number): void {
    const rpc = this.#rpc++;
    const { origin, key, kind } = lookup;
    const about = {
      rpc,
      key,
      kind: MESSAGE_KINDS.indexOf(kind),
      lookup: lookup.id,
      operation: lookup.id,
    };
    const peer = candidate.node;
    const queried = this.#step('lookup.queried', {
      node: origin,
      peer,
      ...about,
      hop: candidate.hop,
      cause,
    });
    const sent = this.#step('rpc.sent', {
      node: origin,
      peer,
      ...about,
      bytes: 78,
      hop: candidate.hop,
      cause: queried,
    });
    const isDead = peer >= this.#deadFrom || this.#rng.chance(0.01);
    if (isDead) {
      this.#at(this.#now + this.#latency(), () =>
        this.#step('network.dropped', {
          node: peer,
          peer: origin,
          ...about,
          message: sent,
          cause: sent,
        }),
      );
      this.#at(this.#now + TIMEOUT_MS, () => {
        const failed = this.#step('rpc.failed', {
          node: origin,
          peer,
          ...about,
          detail: 'timeout',
          cause: sent,
        });
        candidate.state = 'failed';
        const lost = this.#step('lookup.failed', {
          node: origin,
          peer,
          ...about,
          hop: candidate.hop,
          detail: 'timeout',
          cause: failed,
        });
        this.#query(lookup, lost);
      });
      return;
    }
    this.#at(this.#now + this.#latency(), () => this.#respond(lookup, candidate, about, sent));
  }

  #respond(
    lookup: Running,
    candidate: Running['heard'][number],
    about: Partial<Row>,
    sent: number,
  ): void {
    const origin = lookup.origin;
    const peer = candidate.node;
    const closer = this.#closest(this.#contacts[peer]!, lookup.target);
    const { lookup: _lookup, operation: _operation, ...rpc } = about;
    const got = this.#step('responder.received', {
      node: peer,
      peer: origin,
      ...rpc,
      message: sent,
      cause: sent,
    });
    const reply = this.#step('responder.answered', {
      node: peer,
      peer: origin,
      ...rpc,
      isResponse: 1,
      bytes: 60 + 38 * closer.length,
      count: closer.length,
      cause: got,
    });
    this.#at(this.#now + this.#latency(), () => {
      const received = this.#step('rpc.received', {
        node: origin,
        peer,
        ...about,
        message: reply,
        isResponse: 1,
        cause: reply,
      });
      candidate.state = 'answered';
      const answered = this.#step('lookup.answered', {
        node: origin,
        peer,
        ...about,
        hop: candidate.hop,
        count: closer.length,
        cause: received,
      });
      const before = lookup.best;
      this.#hear(lookup, closer, candidate.hop + 1, answered);
      const nearest = lookup.heard.find((other) => other.state !== 'failed');
      lookup.best =
        nearest === undefined ? -1 : commonPrefixLength(this.#keyOf(nearest.node), lookup.target);
      if (lookup.best > before) {
        this.#step('lookup.advanced', {
          node: origin,
          peer: nearest!.node,
          ...about,
          hop: candidate.hop,
          count: lookup.best,
          cause: answered,
        });
      }
      this.#query(lookup, answered);
    });
  }

  #closest(nodes: readonly number[], target: Key): number[] {
    const sorted = nodes.toSorted((a, b) =>
      compareDistance(target, this.#keyOf(a), this.#keyOf(b)),
    );
    return sorted.slice(0, this.#options.k);
  }

  #keyOf(node: number): Key {
    return this.#trace.nodes[node]!.key!;
  }

  #latency(): number {
    const far = this.#rng.fraction();
    return 18 + 70 * far + (this.#rng.chance(0.08) ? 160 * this.#rng.fraction() : 0);
  }

  #step(id: StepId, fields: Partial<Row>): number {
    const timeMs = Math.floor(this.#now);
    const timeNs = Math.floor((this.#now - timeMs) * 1e6);
    const type = EVENT_TYPES.indexOf(STEPS[id].type);
    return this.#trace.append({
      ...emptyRow(),
      ...fields,
      timeMs,
      timeNs,
      type,
      step: STEP_IDS.indexOf(id),
    });
  }

  #at(atMs: number, run: () => void): void {
    const tasks = this.#tasks;
    let at = tasks.push({ atMs, run }) - 1;
    for (
      let parent = (at - 1) >> 1;
      at > 0 && tasks[parent]!.atMs > tasks[at]!.atMs;
      parent = (at - 1) >> 1
    ) {
      [tasks[parent], tasks[at]] = [tasks[at]!, tasks[parent]!];
      at = parent;
    }
  }

  #takeTask(): Task | undefined {
    const tasks = this.#tasks;
    const first = tasks[0];
    const last = tasks.pop();
    if (first === undefined || last === undefined || tasks.length === 0) return first;
    tasks[0] = last;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      if (left >= tasks.length) return first;
      const child =
        left + 1 < tasks.length && tasks[left + 1]!.atMs < tasks[left]!.atMs ? left + 1 : left;
      if (tasks[child]!.atMs >= tasks[at]!.atMs) return first;
      [tasks[child], tasks[at]] = [tasks[at]!, tasks[child]!];
      at = child;
    }
  }
}
