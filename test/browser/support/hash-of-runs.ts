// Runs in Node, in a page and in a worker alike: the trace hashes of a few scenarios.
import { parseScenario, Simulation } from '@kadscope/core/sim';
import { TraceHasher } from '@kadscope/core/trace';

/** Scenarios that use every source of randomness: latency models, loss, churn, all operations, joins. */
export const SCENARIOS: readonly object[] = [
  { nodes: 200, seed: 1, workload: { operations: 60 } },
  {
    nodes: 100,
    seed: 2,
    profile: 'paper',
    latency: { model: 'regions' },
    loss: 0.05,
    silent: 0.1,
    unreachable: 0.05,
    maintenance: true,
    churn: { joinIntervalMs: 3000, leaveIntervalMs: 6000, crashIntervalMs: 6000 },
    workload: { operations: 80, intervalMs: 500 },
  },
  {
    nodes: 40,
    seed: 3,
    start: 'joined',
    latency: { model: 'uniform' },
    workload: { operations: 30 },
  },
];

/** One hash for each scenario. */
export function hashOfRuns(): string[] {
  return SCENARIOS.map((scenario) => {
    const hasher = new TraceHasher();
    const simulation = new Simulation(parseScenario(scenario), hasher);
    simulation.run();
    return `${hasher.digest()} ${hasher.length}`;
  });
}
