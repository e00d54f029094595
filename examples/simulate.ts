// Simulates 1,000 nodes and prints how well lookups did.
import { parseScenario, Simulation } from '@kadscope/core/sim';

const simulation = new Simulation(parseScenario({ nodes: 1000, seed: 1 }), null);
simulation.run();
const { recall, rpcs, hops } = simulation.report();
console.log(`recall ${recall}, ${rpcs.mean} requests and ${hops.mean} hops a lookup`);
