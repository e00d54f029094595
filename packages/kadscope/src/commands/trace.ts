// kadscope trace: looks at trace files, checks and converts them.
import {
  EVENT_TYPES,
  formatInstant,
  hashTrace,
  instantFromNs,
  netVisWarnings,
} from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import type { Command } from 'commander';
import { formatOfName, readTraceFile, writeTraceFile } from '../files.ts';
import type { TraceFile } from '../files.ts';
import type { Io } from '../io.ts';

interface FileOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
}

/** Adds the command and its verbs. */
export function addTraceCommand(program: Command, io: Io): void {
  const trace = program
    .command('trace')
    .description('look at trace files: NetVis JSON or NDJSON, Arrow, also gzipped');
  const verb = (name: string, description: string): Command =>
    trace
      .command(name)
      .description(description)
      .argument('<file>', 'a trace: .json, .netvis, .ndjson or .arrow, also with .gz')
      .option('--strict', 'tell NetVis nodes and messages apart as NetVis itself does')
      .option('--json', 'print one JSON object');
  verb('info', 'say what is in a trace').action(async (file: string, options: FileOptions) => {
    await info(file, options, io);
  });
  verb('check', 'check that a trace can be read, and note what is odd in it').action(
    async (file: string, options: FileOptions) => {
      await check(file, options, io);
    },
  );
  verb('convert', 'write a trace in the format that the name of the new file asks for')
    .argument('<out>', 'the file to write: .json, .netvis, .ndjson or .arrow, also with .gz')
    .action(async (file: string, out: string, options: FileOptions) => {
      await convert({ file, out }, options, io);
    });
}

async function info(file: string, options: FileOptions, io: Io): Promise<void> {
  const facts = factsOf(await read(file, options), file);
  if (options.json === true) {
    print(io, facts);
    return;
  }
  const types = Object.entries(facts.types).map(([type, count]) => `  ${type.padEnd(20)} ${count}`);
  const lines = [
    `${facts.title} (${facts.format}${facts.isCompressed ? ', gzipped' : ''}, from a ${facts.source})`,
    `  starts               ${facts.start}`,
    `  lasts                ${facts.durationMs} ms`,
    `  nodes                ${facts.nodes}`,
    `  events               ${facts.events}`,
    `  messages             ${facts.messages}, of which ${facts.inFlight} never arrive`,
    `  lookups, operations  ${facts.lookups}, ${facts.operations}`,
    `  hash                 ${facts.hash}`,
    ...(types.length > 0 ? ['Events by type:', ...types] : []),
    ...noteLines(facts.notes),
  ];
  io.out(`${lines.join('\n')}\n`);
}

async function check(file: string, options: FileOptions, io: Io): Promise<void> {
  const { trace, format } = await read(file, options);
  const notes = [...trace.notes];
  if (options.json === true) {
    print(io, { file, ok: true, format, events: trace.length, notes });
    return;
  }
  io.out(`${[`${file} is in order: ${trace.length} events.`, ...noteLines(notes)].join('\n')}\n`);
}

async function convert(
  paths: { file: string; out: string },
  options: FileOptions,
  io: Io,
): Promise<void> {
  const { format } = formatOfName(paths.out);
  const { trace } = await read(paths.file, options);
  await writeTraceFile(trace, paths.out);
  const warnings = format === 'arrow' ? [] : netVisWarnings(trace);
  if (options.json === true) {
    print(io, { file: paths.file, out: paths.out, format, events: trace.length, warnings });
    return;
  }
  io.out(
    `${[`${paths.out}: ${trace.length} events as ${format}.`, ...noteLines(warnings)].join('\n')}\n`,
  );
}

function read(file: string, options: FileOptions): Promise<TraceFile> {
  return readTraceFile(file, options.strict === true ? 'strict' : 'smart');
}

interface TraceFacts {
  readonly file: string;
  readonly format: string;
  readonly isCompressed: boolean;
  readonly bytes: number;
  readonly title: string;
  readonly source: string;
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
  readonly notes: readonly string[];
}

function factsOf({ trace, format, isCompressed, bytes }: TraceFile, file: string): TraceFacts {
  const { meta } = trace;
  return {
    file,
    format,
    isCompressed,
    bytes,
    title: meta.title,
    source: meta.source,
    start: formatInstant(instantFromNs(meta.epochNs)),
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
