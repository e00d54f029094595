// The simulation's side of the protocol: runs it in slices, sends what is new, answers requests.
//
// It is the inside of the worker without the worker, so that a test can run it in the same thread.
import { createTrace, parseScenario, Simulation } from '@kadscope/core/sim';
import { START_MARK, takeBatch, transferables } from '@kadscope/core/trace';
import type { Trace, TraceMark } from '@kadscope/core/trace';
import { ContentExchange } from './content-exchange.ts';
import { TRACE_EVENTS_MAX } from './protocol.ts';
import type { FromWorker, OperationRequest, ToWorker } from './protocol.ts';

/** What the host needs of its surroundings. */
export interface HostPort {
  send(message: FromWorker, transfer: readonly ArrayBuffer[]): void;
  /** Real milliseconds, to keep slices short. */
  now(): number;
  /** Runs `task` after messages that wait have been received. */
  later(task: () => void): void;
}

/** Virtual time of one step, and real time of one slice: between slices, messages are received. */
const STEP_MS = 10;
const SLICE_MS = 12;

interface Running {
  readonly simulation: Simulation;
  readonly trace: Trace;
  readonly content: ContentExchange;
}

/** A simulation that is told how far to run. */
export class SimulationHost {
  readonly #port: HostPort;
  readonly #eventsMax: number;
  #running: Running | null = null;
  #mark: TraceMark = START_MARK;
  #untilMs = 0;
  #isScheduled = false;
  #isFull = false;

  constructor(port: HostPort, eventsMax: number = TRACE_EVENTS_MAX) {
    this.#port = port;
    this.#eventsMax = eventsMax;
  }

  receive(message: ToWorker): void {
    try {
      this.#handle(message);
    } catch (error) {
      this.#send({ type: 'error', message: textOf(error) });
    }
  }

  #handle(message: ToWorker): void {
    switch (message.type) {
      case 'start':
        this.#start(message.scenario);
        this.#advance(message.untilMs);
        return;
      case 'advance':
        this.#advance(message.untilMs);
        return;
      case 'operate':
        this.#operate(message.request, message.operation);
        return;
      case 'addFile':
        void this.#answer(message.request, async (running, onProgress) => {
          const file = await running.content.add(message.file, onProgress);
          return { type: 'fileAdded', request: message.request, file };
        });
        return;
      case 'fetchFile':
        void this.#answer(message.request, async (running, onProgress) => {
          const file = await running.content.fetch(message.fetch, onProgress);
          return { type: 'fileFetched', request: message.request, file };
        });
        return;
    }
  }

  #start(value: unknown): void {
    const scenario = parseScenario(value);
    const trace = createTrace(scenario);
    const simulation = new Simulation(scenario, trace);
    this.#running = { simulation, trace, content: new ContentExchange(simulation) };
    this.#mark = START_MARK;
    this.#isFull = false;
    this.#send({ type: 'started', meta: trace.meta });
    this.#flush();
  }

  #advance(untilMs: number): void {
    // Virtual time moves in ticks: only whole milliseconds are sure to be reached.
    this.#untilMs = Math.max(this.#untilMs, Math.ceil(untilMs));
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#port.later(() => this.#slice());
  }

  #slice(): void {
    this.#isScheduled = false;
    const running = this.#running;
    if (running === null || this.#isFull) return;
    const { simulation, trace } = running;
    const startedMs = this.#port.now();
    try {
      while (
        simulation.now < this.#untilMs &&
        trace.length < this.#eventsMax &&
        this.#port.now() - startedMs < SLICE_MS
      ) {
        simulation.runUntil(Math.min(simulation.now + STEP_MS, this.#untilMs));
      }
    } catch (error) {
      this.#send({ type: 'error', message: textOf(error) });
      return;
    }
    this.#isFull = trace.length >= this.#eventsMax;
    this.#flush();
    if (simulation.now < this.#untilMs) this.#advance(this.#untilMs);
  }

  #operate(request: number, operation: OperationRequest): void {
    const running = this.#running;
    if (running === null || this.#isFull) {
      this.#send({ type: 'failed', request, message: 'The simulation does not run.' });
      return;
    }
    try {
      const timeMs = running.simulation.now;
      const id = running.simulation.startOperation(operation);
      this.#flush();
      this.#send({ type: 'operationStarted', request, operation: id, timeMs });
    } catch (error) {
      this.#send({ type: 'failed', request, message: textOf(error) });
    }
  }

  async #answer(
    request: number,
    run: (
      running: Running,
      onProgress: (done: number, total: number, what: string) => void,
    ) => Promise<FromWorker>,
  ): Promise<void> {
    const running = this.#running;
    try {
      if (running === null || this.#isFull) throw new Error('The simulation does not run.');
      const answer = await run(running, (done, total, what) =>
        this.#send({ type: 'progress', request, done, total, what }),
      );
      this.#flush();
      this.#send(answer);
    } catch (error) {
      this.#flush();
      this.#send({ type: 'failed', request, message: textOf(error) });
    }
  }

  /** Sends everything that the page does not have. */
  #flush(): void {
    const running = this.#running;
    if (running === null) return;
    const batch = takeBatch(running.trace, this.#mark);
    this.#mark = batch.mark;
    this.#port.send(
      { type: 'batch', batch, nowMs: running.simulation.now, isFull: this.#isFull },
      transferables(batch),
    );
  }

  #send(message: FromWorker): void {
    this.#port.send(message, []);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
