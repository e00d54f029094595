// Carries out a routing verb: asks, prints, and says how it ended.
import { writeFile } from 'node:fs/promises';
import { isPublicAddress } from '@kadscope/core/wire';
import { CommandError, UsageError } from '../errors.ts';
import type { Io } from '../io.ts';
import { assertWritable, writeWhole } from '../output-file.ts';
import { askAll } from './ask.ts';
import type { Told } from './ask.ts';
import { timeoutError, withClient } from './client.ts';
import type { Client } from './client.ts';
import { kuboEvent, ownJson } from './event-json.ts';
import { eventLine } from './event-text.ts';
import { explain } from './explain.ts';
import { firstLine } from './failure.ts';
import { withStudio } from './open.ts';
import type { Write } from './open.ts';
import type { ClientFlags } from './options.ts';
import type { Task } from './tasks.ts';

/** What the command line says of a verb. */
export interface RoutingFlags extends ClientFlags {
  readonly enc?: 'json' | 'text';
  readonly verbose?: boolean;
  readonly explain?: boolean;
  readonly open?: boolean;
  readonly output?: string;
  /** Stay until the process is asked to end. */
  readonly stay?: boolean;
}

/** Runs a verb. Throws a `CommandError` when there is no result. */
export async function runRouting(
  makeTask: (client: Client) => Task,
  flags: RoutingFlags,
  io: Io,
): Promise<void> {
  checkFlags(flags);
  if (flags.output !== undefined) await assertWritable(flags.output, []);
  await withStudio(flags.open === true, io, (write) => ask(makeTask, { flags, io, write }));
}

interface Asking {
  readonly flags: RoutingFlags;
  readonly io: Io;
  readonly write: Write | undefined;
}

async function ask(
  makeTask: (client: Client) => Task,
  { flags, io, write }: Asking,
): Promise<void> {
  await withClient(flags, async (client) => {
    const task = makeTask(client);
    const printer = new Printer(task, flags, io);
    let count = 0;
    let problem: unknown = null;
    try {
      for await (const told of askAll(client, { ...question(task), write })) {
        if (printer.read(told)) count++;
        if (count >= task.enough) break;
      }
    } catch (error) {
      problem = error;
    }
    if (flags.explain === true)
      io.out(explain(printer.told, { title: task.title, self: client.libp2p.peerId.toString() }));
    if (count === 0) throw failureOf(problem, { task, flags, signal: client.signal });
    if (client.signal.aborted) io.err(`kadscope: ${timeoutError(flags.timeout).message}\n`);
    await printer.end();
    if (task.operation === 'provide') warnProvider(client, { flags, io });
    if (flags.stay === true) await stay(io);
  });
}

/** Methods of the task keep the task they belong to. */
function question(task: Task): Parameters<typeof askAll>[1] {
  const { operation, key } = task;
  return { operation, key, ask: (dht, signal) => task.ask(dht, signal) };
}

/** Who announces content has to be there, and has to be reached. */
function warnProvider({ libp2p, dhts }: Client, { flags, io }: Pick<Asking, 'flags' | 'io'>): void {
  const addresses = libp2p.getMultiaddrs();
  const isPublic = addresses.some(({ bytes }) => isPublicAddress(bytes));
  if (addresses.length === 0 || (dhts[0]!.name === 'wan' && !isPublic))
    io.err(
      'This node has no address that others can reach, so they will not keep its announcement.\n',
    );
  else if (flags.stay !== true)
    io.err('The node that has announced it ends here; --stay keeps it running.\n');
}

async function stay(io: Io): Promise<void> {
  const stopped = io.untilStopped();
  if (io.isTerminal) io.err('Ctrl+C stops the node.\n');
  await stopped;
}

function checkFlags({ enc, json, verbose, explain: tells, output }: RoutingFlags): void {
  const shapes = [
    ['--enc=json', enc === 'json'],
    ['--json', json === true],
    ['--verbose', verbose === true],
    ['--explain', tells === true],
  ] as const;
  const chosen = shapes.filter(([, isChosen]) => isChosen).map(([name]) => name);
  if (chosen.length > 1)
    throw new UsageError(`${chosen.join(' and ')} are different outputs; use one of them`);
  if (output !== undefined && chosen.length > 0)
    throw new UsageError(`--output writes the value, and ${chosen[0]!} no value; use one of them`);
}

interface Ended {
  readonly task: Task;
  readonly flags: RoutingFlags;
  readonly signal: AbortSignal;
}

function failureOf(problem: unknown, { task, flags, signal }: Ended): CommandError {
  if (signal.aborted) return timeoutError(flags.timeout);
  const { name = '' } = (problem ?? {}) as { name?: string };
  if (problem === null || name === 'NotFoundError')
    return new CommandError(task.missing, 'not-found');
  return new CommandError(`${task.subject}: ${firstLine(problem)}`, 'failed');
}

/** Prints events in the shape that was asked for. */
class Printer {
  /** All that was heard, where it is to be explained. */
  readonly told: Told[] = [];
  readonly #task: Task;
  readonly #flags: RoutingFlags;
  readonly #io: Io;

  constructor(task: Task, flags: RoutingFlags, io: Io) {
    this.#task = task;
    this.#flags = flags;
    this.#io = io;
  }

  /** Takes an event; says whether it is a result. */
  read(told: Told): boolean {
    const { enc, json, verbose, explain: tells } = this.#flags;
    const line = this.#task.result(told);
    if (enc === 'json') {
      const event = kuboEvent(told.event, this.#task.isForPeer);
      if (event !== null) this.#io.out(`${JSON.stringify(event)}\n`);
    } else if (json === true) this.#io.out(`${JSON.stringify(ownJson(told))}\n`);
    else if (tells === true) this.told.push(told);
    else if (verbose === true) this.#io.out(eventLine(told));
    if (line !== null && this.#isPlain) this.#io.out(line);
    return line !== null;
  }

  /** Prints, or writes, what there is at the end. */
  async end(): Promise<void> {
    const final = this.#task.final?.() ?? null;
    if (final === null) return;
    const { output } = this.#flags;
    if (output !== undefined) await writeWhole(output, (partial) => writeFile(partial, final));
    else if (this.#isPlain) this.#io.out(final);
  }

  get #isPlain(): boolean {
    const { enc, json, explain: tells } = this.#flags;
    return enc !== 'json' && json !== true && tells !== true;
  }
}
