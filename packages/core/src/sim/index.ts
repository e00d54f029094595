// The simulator: scenarios, virtual time, and an oracle that scores what the engine did.
export type { AdversaryReport } from './adversaries.ts';
export type { RetrievalReport } from './contents.ts';
export { EventQueue, TICKS_PER_MS } from './event-queue.ts';
export { REGIONS } from './latency.ts';
export type { Latency } from './latency.ts';
export type { SimulationReport } from './metrics.ts';
export type { OperationRequest } from './operation-request.ts';
export { createPopulation, Oracle } from './population.ts';
export { createTrace } from './record.ts';
export { DEFAULT_SCENARIO, NODES_MAX, parseScenario, WORKLOAD_KINDS } from './scenario.ts';
export type { Churn, Scenario, Workload, WorkloadKind } from './scenario.ts';
export type { AdversaryPlan, SybilPlan } from './scenario-adversary.ts';
export { ScenarioError } from './scenario-fields.ts';
export type { Partition } from './scenario-network.ts';
export { Simulation } from './simulation.ts';
export { summarize } from './summary.ts';
export type { Summary } from './summary.ts';
