// A trace as text, one line an event: what golden traces are written in and diffs are read in.
import { keyName, nodeName } from './names.ts';
import type { Trace } from './trace.ts';

/** What to print, and how nodes are called. */
export interface TextOptions {
  /** First event and the one after the last; the whole trace without. */
  readonly from?: number;
  readonly to?: number;
  /** The name of a node; without, its label or its id in short. */
  readonly nodeName?: (node: number) => string;
  /** Name the step of the source instead of the type of the event, where there is one. */
  readonly steps?: boolean;
}

const TIME_WIDTH = 12;
const NAME_WIDTH = 10;
const TYPE_WIDTH = 18;
const NUMBER_WIDTH = 5;

/**
 * The events as lines that each end with a newline. Columns: time in milliseconds, node, type, direction
 * and other node, lookup, operation; then what applies, by name.
 */
export function traceToText(trace: Trace, options: TextOptions = {}): string {
  const to = Math.min(options.to ?? trace.length, trace.length);
  let text = '';
  for (let index = options.from ?? 0; index < to; index++)
    text += eventToText(trace, index, options) + '\n';
  return text;
}

/** One event as a line without a newline. */
export function eventToText(trace: Trace, index: number, options: TextOptions = {}): string {
  const event = trace.event(index);
  const name = (node: number): string =>
    node < 0 ? '-' : (options.nodeName?.(node) ?? nodeName(trace, node));
  const micros = Math.floor(event.timeNs / 1000);
  const what = options.steps === true ? (event.step ?? event.type) : event.type;
  const columns = [
    `${event.timeMs}.${String(micros).padStart(3, '0')}`.padStart(TIME_WIDTH),
    name(event.node).padEnd(NAME_WIDTH),
    what.padEnd(TYPE_WIDTH),
    `${directionOf(event.type)} ${name(event.peer)}`.padEnd(NAME_WIDTH + 2),
    numbered('L', event.lookup),
    numbered('O', event.operation),
    rest(trace, index),
  ];
  return columns.join('  ').trimEnd();
}

function rest(trace: Trace, index: number): string {
  const event = trace.event(index);
  const parts: string[] = [];
  if (event.kind !== 'other') parts.push(event.kind + (event.isResponse ? ' response' : ''));
  else if (event.isResponse) parts.push('response');
  if (event.key >= 0) parts.push(`key ${keyName(trace, event.key)}`);
  if (event.hop >= 0) parts.push(`hop ${event.hop}`);
  if (event.count >= 0) parts.push(`count ${event.count}`);
  if (event.bytes >= 0) parts.push(`${event.bytes} bytes`);
  if (event.rpc >= 0) parts.push(`rpc ${event.rpc}`);
  if (event.detail !== null) parts.push(event.detail);
  return parts.join('  ');
}

function numbered(letter: string, value: number): string {
  return (value < 0 ? '-' : letter + value).padEnd(NUMBER_WIDTH);
}

function directionOf(type: string): string {
  if (type === 'messageSent' || type === 'lookupQueried' || type === 'nodeDialed') return '>';
  return type === 'messageReceived' || type === 'lookupAnswered' || type === 'nodeAccepted'
    ? '<'
    : ' ';
}
