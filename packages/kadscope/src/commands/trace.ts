// kadscope trace: looks at trace files, checks, merges and converts them.
import { existsSync } from 'node:fs';
import {
  EVENT_TYPES,
  formatInstant,
  hashTrace,
  instantFromNs,
  netVisWarnings,
} from '@kadscope/core/trace';
import type { Trace, TraceMeta } from '@kadscope/core/trace';
import type { Command } from 'commander';
import { CommandError, UsageError } from '../errors.ts';
import {
  formatOfName,
  readTraceFile,
  readTraceFiles,
  sizeWarnings,
  writeTraceFile,
} from '../files.ts';
import type { TraceFile } from '../files.ts';
import type { Io } from '../io.ts';
import { addOffsetOption, offsetsOf } from '../offsets.ts';
import { assertWritable } from '../output-file.ts';
import { grouped } from '../simulation-text.ts';

interface FileOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly offset?: readonly string[];
}

interface ConvertOptions extends FileOptions {
  readonly force?: boolean;
}

/** The trace of one file, or of several as one. */
interface Input {
  readonly paths: readonly string[];
  readonly trace: Trace;
  readonly files: readonly TraceFile[];
}

const ORIGINS: Readonly<Record<TraceMeta['source'], string>> = {
  simulation: 'a simulation',
  node: 'a node',
  netvis: 'NetVis',
  file: 'a file',
};
const FILES = '.json, .netvis, .ndjson or .arrow, also with .gz';

/** Adds the command and its verbs. */
export function addTraceCommand(program: Command, io: Io): void {
  const trace = program
    .command('trace')
    .description(
      'look at trace files: NetVis JSON or NDJSON, Arrow, logs of Kubo and libp2p, also gzipped',
    );
  const verb = (name: string, description: string, files: string): Command =>
    addOffsetOption(
      trace
        .command(name)
        .description(description)
        .argument('<file...>', files)
        .option('--strict', 'tell NetVis nodes and messages apart as NetVis itself does')
        .option('--json', 'print one JSON object'),
    );
  const files = `traces, several of them as one: ${FILES}`;
  verb('info', 'say what is in a trace', files).action(
    async (paths: string[], options: FileOptions) => {
      info(await read(paths, options), options, io);
    },
  );
  verb('check', 'check that a trace can be read, and note what is odd in it', files).action(
    async (paths: string[], options: FileOptions) => {
      check(await read(paths, options), options, io);
    },
  );
  verb(
    'convert',
    'write a trace, or several as one, in the format that the name of the new file asks for',
    `${files}; the last one is written`,
  )
    .usage('[options] <file...> <out>')
    .option(
      '--force',
      'replace the last file if it is there and is a trace, or if there are several',
    )
    .action(async (paths: string[], options: ConvertOptions) => {
      await convert(paths, options, io);
    });
}

async function read(paths: readonly string[], options: FileOptions): Promise<Input> {
  const { trace, files } = await readTraceFiles(paths, {
    mode: options.strict === true ? 'strict' : 'smart',
    offsetsNs: offsetsOf(options.offset ?? [], paths),
  });
  return { paths, trace, files };
}

function info(input: Input, options: FileOptions, io: Io): void {
  const facts = factsOf(input);
  if (options.json === true) {
    print(io, facts);
    return;
  }
  const [file] = input.files;
  const format =
    input.files.length === 1
      ? `${file!.format}${file!.isCompressed ? ', gzipped' : ''}`
      : `${input.files.length} files`;
  const types = Object.entries(facts.types).map(
    ([type, count]) => `  ${type.padEnd(20)} ${grouped(count)}`,
  );
  const lines = [
    `${facts.title} (${format}, from ${ORIGINS[facts.source]})`,
    `  starts               ${facts.start}`,
    `  lasts                ${durationText(facts.durationMs)}`,
    `  nodes                ${grouped(facts.nodes)}`,
    `  events               ${grouped(facts.events)}`,
    `  messages             ${grouped(facts.messages)}, of which ${grouped(facts.inFlight)} are not seen to arrive`,
    `  lookups, operations  ${grouped(facts.lookups)}, ${grouped(facts.operations)}`,
    `  hash                 ${facts.hash}`,
    ...(facts.parts === undefined
      ? []
      : ['Files:', ...facts.parts.map((part) => `  ${part.file}: ${counted(part)}`)]),
    ...(types.length > 0 ? ['Events by type:', ...types] : []),
    ...noteLines(facts.notes),
  ];
  io.out(`${lines.join('\n')}\n`);
}

function check({ paths, trace, files }: Input, options: FileOptions, io: Io): void {
  const notes = [...trace.notes];
  if (options.json === true) {
    const [first] = files;
    const what = files.length === 1 ? { file: paths[0], format: first!.format } : { files: paths };
    print(io, { ...what, ok: true, events: trace.length, notes });
    return;
  }
  const names = `${paths.join(', ')} ${paths.length === 1 ? 'is' : 'are'}`;
  io.out(
    `${[`${names} in order: ${grouped(trace.length)} events.`, ...noteLines(notes)].join('\n')}\n`,
  );
}

async function convert(paths: readonly string[], options: ConvertOptions, io: Io): Promise<void> {
  const [inputs, out] = [paths.slice(0, -1), paths.at(-1)!];
  if (inputs.length === 0) throw new UsageError("missing required argument 'out'");
  const { format } = formatOfName(out);
  await assertWritable(out, inputs);
  if (options.force !== true && existsSync(out)) await assertExpendable(out, inputs);
  const { trace, files } = await read(inputs, options);
  await writeTraceFile(trace, out);
  const warnings = [
    ...(format === 'arrow' ? [] : netVisWarnings(trace)),
    ...(await sizeWarnings(out)),
  ];
  const notes = files.length > 1 ? trace.notes : [];
  if (options.json === true) {
    const what = files.length === 1 ? { file: inputs[0] } : { files: inputs, notes };
    print(io, { ...what, out, format, events: trace.length, warnings });
    return;
  }
  const lines = [
    `${out}: ${grouped(trace.length)} events as ${format}.`,
    ...noteLines([...notes, ...warnings]),
  ];
  io.out(`${lines.join('\n')}\n`);
}

/** Whoever forgets the name of the new file must not lose the last of the old ones. */
async function assertExpendable(out: string, inputs: readonly string[]): Promise<void> {
  if (inputs.length === 1 && !(await isTrace(out))) return;
  const by = inputs.length === 1 ? 'the other' : 'the others as one';
  throw new UsageError(
    `${out} is there already, and would be replaced by ${by}; name a new file last, or add --force`,
    { file: out },
  );
}

async function isTrace(path: string): Promise<boolean> {
  try {
    await readTraceFile(path);
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

interface Part {
  readonly file: string;
  readonly format: string;
  readonly isCompressed: boolean;
  readonly bytes: number;
  readonly start: string;
  readonly durationMs: number;
  readonly nodes: number;
  readonly events: number;
}

interface TraceFacts extends Partial<Part> {
  readonly title: string;
  readonly source: TraceMeta['source'];
  readonly start: string;
  readonly durationMs: number;
  readonly nodes: number;
  readonly events: number;
  readonly messages: number;
  readonly inFlight: number;
  readonly lookups: number;
  readonly operations: number;
  readonly hash: string;
  readonly types: Readonly<Record<string, number>>;
  /** The files, when there are several; their clocks are not corrected here. */
  readonly parts?: readonly Part[];
  readonly notes: readonly string[];
}

function factsOf({ paths, trace, files }: Input): TraceFacts {
  const parts = files.map((file, i) => partOf(file, paths[i]!));
  const [first] = parts;
  const { file, format, isCompressed, bytes } = first!;
  return {
    ...(parts.length === 1 ? { file, format, isCompressed, bytes } : { parts }),
    title: trace.meta.title,
    source: trace.meta.source,
    start: startOf(trace),
    durationMs: trace.endMs,
    nodes: trace.nodes.length,
    events: trace.length,
    messages: trace.messageCount,
    inFlight: inFlight(trace),
    lookups: trace.lookups.length,
    operations: trace.operations.length,
    hash: hashTrace(trace),
    types: countTypes(trace),
    notes: trace.notes,
  };
}

function partOf({ trace, format, isCompressed, bytes }: TraceFile, file: string): Part {
  return {
    file,
    format,
    isCompressed,
    bytes,
    start: startOf(trace),
    durationMs: trace.endMs,
    nodes: trace.nodes.length,
    events: trace.length,
  };
}

function counted({ events, nodes, start, durationMs }: Part): string {
  const [event, node] = [events === 1 ? 'event' : 'events', nodes === 1 ? 'node' : 'nodes'];
  return `${grouped(events)} ${event} at ${grouped(nodes)} ${node}, from ${start} for ${durationText(durationMs)}`;
}

/** Milliseconds with their whole part in groups. */
function durationText(ms: number): string {
  const [whole, part] = String(ms).split('.');
  return `${grouped(Number(whole))}${part === undefined ? '' : `.${part}`} ms`;
}

function startOf(trace: Trace): string {
  return formatInstant(instantFromNs(trace.meta.epochNs));
}

function inFlight(trace: Trace): number {
  const messages = trace.messages.subarray(0, trace.messageCount);
  return messages.reduce((count, index) => (trace.get('end', index) < 0 ? count + 1 : count), 0);
}

function countTypes(trace: Trace): Record<string, number> {
  const counts = EVENT_TYPES.map(() => 0);
  for (let index = 0; index < trace.length; index++) counts[trace.get('type', index)]!++;
  return Object.fromEntries(
    EVENT_TYPES.map((type, code) => [type, counts[code]!] as const).filter(([, n]) => n > 0),
  );
}

function noteLines(notes: readonly string[]): string[] {
  return notes.length === 0 ? [] : ['Notes:', ...notes.map((note) => `  ${note}`)];
}

function print(io: Io, value: object): void {
  io.out(`${JSON.stringify(value)}\n`);
}
