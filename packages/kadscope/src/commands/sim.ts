// kadscope sim: runs a simulated network and says how well it did.
import { createTrace, Simulation } from '@kadscope/core/sim';
import type { Scenario } from '@kadscope/core/sim';
import { hashTrace, TraceHasher } from '@kadscope/core/trace';
import { Presets, SingleBar } from 'cli-progress';
import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { formatOfName, sizeWarnings, writeTraceFile } from '../files.ts';
import type { Io } from '../io.ts';
import { assertWritable } from '../output-file.ts';
import { readScenario } from '../scenario-file.ts';
import type { Override } from '../scenario-file.ts';
import { simulationText } from '../simulation-text.ts';
import type { SimulationOutcome } from '../simulation-text.ts';

interface RunOptions {
  readonly nodes?: number;
  readonly seed?: number;
  readonly operations?: number;
  readonly profile?: string;
  readonly trace?: string;
  readonly json?: boolean;
}

/** The flags that set a field of the scenario. */
const FLAGS: readonly { name: keyof RunOptions; flag: string; path: readonly string[] }[] = [
  { name: 'nodes', flag: '--nodes', path: ['nodes'] },
  { name: 'seed', flag: '--seed', path: ['seed'] },
  { name: 'profile', flag: '--profile', path: ['profile'] },
  { name: 'operations', flag: '--operations', path: ['workload', 'operations'] },
];
const BYTES_PER_KIBIBYTE = 1024;
/** Characters of the progress line besides the bar itself, and the longest bar worth drawing. */
const PROGRESS_TEXT = 48;
const BAR_MAX = 40;

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
    .option(
      '--trace <file>',
      'write the trace, in place of what is there: .json, .ndjson or .arrow, also with .gz',
    )
    .option('--json', 'print one JSON object')
    .action(async (file: string | undefined, options: RunOptions) => {
      await run(file, options, io);
    });
}

async function run(file: string | undefined, options: RunOptions, io: Io): Promise<void> {
  // A name that cannot be written is said before the simulation, not after it.
  if (options.trace !== undefined) {
    formatOfName(options.trace);
    await assertWritable(options.trace, file === undefined ? [] : [file]);
  }
  const scenario = await readScenario(file, overridesOf(options));
  const start = performance.now();
  const trace = options.trace === undefined ? null : createTrace(scenario);
  const hasher = trace === null ? new TraceHasher() : null;
  const simulation = new Simulation(scenario, trace ?? hasher);
  runWithProgress(simulation, scenario, io, options.json === true);
  const wallMs = performance.now() - start;
  const events = trace?.length ?? hasher!.length;
  const outcome = outcomeOf(simulation, {
    events,
    traceHash: trace === null ? hasher!.digest() : hashTrace(trace),
    wallMs: Math.round(wallMs),
    eventsPerSecond: Math.round((events / wallMs) * 1000),
    peakRssBytes: process.resourceUsage().maxRSS * BYTES_PER_KIBIBYTE,
  });
  if (trace !== null && options.trace !== undefined) await writeTraceFile(trace, options.trace);
  if (outcome.operations === 0 && scenario.workload.operations > 0)
    io.err(
      'No operation could be started: too few nodes are honest, online and heard by others.\n',
    );
  if (options.json === true) {
    io.out(`${JSON.stringify(outcome)}\n`);
    return;
  }
  const { k, alpha, beta } = simulation.profile;
  io.out(
    simulationText(outcome, {
      title: scenario.name === 'untitled' ? 'Simulated network' : scenario.name,
      parameters: { k, alpha, beta },
      traceFile: options.trace ?? null,
      columns: io.columns,
      hasColors: io.hasColors,
    }),
  );
  const warnings = options.trace === undefined ? [] : await sizeWarnings(options.trace);
  for (const warning of warnings) io.err(`${warning}\n`);
}

function overridesOf(options: RunOptions): Override[] {
  return FLAGS.filter(({ name }) => options[name] !== undefined).map(({ name, flag, path }) => ({
    flag,
    path,
    value: options[name],
  }));
}

function runWithProgress(
  simulation: Simulation,
  scenario: Scenario,
  io: Io,
  isQuiet: boolean,
): void {
  const barsize = Math.min(BAR_MAX, io.columns - PROGRESS_TEXT);
  if (!io.isTerminal || isQuiet || barsize < 1) {
    simulation.run();
    return;
  }
  // The simulation holds the thread, so the bar is drawn whenever it reports, not on a timer. The cursor
  // stays, because Ctrl+C ends the process at once, and nobody would bring it back.
  const bar = new SingleBar(
    {
      format: 'Simulating {bar} {percentage} % | {value} of {total} operations',
      barsize,
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

type Measured = Pick<
  SimulationOutcome,
  'events' | 'traceHash' | 'wallMs' | 'eventsPerSecond' | 'peakRssBytes'
>;

/** The figures in a fixed order. */
function outcomeOf(simulation: Simulation, measured: Measured): SimulationOutcome {
  const report = simulation.report();
  const { nodes, seed, profile, operations, successRate, recall, hops, rpcs, latencyMs } = report;
  const { bytes, messages, virtualMs, kinds, alarms, dials, retrieval, adversaries } = report;
  return {
    nodes,
    seed,
    profile,
    operations,
    successRate,
    recall: rounded(recall),
    hops,
    rpcs,
    latencyMs,
    ...(dials !== undefined && { dials }),
    bytes,
    messages,
    virtualMs,
    kinds,
    alarms,
    ...(retrieval !== undefined && { retrieval }),
    ...(adversaries !== undefined && { adversaries }),
    ...measured,
  };
}

/** Six decimals of a share say all that a run can tell. */
function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
  throw new InvalidArgumentError('It must be a whole number such as 1000.');
}
