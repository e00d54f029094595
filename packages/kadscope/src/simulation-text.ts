// What a simulation achieved, as text for people: fits the terminal, and says what to do next.
import { styleText } from 'node:util';
import type { SimulationReport, Summary } from '@kadscope/core/sim';

/** Everything that `kadscope sim run --json` prints. */
export interface SimulationOutcome extends SimulationReport {
  readonly events: number;
  readonly traceHash: string;
  readonly wallMs: number;
  readonly eventsPerSecond: number;
  readonly peakRssBytes: number;
}

/** How to show an outcome. */
export interface TextOptions {
  readonly title: string;
  readonly parameters: { readonly k: number; readonly alpha: number; readonly beta: number };
  /** Where the trace was written; `null` when it was not. */
  readonly traceFile: string | null;
  readonly columns: number;
  readonly hasColors: boolean;
}

type Style = Parameters<typeof styleText>[0];
type Paint = (style: Style, text: string) => string;

const QUANTILES = ['mean', 'p50', 'p90', 'p99'] as const;
/** Which columns stay when there is no room for all. */
const BY_IMPORTANCE: readonly (keyof Summary)[] = ['p50', 'p99', 'mean', 'p90'];
/** In place of a number that there is not. */
const NOTHING = '–';
const LABEL = 13;
const NUMBER = 10;
const BAR = 20;
/** Longer lines are hard to read, however wide the window is. */
const COLUMNS_MAX = 100;
/** Shares from which on a result is good, and from which on it is worth a look. */
const GOOD = 0.99;
const FAIR = 0.9;

/** A page of text that ends with a newline. */
export function simulationText(outcome: SimulationOutcome, options: TextOptions): string {
  const columns = Math.min(options.columns, COLUMNS_MAX);
  const paint: Paint = (style, text) =>
    options.hasColors ? styleText(style, text, { validateStream: false }) : text;
  const lines = [
    ...heading(outcome, { options, columns, paint }),
    '',
    ...quantileTable(outcome, columns, paint),
    '',
    ...kindTable(outcome, columns, paint),
    '',
    ...facts(outcome, options.parameters.k).flatMap(([label, text]) =>
      labelled(label, text, { columns, paint }),
    ),
    '',
    ...nextSteps(options.traceFile, { columns, paint }),
  ];
  return `${lines.join('\n')}\n`.replaceAll(UNIT_SPACE, ' ');
}

interface Page {
  readonly columns: number;
  readonly paint: Paint;
}

function heading(
  outcome: SimulationOutcome,
  { options, columns, paint }: Page & { readonly options: TextOptions },
): string[] {
  const { k, alpha, beta } = options.parameters;
  const parameters = `${grouped(outcome.nodes)} nodes, profile ${outcome.profile} (k ${k}, alpha ${alpha}, beta ${beta}), seed ${outcome.seed}`;
  return [
    ...wrapped(options.title, columns).map((line) => paint('bold', line)),
    ...wrapped(parameters, columns).map((line) => paint('dim', line)),
  ];
}

function quantileTable(outcome: SimulationOutcome, columns: number, paint: Paint): string[] {
  const count = Math.max(1, Math.floor((columns - LABEL) / NUMBER));
  const kept = new Set(BY_IMPORTANCE.slice(0, count));
  const names = QUANTILES.filter((name) => kept.has(name));
  const row = (label: string, summary: Summary, show: (value: number) => string): string => {
    // All of them zero means that nothing was measured.
    const cell = (value: number): string => (summary.mean === 0 ? NOTHING : show(value));
    const cells = names.map((name) => cell(summary[name]).padStart(NUMBER));
    return `  ${label.padEnd(LABEL - 2)}${cells.join('')}`;
  };
  const header = `${' '.repeat(LABEL)}${names.map((name) => name.padStart(NUMBER)).join('')}`;
  return [
    paint('dim', header),
    row('hops', outcome.hops, short),
    row('requests', outcome.rpcs, short),
    row('latency', outcome.latencyMs, duration),
    ...(outcome.dials === undefined ? [] : [row('dials', outcome.dials, short)]),
  ];
}

function kindTable(outcome: SimulationOutcome, columns: number, paint: Paint): string[] {
  const kinds = Object.entries(outcome.kinds).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const label = Math.max(LABEL, ...kinds.map(([kind]) => kind.length + 3));
  const hasBar = columns >= label + 2 * NUMBER + 2 + BAR;
  const row = (name: string, started: number, succeeded: number): string => {
    const share = started === 0 ? 0 : succeeded / started;
    const style: Style = share >= GOOD ? 'green' : share >= FAIR ? 'yellow' : 'red';
    const shown = started === 0 ? NOTHING.padStart(NUMBER) : percent(share).padStart(NUMBER);
    const bar = hasBar && started > 0 ? `  ${paint(style, barOf(share))}` : '';
    return `  ${name.padEnd(label - 2)}${grouped(started).padStart(NUMBER)}${started === 0 ? shown : paint(style, shown)}${bar}`;
  };
  const total = Math.round(outcome.successRate * outcome.operations);
  const header = `${' '.repeat(label)}${'ended'.padStart(NUMBER)}${'success'.padStart(NUMBER)}`;
  return [
    paint('dim', header),
    ...kinds.map(([kind, { started, succeeded }]) => row(kind, started, succeeded)),
    ...(kinds.length === 1 ? [] : [row('all', outcome.operations, total)]),
  ];
}

/** What only some scenarios have: searches for content, adversaries, alarms. */
function hostile({ retrieval, adversaries, alarms }: SimulationOutcome): [string, string][] {
  const lines: [string, string][] = [];
  if (retrieval !== undefined && retrieval.searches > 0)
    lines.push([
      'retrieval',
      `${percent(retrieval.rate)} of ${grouped(retrieval.searches)} searches found a live provider`,
    ]);
  if (adversaries !== undefined)
    lines.push([
      'adversaries',
      `${grouped(adversaries.nodes)}, ${percent(adversaries.tableShare)} of what routing tables hold; they answered ${grouped(adversaries.answers)} requests`,
    ]);
  if (alarms > 0)
    lines.push([
      'alarms',
      `${counted(alarms, 'lookup')} found more nodes near a key than chance allows`,
    ]);
  return lines;
}

function facts(outcome: SimulationOutcome, k: number): [string, string][] {
  const { virtualMs, wallMs } = outcome;
  const pace = wallMs > 0 && virtualMs > 0 ? `, ${times(virtualMs / wallMs)}` : '';
  // Without a lookup that ran to its end there is nothing to recall.
  const recall: [string, string][] =
    outcome.rpcs.mean === 0
      ? []
      : [
          [
            'recall',
            `${percent(outcome.recall)} of the ${Math.min(k, outcome.nodes - 1)} closest live nodes were found by lookups`,
          ],
        ];
  return [
    ...recall,
    ...hostile(outcome),
    ['time', `${duration(virtualMs)} of virtual time in ${duration(wallMs)}${pace}`],
    ['traffic', `${grouped(outcome.messages)} messages, ${bytes(outcome.bytes)}`],
    [
      'events',
      `${grouped(outcome.events)}, ${grouped(outcome.eventsPerSecond)} a second; memory ${bytes(outcome.peakRssBytes)} at most`,
    ],
    ['hash', `${outcome.traceHash}, the same wherever this scenario runs`],
  ];
}

function nextSteps(traceFile: string | null, page: Page): string[] {
  const command = (text: string): string => (/\s/.test(text) ? `'${text}'` : text);
  if (traceFile === null) {
    return [
      ...labelled('next', 'add --trace run.arrow to record every event, and watch it with', page),
      ...labelled('', 'npx kadscope studio run.arrow', page),
    ];
  }
  return [
    ...labelled('trace', traceFile, page),
    ...labelled('next', `npx kadscope studio ${command(traceFile)}`, page),
  ];
}

/** A label and text beside it, which stays in its column. */
function labelled(label: string, text: string, { columns, paint }: Page): string[] {
  const lines = wrapped(text, columns - LABEL);
  return lines.map((line, i) => {
    const head = `  ${(i === 0 ? label : '').padEnd(LABEL - 2)}`;
    return `${paint('dim', head)}${line}`;
  });
}

/** Breaks between words only: names, commands, and numbers with their units stay whole. */
function wrapped(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > columns) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}

/** Stands between a number and its unit until lines are broken. */
const UNIT_SPACE = '\u00A0';
const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

function barOf(share: number): string {
  const eighths = Math.floor(share * BAR * 8);
  return '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7]!;
}

/** A whole number with its digits in groups of three. */
export function grouped(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ',');
}

function counted(count: number, what: string): string {
  return `${grouped(count)} ${what}${count === 1 ? '' : 's'}`;
}

/** Three significant digits, and no more than anybody needs. */
function short(value: number): string {
  if (value >= 1000) return grouped(Math.round(value));
  return String(Number(value.toPrecision(3)));
}

/** 100 % means all of them: shares just below are not rounded up. */
function percent(share: number): string {
  const tenths = share < 1 ? Math.min(999, Math.round(share * 1000)) : 1000;
  return `${tenths / 10}${UNIT_SPACE}%`;
}

function duration(ms: number): string {
  if (ms < 1000) return `${short(ms)}${UNIT_SPACE}ms`;
  if (ms < 120_000) return `${short(ms / 1000)}${UNIT_SPACE}s`;
  if (ms < 7_200_000) return `${short(ms / 60_000)}${UNIT_SPACE}min`;
  return `${short(ms / 3_600_000)}${UNIT_SPACE}h`;
}

function times(factor: number): string {
  return factor >= 1 ? `${short(factor)} times as fast` : `${short(1 / factor)} times as slow`;
}

function bytes(count: number): string {
  if (count < 1000) return `${count}${UNIT_SPACE}B`;
  if (count < 1e6) return `${short(count / 1e3)}${UNIT_SPACE}kB`;
  return count < 1e9
    ? `${short(count / 1e6)}${UNIT_SPACE}MB`
    : `${short(count / 1e9)}${UNIT_SPACE}GB`;
}
