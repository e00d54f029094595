// Scenarios: a simulated network as plain data, checked before anything runs.
import type { Latency } from './latency.ts';

/** Operations that a workload can draw. */
export const WORKLOAD_KINDS = [
  'findNode',
  'findPeer',
  'putValue',
  'getValue',
  'provide',
  'findProviders',
  'ping',
] as const;

export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

/** Nodes that come and go. Mean gaps in milliseconds of virtual time; 0 for never. */
export interface Churn {
  readonly joinIntervalMs: number;
  readonly leaveIntervalMs: number;
  readonly crashIntervalMs: number;
}

/** What the nodes are asked to do. */
export interface Workload {
  readonly operations: number;
  /** Mean gap between two starts. */
  readonly intervalMs: number;
  /** The oracle scores every so many lookups: in a large network that costs as much as a few dozen messages. */
  readonly scoreEvery: number;
  /** Relative frequencies. */
  readonly mix: Readonly<Record<WorkloadKind, number>>;
}

/** A simulated network and what happens in it. The same scenario gives the same trace, bit for bit. */
export interface Scenario {
  readonly name: string;
  readonly seed: number;
  readonly nodes: number;
  readonly profile: 'paper' | 'amino';
  /** Parameters that replace those of the profile. */
  readonly k?: number;
  readonly alpha?: number;
  readonly beta?: number;
  /** `sampled`: routing tables as long-lived nodes have them. `joined`: nodes bootstrap one after the other. */
  readonly start: 'sampled' | 'joined';
  /** With `joined`: milliseconds between two nodes. */
  readonly joinGapMs: number;
  readonly latency: Latency;
  /** Share of messages that get lost. */
  readonly loss: number;
  /** Share of nodes that others know, but that never answer. */
  readonly silent: number;
  /** Share of nodes that cannot be dialed: a request to them fails after one round trip. */
  readonly unreachable: number;
  /** Share of nodes in client mode: they ask and never answer. */
  readonly clients: number;
  /** Whether nodes refresh their buckets. */
  readonly maintenance: boolean;
  readonly churn: Churn;
  readonly workload: Workload;
}

/** A scenario that cannot be run: which field, and what it should be. */
export class ScenarioError extends Error {
  /** Where in the scenario: `churn.joinIntervalMs`; empty for the whole. */
  readonly path: string;

  constructor(path: string, message: string) {
    super(path === '' ? message : `${path}: ${message}`);
    this.name = 'ScenarioError';
    this.path = path;
  }
}

/** Nodes of one simulation at most: handles stay far below 2^26, and memory at 2 GB. */
export const NODES_MAX = 1_000_000;

const DEFAULT_MIX: Readonly<Record<WorkloadKind, number>> = {
  findNode: 40,
  findPeer: 10,
  putValue: 10,
  getValue: 15,
  provide: 10,
  findProviders: 15,
  ping: 0,
};

/** What a scenario is without a word: 1,000 static nodes with the IPFS DHT's parameters. */
export const DEFAULT_SCENARIO: Scenario = {
  name: 'untitled',
  seed: 1,
  nodes: 1_000,
  profile: 'amino',
  start: 'sampled',
  joinGapMs: 100,
  // PlanetLab's 490 hosts: median 135 ms, p90 291 ms.
  latency: { model: 'lognormal', medianRttMs: 135, sigma: 0.6 },
  loss: 0,
  silent: 0,
  unreachable: 0,
  clients: 0,
  maintenance: false,
  churn: { joinIntervalMs: 0, leaveIntervalMs: 0, crashIntervalMs: 0 },
  workload: { operations: 500, intervalMs: 100, scoreEvery: 1, mix: DEFAULT_MIX },
};

type Fields = Readonly<Record<string, unknown>>;

/** Checks a value from JSON or YAML and fills in defaults. Throws a `ScenarioError` that names the field. */
export function parseScenario(value: unknown): Scenario {
  const fields = objectAt('', value);
  rejectUnknown('', fields, Object.keys(DEFAULT_SCENARIO).concat('k', 'alpha', 'beta'));
  const d = DEFAULT_SCENARIO;
  const scenario: Scenario = {
    name: textAt('name', fields['name'], d.name),
    seed: integerAt('seed', fields['seed'], d.seed, [0, Number.MAX_SAFE_INTEGER]),
    nodes: integerAt('nodes', fields['nodes'], d.nodes, [2, NODES_MAX]),
    profile: oneOf('profile', fields['profile'], d.profile, ['paper', 'amino']),
    start: oneOf('start', fields['start'], d.start, ['sampled', 'joined']),
    joinGapMs: numberAt('joinGapMs', fields['joinGapMs'], d.joinGapMs, [0, 1e9]),
    latency: latencyAt(fields['latency']),
    loss: numberAt('loss', fields['loss'], d.loss, [0, 1]),
    silent: numberAt('silent', fields['silent'], d.silent, [0, 0.95]),
    unreachable: numberAt('unreachable', fields['unreachable'], d.unreachable, [0, 0.95]),
    clients: numberAt('clients', fields['clients'], d.clients, [0, 0.95]),
    maintenance: booleanAt('maintenance', fields['maintenance'], d.maintenance),
    churn: churnAt(fields['churn']),
    workload: workloadAt(fields['workload']),
    ...optionalInteger('k', fields['k'], [1, 64]),
    ...optionalInteger('alpha', fields['alpha'], [1, 64]),
    ...optionalInteger('beta', fields['beta'], [1, 64]),
  };
  if (scenario.silent + scenario.unreachable + scenario.clients > 0.95) {
    throw new ScenarioError(
      '',
      'silent, unreachable and clients together may be at most 0.95 of the nodes',
    );
  }
  return scenario;
}

function latencyAt(value: unknown): Latency {
  if (value === undefined) return DEFAULT_SCENARIO.latency;
  const fields = objectAt('latency', value);
  const model = oneOf('latency.model', fields['model'], 'lognormal', [
    'constant',
    'uniform',
    'lognormal',
    'regions',
  ]);
  const ms = (name: string, fallback: number): number =>
    numberAt(`latency.${name}`, fields[name], fallback, [0, 60_000]);
  switch (model) {
    case 'constant':
      rejectUnknown('latency', fields, ['model', 'rttMs']);
      return { model, rttMs: ms('rttMs', 100) };
    case 'uniform': {
      rejectUnknown('latency', fields, ['model', 'minRttMs', 'maxRttMs']);
      const latency = {
        model,
        minRttMs: ms('minRttMs', 20),
        maxRttMs: ms('maxRttMs', 200),
      } as const;
      if (latency.minRttMs > latency.maxRttMs)
        throw new ScenarioError('latency.maxRttMs', 'must not be less than minRttMs');
      return latency;
    }
    case 'lognormal':
      rejectUnknown('latency', fields, ['model', 'medianRttMs', 'sigma']);
      return {
        model,
        medianRttMs: numberAt('latency.medianRttMs', fields['medianRttMs'], 135, [0.1, 60_000]),
        sigma: numberAt('latency.sigma', fields['sigma'], 0.6, [0, 3]),
      };
    case 'regions':
      rejectUnknown('latency', fields, ['model']);
      return { model };
  }
}

function churnAt(value: unknown): Churn {
  if (value === undefined) return DEFAULT_SCENARIO.churn;
  const fields = objectAt('churn', value);
  rejectUnknown('churn', fields, Object.keys(DEFAULT_SCENARIO.churn));
  const gap = (name: string): number => numberAt(`churn.${name}`, fields[name], 0, [0, 1e12]);
  return {
    joinIntervalMs: gap('joinIntervalMs'),
    leaveIntervalMs: gap('leaveIntervalMs'),
    crashIntervalMs: gap('crashIntervalMs'),
  };
}

function workloadAt(value: unknown): Workload {
  const d = DEFAULT_SCENARIO.workload;
  if (value === undefined) return d;
  const fields = objectAt('workload', value);
  rejectUnknown('workload', fields, ['operations', 'intervalMs', 'scoreEvery', 'mix']);
  return {
    operations: integerAt(
      'workload.operations',
      fields['operations'],
      d.operations,
      [0, 100_000_000],
    ),
    intervalMs: numberAt('workload.intervalMs', fields['intervalMs'], d.intervalMs, [0, 1e9]),
    scoreEvery: integerAt('workload.scoreEvery', fields['scoreEvery'], d.scoreEvery, [1, 1e6]),
    mix: mixAt(fields['mix']),
  };
}

function mixAt(value: unknown): Workload['mix'] {
  if (value === undefined) return DEFAULT_MIX;
  const fields = objectAt('workload.mix', value);
  rejectUnknown('workload.mix', fields, WORKLOAD_KINDS);
  const mix = { ...DEFAULT_MIX };
  let total = 0;
  for (const kind of WORKLOAD_KINDS) {
    mix[kind] = numberAt(`workload.mix.${kind}`, fields[kind], 0, [0, 1e9]);
    total += mix[kind];
  }
  if (total === 0)
    throw new ScenarioError('workload.mix', 'at least one operation needs a weight above 0');
  return mix;
}

function objectAt(path: string, value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ScenarioError(path, `expected fields such as 'nodes: 1000', not ${show(value)}`);
  }
  return value as Fields;
}

function rejectUnknown(path: string, fields: Fields, known: readonly string[]): void {
  for (const name of Object.keys(fields)) {
    if (known.includes(name)) continue;
    const at = path === '' ? name : `${path}.${name}`;
    throw new ScenarioError(at, `no such field; there are ${known.join(', ')}`);
  }
}

function numberAt(
  path: string,
  value: unknown,
  fallback: number,
  range: readonly [number, number],
): number {
  if (value === undefined) return fallback;
  if (typeof value !== 'number' || !(value >= range[0] && value <= range[1])) {
    throw new ScenarioError(
      path,
      `expected a number from ${range[0]} to ${range[1]}, not ${show(value)}`,
    );
  }
  return value;
}

function integerAt(
  path: string,
  value: unknown,
  fallback: number,
  range: readonly [number, number],
): number {
  if (value !== undefined && !Number.isSafeInteger(value)) {
    throw new ScenarioError(
      path,
      `expected a whole number from ${range[0]} to ${range[1]}, not ${show(value)}`,
    );
  }
  return numberAt(path, value, fallback, range);
}

function optionalInteger(
  name: 'k' | 'alpha' | 'beta',
  value: unknown,
  range: readonly [number, number],
): object {
  return value === undefined ? {} : { [name]: integerAt(name, value, 0, range) };
}

function booleanAt(path: string, value: unknown, fallback: boolean): boolean {
  if (value === undefined) return fallback;
  if (typeof value !== 'boolean')
    throw new ScenarioError(path, `expected true or false, not ${show(value)}`);
  return value;
}

function textAt(path: string, value: unknown, fallback: string): string {
  if (value === undefined) return fallback;
  if (typeof value !== 'string') throw new ScenarioError(path, `expected text, not ${show(value)}`);
  return value;
}

function oneOf<T extends string>(
  path: string,
  value: unknown,
  fallback: T,
  choices: readonly T[],
): T {
  if (value === undefined) return fallback;
  const choice = choices.find((candidate) => candidate === value);
  if (choice === undefined)
    throw new ScenarioError(path, `expected one of ${choices.join(', ')}, not ${show(value)}`);
  return choice;
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  return typeof value === 'bigint' ? value.toString() : JSON.stringify(value);
}
