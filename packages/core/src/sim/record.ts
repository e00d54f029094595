// Traces of simulations.
import { keyToHex } from '../keyspace/key.ts';
import { Trace } from '../trace/trace.ts';
import { Attendance } from './attendance.ts';
import { profileOf } from './parameters.ts';
import type { Scenario } from './scenario.ts';

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
  const attendance = new Attendance(scenario, profile.keyBits);
  for (let node = 0; node < attendance.count; node++) {
    const key = attendance.keys.key(node);
    const label = `${attendance.isAdversary(node) ? 'adversary' : 'node'} ${node}`;
    trace.addNode({ id: keyToHex(key), label, key });
  }
  return trace;
}
