import { describe, expect, test } from 'vitest';
import type { FromWorker, ToWorker, WorkerPort } from './protocol.ts';
import { AHEAD_MS, createSession } from './session.ts';
import { SimulationHost } from './simulation-host.ts';
import { SimulationSource } from './source.ts';

/** The worker without a worker: messages are cloned as `postMessage` would, tasks run when asked. */
class LocalWorker implements WorkerPort {
  onmessage: WorkerPort['onmessage'] = null;
  onerror: WorkerPort['onerror'] = null;
  readonly #tasks: (() => void)[] = [];
  readonly #host: SimulationHost;
  isTerminated = false;

  constructor(eventsMax?: number) {
    const port = {
      send: (message: FromWorker) => this.onmessage?.({ data: structuredClone(message) }),
      now: () => 0,
      later: (task: () => void) => void this.#tasks.push(task),
    };
    this.#host = new SimulationHost(port, eventsMax);
  }

  postMessage(message: ToWorker): void {
    const copy = structuredClone(message);
    this.#tasks.push(() => this.#host.receive(copy));
  }

  terminate(): void {
    this.isTerminated = true;
  }

  /** Runs everything that waits. */
  settle(): void {
    for (let task = this.#tasks.shift(); task !== undefined; task = this.#tasks.shift()) task();
  }
}

function start(eventsMax?: number): { worker: LocalWorker; source: SimulationSource } {
  const worker = new LocalWorker(eventsMax);
  const source = new SimulationSource(worker, { nodes: 50, seed: 4 }, AHEAD_MS);
  return { worker, source };
}

describe('a simulated source', () => {
  test('runs as far as it is asked, and no further', () => {
    const { worker, source } = start();
    worker.settle();
    expect(source.horizonMs).toBe(AHEAD_MS);
    expect(source.trace.nodes).toHaveLength(50);
    expect(source.trace.lookups.length).toBeGreaterThan(0);
    source.want(AHEAD_MS + 500);
    worker.settle();
    expect(source.horizonMs).toBe(AHEAD_MS + 500);
  });

  test('gives the same trace however it is cut into batches', () => {
    const once = start();
    once.source.want(6000);
    once.worker.settle();
    const often = start();
    for (let timeMs = 2200; timeMs <= 6000; timeMs += 200) {
      often.source.want(timeMs);
      often.worker.settle();
    }
    const { trace } = once.source;
    expect(often.source.trace.length).toBe(trace.length);
    for (const index of [0, 100, trace.length - 1])
      expect(often.source.trace.event(index)).toEqual(trace.event(index));
  });

  test('stays ahead of the play head while a session plays it', () => {
    const { worker, source } = start();
    const session = createSession();
    session.open(source);
    worker.settle();
    session.setSpeed(2);
    session.play();
    for (let frame = 0; frame < 120; frame++) {
      session.advance(1000 / 60);
      worker.settle();
    }
    expect(session.timeMs.value).toBeCloseTo(4000, -1);
    expect(source.horizonMs - session.timeMs.value).toBeGreaterThan(AHEAD_MS - 200);
    expect(source.horizonMs - session.timeMs.value).toBeLessThan(AHEAD_MS + 200);
  });

  test('runs an operation and puts the play head on its start', async () => {
    const { worker, source } = start();
    const session = createSession();
    session.open(source);
    worker.settle();
    const promise = session.operate({ kind: 'findPeer', node: 1, peer: 30 });
    worker.settle();
    const { operation, timeMs } = await promise;
    const info = session.trace.value.operation(operation)!;
    expect(info.kind).toBe('findPeer');
    expect(session.timeMs.value).toBe(timeMs);
    expect(session.cursorIndex.value).toBeGreaterThan(info.startEvent);
    expect(session.playing.value).toBe(true);
  });

  test('refuses an operation that cannot be, and goes on', async () => {
    const { worker, source } = start();
    worker.settle();
    const promise = source.network.operate({ kind: 'getValue', node: 1 });
    worker.settle();
    await expect(promise).rejects.toThrow('getValue needs a key');
    source.want(5000);
    worker.settle();
    expect(source.horizonMs).toBe(5000);
  });

  test('stops at its bound with a notice, and refuses operations from then on', async () => {
    const { worker, source } = start(1500);
    const session = createSession();
    session.open(source);
    source.want(60_000);
    worker.settle();
    expect(source.isGrowing).toBe(false);
    expect(session.notice.value?.text).toContain('bound');
    await expect(session.operate({ kind: 'findPeer', node: 1, peer: 2 })).rejects.toThrow(
      'stopped',
    );
  });

  test('says what is wrong with a scenario', () => {
    const worker = new LocalWorker();
    const session = createSession();
    session.open(new SimulationSource(worker, { nodes: 1 }, AHEAD_MS));
    worker.settle();
    expect(session.notice.value).toMatchObject({ tone: 'error' });
    expect(session.notice.value?.text).toContain('nodes');
  });

  test('ends its worker when another source is opened', () => {
    const { worker, source } = start();
    const session = createSession();
    session.open(source);
    worker.settle();
    session.open(start().source);
    expect(worker.isTerminated).toBe(true);
  });
});
