// The simulator: scenarios, virtual time, and an oracle that scores what the engine did.
export { EventQueue, TICKS_PER_MS } from './event-queue.ts';
export { REGIONS } from './latency.ts';
export type { Latency } from './latency.ts';
export { summarize } from './metrics.ts';
export type { SimulationReport, Summary } from './metrics.ts';
export type { OperationRequest } from './operation-request.ts';
export { createPopulation, Oracle } from './population.ts';
export { createTrace } from './record.ts';
export {
  DEFAULT_SCENARIO,
  NODES_MAX,
  parseScenario,
  ScenarioError,
  WORKLOAD_KINDS,
} from './scenario.ts';
export type { Churn, Scenario, Workload, WorkloadKind } from './scenario.ts';
export { Simulation } from './simulation.ts';
