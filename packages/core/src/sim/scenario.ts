// Scenarios: a simulated network as plain data, checked before anything runs.
import type { Latency } from './latency.ts';
import { adversaryAt } from './scenario-adversary.ts';
import type { AdversaryPlan } from './scenario-adversary.ts';
import {
  booleanAt,
  integerAt,
  numberAt,
  objectAt,
  oneOf,
  optionalInteger,
  rejectUnknown,
  ScenarioError,
  textAt,
} from './scenario-fields.ts';
import type { Fields } from './scenario-fields.ts';
import { DEFAULT_LATENCY, latencyAt, partitionsAt } from './scenario-network.ts';
import type { Partition } from './scenario-network.ts';

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
  /** Milliseconds before the first operation: what nodes do for themselves has so long to take effect. */
  readonly afterMs: number;
  /** The oracle scores every so many lookups: in a large network that costs as much as a few dozen messages. */
  readonly scoreEvery: number;
  /** What `findProviders` looks for: anything provided so far, or only what a node that is online provides. */
  readonly content: 'any' | 'online';
  /** A provider announces its content again after so long, while it is online; 0 for never. */
  readonly reprovideMs: number;
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
  /** A bucket without a lookup for so long is refreshed, where there is maintenance. */
  readonly refreshMs?: number;
  /** Disjoint paths of a lookup (S/Kademlia). */
  readonly paths: number;
  /** Whether content is provided to, and looked for in, the whole region around its key. */
  readonly region: boolean;
  /** Whether routing tables and lookups limit the contacts of one address group. */
  readonly diversity: boolean;
  /** `sampled`: routing tables as long-lived nodes have them. `joined`: nodes bootstrap one after the other. */
  readonly start: 'sampled' | 'joined';
  /** With `joined`: milliseconds between two nodes. */
  readonly joinGapMs: number;
  readonly latency: Latency;
  /** Share of messages that get lost. */
  readonly loss: number;
  /** Share of messages that arrive twice. */
  readonly duplicate: number;
  /** Each message takes up to so much longer, so that it may overtake others, whatever the latency. */
  readonly jitterMs: number;
  readonly partitions: readonly Partition[];
  /** Share of nodes that others know, but that never answer. */
  readonly silent: number;
  /** Share of nodes that cannot be dialed: a request to them fails after one round trip. */
  readonly unreachable: number;
  /** Connections that a node keeps: whoever asks somebody else dials. 0 where messages are datagrams. */
  readonly connections: number;
  /** Share of nodes in client mode: they ask and never answer. */
  readonly clients: number;
  /** Whether nodes refresh their buckets. */
  readonly maintenance: boolean;
  readonly churn: Churn;
  readonly workload: Workload;
  readonly adversary?: AdversaryPlan;
  /** Which invariants are checked while it runs: those of a few nodes at a time, or all (docs/invariants.md). */
  readonly checks: 'off' | 'sampled' | 'all';
}

/** Nodes of one simulation at most: handles stay far below 2^26, and memory at 2 GB. */
export const NODES_MAX = 1_000_000;

/** Disjoint paths at most: S/Kademlia measures up to 8, and each costs its share of alpha. */
const PATHS_MAX = 8;
/** More often than every second, announcements are all that a network does. */
const REPROVIDE_MS_MIN = 1_000;

const HOUR_MS = 3_600_000;

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
  paths: 1,
  region: false,
  diversity: false,
  start: 'sampled',
  joinGapMs: 100,
  latency: DEFAULT_LATENCY,
  loss: 0,
  duplicate: 0,
  jitterMs: 0,
  partitions: [],
  silent: 0,
  unreachable: 0,
  connections: 0,
  clients: 0,
  maintenance: false,
  churn: { joinIntervalMs: 0, leaveIntervalMs: 0, crashIntervalMs: 0 },
  workload: {
    operations: 500,
    intervalMs: 100,
    afterMs: 0,
    scoreEvery: 1,
    content: 'any',
    reprovideMs: 0,
    mix: DEFAULT_MIX,
  },
  checks: 'sampled',
};

/** Checks a value from JSON or YAML and fills in defaults. Throws a `ScenarioError` that names the field. */
export function parseScenario(value: unknown): Scenario {
  const fields = objectAt('', value);
  rejectUnknown(
    '',
    fields,
    Object.keys(DEFAULT_SCENARIO).concat('k', 'alpha', 'beta', 'refreshMs', 'adversary'),
  );
  const d = DEFAULT_SCENARIO;
  const scenario: Scenario = {
    name: textAt('name', fields['name'], d.name),
    seed: integerAt('seed', fields['seed'], d.seed, [0, Number.MAX_SAFE_INTEGER]),
    nodes: integerAt('nodes', fields['nodes'], d.nodes, [2, NODES_MAX]),
    profile: oneOf('profile', fields['profile'], d.profile, ['paper', 'amino']),
    paths: integerAt('paths', fields['paths'], d.paths, [1, PATHS_MAX]),
    region: booleanAt('region', fields['region'], d.region),
    diversity: booleanAt('diversity', fields['diversity'], d.diversity),
    start: oneOf('start', fields['start'], d.start, ['sampled', 'joined']),
    joinGapMs: numberAt('joinGapMs', fields['joinGapMs'], d.joinGapMs, [0, 1e9]),
    latency: latencyAt(fields['latency']),
    loss: numberAt('loss', fields['loss'], d.loss, [0, 1]),
    duplicate: numberAt('duplicate', fields['duplicate'], d.duplicate, [0, 1]),
    jitterMs: numberAt('jitterMs', fields['jitterMs'], d.jitterMs, [0, 60_000]),
    partitions: partitionsAt(fields['partitions']),
    silent: numberAt('silent', fields['silent'], d.silent, [0, 0.95]),
    unreachable: numberAt('unreachable', fields['unreachable'], d.unreachable, [0, 0.95]),
    connections: integerAt('connections', fields['connections'], d.connections, [0, 100_000]),
    clients: numberAt('clients', fields['clients'], d.clients, [0, 0.95]),
    maintenance: booleanAt('maintenance', fields['maintenance'], d.maintenance),
    churn: churnAt(fields['churn'], fields['nodes']),
    workload: workloadAt(fields['workload']),
    checks: oneOf('checks', fields['checks'], d.checks, ['off', 'sampled', 'all']),
    ...adversaryAt(fields['adversary']),
    ...optionalInteger('k', fields['k'], [1, 64]),
    ...optionalInteger('alpha', fields['alpha'], [1, 64]),
    ...optionalInteger('beta', fields['beta'], [1, 64]),
    ...optionalInteger('refreshMs', fields['refreshMs'], [1_000, 1e9]),
  };
  if (shareOfOthers(scenario) > 0.95) {
    throw new ScenarioError(
      '',
      'silent, unreachable, clients and adversaries together may be at most 0.95 of the nodes',
    );
  }
  return scenario;
}

/** The share of nodes that are not plain honest ones. */
function shareOfOthers({ silent, unreachable, clients, adversary }: Scenario): number {
  const hostile = adversary === undefined || adversary.kind === 'sybil' ? 0 : adversary.share;
  return silent + unreachable + clients + hostile;
}

function churnAt(value: unknown, nodes: unknown): Churn {
  if (value === undefined) return DEFAULT_SCENARIO.churn;
  const fields = objectAt('churn', value);
  const gaps = Object.keys(DEFAULT_SCENARIO.churn);
  rejectUnknown('churn', fields, gaps.concat('perHour', 'crashShare'));
  if (fields['perHour'] !== undefined) return balancedChurn(fields, nodes);
  if (fields['crashShare'] !== undefined)
    throw new ScenarioError('churn.crashShare', 'goes with perHour only');
  const gap = (name: string): number => numberAt(`churn.${name}`, fields[name], 0, [0, 1e12]);
  return {
    joinIntervalMs: gap('joinIntervalMs'),
    leaveIntervalMs: gap('leaveIntervalMs'),
    crashIntervalMs: gap('crashIntervalMs'),
  };
}

/** The gaps of a churn in which a share of the nodes departs within an hour, and as many join. */
function balancedChurn(fields: Fields, nodes: unknown): Churn {
  for (const gap of Object.keys(DEFAULT_SCENARIO.churn)) {
    if (fields[gap] !== undefined)
      throw new ScenarioError(`churn.${gap}`, 'follows from perHour; leave one of them out');
  }
  const perHour = numberAt('churn.perHour', fields['perHour'], 0, [0, 1_000]);
  const crashShare = numberAt('churn.crashShare', fields['crashShare'], 0.5, [0, 1]);
  const gap = (departures: number): number => (departures > 0 ? HOUR_MS / departures : 0);
  const departures = perHour * integerAt('nodes', nodes, DEFAULT_SCENARIO.nodes, [2, NODES_MAX]);
  return {
    joinIntervalMs: gap(departures),
    leaveIntervalMs: gap(departures * (1 - crashShare)),
    crashIntervalMs: gap(departures * crashShare),
  };
}

function workloadAt(value: unknown): Workload {
  const d = DEFAULT_SCENARIO.workload;
  if (value === undefined) return d;
  const fields = objectAt('workload', value);
  rejectUnknown('workload', fields, Object.keys(d));
  return {
    operations: integerAt(
      'workload.operations',
      fields['operations'],
      d.operations,
      [0, 100_000_000],
    ),
    intervalMs: numberAt('workload.intervalMs', fields['intervalMs'], d.intervalMs, [0, 1e9]),
    afterMs: numberAt('workload.afterMs', fields['afterMs'], d.afterMs, [0, 1e9]),
    scoreEvery: integerAt('workload.scoreEvery', fields['scoreEvery'], d.scoreEvery, [1, 1e6]),
    content: oneOf('workload.content', fields['content'], d.content, ['any', 'online']),
    reprovideMs: reprovideAt(fields['reprovideMs'], d.reprovideMs),
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

/** Zero is never. */
function reprovideAt(value: unknown, fallback: number): number {
  if (value === 0) return 0;
  return numberAt('workload.reprovideMs', value, fallback, [REPROVIDE_MS_MIN, 1e12]);
}
