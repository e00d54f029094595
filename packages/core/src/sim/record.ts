// Traces of simulations.
import { keyToHex } from '../keyspace/key.ts';
import { Trace } from '../trace/trace.ts';
import { Attendance } from './attendance.ts';
import type { Scenario } from './scenario.ts';
import { profileOf } from './simulation.ts';

/** An empty trace that knows the nodes of a scenario: what `Simulation` records into. */
export function createTrace(scenario: Scenario): Trace {
  const profile = profileOf(scenario);
  const trace = new Trace({
    title:
      scenario.name === 'untitled'
        ? `${scenario.nodes} nodes, seed ${scenario.seed}`
        : scenario.name,
    source: 'simulation',
    epochNs: 0n,
    keyBits: profile.keyBits,
    profile: profile.name,
    k: profile.k,
    alpha: profile.alpha,
    beta: profile.beta,
    seed: scenario.seed,
  });
  const { keys, count } = new Attendance(scenario, profile.keyBits);
  for (let node = 0; node < count; node++) {
    const key = keys.key(node);
    trace.addNode({ id: keyToHex(key), label: `node ${node}`, key });
  }
  return trace;
}
