// kadscope sim: runs a simulated network and says how well it did.
import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parseScenario, ScenarioError, Simulation, createTrace } from '@kadscope/core/sim';
import type { Scenario, SimulationReport, Summary } from '@kadscope/core/sim';
import { hashTrace, TraceHasher } from '@kadscope/core/trace';
import type { Trace } from '@kadscope/core/trace';
import { Presets, SingleBar } from 'cli-progress';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { isMap, LineCounter, parseDocument } from 'yaml';
import { CommandError, fileError, UsageError } from '../errors.ts';
import { formatOfName, writeTraceFile } from '../files.ts';
import type { Io } from '../io.ts';

interface RunOptions {
  readonly nodes?: number;
  readonly seed?: number;
  readonly operations?: number;
  readonly profile?: string;
  readonly trace?: string;
  readonly json?: boolean;
}

/** The flag that sets a field of the scenario. */
const FLAGS: Readonly<Record<string, string>> = {
  nodes: '--nodes',
  seed: '--seed',
  profile: '--profile',
  'workload.operations': '--operations',
};
const BYTES_PER_KIBIBYTE = 1024;

/** Adds the command and its verbs. */
export function addSimCommand(program: Command, io: Io): void {
  const sim = program.command('sim').description('simulate a network');
  sim
    .command('run')
    .description('run a scenario to its end and report how well lookups did')
    .argument('[scenario]', 'a scenario in YAML or JSON; without, 1,000 nodes that stay')
    .option('--nodes <n>', 'how many nodes', wholeNumber)
    .option(
      '--seed <n>',
      'the seed: the same seed gives the same run, event for event',
      wholeNumber,
    )
    .option('--operations <n>', 'how many operations', wholeNumber)
    .addOption(new Option('--profile <name>', 'whose parameters').choices(['paper', 'amino']))
    .option('--trace <file>', 'write the trace: .json, .ndjson or .arrow, also with .gz')
    .option('--json', 'print one JSON object')
    .action(async (file: string | undefined, options: RunOptions) => {
      await run(file, options, io);
    });
}

async function run(file: string | undefined, options: RunOptions, io: Io): Promise<void> {
  // A name that cannot be written is said before the simulation, not after it.
  if (options.trace !== undefined) await assertWritable(options.trace);
  const scenario = await scenarioOf(file, options);
  const start = performance.now();
  const trace = options.trace === undefined ? null : createTrace(scenario);
  const hasher = trace === null ? new TraceHasher() : null;
  const simulation = new Simulation(scenario, trace ?? hasher);
  runWithProgress(simulation, scenario, io, options.json === true);
  const wallMs = performance.now() - start;
  const events = trace?.length ?? hasher!.length;
  const outcome: RunOutcome = {
    ...reportOf(simulation.report()),
    events,
    traceHash: trace === null ? hasher!.digest() : hashTrace(trace),
    wallMs: Math.round(wallMs),
    eventsPerSecond: Math.round((events / wallMs) * 1000),
    peakRssBytes: process.resourceUsage().maxRSS * BYTES_PER_KIBIBYTE,
  };
  await writeTrace(trace, options.trace);
  io.out(
    options.json === true
      ? `${JSON.stringify(outcome)}\n`
      : readable(outcome, scenario, options.trace),
  );
}

async function assertWritable(path: string): Promise<void> {
  formatOfName(path);
  try {
    await access(dirname(path), constants.W_OK);
  } catch (error) {
    throw fileError(error, dirname(path));
  }
}

async function writeTrace(trace: Trace | null, path: string | undefined): Promise<void> {
  if (trace !== null && path !== undefined) await writeTraceFile(trace, path);
}

function runWithProgress(
  simulation: Simulation,
  scenario: Scenario,
  io: Io,
  isQuiet: boolean,
): void {
  if (!io.isTerminal || isQuiet) {
    simulation.run();
    return;
  }
  // The simulation holds the thread, so the bar is drawn whenever it reports, not on a timer.
  const bar = new SingleBar(
    {
      format: 'Simulating {bar} {percentage} % | {value} of {total} operations',
      hideCursor: true,
      clearOnComplete: true,
    },
    Presets.shades_grey,
  );
  bar.start(scenario.workload.operations, 0);
  try {
    simulation.run((done) => bar.update(done));
  } finally {
    bar.stop();
  }
}

interface RunOutcome extends Omit<SimulationReport, 'virtualMs'> {
  readonly virtualMs: number;
  readonly events: number;
  readonly traceHash: string;
  readonly wallMs: number;
  readonly eventsPerSecond: number;
  readonly peakRssBytes: number;
}

/** The figures in a fixed order. */
function reportOf(report: SimulationReport): SimulationReport {
  const { nodes, seed, profile, operations, successRate, recall, hops, rpcs, latencyMs } = report;
  const { bytes, messages, virtualMs, kinds } = report;
  return {
    nodes,
    seed,
    profile,
    operations,
    successRate,
    recall,
    hops,
    rpcs,
    latencyMs,
    bytes,
    messages,
    virtualMs,
    kinds,
  };
}

async function scenarioOf(file: string | undefined, options: RunOptions): Promise<Scenario> {
  const source = file === undefined ? null : await readScenario(file);
  const fields: Record<string, unknown> = { ...source?.fields };
  const { nodes, seed, profile, operations } = options;
  if (nodes !== undefined) fields['nodes'] = nodes;
  if (seed !== undefined) fields['seed'] = seed;
  if (profile !== undefined) fields['profile'] = profile;
  if (operations !== undefined)
    fields['workload'] = { ...(fields['workload'] as object | undefined), operations };
  try {
    return parseScenario(fields);
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw scenarioError(error, { file, options, lineOf: source?.lineOf ?? (() => null) });
  }
}

interface ScenarioSource {
  readonly fields: Record<string, unknown>;
  /** The line of a field, like `churn.joinIntervalMs`; `null` when the file does not have it. */
  readonly lineOf: (path: string) => number | null;
}

async function readScenario(file: string): Promise<ScenarioSource> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw fileError(error, file);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter, prettyErrors: false });
  const [problem] = document.errors;
  if (problem !== undefined) {
    const { line, col } = lineCounter.linePos(problem.pos[0]);
    const facts = { file, line, column: col };
    throw new CommandError(
      `${file}, line ${line}, column ${col}: ${problem.message}`,
      'scenario',
      facts,
    );
  }
  const value: unknown = document.toJS({ maxAliasCount: 100 });
  if (value !== null && !isMap(document.contents)) {
    throw new CommandError(
      `${file}: a scenario is a list of fields such as 'nodes: 1000'`,
      'scenario',
      { file },
    );
  }
  return {
    fields: (value ?? {}) as Record<string, unknown>,
    lineOf: (path) => {
      const node = document.getIn(path.split('.'), true) as
        | { range?: readonly number[] }
        | undefined;
      const offset = node?.range?.[0];
      return offset === undefined ? null : lineCounter.linePos(offset).line;
    },
  };
}

interface ErrorContext {
  readonly file: string | undefined;
  readonly options: RunOptions;
  readonly lineOf: (path: string) => number | null;
}

/** Names the flag or the line that the bad value came from. */
function scenarioError(error: ScenarioError, context: ErrorContext): CommandError {
  const flag = FLAGS[error.path];
  const name = error.path.split('.').at(-1) as keyof RunOptions;
  const problem = error.path === '' ? error.message : error.message.slice(error.path.length + 2);
  if (flag !== undefined && context.options[name] !== undefined) {
    return new UsageError(`${flag}: ${problem}`, { field: error.path });
  }
  const { file } = context;
  if (file === undefined) return new UsageError(error.message, { field: error.path });
  const line = error.path === '' ? null : context.lineOf(error.path);
  const place = line === null ? file : `${file}, line ${line}`;
  const facts = { file, ...(line !== null && { line }), field: error.path };
  return new CommandError(`${place}: ${error.message}`, 'scenario', facts);
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number such as 1000.');
}

function readable(outcome: RunOutcome, scenario: Scenario, path: string | undefined): string {
  const row = (name: string, { mean, p50, p90, p99 }: Summary): string =>
    `  ${name.padEnd(14)}${[mean, p50, p90, p99].map((value) => String(value).padStart(10)).join('')}`;
  const percent = (share: number): string => `${Math.round(share * 10_000) / 100} %`;
  const lines = [
    `${scenario.name === 'untitled' ? 'Simulated' : scenario.name}: ${outcome.nodes} nodes, profile ${outcome.profile}, seed ${outcome.seed}`,
    `  ${outcome.operations} operations, ${percent(outcome.successRate)} successful; lookups found ${percent(outcome.recall)} of the closest nodes`,
    `  ${''.padEnd(14)}${['mean', 'p50', 'p90', 'p99'].map((name) => name.padStart(10)).join('')}`,
    row('hops', outcome.hops),
    row('requests', outcome.rpcs),
    row('latency, ms', outcome.latencyMs),
    `  ${outcome.events} events (hash ${outcome.traceHash}), ${outcome.bytes} bytes sent, in ${outcome.wallMs} ms`,
    ...(path === undefined ? [] : [`  trace: ${path}`]),
  ];
  return `${lines.join('\n')}\n`;
}
