// Puts the parts of a simulation together.
import type { KeyHandle } from '../keyspace/key-table.ts';
import type { Rng } from '../keyspace/rng.ts';
import type { ContactGroups } from '../kademlia/context.ts';
import type { Profile } from '../kademlia/profile.ts';
import { Reporter } from '../trace/reporter.ts';
import type { RowSink, TraceSink } from '../trace/sink.ts';
import { Addresses } from './addresses.ts';
import { Adversaries } from './adversaries.ts';
import type { Attendance } from './attendance.ts';
import { Connections } from './connections.ts';
import { Faults } from './faults.ts';
import { RowsOfNodes } from './invented-ids.ts';
import { LatencyModel } from './latency.ts';
import { Metrics } from './metrics.ts';
import { Network } from './network.ts';
import { Oracle } from './population.ts';
import type { Scenario } from './scenario.ts';

/** What the parts of a simulation are made from. */
export interface Ground {
  readonly scenario: Scenario;
  readonly profile: Profile;
  readonly attendance: Attendance;
  /** `null` where everybody is honest. */
  readonly adversaries: Adversaries | null;
}

/** An address for every node. */
export function createAddresses(scenario: Scenario, attendance: Attendance): Addresses {
  return new Addresses({
    nodes: attendance.count,
    seed: scenario.seed,
    isAdversary: (node) => attendance.isAdversary(node),
    subnets: scenario.adversary?.subnets ?? 1,
  });
}

/** Those who do not play by the rules; `null` where everybody does. */
export function createAdversaries(
  { adversary }: Scenario,
  parts: Omit<ConstructorParameters<typeof Adversaries>[0], 'plan'>,
): Adversaries | null {
  return adversary === undefined ? null : new Adversaries({ plan: adversary, ...parts });
}

/** What the engine reports to; `null` when nobody listens. */
export function createTraceSink(rows: RowSink | null, ground: Ground): TraceSink | null {
  if (rows === null) return null;
  const invented = ground.adversaries?.invented ?? null;
  const nodes = invented === null ? rows : new RowsOfNodes(rows, invented);
  return new Reporter(ground.attendance.keys, nodes);
}

/** The network between the nodes. */
export function createNetwork(ground: Ground, rng: Rng, trace: TraceSink | null): Network {
  const { scenario, attendance, adversaries } = ground;
  const invented = adversaries?.invented ?? null;
  return new Network({
    keys: attendance.keys,
    latency: new LatencyModel(scenario.latency, attendance.count, rng.fork('latency')),
    reachability: attendance,
    faults: new Faults(scenario, rng),
    nodeBehind: invented === null ? null : (contact) => invented.nodeBehind(contact),
    connections: scenario.connections === 0 ? null : new Connections(scenario.connections),
    trace,
  });
}

/** The address groups that limits go by; none where a scenario does not care. */
export function groupsOf(
  { diversity }: Scenario,
  simulation: { groupOf: ContactGroups; subnetOf: ContactGroups },
): { groups?: ContactGroups; subnets?: ContactGroups } {
  if (!diversity) return {};
  return {
    groups: (contact) => simulation.groupOf(contact),
    subnets: (contact) => simulation.subnetOf(contact),
  };
}

/** The scores, by an oracle that knows who is honest. */
export function createMetrics({ scenario, profile, attendance, adversaries }: Ground): Metrics {
  const { keys, count } = attendance;
  const oracle = new Oracle(keys, count, (node) => attendance.isResponsive(node));
  const { scoreEvery } = scenario.workload;
  if (adversaries === null) return new Metrics(oracle, profile.k, scoreEvery);
  const isThere = (node: number): boolean =>
    attendance.isResponsive(node) || (attendance.isAdversary(node) && attendance.isOnline(node));
  return new Metrics(oracle, profile.k, scoreEvery, {
    everybody: new Oracle(keys, count, isThere),
    isAdversary: (contact: KeyHandle) => adversaries.isAdversary(contact),
  });
}
