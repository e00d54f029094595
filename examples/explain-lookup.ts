// Records a small network, finds a provider, and tells the lookup in plain words, step by step.
import { createTrace, parseScenario, Simulation } from '@kadscope/core/sim';
import { describeEvent } from '@kadscope/core/trace';

const scenario = parseScenario({ nodes: 30, seed: 5, workload: { operations: 0 } });
const trace = createTrace(scenario);
const simulation = new Simulation(scenario, trace);

const content = new TextEncoder().encode('a key of some content');
simulation.startOperation({ kind: 'provide', node: 3, key: content });
simulation.runUntil(10_000);
simulation.startOperation({ kind: 'findProviders', node: 22, key: content, count: 1 });
simulation.runUntil(20_000);

const lookup = trace.lookups.at(-1)!;
for (let i = 0; i < lookup.events.length; i++) {
  const event = lookup.events.values[i]!;
  console.log(`${trace.time(event).toFixed(1).padStart(9)} ms  ${describeEvent(trace, event)}`);
}
