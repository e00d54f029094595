// Turns steps into rows: finds the cause of each, numbers keys, splits time.
//
// A *turn* is what one input sets off: a message that arrives, a timer, a command. The step that opens
// a turn names no causes in the table; it is caused by the message or request it carries. Every other
// step is caused by the latest step of the same turn among those that its table entry lists. A request
// that is sent again opens a turn, too: a timer set it off, and its cause is the time before.
import type { KeyHandle, KeyTable } from '../keyspace/key-table.ts';
import { EVENT_TYPES } from './event.ts';
import type { EventType } from './event.ts';
import { emptyRow } from './sink.ts';
import type { Row, RowSink, StepFields, TraceSink } from './sink.ts';
import { STEP_IDS, STEPS } from './steps.ts';
import type { StepId } from './steps.ts';

/** Where the nodes and the times of a reporter lie in its trace. */
export interface ReporterPlace {
  /** The node of the trace that the key of a handle belongs to; `null` where it is the handle. */
  readonly nodeOf: ((handle: KeyHandle) => number) | null;
  /** The time of the hosts, in milliseconds, that is time zero of the trace. */
  readonly epochMs: number;
}

const SIMULATED: ReporterPlace = { nodeOf: null, epochMs: 0 };

interface CompiledStep {
  readonly code: number;
  readonly type: number;
  readonly causes: readonly number[];
}

const COMPILED = compileSteps();
const MESSAGE_SENT = EVENT_TYPES.indexOf('messageSent');
const NONE = -1;

/** The `TraceSink` of a population of nodes whose keys are held by one `KeyTable`. */
export class Reporter implements TraceSink {
  readonly #keys: KeyTable;
  readonly #rows: RowSink;
  readonly #nodeOf: ReporterPlace['nodeOf'];
  readonly #epochMs: number;
  readonly #row: Row = emptyRow();
  readonly #keyIndex = new Map<number, number>();
  readonly #requestEvent = new Map<number, number>();
  readonly #operationEvent = new Map<number, number>();
  readonly #latest = new Int32Array(STEP_IDS.length).fill(NONE);
  #turn = NONE;
  #turnRequest = NONE;

  /** Without a `place`, handles of `keys` that are nodes must be the nodes of the trace, in the same order. */
  constructor(keys: KeyTable, rows: RowSink, place: ReporterPlace = SIMULATED) {
    this.#keys = keys;
    this.#rows = rows;
    this.#nodeOf = place.nodeOf;
    this.#epochMs = place.epochMs;
  }

  step(id: StepId, now: number, fields: StepFields): number {
    const step = COMPILED.get(id)!;
    const row = this.#row;
    const time = Math.max(0, now - this.#epochMs);
    row.timeMs = Math.floor(time);
    row.timeNs = Math.round((time - row.timeMs) * 1e6);
    row.type = step.type;
    row.step = step.code;
    row.node = this.#nodeAt(fields.node);
    row.peer = this.#nodeAt(fields.peer ?? NONE);
    row.message = fields.message ?? NONE;
    row.kind = fields.kind ?? 0;
    row.isResponse = fields.isResponse === true ? 1 : 0;
    row.rpc = fields.rpc ?? NONE;
    row.lookup = fields.lookup ?? NONE;
    row.operation = fields.operation ?? NONE;
    row.key = fields.key === undefined || fields.key < 0 ? NONE : this.#keyOf(fields.key);
    row.bytes = fields.bytes ?? NONE;
    row.hop = fields.hop ?? NONE;
    row.count = fields.count ?? NONE;
    row.detail = fields.detail ?? null;
    row.data = this.#dataOf(id, fields);
    const opensTurn = step.causes.length === 0 || this.#isSentAgain(row);
    row.cause = opensTurn ? this.#causeOfTurn(row) : this.#causeInTurn(step);
    const index = this.#rows.append(row);
    if (opensTurn) {
      this.#latest.fill(NONE);
      this.#turn = index;
      this.#turnRequest = row.rpc;
    }
    this.#remember(step, row, index);
    return index;
  }

  #nodeAt(handle: KeyHandle): number {
    return this.#nodeOf === null || handle < 0 ? handle : this.#nodeOf(handle);
  }

  /** The contacts of a restored table are nodes as well. */
  #dataOf(id: StepId, { data }: StepFields): unknown {
    const nodeOf = this.#nodeOf;
    if (nodeOf === null || id !== 'table.restored' || !Array.isArray(data)) return data;
    return (data as KeyHandle[]).map((contact) => nodeOf(contact));
  }

  #isSentAgain(row: Row): boolean {
    return row.type === MESSAGE_SENT && row.isResponse === 0 && this.#requestEvent.has(row.rpc);
  }

  #causeInTurn(step: CompiledStep): number {
    let cause = NONE;
    for (const code of step.causes) cause = Math.max(cause, this.#latest[code]!);
    return cause === NONE ? this.#turn : cause;
  }

  #causeOfTurn(row: Row): number {
    if (row.message !== NONE) return row.message;
    if (row.rpc !== NONE) return this.#requestEvent.get(row.rpc) ?? this.#causeOfAnswered(row.rpc);
    return row.operation === NONE ? NONE : (this.#operationEvent.get(row.operation) ?? NONE);
  }

  /** A request can fail because of its answer, in the turn of that answer. */
  #causeOfAnswered(rpc: number): number {
    return this.#turnRequest === rpc ? this.#turn : NONE;
  }

  #remember(step: CompiledStep, row: Row, index: number): void {
    this.#latest[step.code] = index;
    const type: EventType = EVENT_TYPES[row.type]!;
    if (type === 'operationStarted') this.#operationEvent.set(row.operation, index);
    if (type === 'operationFinished') this.#operationEvent.delete(row.operation);
    if (row.rpc === NONE) return;
    if (type === 'messageSent' && row.isResponse === 0) this.#requestEvent.set(row.rpc, index);
    else if (type === 'requestFailed' || (type === 'messageReceived' && row.isResponse === 1)) {
      this.#requestEvent.delete(row.rpc);
    }
  }

  #keyOf(handle: number): number {
    const serial = this.#keys.serial(handle);
    let index = this.#keyIndex.get(serial);
    if (index === undefined) {
      index = this.#rows.addKey(this.#keys.key(handle));
      this.#keyIndex.set(serial, index);
    }
    return index;
  }
}

function compileSteps(): ReadonlyMap<StepId, CompiledStep> {
  const compiled = new Map<StepId, CompiledStep>();
  STEP_IDS.forEach((id, code) => {
    const causes = STEPS[id].causes.map((cause) => STEP_IDS.indexOf(cause));
    compiled.set(id, { code, type: EVENT_TYPES.indexOf(STEPS[id].type), causes });
  });
  return compiled;
}
